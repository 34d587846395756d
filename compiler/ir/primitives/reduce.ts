import type { ElementType, TensorType } from "../ir.js";
import {
	extent,
	input,
	integerOf,
	integersOf,
	isNumeric,
	type Primitive,
	require,
	requireAscending,
	showType,
} from "./primitive.js";

function without(type: TensorType, axes: readonly number[]): readonly number[] {
	return type.shape.filter((_, axis) => !axes.includes(axis));
}

function reduction(name: string, accepts: (element: ElementType) => boolean): Primitive {
	return {
		name,
		arity: [1, 1],
		attributes: { axes: "integers" },
		infer(inputs, attributes) {
			const x = input(inputs, 0);
			const axes = integersOf(attributes, "axes");
			require(accepts(x.element), () => `elements ${x.element} are not accepted`);
			requireAscending(axes, x.shape.length);
			return { element: x.element, shape: without(x, axes) };
		},
	};
}

function position(name: string): Primitive {
	return {
		name,
		arity: [1, 1],
		attributes: { axis: "integer" },
		infer(inputs, attributes) {
			const x = input(inputs, 0);
			const axis = integerOf(attributes, "axis");
			require(isNumeric(x.element), () => `elements ${x.element} are not accepted`);
			require(extent(x, axis) > 0, () => `axis ${axis} of ${showType(x)} is empty`);
			return { element: "i32", shape: without(x, [axis]) };
		},
	};
}

/** Reductions over axes, positions of extrema, running sums. */
export const reductions: readonly Primitive[] = [
	...["reduce_sum", "reduce_prod", "reduce_max", "reduce_min"].map((name) => reduction(name, isNumeric)),
	...["reduce_and", "reduce_or"].map((name) => reduction(name, (element) => element === "bool")),
	position("argmax"),
	position("argmin"),
	{
		name: "cumsum",
		arity: [1, 1],
		attributes: { axis: "integer" },
		infer(inputs, attributes) {
			const x = input(inputs, 0);
			extent(x, integerOf(attributes, "axis"));
			require(isNumeric(x.element), () => `elements ${x.element} are not accepted`);
			return x;
		},
	},
];
