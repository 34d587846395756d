import type { Attributes, TensorData } from "../ir.js";

/**
 * An algorithm on whole tensors, which is not made of loops over independent elements: sorting, factorisations. It
 * writes the elements of `output` from those of the inputs, all row-major. Every backend calls the same routine.
 */
export type Routine = (inputs: readonly TensorData[], attributes: Attributes, output: TensorData) => void;

export function at(inputs: readonly TensorData[], index: number): TensorData {
	return inputs[index] as TensorData;
}

/** Extent number `fromEnd` of a shape, counted from the last one, which is 1. */
export function extentFromEnd(value: TensorData, fromEnd: number): number {
	return value.type.shape.at(-fromEnd) as number;
}
