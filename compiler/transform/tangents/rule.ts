import type { Builder } from "../../ir/builder.js";
import type { Attributes, Value } from "../../ir/ir.js";

/** One equation of the walk forwards: its values and the tangents of its inputs, all of one builder. */
export interface Push {
	readonly builder: Builder;
	readonly operation: string;
	readonly inputs: readonly Value[];
	readonly attributes: Attributes;
	readonly output: Value;
	/** Of each input, of its type; undefined where it is zero. One at least is not. */
	readonly tangents: readonly (Value | undefined)[];
}

/** The tangent of the output; undefined: zero. */
export type TangentRule = (push: Push) => Value | undefined;

/** One row of the table of tangents: a rule, or the reason why the tangent of the output is zero. */
export type Tangent = { readonly rule: TangentRule } | { readonly none: string };

/** The tangent of an input; zeros where it has none. */
export const tangentAt = ({ builder, tangents, inputs }: Push, index: number): Value =>
	tangents[index] ?? builder.zeros((inputs[index] as Value).type);

/** Linear in all inputs at these places together: the operation on the tangents. */
export const linear = (...places: readonly number[]): Tangent => ({
	rule(push) {
		if (!places.some((k) => push.tangents[k] !== undefined)) return undefined;
		const inputs = push.inputs.map((value, k) => (places.includes(k) ? tangentAt(push, k) : value));
		return push.builder.emit(push.operation, inputs, push.attributes);
	},
});

/** Linear in each input by itself: the sum of the operation with one tangent each. */
export const multilinear: Tangent = {
	rule({ builder, operation, inputs, attributes, tangents }) {
		const parts = tangents.flatMap((tangent, k) =>
			tangent === undefined ? [] : builder.emit(operation, inputs.with(k, tangent), attributes),
		);
		return parts.reduce((a, b) => builder.emit("add", [a, b]));
	},
};

/** Of an operation with one input. */
export const unary = (rule: (push: Push, tangent: Value) => Value): Tangent => ({
	rule(push) {
		const [tangent] = push.tangents;
		return tangent && rule(push, tangent);
	},
});
