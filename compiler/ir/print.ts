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

/** The equation in one line, without the text of its regions. */
export function printEquation(equation: Equation): string {
	const inputs = equation.inputs.map((value) => ` %${value.id}`).join(",");
	const outputs = equation.outputs.map(define).join(", ");
	return `${outputs} = ${equation.operation}${inputs}${printAttributes(equation.attributes)}`;
}

function lines(func: Func, indent: string): string[] {
	const inner = `${indent}  `;
	return [
		`${indent}func ${func.name}(${func.parameters.map(define).join(", ")}) {`,
		...func.equations.flatMap((equation) => [
			`${inner}${printEquation(equation)}`,
			...equation.regions.flatMap((region) => lines(region, `${inner}  `)),
		]),
		`${inner}return ${func.results.map((value) => `%${value.id}`).join(", ")}`.trimEnd(),
		`${indent}}`,
	];
}

/**
 * The text of a function, which `read` takes back. The regions of an equation follow it, with names of their own:
 *
 *     func powers(%0: f32[], %1: f32[3]) {
 *       %2: f32[], %3: f32[3] = scan %0, %1 {carries=1, length=3, reverse=false, sequences=1}
 *         func turn(%0: f32[], %1: f32[]) {
 *           %2: f32[] = mul %0, %1
 *           return %2, %2
 *         }
 *       return %2, %3
 *     }
 */
export function print(func: Func): string {
	return `${lines(func, "").join("\n")}\n`;
}

/** A region with more numbers than this in its constants is equal to itself alone: comparing costs too much. */
const comparedData = 4096;

const keys = new WeakMap<Func, string>();
/** The texts of functions that are known, and their keys. Forgetting one costs sharing, never a wrong answer. */
const known = new Map<string, string>();
const mostKnown = 50_000;
let distinct = 0;

function ownData(func: Func): number {
	return func.equations.reduce(
		(sum, { attributes }) => sum + (attributes.data instanceof Float64Array ? attributes.data.length : 0),
		0,
	);
}

/**
 * A name that is the same for functions that are equal but for the names of their values, and no others. A region
 * counts by its own key, so that functions that call each other many times over cost no more than their equations.
 */
export function functionKey(func: Func): string {
	let key = keys.get(func);
	if (key === undefined) {
		const text = ownData(func) > comparedData ? undefined : keyText(func);
		key = (text === undefined ? undefined : known.get(text)) ?? `@${distinct++}`;
		if (known.size >= mostKnown) known.clear();
		if (text !== undefined) known.set(text, key);
		keys.set(func, key);
	}
	return key;
}

/** What a text by which functions are compared says of the regions in it, and of what an equation is told. */
interface Named {
	readonly region: (region: Func) => string;
	readonly attributes: (equation: Equation) => Attributes;
}

const byContent: Named = { region: functionKey, attributes: (equation) => equation.attributes };

/**
 * The text of a function with values numbered in the order of their definition: equal for functions that are equal but
 * for the names of their values, and for what `named` makes equal.
 */
export function keyText(func: Func, named: Named = byContent): string {
	const numbers = new Map<Value, number>();
	const define = (value: Value): string => {
		numbers.set(value, numbers.size);
		return showType(value.type);
	};
	const use = (value: Value): number => numbers.get(value) as number;
	const parameters = func.parameters.map(define);
	const equations = func.equations.map((equation) => {
		const { operation, inputs, outputs, regions } = equation;
		const attributes = printAttributes(named.attributes(equation));
		const text = `${operation} ${inputs.map(use)}${attributes} ${regions.map(named.region)}`;
		return `${outputs.map(define)}=${text}`;
	});
	return `${parameters}\n${equations.join("\n")}\n${func.results.map(use)}`;
}
