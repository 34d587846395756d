import type * as ast from "../../../grammar/ast.js";
import type { ElementType } from "../../ir/ir.js";
import { intNegation, intResult, notResult } from "../binders/whole.js";
import type { Evaluator } from "../evaluator.js";
import {
	castTo,
	elementwise,
	formatOf,
	joinElement,
	matmul,
	realOf,
	toReal,
	traced,
	unary,
} from "../tensors.js";
import { integer, type NumberValue, real, type TracedValue, type Value } from "../values.js";
import { complexBinary, complexNegate, isComplex } from "./complex.js";

const names: Readonly<Record<string, string>> = {
	"+": "add",
	"-": "sub",
	"*": "mul",
	"/": "div",
	"%": "mod",
	"==": "eq",
	"!=": "ne",
	"<": "lt",
	"<=": "le",
	">": "gt",
	">=": "ge",
	and: "and",
	or: "or",
};

/** Undefined if the operands are not numbers. */
export function binary(
	evaluator: Evaluator,
	operator: ast.BinaryOperator,
	left: Value,
	right: Value,
): Value | undefined {
	if (left.kind === "number" && right.kind === "number") return staticBinary(operator, left, right);
	if (left.kind === "bool" && right.kind === "bool") return staticLogic(operator, left.value, right.value);
	if (left.kind === "string" && right.kind === "string") {
		if (operator === "==") return { kind: "bool", value: left.value === right.value };
		if (operator === "!=") return { kind: "bool", value: left.value !== right.value };
		return undefined;
	}
	if (left.kind === "variant" && right.kind === "variant" && (operator === "==" || operator === "!="))
		return { kind: "bool", value: (left.name === right.name) === (operator === "==") };
	const complex = complexBinary(evaluator, operator, left, right);
	if (complex) return complex;
	if (operator === "^") return power(evaluator, left, right);
	const [a, b] = operands(evaluator, left, right);
	if (!a || !b) return undefined;
	if (operator === "@") return matmul(evaluator, a, b);
	const operation = names[operator];
	if (!operation) return undefined;
	const value = elementwise(evaluator, operation, a, b, operandElement(evaluator, operator, a, b));
	return intResult(operator, left, right, value);
}

/** Both as tensors; a static number takes the element of the other. */
export function operands(
	evaluator: Evaluator,
	left: Value,
	right: Value,
): [TracedValue | undefined, TracedValue | undefined] {
	if (left.kind === "number") {
		const b = traced(evaluator, right);
		return [b && traced(evaluator, left, adapted(evaluator, left, b)), b];
	}
	const a = traced(evaluator, left);
	return [
		a,
		a && traced(evaluator, right, right.kind === "number" ? adapted(evaluator, right, a) : undefined),
	];
}

function adapted(evaluator: Evaluator, value: NumberValue, other: TracedValue): ElementType {
	const { element } = other.value.type;
	if (element === "f32" || element === "f64") return element;
	return value.integer ? "i32" : evaluator.realElement;
}

function operandElement(
	evaluator: Evaluator,
	operator: ast.BinaryOperator,
	a: TracedValue,
	b: TracedValue,
): ElementType {
	if (operator === "and" || operator === "or") return "bool";
	const joined = joinElement(a.value.type.element, b.value.type.element);
	if (operator === "/" && (joined === "i32" || joined === "bool")) return evaluator.realElement;
	if (joined !== "bool") return joined;
	return operator === "==" || operator === "!=" ? "bool" : "i32";
}

function staticBinary(operator: ast.BinaryOperator, a: NumberValue, b: NumberValue): Value | undefined {
	const number = (value: number, whole = a.integer && b.integer): NumberValue => ({
		kind: "number",
		value,
		integer: whole,
	});
	const [x, y] = [a.value, b.value];
	switch (operator) {
		case "+":
			return number(x + y);
		case "-":
			return number(x - y);
		case "*":
			return number(x * y);
		case "/":
			return real(x / y);
		case "%":
			return number(x - y * Math.floor(x / y));
		case "^":
			return number(x ** y, a.integer && b.integer && y >= 0);
		case "==":
			return { kind: "bool", value: x === y };
		case "!=":
			return { kind: "bool", value: x !== y };
		case "<":
			return { kind: "bool", value: x < y };
		case "<=":
			return { kind: "bool", value: x <= y };
		case ">":
			return { kind: "bool", value: x > y };
		case ">=":
			return { kind: "bool", value: x >= y };
		case "divides":
			return { kind: "bool", value: y % x === 0 };
		default:
			return undefined;
	}
}

function staticLogic(operator: ast.BinaryOperator, a: boolean, b: boolean): Value | undefined {
	switch (operator) {
		case "and":
			return { kind: "bool", value: a && b };
		case "or":
			return { kind: "bool", value: a || b };
		case "==":
			return { kind: "bool", value: a === b };
		case "!=":
			return { kind: "bool", value: a !== b };
		default:
			return undefined;
	}
}

/** Small whole powers are products: exact, and their derivatives need no logarithm. */
function power(evaluator: Evaluator, left: Value, right: Value): Value | undefined {
	const base = traced(evaluator, left, formatOf(right));
	if (!base) return undefined;
	const { element } = base.value.type;
	const whole = element === "i32" || element === "bool";
	const number = element === "bool" ? castTo(evaluator, base, "i32") : base;
	if (right.kind === "number" && right.integer && right.value >= 1 && (right.value <= 4 || whole)) {
		return repeated(evaluator, number, right.value);
	}
	if (right.kind === "number" && right.integer && right.value === 0 && whole) {
		return { ...number, value: evaluator.builder.fill(1, number.value.type) };
	}
	const exponent = traced(evaluator, right, realOf(evaluator, base));
	if (!exponent) return undefined;
	if (whole && right.kind !== "number" && exponent.value.type.element === "i32") {
		// An int to a computed int is an int: exact through f64.
		const power = elementwise(evaluator, "pow", castTo(evaluator, number, "f64"), exponent, "f64");
		return castTo(evaluator, unary(evaluator, "round", power), "i32");
	}
	return elementwise(evaluator, "pow", toReal(evaluator, base), exponent, realOf(evaluator, base, exponent));
}

/** A whole power by products of squares. */
function repeated(evaluator: Evaluator, base: TracedValue, exponent: number): TracedValue {
	if (exponent === 1) return base;
	const half = repeated(evaluator, base, Math.floor(exponent / 2));
	const { element } = base.value.type;
	const square = elementwise(evaluator, "mul", half, half, element);
	return exponent % 2 === 0 ? square : elementwise(evaluator, "mul", square, base, element);
}

export function negate(evaluator: Evaluator, value: Value): Value | undefined {
	if (value.kind === "number") return { ...value, value: -value.value };
	if (isComplex(value)) return complexNegate(evaluator, value);
	const operand = traced(evaluator, value);
	const whole = operand?.value.type.element === "bool" ? castTo(evaluator, operand, "i32") : operand;
	return whole && intNegation(value, unary(evaluator, "neg", whole));
}

export function not(evaluator: Evaluator, value: Value): Value | undefined {
	if (value.kind === "bool") return { kind: "bool", value: !value.value };
	const operand = traced(evaluator, value);
	return operand && notResult(value, unary(evaluator, "not", operand));
}

/** `floor(a / b)` of ints is integer arithmetic. */
export function floorDivide(evaluator: Evaluator, left: Value, right: Value): Value | undefined {
	if (left.kind === "number" && right.kind === "number") return integer(Math.floor(left.value / right.value));
	const [a, b] = operands(evaluator, left, right);
	if (!a || !b) return undefined;
	const element = joinElement(a.value.type.element, b.value.type.element);
	if (element === "i32")
		return intResult("floor", left, right, elementwise(evaluator, "floor_div", a, b, "i32"));
	return unary(evaluator, "floor", elementwise(evaluator, "div", a, b, realOf(evaluator, a, b)));
}
