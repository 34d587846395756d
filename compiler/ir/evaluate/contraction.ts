import { dotAxes } from "../primitives/contraction.js";
import { listsOf } from "../primitives/primitive.js";
import { flatten, forEachIndex } from "../tensor.js";
import { arithmetic, at, type Evaluator, tabulate } from "./evaluator.js";

export const contractionEvaluators: Readonly<Record<string, Evaluator>> = {
	dot(inputs, attributes, result) {
		const [a, b] = [at(inputs, 0), at(inputs, 1)];
		const contract = listsOf(attributes, "contract");
		const batch = listsOf(attributes, "batch");
		const left = dotAxes(a.type.shape.length, contract, batch, 0);
		const right = dotAxes(b.type.shape.length, contract, batch, 1);
		const contracted = left.contract.map((axis) => a.type.shape[axis] as number);
		const integer = arithmetic(a.type) === "integer";
		return tabulate(result, (index) => {
			const leftIndex = new Array<number>(a.type.shape.length);
			const rightIndex = new Array<number>(b.type.shape.length);
			index.forEach((i, k) => {
				const ofRight = k - left.batch.length - left.free.length;
				if (k < left.batch.length) {
					leftIndex[left.batch[k] as number] = i;
					rightIndex[right.batch[k] as number] = i;
				} else if (ofRight < 0) leftIndex[left.free[k - left.batch.length] as number] = i;
				else rightIndex[right.free[ofRight] as number] = i;
			});
			let sum = 0;
			forEachIndex(contracted, (inner) => {
				inner.forEach((i, k) => {
					leftIndex[left.contract[k] as number] = i;
					rightIndex[right.contract[k] as number] = i;
				});
				const x = a.data[flatten(leftIndex, a.type.shape)] as number;
				const y = b.data[flatten(rightIndex, b.type.shape)] as number;
				sum = integer ? (sum + Math.imul(x, y)) | 0 : sum + x * y;
			});
			return sum;
		});
	},
};
