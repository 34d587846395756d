import type { Backend } from "../../compiler/backends/backend.js";
import type { Builder } from "../../compiler/ir/builder.js";
import type { Attributes, TensorData, Value } from "../../compiler/ir/ir.js";
import { gradients } from "../../compiler/transform/reverse.js";
import { compute } from "./run.js";

/** The numbers of one operation on one backend. */
export function apply(
	backend: Backend,
	operation: string,
	inputs: readonly TensorData[],
	attributes: Attributes = {},
): number[] {
	return (
		compute(backend, inputs, (builder, values) => [builder.emit(operation, values, attributes)])[0] ?? []
	);
}

/** The derivatives of the sum of a function by each of its inputs. */
export function slopes(
	backend: Backend,
	inputs: readonly TensorData[],
	f: (builder: Builder, values: readonly Value[]) => Value,
): number[][] {
	return compute(backend, inputs, (builder, values) =>
		gradients(
			builder,
			builder.sum(f(builder, values)),
			values.filter(({ type }) => type.element === "f32" || type.element === "f64"),
		),
	);
}

export const slopesOf = (
	backend: Backend,
	operation: string,
	inputs: readonly TensorData[],
	attributes: Attributes = {},
): number[][] => slopes(backend, inputs, (builder, values) => builder.emit(operation, values, attributes));
