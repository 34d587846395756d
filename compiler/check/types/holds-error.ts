import type { Type } from "./types.js";

/** Whether something in a value is of no known type: what is wrong with it has been said, or a lambda is not used yet. */
export function holdsError(type: Type): boolean {
	if (type.kind === "tuple") return type.elements.some((e) => holdsError(e.type));
	if (type.kind === "list") return type.elements?.some(holdsError) ?? false;
	return type.kind === "error";
}
