import type { Value } from "../../ir/ir.js";
import { elementwise } from "./fold.js";
import { axesOf, definedBy, filling, inputOf, type Rewrite } from "./rewrite.js";

/**
 * What is computed of tensors that are transposed alike is transposed once, afterwards: it meets other transpositions
 * there, or a contraction or a sum that needs none.
 */
export const moveTranspositions: Rewrite = (rewriter, { operation, inputs, attributes }) => {
	if (!elementwise.has(operation)) return undefined;
	const turned = inputs.map((value) => definedBy(rewriter, value, "transpose"));
	const first = turned.find((equation) => equation !== undefined);
	if (first === undefined) return undefined;
	const permutation = axesOf(first, "permutation");
	const shape = inputOf(first).type.shape;
	const before: Value[] = [];
	for (const [k, equation] of turned.entries()) {
		const value = inputs[k] as Value;
		const number = filling(rewriter, value);
		if (number !== undefined) {
			before.push(rewriter.builder.fill(number, { element: value.type.element, shape }));
		} else if (equation !== undefined && axesOf(equation, "permutation").join() === permutation.join()) {
			before.push(inputOf(equation));
		} else return undefined;
	}
	return rewriter.emit("transpose", [rewriter.emit(operation, before, attributes)], { permutation });
};
