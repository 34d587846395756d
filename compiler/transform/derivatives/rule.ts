import type { Builder } from "../../ir/builder.js";
import type { Attributes, Value } from "../../ir/ir.js";

/** One equation of the walk backwards: its values and the cotangent of its result, all of one builder. */
export interface Adjoint {
	readonly builder: Builder;
	readonly inputs: readonly Value[];
	readonly attributes: Attributes;
	readonly output: Value;
	/** The derivative of the loss by the output; of the type of the output. */
	readonly cotangent: Value;
}

/** What the cotangent of the output contributes to the cotangent of input `index`; undefined: nothing. */
export type AdjointRule = (adjoint: Adjoint, index: number) => Value | undefined;

/** One row of the table of derivatives: a rule, or the reason why nothing flows through the operation. */
export type Derivative = { readonly rule: AdjointRule } | { readonly none: string };

export function inputAt(adjoint: Adjoint, index: number): Value {
	return adjoint.inputs[index] as Value;
}

/** A number as a tensor of the type of `like`. */
export function numberLike(builder: Builder, value: number, like: Value): Value {
	return builder.fill(value, like.type);
}

export const add = (builder: Builder, a: Value, b: Value): Value => builder.emit("add", [a, b]);
export const sub = (builder: Builder, a: Value, b: Value): Value => builder.emit("sub", [a, b]);
export const mul = (builder: Builder, a: Value, b: Value): Value => builder.emit("mul", [a, b]);
export const div = (builder: Builder, a: Value, b: Value): Value => builder.emit("div", [a, b]);
export const neg = (builder: Builder, x: Value): Value => builder.emit("neg", [x]);
export const select = (builder: Builder, condition: Value, a: Value, b: Value): Value =>
	builder.emit("select", [condition, a, b]);

/** `x` where the condition holds, else zero: unlike a product with 0, no nan of the other places gets through. */
export function where(builder: Builder, condition: Value, x: Value): Value {
	return select(builder, condition, x, builder.zeros(x.type));
}
