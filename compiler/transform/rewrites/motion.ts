import { sizeOf, type Value } from "../../ir/ir.js";
import { elementwise } from "./fold.js";
import { axesOf, definedBy, filling, inputOf, type Rewrite, type Rewriter, range } from "./rewrite.js";

/** What an elementwise operation reads: one number, or a tensor whose axis k is axis places[k] of the result. */
type Operand = { readonly number: number } | { readonly root: Value; readonly places: readonly number[] };

function repeated(rewriter: Rewriter, value: Value): Operand | undefined {
	const number = filling(rewriter, value);
	if (number !== undefined) return { number };
	const spread = definedBy(rewriter, value, "broadcast");
	if (spread === undefined) return undefined;
	const [root, places] = [inputOf(spread), axesOf(spread, "axes")];
	const exact = root.type.shape.every((n, k) => n === value.type.shape[places[k] as number]);
	return exact ? { root, places } : undefined;
}

/** What is computed alike for every index of an axis is computed once, and repeated afterwards. */
export const moveBroadcasts: Rewrite = (rewriter, { operation, inputs, attributes, type }) => {
	if (!elementwise.has(operation)) return undefined;
	const operands: Operand[] = [];
	for (const value of inputs) {
		const operand = repeated(rewriter, value);
		if (operand === undefined) return undefined;
		operands.push(operand);
	}
	const own = new Set(operands.flatMap((operand) => ("root" in operand ? operand.places : [])));
	const axes = range(type.shape.length).filter((axis) => own.has(axis));
	const shape = axes.map((axis) => type.shape[axis] as number);
	if (operands.every((operand) => "number" in operand) || sizeOf(shape) >= sizeOf(type.shape))
		return undefined;
	const fewer = operands.map((operand, k) => {
		const { element } = (inputs[k] as Value).type;
		if ("number" in operand) return rewriter.builder.fill(operand.number, { element, shape });
		const places = operand.places.map((place) => axes.indexOf(place));
		return rewriter.emit("broadcast", [operand.root], { shape, axes: places });
	});
	const result = rewriter.emit(operation, fewer, attributes);
	return rewriter.emit("broadcast", [result], { shape: type.shape, axes });
};

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
