import { integerOf, integersOf } from "../primitives/primitive.js";
import { flatten } from "../tensor.js";
import { at, type Evaluator, tabulate } from "./evaluator.js";

export const movementEvaluators: Readonly<Record<string, Evaluator>> = {
	reshape: (inputs) => at(inputs, 0).data.slice(),

	transpose(inputs, attributes, result) {
		const x = at(inputs, 0);
		const permutation = integersOf(attributes, "permutation");
		return tabulate(result, (index) => {
			const source = new Array<number>(index.length);
			permutation.forEach((axis, k) => {
				source[axis] = index[k] as number;
			});
			return x.data[flatten(source, x.type.shape)] as number;
		});
	},

	broadcast(inputs, attributes, result) {
		const x = at(inputs, 0);
		const axes = integersOf(attributes, "axes");
		return tabulate(result, (index) => {
			const source = axes.map((axis, k) => (x.type.shape[k] === 1 ? 0 : (index[axis] as number)));
			return x.data[flatten(source, x.type.shape)] as number;
		});
	},

	slice(inputs, attributes, result) {
		const x = at(inputs, 0);
		const start = integersOf(attributes, "start");
		return tabulate(result, (index) => {
			const source = index.map((i, axis) => i + (start[axis] as number));
			return x.data[flatten(source, x.type.shape)] as number;
		});
	},

	pad(inputs, attributes, result) {
		const x = at(inputs, 0);
		const low = integersOf(attributes, "low");
		return tabulate(result, (index) => {
			const source = index.map((i, axis) => i - (low[axis] as number));
			const inside = source.every((i, axis) => i >= 0 && i < (x.type.shape[axis] as number));
			return inside ? (x.data[flatten(source, x.type.shape)] as number) : 0;
		});
	},

	concatenate(inputs, attributes, result) {
		const axis = integerOf(attributes, "axis");
		return tabulate(result, (index) => {
			let i = index[axis] as number;
			let part = 0;
			while (i >= (at(inputs, part).type.shape[axis] as number)) {
				i -= at(inputs, part).type.shape[axis] as number;
				part++;
			}
			const x = at(inputs, part);
			return x.data[flatten(index.with(axis, i), x.type.shape)] as number;
		});
	},

	reverse(inputs, attributes, result) {
		const x = at(inputs, 0);
		const axes = integersOf(attributes, "axes");
		return tabulate(result, (index) => {
			const source = index.map((i, axis) =>
				axes.includes(axis) ? (result.shape[axis] as number) - 1 - i : i,
			);
			return x.data[flatten(source, x.type.shape)] as number;
		});
	},
};
