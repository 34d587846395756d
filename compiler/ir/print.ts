import type { Attribute, Attributes, Equation, Func, Value } from "./ir.js";
import { showType } from "./primitives/primitive.js";

/** A number such that reading gives the same bits: `nan`, `inf`, `-inf`, `-0` or the shortest decimal form. */
export function printNumber(value: number): string {
	if (Number.isNaN(value)) return "nan";
	if (value === Number.POSITIVE_INFINITY) return "inf";
	if (value === Number.NEGATIVE_INFINITY) return "-inf";
	return Object.is(value, -0) ? "-0" : String(value);
}

function printAttribute(value: Attribute): string {
	if (typeof value === "number") return printNumber(value);
	if (typeof value === "boolean") return String(value);
	if (typeof value === "string") return JSON.stringify(value);
	if (value instanceof Float64Array) return `<${Array.from(value, printNumber).join(",")}>`;
	return `[${value.map((item: number | readonly number[]) => printAttribute(item)).join(",")}]`;
}

/** ` {name=value, ..}` with the names in alphabetical order; empty without attributes. */
export function printAttributes(attributes: Attributes): string {
	const names = Object.keys(attributes).sort();
	if (names.length === 0) return "";
	return ` {${names.map((name) => `${name}=${printAttribute(attributes[name] as Attribute)}`).join(", ")}}`;
}

const define = (value: Value): string => `%${value.id}: ${showType(value.type)}`;

export function printEquation(equation: Equation): string {
	const inputs = equation.inputs.map((value) => ` %${value.id}`).join(",");
	return `${define(equation.output)} = ${equation.operation}${inputs}${printAttributes(equation.attributes)}`;
}

/**
 * The text of a function, which `read` takes back:
 *
 *     func matmul(%0: f32[4,2], %1: f32[2,3]) {
 *       %2: f32[4,3] = dot %0, %1 {batch=[[],[]], contract=[[1],[0]]}
 *       return %2
 *     }
 */
export function print(func: Func): string {
	return [
		`func ${func.name}(${func.parameters.map(define).join(", ")}) {`,
		...func.equations.map((equation) => `  ${printEquation(equation)}`),
		`  return ${func.results.map((value) => `%${value.id}`).join(", ")}`.trimEnd(),
		"}",
		"",
	].join("\n");
}
