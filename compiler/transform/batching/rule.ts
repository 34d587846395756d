import type { Builder } from "../../ir/builder.js";
import type { Attributes, TensorType, Value } from "../../ir/ir.js";

/** A value that is the same in all lanes, or has one row for each of them along axis 0. */
export interface Lane {
	readonly value: Value;
	readonly batched: boolean;
}

/** One equation of the walk of `batch`; some input is batched. */
export interface Lanes {
	readonly builder: Builder;
	/** How many lanes there are. */
	readonly size: number;
	readonly operation: string;
	readonly inputs: readonly Lane[];
	readonly attributes: Attributes;
	/** The type of the result in one lane. */
	readonly type: TensorType;
}

/** The result of the operation in all lanes, as rows. */
export type BatchRule = (lanes: Lanes) => Value;

/** The value with a row for each lane. */
export function spread(builder: Builder, size: number, { value, batched }: Lane): Value {
	return batched ? value : builder.broadcast(value, [size, ...value.type.shape]);
}

export const inputAt = (lanes: Lanes, index: number): Lane => lanes.inputs[index] as Lane;

/** Input `index` with a row for each lane. */
export const rowsOf = (lanes: Lanes, index: number): Value =>
	spread(lanes.builder, lanes.size, inputAt(lanes, index));

/** Moves axis `from` to the front. */
export function toFront(builder: Builder, x: Value, from: number): Value {
	const axes = x.type.shape.map((_, axis) => axis);
	axes.unshift(...axes.splice(from, 1));
	return builder.transpose(x, axes);
}
