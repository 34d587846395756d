import type { Evaluator } from "./evaluator.js";
import { traced } from "./tensors.js";
import type { Value } from "./values.js";

/** A parameter as its value: one that is frozen or reparametrized is computed from what it is made of. */
export function leafValue(evaluator: Evaluator, value: Value): Value {
	if (value.kind !== "frozen") return value;
	const inner = traced(evaluator, leafValue(evaluator, value.value));
	if (!inner) return value.value;
	return { ...inner, value: evaluator.builder.emit("stop_gradient", [inner.value]) };
}
