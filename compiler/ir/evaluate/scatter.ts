import { integerOf } from "../primitives/primitive.js";
import { flatten, forEachIndex } from "../tensor.js";
import { at, type Evaluator } from "./evaluator.js";
import { resolve } from "./indexing.js";

function scatter(combine: (old: number, update: number) => number): Evaluator {
	return (inputs, attributes, result) => {
		const [operand, indices, updates] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
		const [axis, batch] = [integerOf(attributes, "axis"), integerOf(attributes, "batch")];
		const places = { data: indices.data, shape: indices.type.shape };
		const size = result.shape[axis] as number;
		const data = operand.data.slice();
		forEachIndex(updates.type.shape, (index, flat) => {
			const place = flatten(resolve(index, places, axis, batch, size), result.shape);
			data[place] = combine(data[place] as number, updates.data[flat] as number);
		});
		return data;
	};
}

export const scatterEvaluators: Readonly<Record<string, Evaluator>> = {
	scatter_set: scatter((_old, update) => update),
	scatter_min: scatter(Math.min),
	scatter_max: scatter(Math.max),
};
