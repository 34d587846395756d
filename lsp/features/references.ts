import type { Location } from "../../compiler/source/diagnostic.js";
import { walk } from "../../grammar/visit.js";
import type { Snapshot } from "../snapshot.js";
import { targetAt } from "./at-cursor.js";
import { definition } from "./definition.js";

/** All places in the file that mean what stands at a place, its declaration among them if it is in this file. */
export function references(snapshot: Snapshot, offset: number): Location[] {
	const declared = definition(snapshot, offset);
	const target = targetAt(snapshot, offset);
	if (!declared || !target || target.kind === "source") return [];
	const { start, end } = target.place;
	const name = snapshot.text.slice(start, end);
	const found = new Map<number, Location>();
	for (const slice of snapshot.root.tree.slices) {
		if (!slice.text.includes(name)) continue;
		for (const item of slice.items) {
			walk(item, (node) => {
				const at = snapshot.locate(slice, node.span);
				if (node.span.end - node.span.start !== name.length || snapshot.text.slice(at.start, at.end) !== name)
					return undefined;
				const same = definition(snapshot, at.start);
				if (same && same.file === declared.file && same.start === declared.start) found.set(at.start, at);
				return undefined;
			});
		}
	}
	if (declared.file === snapshot.path) found.set(declared.start, declared);
	return [...found.values()].sort((a, b) => a.start - b.start);
}
