import { integerOf } from "../primitives/primitive.js";
import { flatten, forEachIndex } from "../tensor.js";
import { allocateLike, arithmetic, at, clamp, type Evaluator, tabulate } from "./evaluator.js";

/** The index with the `count` entries from `axis` on, which name a place in the indices, replaced by its content. */
export function resolve(
	index: readonly number[],
	indices: { readonly data: ArrayLike<number>; readonly shape: readonly number[] },
	axis: number,
	batch: number,
	size: number,
): number[] {
	const count = indices.shape.length - batch;
	const place = [...index.slice(0, batch), ...index.slice(axis, axis + count)];
	const position = indices.data[flatten(place, indices.shape)] as number;
	return [...index.slice(0, axis), clamp(position, 0, size - 1), ...index.slice(axis + count)];
}

export const indexingEvaluators: Readonly<Record<string, Evaluator>> = {
	gather(inputs, attributes, result) {
		const [operand, indices] = [at(inputs, 0), at(inputs, 1)];
		const axis = integerOf(attributes, "axis");
		const batch = integerOf(attributes, "batch");
		const places = { data: indices.data, shape: indices.type.shape };
		const size = operand.type.shape[axis] as number;
		return tabulate(
			result,
			(index) =>
				operand.data[flatten(resolve(index, places, axis, batch, size), operand.type.shape)] as number,
		);
	},

	scatter_add(inputs, attributes, result) {
		const [indices, updates] = [at(inputs, 0), at(inputs, 1)];
		const axis = integerOf(attributes, "axis");
		const batch = integerOf(attributes, "batch");
		const size = integerOf(attributes, "size");
		const places = { data: indices.data, shape: indices.type.shape };
		const sums = new Float64Array(result.shape.reduce((product, n) => product * n, 1));
		const integer = arithmetic(result) === "integer";
		forEachIndex(updates.type.shape, (index, flat) => {
			const place = flatten(resolve(index, places, axis, batch, size), result.shape);
			const sum = (sums[place] as number) + (updates.data[flat] as number);
			sums[place] = integer ? sum | 0 : sum;
		});
		return allocateLike(result, sums);
	},

	dynamic_slice(inputs, attributes, result) {
		const x = at(inputs, 0);
		const axis = integerOf(attributes, "axis");
		const size = integerOf(attributes, "size");
		const start = clamp(at(inputs, 1).data[0] as number, 0, (x.type.shape[axis] as number) - size);
		return tabulate(result, (index) => {
			const source = index.map((i, k) => (k === axis ? i + start : i));
			return x.data[flatten(source, x.type.shape)] as number;
		});
	},

	dynamic_update(inputs, attributes, result) {
		const [x, update] = [at(inputs, 0), at(inputs, 1)];
		const axis = integerOf(attributes, "axis");
		const size = update.type.shape[axis] as number;
		const start = clamp(at(inputs, 2).data[0] as number, 0, (result.shape[axis] as number) - size);
		return tabulate(result, (index, flat) => {
			const i = (index[axis] as number) - start;
			if (i < 0 || i >= size) return x.data[flat] as number;
			return update.data[flatten(index.with(axis, i), update.type.shape)] as number;
		});
	},
};
