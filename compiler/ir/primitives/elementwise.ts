import type { ElementType, TensorType } from "../ir.js";
import {
	elementOf,
	input,
	isFloat,
	isNumeric,
	type Primitive,
	require,
	sameShape,
	sameType,
	showType,
} from "./primitive.js";

type Accepts = (element: ElementType) => boolean;
const isBool: Accepts = (element) => element === "bool";
const isAny: Accepts = () => true;

function requireElement(type: TensorType, accepts: Accepts): void {
	require(accepts(type.element), () => `elements ${type.element} are not accepted`);
}

function requireEqual(a: TensorType, b: TensorType): void {
	require(sameType(a, b), () => `${showType(a)} and ${showType(b)} must be equal`);
}

function requireCondition(condition: TensorType, value: TensorType): void {
	require(condition.element === "bool" && sameShape(condition.shape, value.shape), () =>
		`the condition ${showType(condition)} must be bool[${value.shape.join(",")}]`);
}

function unary(name: string, accepts: Accepts, result?: ElementType): Primitive {
	return {
		name,
		arity: [1, 1],
		attributes: {},
		infer(inputs) {
			const x = input(inputs, 0);
			requireElement(x, accepts);
			return result === undefined ? x : { element: result, shape: x.shape };
		},
	};
}

function binary(name: string, accepts: Accepts, result?: ElementType): Primitive {
	return {
		name,
		arity: [2, 2],
		attributes: {},
		infer(inputs) {
			const a = input(inputs, 0);
			requireEqual(a, input(inputs, 1));
			requireElement(a, accepts);
			return result === undefined ? a : { element: result, shape: a.shape };
		},
	};
}

/** Operations whose result at an index depends on the inputs at that index alone. */
export const elementwise: readonly Primitive[] = [
	...["neg", "abs", "sign"].map((name) => unary(name, isNumeric)),
	...["exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tanh", "sigmoid", "erf"].map((name) =>
		unary(name, isFloat),
	),
	...["tan", "asin", "acos", "atan", "sinh", "cosh", "erfc", "lgamma", "digamma"].map((name) =>
		unary(name, isFloat),
	),
	...["floor", "ceil", "round"].map((name) => unary(name, isFloat)),
	unary("not", isBool),
	...["add", "sub", "mul", "max", "min", "mod", "floor_div"].map((name) => binary(name, isNumeric)),
	...["div", "pow", "atan2"].map((name) => binary(name, isFloat)),
	// polygamma(n, x): derivative number n of digamma at x; n is a whole number of the element type of x.
	binary("polygamma", isFloat),
	...["eq", "ne"].map((name) => binary(name, isAny, "bool")),
	...["lt", "le", "gt", "ge"].map((name) => binary(name, isNumeric, "bool")),
	...["and", "or"].map((name) => binary(name, isBool)),
	{
		name: "select",
		arity: [3, 3],
		attributes: {},
		infer(inputs) {
			const a = input(inputs, 1);
			requireEqual(a, input(inputs, 2));
			requireCondition(input(inputs, 0), a);
			return a;
		},
	},
	{
		name: "cast",
		arity: [1, 1],
		attributes: { element: "element" },
		infer(inputs, attributes) {
			return { element: elementOf(attributes, "element"), shape: input(inputs, 0).shape };
		},
	},
	unary("stop_gradient", isAny),
	{
		name: "guard",
		arity: [2, 2],
		attributes: {},
		infer(inputs) {
			const x = input(inputs, 0);
			requireCondition(input(inputs, 1), x);
			return x;
		},
	},
];
