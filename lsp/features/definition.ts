import type { Location } from "../../compiler/source/diagnostic.js";
import type { Snapshot } from "../snapshot.js";
import { targetAt } from "./at-cursor.js";

/** Where what stands at a place is declared: in this file, in another, or in the standard library (`std.nn`). */
export function definition(snapshot: Snapshot, offset: number): Location | undefined {
	const target = targetAt(snapshot, offset);
	switch (target?.kind) {
		case "name":
			return target.binding.at;
		case "member":
			return target.member.at;
		case "option":
			return target.parameter.at;
		case "source":
			return { file: target.file, start: 0, end: 0 };
		default:
			return undefined;
	}
}
