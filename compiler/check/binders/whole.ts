import type * as ast from "../../../grammar/ast.js";
import { comparedNames } from "../../../grammar/guards.js";
import {
	add,
	atomKey,
	atomsOf,
	constant,
	type Dim,
	type Facts,
	floorDiv,
	isAtLeast,
	modulo,
	mul,
	neg,
	sub,
	substitute,
	variable,
	withAtLeast,
	withDivides,
	withEqual,
} from "../../dims/dim.js";
import type { Binding, Context } from "../context.js";
import type { Affine, Bounded, IndexRange, Interval, TensorType, Type } from "../types/types.js";

/**
 * What is known of whole numbers that are computed: the interval that they lie in, and, of a single one under binders,
 * its value as a polynomial over their names.
 */

const zero = constant(0);
const one = constant(1);

function atLeast(a: Dim, b: Dim, facts: Facts): boolean {
	return isAtLeast(a, b, facts);
}

/** The interval that all elements lie in. */
export function intervalOf(type: Type): Interval | undefined {
	if (type.kind === "Int") return type.value && { least: type.value, most: type.value };
	if (type.kind === "Bool") return { least: zero, most: one };
	if (type.kind !== "tensor") return undefined;
	if (type.element === "bool") return { least: zero, most: one };
	if (type.index && !type.below && !type.interval) type.index.stale = true;
	if (type.interval) return type.interval;
	return type.below && { least: zero, most: sub(type.below, one) };
}

/** The bound and the interval of an int that lies in an interval: `below` where it cannot be negative. */
export function bounded(interval: Interval | undefined, facts: Facts): Partial<TensorType> {
	if (!interval) return {};
	return atLeast(interval.least, zero, facts) ? { below: add(interval.most, one) } : { interval };
}

/** The value of an operand over the names of binders; undefined for what is no single whole number. */
export function affineOf(context: Context, node: ast.Expression | undefined, type: Type): Affine | undefined {
	if (type.kind === "Int") return type.value && { value: type.value, over: [] };
	if (type.kind !== "tensor" || type.element !== "int" || type.shape.dims.length > 0 || type.shape.rest)
		return undefined;
	if (type.affine) return type.affine;
	if (type.index) return ofBounded({ variable: type.index.variable, range: type.index });
	const name = node && bareName(node);
	const binding = name && context.scope.find(name.name);
	const interval = intervalOf(type);
	if (binding && (binding.role === "local" || binding.role === "parameter"))
		return ofBounded({ variable: variableOf(binding), ...(interval && { interval }) });
	return interval && ofBounded({ variable: unbounded("?"), interval });
}

function ofBounded(name: Bounded): Affine {
	return { value: name.variable, over: [name] };
}

function unbounded(name: string): Dim {
	return variable(name, { minimum: Number.NEGATIVE_INFINITY }).dim;
}

const variables = new WeakMap<Binding, Dim>();

/** What stands for a computed int that has a name. */
function variableOf(binding: Binding): Dim {
	const known = variables.get(binding) ?? unbounded(binding.name);
	variables.set(binding, known);
	return known;
}

export function bareName(node: ast.Expression): ast.Name | undefined {
	if (node.kind === "Parenthesized") return bareName(node.inner);
	return node.kind === "Name" ? node : undefined;
}

/** Whether it is made of the names of binders and of what is known before running: then it is proved, not asked. */
export function overBinders(affine: Affine): boolean {
	return affine.over.every((o) => o.range || o.either);
}

/** The facts, with the ranges of the names in an index. */
export function withRanges(facts: Facts, affine: Affine): Facts {
	let known = facts;
	for (const { variable: name, range, interval } of affine.over) {
		if (range) {
			known = withAtLeast(known, name, range.from ?? zero);
			if (range.bound) known = withAtLeast(known, range.bound, add(name, one));
			else range.stale = true;
		}
		if (interval) {
			known = withAtLeast(known, name, interval.least);
			known = withAtLeast(known, interval.most, name);
		}
	}
	return known;
}

// ---------------------------------------------------------------- arithmetic

type Operator = "+" | "-" | "*" | "%" | "floor";

/** What an operation on ints gives: its interval, and its value over the names of binders. */
export function intResult(
	context: Context,
	operator: string,
	left: { readonly node?: ast.Expression; readonly type: Type },
	right: { readonly node?: ast.Expression; readonly type: Type },
	result: TensorType,
): TensorType {
	if (result.element !== "int" || !["+", "-", "*", "%", "floor"].includes(operator)) return result;
	const op = operator as Operator;
	const [a, b] = [intervalOf(left.type), intervalOf(right.type)];
	const interval = combine(op, a, b, context.facts);
	const isScalar = result.shape.dims.length === 0 && !result.shape.rest;
	const [x, y] = isScalar
		? [affineOf(context, left.node, left.type), affineOf(context, right.node, right.type)]
		: [undefined, undefined];
	const value = x && y && exactValue(op, x.value, y.value, context.facts);
	return {
		...result,
		...bounded(interval, context.facts),
		...(value && x && y && { affine: { value, over: [...x.over, ...y.over] } }),
	};
}

function exactValue(operator: Operator, a: Dim, b: Dim, facts: Facts): Dim | undefined {
	switch (operator) {
		case "+":
			return add(a, b);
		case "-":
			return sub(a, b);
		case "*":
			return mul(a, b);
		case "%":
			return atLeast(b, one, facts) ? modulo(a, b) : undefined;
		case "floor":
			return atLeast(b, one, facts) ? floorDiv(a, b) : undefined;
	}
}

function combine(
	operator: Operator,
	a: Interval | undefined,
	b: Interval | undefined,
	facts: Facts,
): Interval | undefined {
	if (operator === "%") {
		// The rest lies below the divisor, whatever is divided.
		return b && b.least.key === b.most.key && atLeast(b.least, one, facts)
			? { least: zero, most: sub(b.most, one) }
			: undefined;
	}
	if (!a || !b) return undefined;
	switch (operator) {
		case "+":
			return { least: add(a.least, b.least), most: add(a.most, b.most) };
		case "-":
			return { least: sub(a.least, b.most), most: sub(a.most, b.least) };
		case "*":
			return product(a, b, facts) ?? product(b, a, facts);
		case "floor":
			return b.least.key === b.most.key && atLeast(b.least, one, facts)
				? { least: floorDiv(a.least, b.least), most: floorDiv(a.most, b.least) }
				: undefined;
	}
}

function product(a: Interval, b: Interval, facts: Facts): Interval | undefined {
	if (atLeast(a.least, zero, facts) && atLeast(b.least, zero, facts))
		return { least: mul(a.least, b.least), most: mul(a.most, b.most) };
	if (a.least.key !== a.most.key) return undefined;
	if (atLeast(a.least, zero, facts)) return { least: mul(a.least, b.least), most: mul(a.least, b.most) };
	return atLeast(zero, a.least, facts)
		? { least: mul(a.least, b.most), most: mul(a.least, b.least) }
		: undefined;
}

/** `-e` of an int. */
export function intNegation(
	context: Context,
	node: ast.Expression,
	type: Type,
	result: TensorType,
): TensorType {
	if (result.element !== "int") return result;
	const interval = intervalOf(type);
	const isScalar = result.shape.dims.length === 0 && !result.shape.rest;
	const affine = isScalar ? affineOf(context, node, type) : undefined;
	return {
		...result,
		...bounded(interval && { least: neg(interval.most), most: neg(interval.least) }, context.facts),
		...(affine && { affine: { ...affine, value: neg(affine.value) } }),
	};
}

/** An int that is the one or the other: the ends are the outermost, where it can be shown which those are. */
export function eitherOf(context: Context, a: Type, b: Type, result: TensorType): TensorType {
	const [x, y] = [intervalOf(a), intervalOf(b)];
	if (result.element !== "int" || !x || !y) return result;
	const larger = (p: Dim, q: Dim): Dim | undefined =>
		atLeast(p, q, context.facts) ? p : atLeast(q, p, context.facts) ? q : undefined;
	const most = larger(x.most, y.most);
	const above = larger(x.least, y.least);
	const least = above && (above === x.least ? y.least : x.least);
	return { ...result, ...bounded(least && most && { least, most }, context.facts) };
}

/** `max(a, b)` and `min(a, b)` of ints: each end is that of the one which can be shown to be the larger, or smaller. */
export function extremum(
	context: Context,
	word: "max" | "min",
	a: { readonly node?: ast.Expression; readonly type: Type },
	b: { readonly node?: ast.Expression; readonly type: Type },
	result: TensorType,
): TensorType {
	const [x, y] = [intervalOf(a.type), intervalOf(b.type)];
	if (result.element !== "int" || !x || !y) return result;
	const choose = (p: Dim, q: Dim): Dim | undefined => {
		const larger = atLeast(p, q, context.facts) ? p : atLeast(q, p, context.facts) ? q : undefined;
		return word === "max" || !larger ? larger : larger === p ? q : p;
	};
	const least = choose(x.least, y.least);
	const most = choose(x.most, y.most);
	const interval = least && most && { least, most };
	const isScalar = result.shape.dims.length === 0 && !result.shape.rest;
	const [p, q] = isScalar ? [affineOf(context, a.node, a.type), affineOf(context, b.node, b.type)] : [];
	const affine = p && q && ofExtremum(word, p, q);
	return { ...result, ...bounded(interval, context.facts), ...(affine && { affine }) };
}

/** An extremum has a name of its own, which is the one or the other. */
function ofExtremum(word: "max" | "min", a: Affine, b: Affine): Affine {
	const value = unbounded(word);
	const greater = (p: Dim, q: Dim): readonly [Dim, Dim] => (word === "max" ? [p, q] : [q, p]);
	const either = [
		{ value: a.value, order: greater(a.value, b.value) },
		{ value: b.value, order: greater(b.value, a.value) },
	];
	return { value, over: [...a.over, ...b.over, { variable: value, either }] };
}

/** The cases of the extrema in an index: its value in each, and what is known there, with the ranges of its names. */
export function casesOf(facts: Facts, affine: Affine): { readonly value: Dim; readonly facts: Facts }[] {
	let cases = [{ value: affine.value, facts: withRanges(facts, affine) }];
	// An extremum stands behind those that it is made of.
	for (const { variable: name, either } of [...affine.over].reverse()) {
		const [atom] = atomsOf(name);
		if (!either || !atom) continue;
		const key = atomKey(atom);
		cases = cases.flatMap((one) =>
			either.map(({ value, order: [greater, lesser] }) => ({
				value: substitute(one.value, (a) => (atomKey(a) === key ? value : undefined)),
				facts: withEqual(withAtLeast(one.facts, greater, lesser), name, value),
			})),
		);
	}
	return cases;
}

// ---------------------------------------------------------------- conditions

/** What a condition says of sizes and indices where it holds, or where it does not. */
export function factsOf(context: Context, condition: ast.Expression, isTrue: boolean): Facts {
	if (condition.kind === "Parenthesized") return factsOf(context, condition.inner, isTrue);
	if (condition.kind === "Unary" && condition.operator === "not") {
		return factsOf(context, condition.operand, !isTrue);
	}
	if (condition.kind !== "Binary") return context.facts;
	if (condition.operator === (isTrue ? "and" : "or")) {
		const facts = factsOf(context, condition.left, isTrue);
		return factsOf({ ...context, facts }, condition.right, isTrue);
	}
	const { types } = context.session.knowledge;
	const side = (node: ast.Expression): Affine | undefined => {
		const type = types.get(node);
		return type && affineOf(context, node, type);
	};
	const [a, b] = [side(condition.left), side(condition.right)];
	if (!a || !b) return context.facts;
	const [left, right] = [a.value, b.value];
	const above = (a: Dim, b: Dim, distance: number): Facts =>
		withAtLeast(context.facts, a, add(b, constant(distance)));
	switch (isTrue ? condition.operator : opposites[condition.operator]) {
		case ">=":
			return above(left, right, 0);
		case "<=":
			return above(right, left, 0);
		case ">":
			return above(left, right, 1);
		case "<":
			return above(right, left, 1);
		case "==":
			return withEqual(context.facts, left, right);
		case "!=": {
			// What is one end of a range leaves the others.
			const facts = withRanges(withRanges(context.facts, a), b);
			if (atLeast(left, right, facts)) return above(left, right, 1);
			return atLeast(right, left, facts) ? above(right, left, 1) : context.facts;
		}
		case "divides":
			return withDivides(context.facts, left, right);
		default:
			return context.facts;
	}
}

const opposites: Readonly<Record<string, string>> = {
	">=": "<",
	"<=": ">",
	">": "<=",
	"<": ">=",
	"!=": "==",
	"==": "!=",
};

/** The names of binders whose uses under a condition say nothing about their ranges. */
export function guardedBy(context: Context, condition: ast.Expression): ReadonlySet<IndexRange> {
	const guarded = new Set(context.guarded);
	for (const name of comparedNames(condition)) {
		const type = context.scope.find(name)?.type;
		if (type?.kind === "tensor" && type.index) guarded.add(type.index);
	}
	return guarded;
}
