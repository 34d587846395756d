import type { TensorType } from "../../ir/ir.js";
import { type Evaluator, fail } from "../evaluator.js";
import { callValue } from "../expressions/call.js";
import { castTo, elementwise, unary } from "../tensors.js";
import type { TracedValue } from "../values.js";
import { type Intrinsic, readArguments } from "./intrinsics.js";
import { draw, inFormat, shapeArgument } from "./making.js";

/** Draws: uniform numbers, fresh for each lane and turn, and what the library makes of them. */

/** `laplace(shape, ..)` is `laplace_of(u, ..)` of uniform numbers u of that shape, which stands beside it. */
const byUniform: Intrinsic = inFormat((evaluator, environment, call, expected) => {
	const { shape, from } = shapeArgument(evaluator, environment, call, expected);
	const { positional, named } = readArguments(evaluator, environment, call, from);
	const { fn, node } = call;
	const name = fn?.node.name?.kind === "Identifier" ? fn.node.name.name : "";
	const inverse = fn?.environment.find(`${name}_of`);
	if (!inverse) return fail(environment, node, `there is no ${name}_of`);
	const numbers = draw(evaluator, name, shape, evaluator.realElement);
	return callValue(evaluator, environment, node, inverse, { positional: [numbers, ...positional], named });
});

/** The whole part of u k, in f64, so that every number below k has the same share up to 2^-53. */
const integers: Intrinsic = (evaluator, environment, call, expected) => {
	const { shape, from } = shapeArgument(evaluator, environment, call, expected);
	const args = readArguments(evaluator, environment, call, from);
	const k = args.named.get("k") ?? args.positional[0];
	if (k?.kind !== "number") return fail(environment, call.node, "the bound is known before running");
	const scaled = elementwise(
		evaluator,
		"mul",
		draw(evaluator, "integers", shape, "f64"),
		scalar(evaluator, k.value),
		"f64",
	);
	return { ...castTo(evaluator, unary(evaluator, "floor", scaled), "i32"), below: k.value };
};

function scalar(evaluator: Evaluator, value: number): TracedValue {
	return { kind: "traced", value: evaluator.builder.scalar(value, "f64"), lanes: [] };
}

/** The order of uniform numbers of 53 bits: two are equal so rarely that every order has the same share. */
const permutation: Intrinsic = (evaluator, environment, call) => {
	const args = readArguments(evaluator, environment, call);
	const n = args.named.get("n") ?? args.positional[0];
	if (n?.kind !== "number") return fail(environment, call.node, "the size is known before running");
	const numbers = draw(evaluator, "permutation", [n.value], "f64");
	const { type }: { readonly type: TensorType } = numbers.value;
	const value = evaluator.builder.emit("argsort", [numbers.value], {
		axis: type.shape.length - 1,
		descending: false,
	});
	return { ...numbers, value, below: n.value };
};

export const drawFunctions: Readonly<Record<string, Intrinsic>> = {
	integers,
	permutation,
	...Object.fromEntries(
		["truncated_normal", "exponential", "laplace", "gumbel", "cauchy", "gamma", "beta"].map((name) => [
			name,
			byUniform,
		]),
	),
};
