import { type ElementType, sizeOf, type TensorData, type TensorType } from "./ir.js";

/** The row-major strides of a shape, in elements. */
export function stridesOf(shape: readonly number[]): number[] {
	const strides = new Array<number>(shape.length).fill(1);
	for (let axis = shape.length - 2; axis >= 0; axis--) {
		strides[axis] = (strides[axis + 1] as number) * (shape[axis + 1] as number);
	}
	return strides;
}

/** The place of a multi-index in row-major order. */
export function flatten(index: readonly number[], shape: readonly number[]): number {
	return index.reduce((flat, i, axis) => flat * (shape[axis] as number) + i, 0);
}

/** Calls `visit` for every multi-index of a shape in row-major order. The array is reused between calls. */
export function forEachIndex(
	shape: readonly number[],
	visit: (index: readonly number[], flat: number) => void,
): void {
	const index = new Array<number>(shape.length).fill(0);
	const size = sizeOf(shape);
	for (let flat = 0; flat < size; flat++) {
		visit(index, flat);
		for (let axis = shape.length - 1; axis >= 0; axis--) {
			index[axis] = (index[axis] as number) + 1;
			if ((index[axis] as number) < (shape[axis] as number)) break;
			index[axis] = 0;
		}
	}
}

export type Storage = TensorData["data"];

export function allocate(element: ElementType, size: number): Storage {
	switch (element) {
		case "f32":
			return new Float32Array(size);
		case "f64":
			return new Float64Array(size);
		case "i32":
			return new Int32Array(size);
		case "bool":
			return new Uint8Array(size);
	}
}

/** A tensor from numbers in row-major order. Throws RangeError when their count is not that of the type. */
export function tensor(type: TensorType, numbers: ArrayLike<number>): TensorData {
	if (numbers.length !== sizeOf(type.shape)) {
		throw new RangeError(`${numbers.length} numbers do not fill [${type.shape.join(",")}]`);
	}
	const data = allocate(type.element, numbers.length);
	data.set(numbers);
	return { type, data };
}

/** Whether the storage is the one of its type: the right array of the right length. */
export function isWellFormed(value: TensorData): boolean {
	const expected = allocate(value.type.element, 0);
	return value.data.constructor === expected.constructor && value.data.length === sizeOf(value.type.shape);
}
