import { streamWord, uniform24, uniform53 } from "../philox.js";
import { dataOf, integerOf, integersOf, numberOf } from "../primitives/primitive.js";
import { allocateLike, type Evaluator, tabulate } from "./evaluator.js";

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
	random_bits(inputs, attributes, result) {
		const key = integersOf(attributes, "key") as [number, number];
		const counter = inputs[0]?.data[0] ?? 0;
		return tabulate(result, (_, flat) => streamWord(key, counter, flat) | 0);
	},
	random_uniform(inputs, attributes, result) {
		const key = integersOf(attributes, "key") as [number, number];
		const counter = inputs[0]?.data[0] ?? 0;
		const word = (index: number) => streamWord(key, counter, index);
		return result.element === "f32"
			? tabulate(result, (_, flat) => uniform24(word(flat)))
			: tabulate(result, (_, flat) => uniform53(word(2 * flat), word(2 * flat + 1)));
	},
};
