import { table } from "./binders.js";
import { condition } from "./conditions.js";
import {
	bool,
	type Callable,
	type Expression,
	expression,
	type FunctionType,
	int,
	real,
	sameType,
	type TensorType,
	type Type,
	tensorOf,
	type Value,
	variable,
} from "./description.js";
import { index } from "./indices.js";
import { loops } from "./loops.js";
import { detours, integer, realNumber, whichever } from "./scalars.js";
import {
	type Callee,
	inner,
	isIndex,
	known,
	leastIn,
	named,
	often,
	oneOf,
	type Scope,
	someSize,
} from "./scope.js";
import { namesOf, numberOf, replaced, type Size, sizeOfName } from "./sizes.js";
import { realTensor } from "./tensors.js";

/** An expression of a type. */
export function anything(scope: Scope, type: Type, depth: number): Expression {
	if (type.kind === "tuple") return tuple(scope, type, depth);
	if (type.kind === "function") return lambda(scope, type, depth);
	if (type.shape.length === 0) {
		if (isIndex(type)) return index(scope, type.element.below, depth);
		const make = { real: realNumber, int: integer, bool: condition }[type.element as "real" | "int" | "bool"];
		return make(scope, depth);
	}
	if (type.element === "real") return realTensor(scope, type, depth);
	return otherTensor(scope, type, depth);
}

function otherTensor(scope: Scope, type: TensorType, depth: number): Expression {
	const same = known(scope, type);
	const one: TensorType = { ...type, shape: [] };
	return oneOf(scope, [
		...same.map((of) => () => of),
		() =>
			table(scope, type, type.shape, (within) => {
				const of = anything(within, one, depth - 1);
				return isIndex(type) ? narrowed(of, type.element.below) : of;
			}),
		depth > 0 && !isIndex(type) && (() => whichever(scope, type, depth)),
		...(depth > 0 ? detours(scope, type, depth) : []),
	]);
}

/** `int<n>(i)`: an index that is a number of its own belongs to no axis yet. */
const narrowed = (of: Expression, size: Size): Expression =>
	expression(
		of.type,
		[of],
		(s) => `int<${s.size(size)}>(${s.spell(of)})`,
		(e) => of.value(e),
	);

function tuple(scope: Scope, type: Extract<Type, { kind: "tuple" }>, depth: number): Expression {
	const same = known(scope, type);
	return oneOf(scope, [
		...same.map((of) => () => of),
		() => {
			const parts = type.items.map((item) => anything(scope, item, depth - 1));
			return expression(
				type,
				parts,
				(s) =>
					`(${parts.map((part, k) => (type.names ? `${type.names[k]} = ` : "") + s.spell(part)).join(", ")})`,
				(e) => parts.map((part) => part.value(e)),
			);
		},
		depth > 0 && (() => whichever(scope, type, depth)),
		...(depth > 0 ? detours(scope, type, depth) : []),
	]);
}

/** `|u, v| ..`, or a function of the scope that has the type. */
export function lambda(scope: Scope, type: FunctionType, depth: number): Expression {
	const same = scope.variables.filter((v) => sameType(v.type, type));
	return oneOf(scope, [
		() => {
			const names = type.parameters.map((parameter) => named(scope, "u", parameter));
			const body = anything(inner(scope, ...names), type.result, depth - 1);
			return expression(
				type,
				[body],
				(s) => `(|${names.map((n) => s.name(n)).join(", ")}| ${s.spell(body)})`,
				(e): Callable =>
					(...args) =>
						body.value(names.reduce((so, name, k) => so.with(name, args[k] as Value), e)),
				names,
			);
		},
		...same.flatMap((v) => often(2, () => variable(v))),
	]);
}

/** A type of values that a scope can make. */
export function someType(scope: Scope, depth: number): Type {
	const size = (): Size => someSize(scope);
	return oneOf<Type>(scope, [
		() => real,
		() => tensorOf("real", size()),
		() => int,
		() => tensorOf("real", size(), size()),
		() => bool,
		() => tensorOf({ below: size() }, size()),
		() => tensorOf(scope.source.pick(["int", "bool"]), size()),
		depth > 0 && (() => ({ kind: "tuple", items: [someType(scope, depth - 1), someType(scope, depth - 1)] })),
		depth > 0 &&
			(() => ({
				kind: "tuple",
				names: ["a", "b"],
				items: [someType(scope, depth - 1), someType(scope, depth - 1)],
			})),
	]);
}

/** Calls of functions in scope whose result is of a type: parameters of function types, and of declared ones. */
export function call(scope: Scope, type: Type, depth: number): (() => Expression)[] {
	const values = scope.variables.flatMap((v) => {
		if (v.type.kind !== "function" || !sameType(v.type.result, type)) return [];
		const { parameters } = v.type;
		return often(2, () => {
			const args = parameters.map((parameter) => anything(scope, parameter, depth - 1));
			return expression(
				type,
				[variable(v), ...args],
				(s) => `${s.name(v)}(${args.map((a) => s.spell(a)).join(", ")})`,
				(e) => (e.get(v) as Callable)(...args.map((a) => a.value(e))),
			);
		});
	});
	const declared = scope.callees.flatMap((callee) => {
		const chosen = new Map<string, Size>();
		for (const [name, least] of callee.least) {
			const size = someSize(scope);
			chosen.set(name, leastIn(scope, size) >= least ? size : { "": least });
		}
		return sameType(instantiated(callee.self.type.result, chosen), type)
			? often(3, () => callOf(scope, callee, chosen, depth))
			: [];
	});
	return [...values, ...declared, ...(scope.ways ?? []).flatMap((way) => way(scope, type, depth))];
}

export function callOf(
	scope: Scope,
	callee: Callee,
	sizes: ReadonlyMap<string, Size>,
	depth: number,
): Expression {
	const type = instantiated(callee.self.type, sizes) as FunctionType;
	const args = type.parameters.map((parameter) => anything(scope, parameter, depth - 1));
	return expression(
		type.result,
		[variable(callee.self), ...args],
		(s) =>
			`${s.name(callee.self)}(${[...args.map((a) => s.spell(a)), ...callee.given.map((name) => s.size(sizes.get(name) ?? {}))].join(", ")})`,
		(e) => {
			const of = e.get(callee.self) as Callable;
			const numbers = callee.sizes.map((name) => numberOf(sizes.get(name) ?? sizeOfName(name), e.sizes));
			return of(numbers, ...args.map((a) => a.value(e)));
		},
	);
}

export function instantiated(type: Type, by: ReadonlyMap<string, Size>): Type {
	if (type.kind === "function")
		return {
			...type,
			parameters: type.parameters.map((p) => instantiated(p, by)),
			result: instantiated(type.result, by),
		};
	if (type.kind === "tuple") return { ...type, items: type.items.map((item) => instantiated(item, by)) };
	const element =
		typeof type.element === "string" ? type.element : { below: replaced(type.element.below, by) };
	return { ...type, element, shape: type.shape.map((size) => replaced(size, by)) };
}

export const sizesOf = (type: Type): string[] => {
	if (type.kind === "function") return [...type.parameters, type.result].flatMap(sizesOf);
	if (type.kind === "tuple") return type.items.flatMap(sizesOf);
	return [...type.shape, ...(typeof type.element === "string" ? [] : [type.element.below])].flatMap(namesOf);
};

/** What gives a value of any type by a loop. */
export const functionValue = (scope: Scope, type: Type, depth: number): (() => Expression)[] =>
	loops(scope, type, depth);
