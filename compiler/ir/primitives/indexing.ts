import type { TensorType } from "../ir.js";
import {
	extent,
	input,
	integerOf,
	isNumeric,
	type Primitive,
	require,
	sameShape,
	showType,
} from "./primitive.js";

function requireIndices(indices: TensorType, batch: number, axis: number): void {
	require(indices.element === "i32", () => "indices must be i32");
	require(batch <= indices.shape.length && batch <= axis, () =>
		`batch ${batch} exceeds axis ${axis} or the rank of ${showType(indices)}`);
}

function requireStart(start: TensorType): void {
	require(start.element === "i32" && start.shape.length === 0, () => "start must be a scalar i32");
}

const gather: Primitive = {
	name: "gather",
	arity: [2, 2],
	attributes: { axis: "integer", batch: "integer" },
	infer(inputs, attributes) {
		const operand = input(inputs, 0);
		const indices = input(inputs, 1);
		const axis = integerOf(attributes, "axis");
		const batch = integerOf(attributes, "batch");
		requireIndices(indices, batch, axis);
		const n = extent(operand, axis);
		require(sameShape(operand.shape.slice(0, batch), indices.shape.slice(0, batch)), () =>
			`the first ${batch} axes must be equal`);
		const shape = [
			...operand.shape.slice(0, axis),
			...indices.shape.slice(batch),
			...operand.shape.slice(axis + 1),
		];
		require(n > 0 || shape.includes(0), () => `axis ${axis} of ${showType(operand)} is empty`);
		return { element: operand.element, shape };
	},
};

const scatterAdd: Primitive = {
	name: "scatter_add",
	arity: [2, 2],
	attributes: { axis: "integer", batch: "integer", size: "integer" },
	infer(inputs, attributes) {
		const indices = input(inputs, 0);
		const updates = input(inputs, 1);
		const axis = integerOf(attributes, "axis");
		const batch = integerOf(attributes, "batch");
		const size = integerOf(attributes, "size");
		requireIndices(indices, batch, axis);
		require(isNumeric(updates.element), () => "updates must not be bool");
		const places = indices.shape.slice(batch);
		require(updates.shape.length >= axis + places.length &&
			sameShape(updates.shape.slice(axis, axis + places.length), places) &&
			sameShape(updates.shape.slice(0, batch), indices.shape.slice(0, batch)), () =>
			"the axes of the updates do not match the indices");
		require(size > 0 || updates.shape.includes(0), () => "there is nowhere to add");
		return {
			element: updates.element,
			shape: [...updates.shape.slice(0, axis), size, ...updates.shape.slice(axis + places.length)],
		};
	},
};

const dynamicSlice: Primitive = {
	name: "dynamic_slice",
	arity: [2, 2],
	attributes: { axis: "integer", size: "integer" },
	infer(inputs, attributes) {
		const x = input(inputs, 0);
		const axis = integerOf(attributes, "axis");
		const size = integerOf(attributes, "size");
		requireStart(input(inputs, 1));
		require(size <= extent(x, axis), () => `size ${size} exceeds axis ${axis}`);
		return { element: x.element, shape: x.shape.map((n, k) => (k === axis ? size : n)) };
	},
};

const dynamicUpdate: Primitive = {
	name: "dynamic_update",
	arity: [3, 3],
	attributes: { axis: "integer" },
	infer(inputs, attributes) {
		const x = input(inputs, 0);
		const update = input(inputs, 1);
		const axis = integerOf(attributes, "axis");
		requireStart(input(inputs, 2));
		extent(x, axis);
		require(update.element === x.element &&
			update.shape.length === x.shape.length &&
			update.shape.every((n, k) => (k === axis ? n <= extent(x, k) : n === x.shape[k])), () =>
			`${showType(update)} is not a part of the operand along axis ${axis}`);
		return x;
	},
};

/** Operations that read or write at indices known while running. Indices out of range clamp. */
export const indexing: readonly Primitive[] = [gather, scatterAdd, dynamicSlice, dynamicUpdate];
