import {
	booleanOf,
	extent,
	input,
	integerOf,
	isNumeric,
	type Primitive,
	require,
	sameShape,
	showType,
} from "./primitive.js";

const argsort: Primitive = {
	name: "argsort",
	arity: [1, 1],
	attributes: { axis: "integer", descending: "boolean" },
	infer(inputs, attributes) {
		const x = input(inputs, 0);
		extent(x, integerOf(attributes, "axis"));
		require(isNumeric(x.element), () => `elements ${x.element} are not accepted`);
		return { element: "i32", shape: x.shape };
	},
};

const searchsorted: Primitive = {
	name: "searchsorted",
	arity: [2, 2],
	attributes: { right: "boolean" },
	infer(inputs, attributes) {
		const [sorted, values] = [input(inputs, 0), input(inputs, 1)];
		booleanOf(attributes, "right");
		require(sorted.element === values.element && isNumeric(sorted.element), () =>
			"elements must be equal and not bool");
		require(sorted.shape.length > 0 &&
			sameShape(sorted.shape.slice(0, -1), values.shape.slice(0, sorted.shape.length - 1)), () =>
			`${showType(values)} must begin with the axes of ${showType(sorted)} but the last`);
		return { element: "i32", shape: values.shape };
	},
};

/**
 * `argsort(x)`: the positions along an axis that sort it, stable, nan last. `searchsorted(sorted, values)`, with
 * sorted [batch.., n] and values [batch.., ..]: how many elements of the line come before each value.
 */
export const sortings: readonly Primitive[] = [argsort, searchsorted];
