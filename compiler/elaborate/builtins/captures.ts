import type { Evaluator } from "../evaluator.js";
import type { ModelValue, Value } from "../values.js";

/** After a call of a model: it may be a part that is wanted. */
export function noteCaptured(evaluator: Evaluator, model: ModelValue, value: Value): void {
	const { builder, lanes, guards } = evaluator;
	for (const { part, found } of evaluator.captures)
		if (isSame(part, model)) found.push({ value, builder, lanes: lanes.length, guards: guards.length });
}

/** The same instance, or one with the same parameters: another mode, say. */
function isSame(part: Value, model: Value): boolean {
	if (part === model) return true;
	if (part.kind !== "model" || model.kind !== "model" || part.node !== model.node) return false;
	const members = [...part.members];
	return members.length > 0 && members.every(([name, value]) => isSameMember(value, model.members.get(name)));
}

function isSameMember(a: Value, b: Value | undefined): boolean {
	if (a === b || !b) return a === b;
	if (a.kind === "model") return isSame(a, b);
	if (a.kind === "list" && b.kind === "list")
		return a.items.length === b.items.length && a.items.every((item, i) => isSameMember(item, b.items[i]));
	return false;
}
