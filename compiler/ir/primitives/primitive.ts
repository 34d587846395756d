import type { Attributes, ElementType, Func, TensorType } from "../ir.js";

/** What is wrong with an equation or a function of the IR: always a fault of the compiler, never of a program. */
export class IrError extends Error {
	override readonly name = "IrError";
}

/**
 * The form of an attribute; `number` admits every float, `signed` a list of any integers, `integers` and the others
 * only integers of at least 0.
 */
export type AttributeKind =
	| "boolean"
	| "integer"
	| "integers"
	| "signed"
	| "lists"
	| "number"
	| "element"
	| "data";

/** Reverse mode through a `while` without a limit; `body` is its region. */
export class UnboundedLoop extends IrError {
	constructor(
		message: string,
		readonly body: Func | undefined,
	) {
		super(message);
	}
}

/** A derivative by an input to which a `custom_derivative` gives none; `site` is its attribute. */
export class RefusedDerivative extends IrError {
	constructor(
		readonly site: number,
		readonly input: number,
	) {
		super(`this custom_derivative gives no cotangent to input ${input}`);
	}
}

/** Throws where one of the active inputs of a `custom_derivative` is among those it refuses. */
export function requireDerivative(attributes: Attributes, active: readonly boolean[]): void {
	const refused = attributes.refused === undefined ? [] : integersOf(attributes, "refused");
	const wanted = refused.find((input) => active[input]);
	if (wanted !== undefined) throw new RefusedDerivative(integerOf(attributes, "site"), wanted);
}

/** One row of the table of primitives: the name of an operation and the rule for the type of its result. */
export interface Primitive {
	readonly name: string;
	/** The least and the greatest number of inputs. */
	readonly arity: readonly [least: number, most: number];
	readonly attributes: Readonly<Record<string, AttributeKind>>;
	/** The type of the result. Throws IrError when inputs or attributes do not fit. */
	infer(inputs: readonly TensorType[], attributes: Attributes): TensorType;
}

/** Every element type. */
export const elements: readonly ElementType[] = ["f32", "f64", "i32", "bool"];

export function isFloat(element: ElementType): boolean {
	return element === "f32" || element === "f64";
}

export function isNumeric(element: ElementType): boolean {
	return element !== "bool";
}

export function showType(type: TensorType): string {
	return `${type.element}[${type.shape.join(",")}]`;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
	return a.length === b.length && a.every((n, k) => n === b[k]);
}

export function sameType(a: TensorType, b: TensorType): boolean {
	return a.element === b.element && sameShape(a.shape, b.shape);
}

/** `1 input`, `2 inputs`. */
export function counted(count: number, what: string): string {
	return `${count} ${what}${count === 1 ? "" : "s"}`;
}

export function require(condition: boolean, message: () => string): asserts condition {
	if (!condition) throw new IrError(message());
}

const isIndex = (x: unknown): x is number => typeof x === "number" && Number.isInteger(x) && x >= 0;

export function integerOf(attributes: Attributes, name: string): number {
	const value = attributes[name];
	require(isIndex(value), () => `attribute ${name} must be an integer of at least 0`);
	return value;
}

export function booleanOf(attributes: Attributes, name: string): boolean {
	const value = attributes[name];
	require(typeof value === "boolean", () => `attribute ${name} must be true or false`);
	return value;
}

export function numberOf(attributes: Attributes, name: string): number {
	const value = attributes[name];
	require(typeof value === "number", () => `attribute ${name} must be a number`);
	return value;
}

export function integersOf(attributes: Attributes, name: string): readonly number[] {
	const value = attributes[name];
	require(Array.isArray(value) && value.every(isIndex), () => `attribute ${name} must be a list of integers`);
	return value as readonly number[];
}

/** A list of integers that may be negative. */
export function signedOf(attributes: Attributes, name: string): readonly number[] {
	const value = attributes[name];
	require(Array.isArray(value) && value.every((x) => Number.isInteger(x)), () =>
		`attribute ${name} must be a list of integers`);
	return value as readonly number[];
}

export function listsOf(attributes: Attributes, name: string): readonly (readonly number[])[] {
	const value = attributes[name];
	require(Array.isArray(value) && value.every((list) => Array.isArray(list) && list.every(isIndex)), () =>
		`attribute ${name} must be a list of lists of integers`);
	return value as readonly (readonly number[])[];
}

export function elementOf(attributes: Attributes, name: string): ElementType {
	const value = attributes[name];
	const element = elements.find((e) => e === value);
	require(element !== undefined, () => `attribute ${name} must be one of ${elements.join(", ")}`);
	return element;
}

export function dataOf(attributes: Attributes, name: string): Float64Array {
	const value = attributes[name];
	require(value instanceof Float64Array, () => `attribute ${name} must be a Float64Array`);
	return value;
}

const readers: Readonly<Record<AttributeKind, (attributes: Attributes, name: string) => unknown>> = {
	boolean: booleanOf,
	integer: integerOf,
	integers: integersOf,
	signed: signedOf,
	lists: listsOf,
	number: numberOf,
	element: elementOf,
	data: dataOf,
};

/** Checks that the attributes are those of the operation, and each of its form. */
export function requireAttributes(
	operation: string,
	attributes: Attributes,
	kinds: Readonly<Record<string, AttributeKind>>,
	optional: Readonly<Record<string, AttributeKind>> = {},
): void {
	for (const [name, kind] of Object.entries({ ...kinds, ...optional })) {
		if (attributes[name] === undefined && Object.hasOwn(optional, name)) continue;
		require(attributes[name] !== undefined, () => `${operation} needs the attribute ${name}`);
		try {
			readers[kind](attributes, name);
		} catch (error) {
			throw new IrError(`${operation}: ${(error as Error).message}`);
		}
	}
	for (const name of Object.keys(attributes)) {
		const known = Object.hasOwn(kinds, name) || Object.hasOwn(optional, name);
		require(known, () => `${operation} has no attribute ${name}`);
	}
}

/** The type of the result of `primitive`, after checking arity and the form of the attributes. */
export function inferChecked(
	primitive: Primitive,
	inputs: readonly TensorType[],
	attributes: Attributes,
): TensorType {
	const [least, most] = primitive.arity;
	require(inputs.length >= least && inputs.length <= most, () =>
		`${primitive.name} takes ${least === most ? counted(least, "input") : `${least} to ${most} inputs`}, not ${inputs.length}`);
	requireAttributes(primitive.name, attributes, primitive.attributes);
	try {
		return primitive.infer(inputs, attributes);
	} catch (error) {
		if (!(error instanceof IrError)) throw error;
		throw new IrError(`${primitive.name}(${inputs.map(showType).join(", ")}): ${error.message}`);
	}
}

/** The input with that index; arity has been checked before. */
export function input(inputs: readonly TensorType[], index: number): TensorType {
	const type = inputs[index];
	require(type !== undefined, () => `input ${index} is missing`);
	return type;
}

/** Checks that `axes` are different axes of a tensor of that rank. */
export function requireAxes(axes: readonly number[], rank: number): void {
	require(new Set(axes).size === axes.length && axes.every((axis) => axis < rank), () =>
		`[${axes.join(",")}] are not different axes of rank ${rank}`);
}

/** Checks that `axes` are different axes in ascending order. */
export function requireAscending(axes: readonly number[], rank: number): void {
	requireAxes(axes, rank);
	require(axes.every((axis, k) => k === 0 || axis > (axes[k - 1] as number)), () =>
		`axes [${axes.join(",")}] must ascend`);
}

export function extent(type: TensorType, axis: number): number {
	const n = type.shape[axis];
	require(n !== undefined, () => `axis ${axis} is not an axis of ${showType(type)}`);
	return n;
}
