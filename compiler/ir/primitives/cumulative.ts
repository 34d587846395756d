import type { ElementType } from "../ir.js";
import {
	extent,
	input,
	integerOf,
	isFloat,
	isNumeric,
	type Primitive,
	require,
	sameType,
	showType,
} from "./primitive.js";

function cumulative(name: string, accepts: (element: ElementType) => boolean): Primitive {
	return {
		name,
		arity: [1, 1],
		attributes: { axis: "integer" },
		infer(inputs, attributes) {
			const x = input(inputs, 0);
			extent(x, integerOf(attributes, "axis"));
			require(accepts(x.element), () => `elements ${x.element} are not accepted`);
			return x;
		},
	};
}

/** linear_recurrence(a, b): h[t] = a[t] h[t-1] + b[t] along an axis, from h[-1] = 0. */
const linearRecurrence: Primitive = {
	name: "linear_recurrence",
	arity: [2, 2],
	attributes: { axis: "integer" },
	infer(inputs, attributes) {
		const [a, b] = [input(inputs, 0), input(inputs, 1)];
		require(sameType(a, b), () => `${showType(a)} and ${showType(b)} must be equal`);
		require(isFloat(a.element), () => `elements ${a.element} are not accepted`);
		extent(a, integerOf(attributes, "axis"));
		return a;
	},
};

/** Running products, extrema and logarithms of sums along an axis: element t is that of the elements up to t. */
export const cumulatives: readonly Primitive[] = [
	...["cumprod", "cummax"].map((name) => cumulative(name, isNumeric)),
	cumulative("cumlogsumexp", isFloat),
	linearRecurrence,
];
