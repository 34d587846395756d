import type { Type } from "./types.js";

/** Whether a part of it is what could not be typed, which is told already. */
export function holdsError(type: Type): boolean {
	switch (type.kind) {
		case "error":
			return true;
		case "tuple":
			return type.elements.some((e) => holdsError(e.type));
		case "list":
			return type.elements?.some(holdsError) ?? false;
		case "stack":
			return holdsError(type.of);
		case "model":
			return [...type.declaration.members.values()].some((m) => m.role === "part" && m.type.kind === "error");
		case "stream":
			return holdsError(type.item);
		default:
			return false;
	}
}
