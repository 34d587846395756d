import { sizeOf } from "../ir.js";
import {
	dataOf,
	elementOf,
	integerOf,
	integersOf,
	isNumeric,
	numberOf,
	type Primitive,
	require,
} from "./primitive.js";

const fits = (element: string, value: number): boolean =>
	element === "bool"
		? value === 0 || value === 1
		: element !== "i32" || (Number.isInteger(value) && (value | 0) === value);

/** Values without inputs: `constant` is for small data, `fill` repeats one number, `iota` counts along an axis. */
export const constants: readonly Primitive[] = [
	{
		name: "constant",
		arity: [0, 0],
		attributes: { data: "data", element: "element", shape: "integers" },
		infer(_inputs, attributes) {
			const element = elementOf(attributes, "element");
			const shape = integersOf(attributes, "shape");
			const data = dataOf(attributes, "data");
			require(data.length === sizeOf(shape), () => `${data.length} numbers do not fill [${shape.join(",")}]`);
			require(data.every((value) => fits(element, value)), () => `a number is not of type ${element}`);
			return { element, shape };
		},
	},
	{
		name: "fill",
		arity: [0, 0],
		attributes: { value: "number", element: "element", shape: "integers" },
		infer(_inputs, attributes) {
			const element = elementOf(attributes, "element");
			const value = numberOf(attributes, "value");
			require(fits(element, value), () => `${value} is not of type ${element}`);
			return { element, shape: integersOf(attributes, "shape") };
		},
	},
	{
		name: "iota",
		arity: [0, 0],
		attributes: { shape: "integers", axis: "integer", element: "element" },
		infer(_inputs, attributes) {
			const element = elementOf(attributes, "element");
			const shape = integersOf(attributes, "shape");
			require(isNumeric(element), () => "the element must not be bool");
			require(integerOf(attributes, "axis") < shape.length, () => "axis exceeds the rank");
			return { element, shape };
		},
	},
];
