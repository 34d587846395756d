import type * as ast from "../../../grammar/ast.js";
import type { ElementType } from "../../ir/ir.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail } from "../evaluator.js";
import { isComplex, ofBothParts } from "../expressions/complex.js";
import { bindPattern, evaluate, evaluateGuarded } from "../expressions/evaluate.js";
import { stackLanes, stackModels } from "../models/stack.js";
import {
	areFinite,
	castTo,
	elementwise,
	lanesToShape,
	realOf,
	reduceLanes,
	select,
	stack,
	toReal,
	traced,
	unary,
} from "../tensors.js";
import { integer, type Lane, list, real, type TracedValue, type Value } from "../values.js";
import { rowAt, type Source, sourcesOf } from "./binder-source.js";
import { evaluateHostBinder } from "./host-binder.js";
import { axisToLane } from "./indexing.js";
import { openRest, sizesOf } from "./range.js";
import { scattered } from "./scatter.js";

/**
 * Index notation: each name is a lane; the body is evaluated once, for all indices together. Over a list or places it is
 * evaluated for each turn, and the values are put side by side.
 */
export function evaluateBinder(evaluator: Evaluator, environment: Environment, node: ast.Binder): Value {
	const host = evaluateHostBinder(evaluator, environment, node);
	if (host) return host;
	const sources = sourcesOf(evaluator, environment, node);
	if (sources.some((s) => s.kind === "items" && s.items.length === 0)) return ofNothing(node.word);
	const { lanes, names } = openSources(evaluator, environment, node, sources);
	const added = sources.some((s) => s.kind === "items")
		? undefined
		: scatteredSum(evaluator, environment, node, names, lanes);
	if (added) return added;
	const { body, where } = evaluateTurns(evaluator, environment, node, names, []);
	if (node.word === "for")
		return stackBody(evaluator, body, lanes) ?? fail(environment, node.body, "this cannot be stacked");
	// Of complex numbers, sums and means are those of both parts.
	if (isComplex(body)) {
		const sum = (part: TracedValue): Value => reduceWord(evaluator, node.word, part, lanes, where);
		return ofBothParts(evaluator, body, sum) ?? fail(environment, node.body, "this cannot be reduced");
	}
	const raw = traced(evaluator, body);
	if (!raw) return fail(environment, node.body, "this cannot be reduced");
	const value = node.word === "mean" || node.word === "logsumexp" ? toReal(evaluator, raw) : raw;
	const [only] = sources;
	const from = sources.length === 1 && only?.kind === "range" ? only.from : 0;
	return shifted(evaluator, node, reduceWord(evaluator, node.word, value, lanes, where), from);
}

/** The position of an extremum is the name's value there, also where its range does not begin at 0. */
export function shifted(evaluator: Evaluator, node: ast.Binder, value: Value, from: number): Value {
	if ((node.word !== "argmax" && node.word !== "argmin") || from === 0 || value.kind !== "traced")
		return value;
	const { builder } = evaluator;
	const start: TracedValue = { kind: "traced", value: builder.scalar(from, "i32"), lanes: [] };
	const { below = 0 } = value;
	return {
		...elementwise(evaluator, "add", value, start, "i32"),
		...(from >= 0 ? { below: below + from } : { interval: [from, from + below - 1] }),
	};
}

/** A name with its lanes, and what it is bound to; the turns of a list have a lane that holds them in the end. */
interface Opened {
	readonly lanes: readonly Lane[];
	readonly bind: (inner: Environment) => void;
	readonly turns?: {
		readonly pattern: ast.Pattern;
		readonly items: readonly { readonly name: string; readonly value: Value }[];
		readonly lane: Lane;
	};
}

function openSources(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
	sources: readonly Source[],
): { readonly lanes: readonly Lane[]; readonly names: readonly Opened[] } {
	const sizes = sizesOf(evaluator, environment, node, sources);
	const names = sources.map((source) => openSource(evaluator, environment, source, sizes));
	return { lanes: names.flatMap((n) => n.lanes), names };
}

function openSource(
	evaluator: Evaluator,
	environment: Environment,
	source: Source,
	sizes: ReadonlyMap<ast.Binding, number>,
): Opened {
	switch (source.kind) {
		case "rest": {
			const holder = environment.inner();
			const lanes = openRest(evaluator, environment, holder, source.rest);
			return { lanes, bind: (inner) => inner.setRestLanes(restName(source.rest), lanes) };
		}
		case "items": {
			const lane = evaluator.newLane("_", source.items.length);
			return { lanes: [lane], bind: () => {}, turns: { ...source, lane } };
		}
		case "rows": {
			const lane = evaluator.newLane("_", source.size);
			const row = rowAt(evaluator, source.value, lane);
			return { lanes: [lane], bind: (inner) => bindPattern(inner, source.pattern, row) };
		}
		case "range":
		case "open": {
			const size = source.kind === "range" ? source.size : (sizes.get(source.binding) ?? 0);
			const lane = evaluator.newLane(source.name, size);
			const from = source.kind === "range" ? source.from : 0;
			const index: Value = { kind: "index", lane, ...(from !== 0 && { from }) };
			return {
				lanes: [lane],
				bind: (inner) => {
					if (source.name !== "_") inner.set(source.name, index);
				},
			};
		}
	}
}

export function restName(rest: ast.Rest): string {
	return rest.name.kind === "Identifier" ? rest.name.name : "";
}

function scatteredSum(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
	names: readonly Opened[],
	lanes: readonly Lane[],
): Value | undefined {
	if (!node.where) return undefined;
	const inner = environment.inner();
	for (const name of names) name.bind(inner);
	return evaluator.inLanes(lanes, () => scattered(evaluator, inner, node, lanes));
}

interface Evaluated {
	readonly body: Value;
	readonly where?: TracedValue;
}

function evaluateTurns(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
	names: readonly Opened[],
	bound: readonly ((inner: Environment) => void)[],
): Evaluated {
	const [name, ...others] = names;
	if (!name) return evaluateBody(evaluator, environment, node, bound);
	const { turns } = name;
	if (!turns)
		return evaluator.inLanes(name.lanes, () =>
			evaluateTurns(evaluator, environment, node, others, [...bound, name.bind]),
		);
	const parts = turns.items.map((item) =>
		evaluator.at(item.name, () =>
			evaluateTurns(evaluator, environment, node, others, [
				...bound,
				(inner) => bindPattern(inner, turns.pattern, item.value),
			]),
		),
	);
	const whole = stackTrees(
		evaluator,
		parts.map((p) => p.body),
		(why) => fail(environment, node.body, why),
	);
	const body = whole && rowAt(evaluator, whole, turns.lane);
	if (!body) return fail(environment, node.body, "this cannot be put together");
	const conditions = parts.map((p) => p.where).filter((w) => w !== undefined);
	const where = conditions.length > 0 ? stack(evaluator, conditions) : undefined;
	return { body, ...(where && { where: axisToLane(evaluator, where, 0, turns.lane) }) };
}

function evaluateBody(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
	bound: readonly ((inner: Environment) => void)[],
): Evaluated {
	const inner = environment.inner();
	for (const bind of bound) bind(inner);
	const where = node.where && traced(evaluator, evaluate(evaluator, inner, node.where), "bool");
	if (!where) return { body: evaluate(evaluator, inner, node.body) };
	return { body: evaluateGuarded(evaluator, inner, where, node.body), where };
}

/** The lanes of a tree of tensors as leading axes. Undefined if something in it is no tensor. */
export function stackBody(evaluator: Evaluator, body: Value, lanes: readonly Lane[]): Value | undefined {
	if (body.kind === "tuple") {
		const elements: { readonly name?: string; readonly value: Value }[] = [];
		for (const element of body.elements) {
			const value = stackBody(evaluator, element.value, lanes);
			if (!value) return undefined;
			elements.push({ ...element, value });
		}
		return { kind: "tuple", elements };
	}
	if (body.kind === "model")
		return stackLanes(evaluator, body, lanes, (tensor) => lanesToShape(evaluator, tensor, lanes));
	const value = traced(evaluator, body);
	return (
		value && {
			...lanesToShape(evaluator, value, lanes),
			...(value.below !== undefined && { below: value.below }),
			...(value.interval && { interval: value.interval }),
		}
	);
}

const identities: Readonly<Record<string, number>> = {
	sum: 0,
	prod: 1,
	max: Number.NEGATIVE_INFINITY,
	min: Number.POSITIVE_INFINITY,
	mean: 0,
	logsumexp: Number.NEGATIVE_INFINITY,
	argmax: Number.NEGATIVE_INFINITY,
	argmin: Number.POSITIVE_INFINITY,
};

/** Where the condition does not hold, the reduction's own neutral element stands. */
function masked(
	evaluator: Evaluator,
	word: string,
	value: TracedValue,
	where: TracedValue | undefined,
): TracedValue {
	if (!where) return value;
	const { element } = value.value.type;
	const limit = element === "i32" ? 2147483647 : Number.POSITIVE_INFINITY;
	const neutral = Math.max(-limit - (element === "i32" ? 1 : 0), Math.min(limit, identities[word] ?? 0));
	const fill: TracedValue = { kind: "traced", value: evaluator.builder.scalar(neutral, element), lanes: [] };
	return select(evaluator, where, value, fill);
}

export function reduceWord(
	evaluator: Evaluator,
	word: ast.BinderWord,
	value: TracedValue,
	lanes: readonly Lane[],
	where: TracedValue | undefined,
): Value {
	const logical = word === "all" || word === "any" || word === "count";
	const numeric = value.value.type.element === "bool" && !logical ? castTo(evaluator, value, "i32") : value;
	switch (word) {
		case "sum":
		case "prod":
			return reduceLanes(evaluator, `reduce_${word}`, masked(evaluator, word, numeric, where), lanes);
		case "max":
		case "min": {
			const mayBeEmpty = where !== undefined || lanes.some((l) => l.size === 0);
			// Of bools, an extremum is one again.
			const extremum = reduceLanes(
				evaluator,
				`reduce_${word}`,
				masked(evaluator, word, numeric, where),
				lanes,
			);
			return {
				...castTo(evaluator, extremum, value.value.type.element),
				...(value.below !== undefined && !mayBeEmpty && { below: value.below }),
			};
		}
		case "mean": {
			const total = reduceLanes(evaluator, "reduce_sum", masked(evaluator, word, value, where), lanes);
			const element = realOf(evaluator, total);
			return elementwise(evaluator, "div", total, countOf(evaluator, lanes, where, element), element);
		}
		case "logsumexp":
			return logSumExp(evaluator, masked(evaluator, word, value, where), (operation, v) =>
				reduceLanes(evaluator, operation, v, lanes),
			);
		case "count": {
			const both = where ? elementwise(evaluator, "and", value, where, "bool") : value;
			return reduceLanes(evaluator, "reduce_sum", castTo(evaluator, both, "i32"), lanes);
		}
		case "any": {
			const both = where ? elementwise(evaluator, "and", value, where, "bool") : value;
			return reduceLanes(evaluator, "reduce_or", both, lanes);
		}
		case "all": {
			const open = where
				? elementwise(evaluator, "or", value, unary(evaluator, "not", where), "bool")
				: value;
			return reduceLanes(evaluator, "reduce_and", open, lanes);
		}
		default: {
			const front = lanesToShape(evaluator, masked(evaluator, word, numeric, where), lanes);
			const index = evaluator.builder.emit(word, [front.value], { axis: front.lanes.length });
			const size = lanes[0]?.size;
			return { kind: "traced", value: index, lanes: front.lanes, ...(size !== undefined && { below: size }) };
		}
	}
}

function countOf(
	evaluator: Evaluator,
	lanes: readonly Lane[],
	where: TracedValue | undefined,
	element: ElementType,
): TracedValue {
	if (where) return reduceLanes(evaluator, "reduce_sum", castTo(evaluator, where, element), lanes);
	const count = lanes.reduce((product, l) => product * l.size, 1);
	return { kind: "traced", value: evaluator.builder.scalar(count, element), lanes: [] };
}

/** log(sum(exp(x))), from the largest element: no overflow, and -inf where all are. */
function logSumExp(
	evaluator: Evaluator,
	value: TracedValue,
	reduce: (operation: string, v: TracedValue) => TracedValue,
): TracedValue {
	const { builder } = evaluator;
	const top = reduce("reduce_max", value);
	const finite = areFinite(evaluator, top);
	const zero: TracedValue = { kind: "traced", value: builder.scalar(0, value.value.type.element), lanes: [] };
	const shift = unary(evaluator, "stop_gradient", select(evaluator, finite, top, zero));
	const centred = elementwise(evaluator, "sub", value, shift, value.value.type.element);
	const total = reduce("reduce_sum", unary(evaluator, "exp", centred));
	return elementwise(evaluator, "add", unary(evaluator, "log", total), shift, value.value.type.element);
}

// ---------------------------------------------------------------- lists and places

/** A reduction over an empty list. */
export function ofNothing(word: ast.BinderWord): Value {
	if (word === "all" || word === "any") return { kind: "bool", value: word === "all" };
	if (word === "for") return list([]);
	if (word === "count") return integer(0);
	return real(word === "mean" ? Number.NaN : (identities[word] ?? 0));
}

/** Puts the turns' values side by side: tensors along a new first axis, tuples field by field. */
export function stackTrees(
	evaluator: Evaluator,
	parts: readonly Value[],
	refuse?: (why: string) => never,
): Value | undefined {
	const [first] = parts;
	if (first?.kind === "tuple") {
		const elements: { readonly name?: string; readonly value: Value }[] = [];
		for (const [i, element] of first.elements.entries()) {
			const column = parts
				.map((p) => (p.kind === "tuple" ? p.elements[i]?.value : undefined))
				.filter((v) => v !== undefined);
			const value = stackTrees(evaluator, column, refuse);
			if (!value) return undefined;
			elements.push({ ...element, value });
		}
		return { kind: "tuple", elements };
	}
	if (first?.kind === "model" || first?.kind === "stack") {
		const models = parts.map((p) => (p.kind === "stack" ? p.of : p)).filter((p) => p.kind === "model");
		const stacked = models.length === parts.length ? stackModels(evaluator, models) : undefined;
		if (typeof stacked === "string") return refuse?.(stacked);
		return stacked && first.kind === "stack" ? { ...stacked, rank: first.rank + 1 } : stacked;
	}
	const tensors = parts.map((p) => traced(evaluator, p)).filter((v) => v !== undefined);
	return tensors.length === parts.length ? stack(evaluator, tensors) : undefined;
}
