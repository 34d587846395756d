import { type Evaluator, shapeOf } from "../evaluator.js";
import { elementwise, toReal, traced, unary } from "../tensors.js";
import type { TracedValue } from "../values.js";
import { BuiltinCall } from "./builtin.js";
import { type Intrinsic, readArguments, reduceShape, tensorArgument, withoutNamed } from "./intrinsics.js";

/** The variance of all elements, or along axes: the mean of the squared deviations from the mean. */
const variance: Intrinsic = (evaluator, environment, call) => {
	const args = readArguments(evaluator, environment, withoutNamed(call));
	const value = toReal(evaluator, tensorArgument(evaluator, environment, call, args));
	const options = new BuiltinCall(evaluator, environment, call, ["x"]);
	const axes = options.axes("axis", value) ?? shapeOf(value).map((_, i) => i);
	const mean = reduced(evaluator, "mean", value, axes, true);
	const { element } = value.value.type;
	const deviation = elementwise(evaluator, "sub", value, mean, element);
	const square = elementwise(evaluator, "mul", deviation, deviation, element);
	const keep = options.flag("keep");
	if (!options.flag("unbiased")) return reduced(evaluator, "mean", square, axes, keep);
	const count = axes.reduce((product, axis) => product * (shapeOf(value)[axis] ?? 1), 1);
	const freedom = traced(evaluator, { kind: "number", value: count - 1, integer: false }, element);
	const total = reduced(evaluator, "sum", square, axes, keep);
	return freedom ? elementwise(evaluator, "div", total, freedom, element) : total;
};

function reduced(
	evaluator: Evaluator,
	word: "mean" | "sum",
	value: TracedValue,
	axes: readonly number[],
	keep: boolean,
): TracedValue {
	const result = traced(evaluator, reduceShape(evaluator, word, value, axes, keep));
	if (!result) throw new Error("a reduction gives a tensor");
	return result;
}

/** The square root has the derivative 0 at 0, so this one has it where all elements are equal. */
const deviation: Intrinsic = (evaluator, environment, call, expected) => {
	const result = traced(evaluator, variance(evaluator, environment, call, expected));
	if (!result) throw new Error("a variance is a tensor");
	return unary(evaluator, "sqrt", result);
};

export const momentFunctions: Readonly<Record<string, Intrinsic>> = { var: variance, std: deviation };
