import { type Size, type Sizes, sameSize, showSize } from "./sizes.js";

/**
 * Random well-typed programs, described by nodes that know how they are written and, apart from that, what they mean:
 * plain numbers and nested lists, computed by nested loops. The two sides share nothing with the compiler.
 */
export type Element = "real" | "int" | "bool" | { readonly below: Size };

export interface TensorType {
	readonly kind: "tensor";
	readonly element: Element;
	readonly shape: readonly Size[];
}

/** With names a record, else a tuple. */
export interface TupleType {
	readonly kind: "tuple";
	readonly names?: readonly string[];
	readonly items: readonly Type[];
}

export interface FunctionType {
	readonly kind: "function";
	readonly parameters: readonly Type[];
	readonly result: Type;
}

export type Type = TensorType | TupleType | FunctionType;

export type Callable = (...args: readonly Value[]) => Value;
/** A model, or several, as values: what they hold is known to those who made them. */
export interface Held {
	readonly held: unknown;
}
/** Tensors and tuples are lists. */
export type Value = number | boolean | Callable | Held | readonly Value[];

export const tensorOf = (element: Element, ...shape: Size[]): TensorType => ({
	kind: "tensor",
	element,
	shape,
});
export const real = tensorOf("real");
export const int = tensorOf("int");
export const bool = tensorOf("bool");
export const below = (size: Size): TensorType => tensorOf({ below: size });

export function sameType(a: Type, b: Type): boolean {
	if (a.kind === "tensor" && b.kind === "tensor") {
		const sameElement =
			typeof a.element === "string" || typeof b.element === "string"
				? a.element === b.element
				: sameSize(a.element.below, b.element.below);
		return sameElement && sameShape(a.shape, b.shape);
	}
	if (a.kind === "tuple" && b.kind === "tuple") {
		const names = (type: TupleType): string => type.names?.join() ?? "";
		return names(a) === names(b) && sameTypes(a.items, b.items);
	}
	if (a.kind === "function" && b.kind === "function")
		return sameTypes(a.parameters, b.parameters) && sameType(a.result, b.result);
	return false;
}

const sameTypes = (a: readonly Type[], b: readonly Type[]): boolean =>
	a.length === b.length && a.every((type, k) => sameType(type, b[k] as Type));

export const sameShape = (a: readonly Size[], b: readonly Size[]): boolean =>
	a.length === b.length && a.every((size, k) => sameSize(size, b[k] as Size));

/** What stands in a scope: a value, or something that is known there. */
export interface Variable {
	readonly name: string;
	readonly type: Type;
	/** A name of a binder, which is an index by itself. */
	readonly binder?: boolean;
	/** A part of a model (`net.weight`): it keeps its name, and is not handed to a function. */
	readonly path?: boolean;
}

/** How a description is written: names, and detours that change nothing. */
export interface Speller {
	size(size: Size): string;
	name(variable: Variable): string;
	spell(expression: Expression): string;
	/** A name that occurs nowhere else. */
	fresh(): string;
}

/** What is decided while a value is computed: the derivative is smooth where decisions stay the same around a point. */
export class Decisions {
	readonly taken: string[] = [];
	/** Whether a decision was so close that rounding may take it otherwise. */
	close = false;
	/** Whether differences stand for a derivative in it, so that only some digits are known. */
	rough = false;
	largest = 1;

	/** For the next value. */
	reset(): void {
		this.taken.length = 0;
		this.close = false;
		this.rough = false;
		this.largest = 1;
	}

	/** Which of two numbers is less (-1, 0, 1); nan with anything is nan. */
	compare(a: number, b: number): number {
		const distance = Math.abs(a - b);
		if (distance < (this.rough ? 1e-4 : 1e-9) * Math.max(1, Math.abs(a)) && !(distance === 0 && isPlain(a)))
			this.close = true;
		const sign = Math.sign(a - b);
		this.taken.push(a === b ? "0" : String(sign));
		return a === b ? 0 : sign;
	}

	/** The largest whole number that is not above x; so for other functions of pieces. */
	piece(x: number, of: (x: number) => number, edge: number): number {
		const from = Math.abs(x - edge - Math.round(x - edge));
		if (from < (this.rough ? 1e-4 : 1e-9) * Math.max(1, Math.abs(x)) && !isPlain(x)) this.close = true;
		this.taken.push(String(of(x)));
		return of(x);
	}

	note(x: number): number {
		if (Number.isFinite(x) && Math.abs(x) > this.largest) this.largest = Math.abs(x);
		return x;
	}
}

/** Few binary digits: sums and products of such numbers are exact in any order. */
const isPlain = (x: number): boolean => Number.isInteger(x * 2 ** 16) && Math.abs(x) < 2 ** 16;

export class Environment {
	constructor(
		readonly sizes: Sizes,
		readonly values: ReadonlyMap<Variable, Value>,
		readonly decisions: Decisions,
	) {}

	with(variable: Variable, value: Value): Environment {
		return new Environment(this.sizes, new Map(this.values).set(variable, value), this.decisions);
	}

	withAll(values: Iterable<readonly [Variable, Value]>): Environment {
		const all = new Map(this.values);
		for (const [variable, value] of values) all.set(variable, value);
		return new Environment(this.sizes, all, this.decisions);
	}

	get(variable: Variable): Value {
		const value = this.values.get(variable);
		if (value === undefined) throw new Error(`${variable.name} has no value`);
		return value;
	}
}

export interface Expression {
	readonly type: Type;
	readonly free: ReadonlySet<Variable>;
	write(speller: Speller): string;
	value(environment: Environment): Value;
}

/** An expression of parts; `bound` are the names that it binds in them. */
export function expression(
	type: Type,
	parts: readonly Expression[],
	write: (speller: Speller) => string,
	value: (environment: Environment) => Value,
	bound: readonly Variable[] = [],
): Expression {
	const free = new Set(parts.flatMap((part) => [...part.free]));
	for (const variable of bound) free.delete(variable);
	return { type, free, write, value };
}

export const variable = (of: Variable): Expression => ({
	type: of.type,
	free: new Set([of]),
	write: (speller) => speller.name(of),
	value: (environment) => environment.get(of),
});

export function showType(type: Type, speller: Speller): string {
	if (type.kind === "function")
		return `(${type.parameters.map((p) => showType(p, speller)).join(", ")}) -> ${showType(type.result, speller)}`;
	if (type.kind === "tuple") {
		const items = type.items.map(
			(item, k) => (type.names ? `${type.names[k]}: ` : "") + showType(item, speller),
		);
		return `(${items.join(", ")}${items.length === 1 && !type.names ? "," : ""})`;
	}
	const element =
		typeof type.element === "string" ? type.element : `int<${speller.size(type.element.below)}>`;
	return type.shape.length === 0
		? element
		: `${element}[${type.shape.map((s) => speller.size(s)).join(", ")}]`;
}

/** Writes as it is described. */
export class PlainSpeller implements Speller {
	private count = 0;

	size(size: Size): string {
		return showSize(size, (name) => name);
	}

	name(of: Variable): string {
		return of.name;
	}

	spell(of: Expression): string {
		return of.write(this);
	}

	fresh(): string {
		return `z${this.count++}`;
	}
}

/** The list of what a function gives for 0, 1, .., count - 1. */
export const listOf = (count: number, item: (k: number) => Value): Value[] =>
	Array.from({ length: count }, (_, k) => item(k));

export const asNumber = (value: Value | undefined): number => {
	if (typeof value === "boolean") return value ? 1 : 0;
	if (typeof value !== "number") throw new Error("no number");
	return value;
};

export const asList = (value: Value | undefined): readonly Value[] => {
	if (!Array.isArray(value)) throw new Error("no list");
	return value;
};

/** A function of each element. */
export const mapped = (value: Value, of: (x: number) => Value): Value =>
	Array.isArray(value) ? value.map((item) => mapped(item, of)) : of(asNumber(value));

/** A function of pairs of elements, the shorter shape repeated along the leading axes of the longer one. */
export function paired(a: Value, b: Value, of: (x: number, y: number) => Value): Value {
	const [left, right] = [depthOf(a), depthOf(b)];
	if (left === 0 && right === 0) return of(asNumber(a), asNumber(b));
	if (left === right) return asList(a).map((item, k) => paired(item, asList(b)[k] as Value, of));
	if (left > right) return asList(a).map((item) => paired(item, b, of));
	return asList(b).map((item) => paired(a, item, of));
}

const depthOf = (value: Value | undefined): number => (Array.isArray(value) ? 1 + depthOf(value[0]) : 0);

export const elementsOf = (value: Value): number[] =>
	Array.isArray(value) ? value.flatMap(elementsOf) : [asNumber(value)];
