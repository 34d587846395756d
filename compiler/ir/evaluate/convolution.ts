import { sizeOf } from "../ir.js";
import { integerOf } from "../primitives/primitive.js";
import { windowsOf } from "../primitives/window.js";
import { allocate } from "../tensor.js";
import { at, type Evaluator } from "./evaluator.js";
import { meetingsOf } from "./windows.js";

export const convolutionEvaluators: Readonly<Record<string, Evaluator>> = {
	convolution(inputs, attributes, result) {
		const [x, kernel] = [at(inputs, 0), at(inputs, 1)];
		const space = x.type.shape.slice(2);
		const window = kernel.type.shape.slice(2);
		const counts = result.shape.slice(2);
		const meetings = meetingsOf(windowsOf(space, window, attributes), counts);
		const [channels, results, inner] = [x.type.shape[1], kernel.type.shape[0], kernel.type.shape[1]] as [
			number,
			number,
			number,
		];
		const perGroup = results / integerOf(attributes, "groups");
		const [size, windowSize] = [sizeOf(space), sizeOf(window)];
		const data = allocate(result.element, sizeOf(result.shape));
		let place = 0;
		for (let batch = 0; batch < (result.shape[0] as number); batch++) {
			for (let o = 0; o < results; o++) {
				const first = batch * channels + Math.floor(o / perGroup) * inner;
				for (const met of meetings) {
					let sum = 0;
					for (let c = 0; c < inner; c++) {
						const [row, weights] = [(first + c) * size, (o * inner + c) * windowSize];
						met.forEach((operand, k) => {
							// Padding is zeros that take part: times infinity they are nan.
							const element = operand < 0 ? 0 : (x.data[row + operand] as number);
							sum += element * (kernel.data[weights + k] as number);
						});
					}
					data[place++] = sum;
				}
			}
		}
		return data;
	},
};
