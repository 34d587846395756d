import { sizeOf } from "../ir.js";
import { streamWord, uniform24, uniform53 } from "../philox.js";
import { dataOf, integerOf, integersOf, numberOf } from "../primitives/primitive.js";
import { allocateLike, type Evaluator, tabulate } from "./evaluator.js";

/** Element `index` of the stream of each counter, made of its words. */
function streams(number: (word: (index: number) => number, index: number) => number): Evaluator {
	return (inputs, attributes, result) => {
		const key = integersOf(attributes, "key") as [number, number];
		const perStream = Math.max(1, sizeOf(integersOf(attributes, "shape")));
		return tabulate(result, (_, flat) => {
			const counter = inputs[0]?.data[Math.floor(flat / perStream)] ?? 0;
			return number((index) => streamWord(key, counter, index), flat % perStream);
		});
	};
}

export const createEvaluators: Readonly<Record<string, Evaluator>> = {
	constant: (_inputs, attributes, result) => allocateLike(result, dataOf(attributes, "data")),
	fill(_inputs, attributes, result) {
		const value = numberOf(attributes, "value");
		return tabulate(result, () => value);
	},
	iota(_inputs, attributes, result) {
		const axis = integerOf(attributes, "axis");
		return tabulate(result, (index) => index[axis] as number);
	},
	random_bits: streams((word, index) => word(index) | 0),
	random_uniform: (inputs, attributes, result) =>
		streams(
			result.element === "f32"
				? (word, index) => uniform24(word(index))
				: (word, index) => uniform53(word(2 * index), word(2 * index + 1)),
		)(inputs, attributes, result),
};
