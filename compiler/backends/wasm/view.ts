import { type ElementType, sizeOf, type TensorType } from "../../ir/ir.js";
import { stridesOf } from "../../ir/tensor.js";
import type { Kind } from "./assembler.js";

/** Bytes of an element in linear memory: bool takes a whole word, so that it has as many lanes as f32. */
export function bytesOf(element: ElementType): number {
	return element === "f64" ? 8 : 4;
}

/** The kind of a scalar of that element type outside memory. */
export function kindOf(element: ElementType): Kind {
	return element === "f32" || element === "f64" ? element : "i32";
}

/** What a buffer is for: parameters and constants stay where they are, the others share one arena. */
export type Role = "parameter" | "constant" | "scratch" | "arena";

/** A piece of linear memory. The memory plan sets its address. */
export interface Buffer {
	readonly element: ElementType;
	readonly size: number;
	readonly role: Role;
	/** The numbers of a constant. */
	readonly data?: Float64Array;
	/** For records: how many rows the buffer has. */
	readonly rows?: number;
	address: number;
}

/** A tensor in a buffer: element [i..] lies at offset + sum of i * stride, counted in elements. */
export interface View {
	readonly buffer: Buffer;
	readonly offset: number;
	readonly shape: readonly number[];
	readonly strides: readonly number[];
	/** The one number that fills the tensor, where it is known. */
	readonly literal?: number;
}

export function newBuffer(type: TensorType, role: Role, data?: Float64Array): Buffer {
	return { element: type.element, size: data?.length ?? sizeOf(type.shape), role, data, address: 0 };
}

/** The whole buffer in row-major order. */
export function wholeView(buffer: Buffer, shape: readonly number[]): View {
	return { buffer, offset: 0, shape, strides: stridesOf(shape) };
}

export function isContiguous(view: View): boolean {
	const strides = stridesOf(view.shape);
	return view.shape.every((n, axis) => n === 1 || view.strides[axis] === strides[axis]);
}

export function isWhole(view: View): boolean {
	return view.offset === 0 && sizeOf(view.shape) === view.buffer.size && isContiguous(view);
}

export function transposeView(view: View, permutation: readonly number[]): View {
	return {
		...view,
		shape: permutation.map((axis) => view.shape[axis] as number),
		strides: permutation.map((axis) => view.strides[axis] as number),
	};
}

export function broadcastView(view: View, shape: readonly number[], axes: readonly number[]): View {
	const strides = shape.map((n, axis) => {
		const k = axes.indexOf(axis);
		return k < 0 || (view.shape[k] === 1 && n !== 1) ? 0 : (view.strides[k] as number);
	});
	return { ...view, shape, strides };
}

export function sliceView(view: View, start: readonly number[], limit: readonly number[]): View {
	const offset = start.reduce((sum, i, axis) => sum + i * (view.strides[axis] as number), view.offset);
	return { ...view, offset, shape: limit.map((end, axis) => end - (start[axis] as number)) };
}

export function reverseView(view: View, axes: readonly number[]): View {
	if (sizeOf(view.shape) === 0) return view;
	const last = axes.reduce(
		(sum, axis) => sum + ((view.shape[axis] as number) - 1) * (view.strides[axis] as number),
		view.offset,
	);
	const strides = view.strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride));
	return { ...view, offset: last, strides };
}

/** Neighbouring axes merged where every operand steps through them evenly; axes of extent 1 dropped. */
export function collapse(
	shape: readonly number[],
	operands: readonly (readonly number[])[],
): { readonly shape: number[]; readonly operands: number[][] } {
	const merged: number[] = [];
	const strides: number[][] = operands.map(() => []);
	shape.forEach((n, axis) => {
		if (n === 1) return;
		const previous = merged.length - 1;
		const even =
			previous >= 0 &&
			operands.every((operand, k) => strides[k]?.[previous] === (operand[axis] as number) * n);
		if (even) merged[previous] = (merged[previous] as number) * n;
		else merged.push(n);
		const place = merged.length - 1;
		operands.forEach((operand, k) => {
			(strides[k] as number[])[place] = operand[axis] as number;
		});
	});
	return { shape: merged, operands: strides };
}

/** The same elements in row-major order under another shape, without copying; undefined where that is impossible. */
export function reshapeView(view: View, shape: readonly number[]): View | undefined {
	if (sizeOf(shape) === 0) return { ...view, shape, strides: stridesOf(shape) };
	const source = collapse(view.shape, [view.strides]);
	const from = source.operands[0] as number[];
	const strides = new Array<number>(shape.length).fill(0);
	let axis = shape.length - 1;
	for (let k = source.shape.length - 1; k >= 0; k--) {
		let remaining = source.shape[k] as number;
		let stride = from[k] as number;
		while (remaining > 1) {
			if (axis < 0) return undefined;
			const n = shape[axis] as number;
			if (remaining % n !== 0) return undefined;
			strides[axis] = stride;
			stride *= n;
			remaining /= n;
			axis--;
		}
	}
	return { ...view, shape, strides };
}
