import type { Attributes, TensorData, TensorType } from "../ir.js";
import { allocate, forEachIndex, type Storage } from "../tensor.js";

/**
 * One row of the reference interpreter: the elements of the result, from the data of the inputs, the attributes
 * and the type of the result. Inputs are checked; storage rounds to f32 and wraps to i32 when it is written.
 */
export type Evaluator = (
	inputs: readonly TensorData[],
	attributes: Attributes,
	result: TensorType,
) => Storage;

/** The elements of a tensor as a function of their multi-index. */
export function tabulate(
	type: TensorType,
	element: (index: readonly number[], flat: number) => number,
): Storage {
	const data = allocate(
		type.element,
		type.shape.reduce((product, n) => product * n, 1),
	);
	forEachIndex(type.shape, (index, flat) => {
		data[flat] = element(index, flat);
	});
	return data;
}

export function at(inputs: readonly TensorData[], index: number): TensorData {
	return inputs[index] as TensorData;
}

export function clamp(x: number, low: number, high: number): number {
	return Math.max(low, Math.min(x, high));
}

/** The kind of arithmetic of a type: which definition of a scalar function it takes. */
export function arithmetic(type: TensorType): "float" | "integer" | "bool" {
	return type.element === "bool" ? "bool" : type.element === "i32" ? "integer" : "float";
}

/** Numbers of 64 bits, stored as the type says. */
export function allocateLike(type: TensorType, numbers: Float64Array): Storage {
	const data = allocate(type.element, numbers.length);
	data.set(numbers);
	return data;
}
