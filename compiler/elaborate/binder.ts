import type * as ast from "../../grammar/ast.js";
import { children } from "../../grammar/visit.js";
import type { Environment } from "./environment.js";
import { bindPattern, evaluate } from "./evaluate.js";
import { type Evaluator, fail, shapeOf } from "./evaluator.js";
import { guarded } from "./guard.js";
import { castTo, elementwise, lanesToShape, reduceLanes, select, stack, traced, unary } from "./tensors.js";
import { integer, type Lane, type TracedValue, type Value } from "./values.js";

/** Index notation: each name is a lane; the body is evaluated once, for all indices together. */
export function evaluateBinder(evaluator: Evaluator, environment: Environment, node: ast.Binder): Value {
	const items = unrolledItems(evaluator, environment, node);
	if (items) return unroll(evaluator, environment, node, items);
	const inner = environment.inner();
	const lanes: Lane[] = [];
	for (const binding of node.bindings) {
		if (binding.pattern.kind === "Rest") {
			const name = binding.pattern.name.kind === "Identifier" ? binding.pattern.name.name : "";
			for (const size of environment.findRest(name) ?? []) lanes.push(evaluator.newLane(`...${name}`, size));
			continue;
		}
		const name = binding.pattern.kind === "NamePattern" ? binding.pattern.name : "_";
		const lane = evaluator.newLane(name, rangeOf(evaluator, environment, node, binding, lanes));
		lanes.push(lane);
		if (name !== "_") inner.set(name, { kind: "index", lane });
	}
	return evaluator.inLanes(lanes, () => {
		if (node.word === "for") return stackBody(evaluator, evaluate(evaluator, inner, node.body), lanes, inner, node);
		return reduceBody(evaluator, inner, node, lanes);
	});
}

function stackBody(evaluator: Evaluator, body: Value, lanes: readonly Lane[], environment: Environment, node: ast.Binder): Value {
	if (body.kind === "tuple") {
		return { kind: "tuple", elements: body.elements.map((e) => ({ ...e, value: stackBody(evaluator, e.value, lanes, environment, node) })) };
	}
	const value = traced(evaluator, body);
	if (!value) return fail(environment, node.body, "this cannot be stacked");
	return { ...lanesToShape(evaluator, value, lanes), ...(value.below !== undefined && { below: value.below }) };
}

function reduceBody(evaluator: Evaluator, environment: Environment, node: ast.Binder, lanes: readonly Lane[]): Value {
	const where = node.where && traced(evaluator, evaluate(evaluator, environment, node.where));
	const scope = where ? environment.inner(guarded(evaluator, where)) : environment;
	const raw = traced(evaluator, evaluate(evaluator, scope, node.body));
	if (!raw) return fail(environment, node.body, "this cannot be reduced");
	const value = node.word === "mean" || node.word === "logsumexp" ? castTo(evaluator, raw, evaluator.realElement) : raw;
	return reduceWord(evaluator, node.word, value, lanes, where);
}

const identities: Readonly<Record<string, number>> = { sum: 0, prod: 1, max: Number.NEGATIVE_INFINITY, min: Number.POSITIVE_INFINITY, mean: 0, logsumexp: Number.NEGATIVE_INFINITY, argmax: Number.NEGATIVE_INFINITY, argmin: Number.POSITIVE_INFINITY };

/** Where the condition does not hold, the reduction's own neutral element stands. */
function masked(evaluator: Evaluator, word: string, value: TracedValue, where: TracedValue | undefined): TracedValue {
	if (!where) return value;
	const { element } = value.value.type;
	const limit = element === "i32" ? 2147483647 : Number.POSITIVE_INFINITY;
	const neutral = Math.max(-limit - (element === "i32" ? 1 : 0), Math.min(limit, identities[word] ?? 0));
	const fill: TracedValue = { kind: "traced", value: evaluator.builder.scalar(neutral, element), lanes: [] };
	return select(evaluator, where, value, fill);
}

export function reduceWord(evaluator: Evaluator, word: ast.BinderWord, value: TracedValue, lanes: readonly Lane[], where: TracedValue | undefined): Value {
	const numeric = value.value.type.element === "bool" && (word === "sum" || word === "prod") ? castTo(evaluator, value, "i32") : value;
	switch (word) {
		case "sum":
		case "prod":
		case "max":
		case "min":
			return reduceLanes(evaluator, `reduce_${word}`, masked(evaluator, word, numeric, where), lanes);
		case "mean": {
			const total = reduceLanes(evaluator, "reduce_sum", masked(evaluator, word, value, where), lanes);
			return elementwise(evaluator, "div", total, countOf(evaluator, lanes, where), evaluator.realElement);
		}
		case "logsumexp":
			return logSumExp(evaluator, masked(evaluator, word, value, where), (operation, v) => reduceLanes(evaluator, operation, v, lanes));
		case "count": {
			const both = where ? elementwise(evaluator, "and", value, where, "bool") : value;
			return reduceLanes(evaluator, "reduce_sum", castTo(evaluator, both, "i32"), lanes);
		}
		case "any": {
			const both = where ? elementwise(evaluator, "and", value, where, "bool") : value;
			return reduceLanes(evaluator, "reduce_or", both, lanes);
		}
		case "all": {
			const open = where ? elementwise(evaluator, "or", value, unary(evaluator, "not", where), "bool") : value;
			return reduceLanes(evaluator, "reduce_and", open, lanes);
		}
		default: {
			const front = lanesToShape(evaluator, masked(evaluator, word, value, where), lanes);
			const index = evaluator.builder.emit(word, [front.value], { axis: front.lanes.length });
			const size = lanes[0]?.size;
			return { kind: "traced", value: index, lanes: front.lanes, ...(size !== undefined && { below: size }) };
		}
	}
}

function countOf(evaluator: Evaluator, lanes: readonly Lane[], where: TracedValue | undefined): TracedValue {
	if (where) return reduceLanes(evaluator, "reduce_sum", castTo(evaluator, where, evaluator.realElement), lanes);
	const count = lanes.reduce((product, l) => product * l.size, 1);
	return { kind: "traced", value: evaluator.builder.scalar(count, evaluator.realElement), lanes: [] };
}

/** log(sum(exp(x))), from the largest element: no overflow, and -inf where all are. */
function logSumExp(evaluator: Evaluator, value: TracedValue, reduce: (operation: string, v: TracedValue) => TracedValue): TracedValue {
	const { builder } = evaluator;
	const top = reduce("reduce_max", value);
	const finite = unary(evaluator, "is_finite", top);
	const zero: TracedValue = { kind: "traced", value: builder.scalar(0, value.value.type.element), lanes: [] };
	const shift = unary(evaluator, "stop_gradient", select(evaluator, finite, top, zero));
	const centred = elementwise(evaluator, "sub", value, shift, value.value.type.element);
	const total = reduce("reduce_sum", unary(evaluator, "exp", centred));
	return elementwise(evaluator, "add", unary(evaluator, "log", total), shift, value.value.type.element);
}

// ---------------------------------------------------------------- ranges

/** The range of a name: its source, else the axis that it indexes by itself. */
function rangeOf(evaluator: Evaluator, environment: Environment, node: ast.Binder, binding: ast.Binding, outer: readonly Lane[]): number {
	if (binding.source) {
		const source = evaluate(evaluator, environment, binding.source);
		if (source.kind === "number") return source.value;
		if (source.kind === "range") return source.to - source.from;
		return fail(environment, binding.source, "a binder runs over a size or a range");
	}
	const name = binding.pattern.kind === "NamePattern" ? binding.pattern.name : "_";
	const size = findRange(evaluator, environment, [node.where, node.body], name);
	if (size === undefined) return fail(environment, binding, `the range of \`${name}\` cannot be found (beside ${outer.length} others)`);
	return size;
}

/** The smallest axis that the name indexes by itself. Expressions that bind names of their own stay opaque. */
function findRange(evaluator: Evaluator, environment: Environment, nodes: readonly (ast.Expression | undefined)[], name: string): number | undefined {
	let found: number | undefined;
	const note = (size: number | undefined): void => {
		if (size !== undefined && (found === undefined || size < found)) found = size;
	};
	const visit = (node: object, hidden: ReadonlySet<string>): void => {
		const own = hiddenNames(node as ast.Expression, hidden);
		if (own.has(name)) return;
		if ((node as ast.Expression).kind === "Index") note(extentAt(evaluator, environment, node as ast.Index, name, own));
		for (const child of children(node as ast.Expression)) visit(child as object, own);
	};
	for (const node of nodes) if (node) visit(node, new Set());
	return found;
}

function extentAt(evaluator: Evaluator, environment: Environment, node: ast.Index, name: string, hidden: ReadonlySet<string>): number | undefined {
	const at = node.items.findIndex((i) => i.kind === "Name" && i.name === name);
	if (at < 0) return undefined;
	const base = shapeOfExpression(evaluator, environment, node.base, hidden);
	if (!base) return undefined;
	const hasRest = node.items[0]?.kind === "Rest";
	return hasRest ? base[base.length - (node.items.length - at)] : base[at];
}

/** The shape of an expression that may depend on names that have no value yet: these matter only as indices. */
function shapeOfExpression(evaluator: Evaluator, environment: Environment, node: ast.Expression, hidden: ReadonlySet<string>): readonly number[] | undefined {
	if (node.kind === "Index") {
		const base = shapeOfExpression(evaluator, environment, node.base, hidden);
		if (base && !(node.base.kind === "Name" && environment.findUnguarded(node.base.name)?.kind === "list")) {
			return base.filter((_, i) => node.items[i]?.kind === "FullSlice");
		}
	}
	if (dependsOn(node, hidden)) return undefined;
	try {
		const value = traced(evaluator, evaluate(evaluator, environment, node));
		return value && shapeOf(value);
	} catch {
		return undefined;
	}
}

function dependsOn(node: object, names: ReadonlySet<string>): boolean {
	const expression = node as ast.Expression;
	if (expression.kind === "Name") return names.has(expression.name);
	return children(expression).some((c) => dependsOn(c as object, names));
}

function hiddenNames(node: ast.Expression, hidden: ReadonlySet<string>): ReadonlySet<string> {
	const names: string[] = [];
	if (node.kind === "Binder") for (const b of node.bindings) if (b.pattern.kind === "NamePattern") names.push(b.pattern.name);
	if (node.kind === "Lambda") for (const p of node.parameters) if (p.pattern.kind === "NamePattern") names.push(p.pattern.name);
	if (node.kind === "Block") {
		for (const s of node.statements) if (s.kind === "Let" && s.pattern.kind === "NamePattern") names.push(s.pattern.name);
	}
	return names.length === 0 ? hidden : new Set([...hidden, ...names]);
}

// ---------------------------------------------------------------- lists and places

function unrolledItems(evaluator: Evaluator, environment: Environment, node: ast.Binder): { readonly name: string; readonly value: Value }[] | undefined {
	const source = node.bindings[0]?.source;
	if (!source || node.bindings.length !== 1) return undefined;
	const value = evaluate(evaluator, environment, source);
	if (value.kind === "list") return value.items.map((v, i) => ({ name: String(i), value: v }));
	if (value.kind === "places") return value.leaves.map((l) => ({ name: l.path, value: l.value }));
	return undefined;
}

function unroll(evaluator: Evaluator, environment: Environment, node: ast.Binder, items: readonly { readonly name: string; readonly value: Value }[]): Value {
	const parts: TracedValue[] = [];
	for (const item of items) {
		const inner = environment.inner();
		const pattern = node.bindings[0]?.pattern;
		if (pattern && pattern.kind !== "Rest") bindPattern(inner, pattern, item.value);
		const part = evaluator.at(item.name, () => traced(evaluator, evaluate(evaluator, inner, node.body)));
		if (!part) return fail(environment, node.body, "this cannot be put together");
		parts.push(part);
	}
	if (parts.length === 0) return integer(0);
	const whole = stack(evaluator, parts);
	if (!whole) return fail(environment, node.body, "this cannot be put together");
	if (node.word === "for") return whole;
	const lane = evaluator.newLane("_", parts.length);
	const laned: TracedValue = { ...whole, lanes: [...whole.lanes, lane] };
	const value = node.word === "mean" || node.word === "logsumexp" ? castTo(evaluator, laned, evaluator.realElement) : laned;
	return reduceWord(evaluator, node.word, value, [lane], undefined);
}
