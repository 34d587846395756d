import { asConstant } from "../../dims/dim.js";
import type { Type } from "./types.js";

/** The value of a static number, where it is known. */
export function knownNumber(type: Type): number | undefined {
	if (type.kind === "Int") return type.value && asConstant(type.value);
	return type.kind === "Real" ? type.value : undefined;
}
