import {
	asList,
	below,
	type Element,
	type Expression,
	expression,
	type FunctionType,
	type Speller,
	sameType,
	showType,
	type TensorType,
	type Type,
	type Value,
	type Variable,
	variable,
} from "./description.js";
import { leastOf, type Size, type Sizes, sameSize } from "./sizes.js";
import type { Source } from "./source.js";

/** A declared function: its sizes are those that its parameters bring. */
export interface Callee {
	readonly self: Variable & { readonly type: FunctionType };
	readonly sizes: readonly string[];
	readonly least: Sizes;
	/** Those of its sizes that a call gives as arguments, behind the others. */
	readonly given: readonly string[];
}

/** What a place in a program knows. */
export interface Scope {
	readonly source: Source;
	readonly variables: readonly Variable[];
	/** The names of sizes, and what they are at least. */
	readonly least: Sizes;
	readonly callees: readonly Callee[];
	/** Ways to make a value of a type that only this place knows. */
	readonly ways?: readonly Way[];
	/** Whether no derivatives are taken here, as they are taken of all of it by differences. */
	readonly plain?: boolean;
}

export type Way = (scope: Scope, type: Type, depth: number) => (() => Expression)[];

export const inner = (scope: Scope, ...more: readonly Variable[]): Scope => ({
	...scope,
	variables: [...scope.variables, ...more],
});

export function named(scope: Scope, prefix: string, type: Type, more: Partial<Variable> = {}): Variable {
	return { name: scope.source.fresh(prefix), type, ...more };
}

export const binderOf = (scope: Scope, size: Size): Variable =>
	named(scope, "i", below(size), { binder: true });

export const isElement = (a: Element, b: Element): boolean =>
	typeof a === "string" || typeof b === "string" ? a === b : sameSize(a.below, b.below);

export const isIndex = (type: Type): type is TensorType & { readonly element: { readonly below: Size } } =>
	type.kind === "tensor" && typeof type.element !== "string";

/** A tensor that is at hand: a name, or a part of a record that has one. */
export type Atom = Expression & { readonly type: TensorType };

/** All that the names of a scope are or hold. */
export function atoms(scope: Scope): Expression[] {
	return scope.variables.filter((v) => v.type.kind !== "function").flatMap((v) => partsOf(variable(v)));
}

function partsOf(of: Expression): Expression[] {
	const { type } = of;
	if (type.kind !== "tuple") return [of];
	const inside = type.items.flatMap((item, k) =>
		partsOf(
			expression(
				item,
				[of],
				(s) => `${of.write(s)}.${type.names?.[k] ?? k}`,
				(e) => asList(of.value(e))[k] as Value,
			),
		),
	);
	return [of, ...inside];
}

/** The tensors of some element and rank. */
export const tensorsIn = (scope: Scope, accepts: (type: TensorType) => boolean): Atom[] =>
	atoms(scope).filter((of): of is Atom => of.type.kind === "tensor" && accepts(of.type));

/** One of several ways, each a function that makes it; those that are impossible here are `undefined`. */
export function oneOf<Made>(scope: Scope, ways: readonly ((() => Made) | false | undefined)[]): Made {
	const possible = ways.filter((way): way is () => Made => typeof way === "function");
	return scope.source.pick(possible)();
}

/** A size of the scope: a name, or a small number. */
export function someSize(scope: Scope): Size {
	const names = [...scope.least.keys()];
	const numbers: Size[] = [{ "": 2 }, { "": 3 }, { "": 1 }];
	return scope.source.pick([...names.map((name): Size => ({ [name]: 1 })), ...numbers]);
}

export const leastIn = (scope: Scope, size: Size): number => leastOf(size, scope.least) ?? 0;

/** Several times the same way, so that it is drawn more often. */
export const often = <Item>(count: number, item: Item): Item[] => Array<Item>(count).fill(item);

/** The names of a scope that are numbers, as expressions. */
export const numbersIn = (scope: Scope, element: Element): Expression[] =>
	tensorsIn(scope, (t) => t.shape.length === 0 && isElement(t.element, element));

/** What is at hand of a type. */
export const known = (scope: Scope, type: Type): Expression[] => [
	...scope.variables.filter((v) => v.type.kind === "function" && sameType(v.type, type)).map(variable),
	...atoms(scope).filter((of) => sameType(of.type, type)),
];

const holdsIndices = (type: Type): boolean =>
	type.kind === "tensor"
		? typeof type.element !== "string"
		: type.kind === "tuple" && type.items.some(holdsIndices);

/** The type of a name as it is written: always where indices are in it, which a value alone may not tell. */
export function annotation(scope: Scope, type: Type): (speller: Speller) => string {
	const written = scope.source.chance(30) || holdsIndices(type);
	return (speller) => (written ? `: ${showType(type, speller)}` : "");
}
