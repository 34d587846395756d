import type * as ast from "../../grammar/ast.js";
import { type AnyNode, walk } from "../../grammar/visit.js";
import type { Environment } from "./environment.js";
import { bindPattern, evaluate, evaluateGuarded, itemsOf } from "./evaluate.js";
import { type Evaluator, fail } from "./evaluator.js";
import { nameOf, openRest, rangesOf } from "./range.js";
import { castTo, elementwise, lanesToShape, reduceLanes, select, stack, traced, unary } from "./tensors.js";
import { integer, type Lane, list, real, type TracedValue, type Value } from "./values.js";

/** Index notation: each name is a lane; the body is evaluated once, for all indices together. */
export function evaluateBinder(evaluator: Evaluator, environment: Environment, node: ast.Binder): Value {
	const items = unrolledItems(evaluator, environment, node);
	if (items) return unroll(evaluator, environment, node, items);
	const ranges = rangesOf(evaluator, environment, node);
	const inner = environment.inner();
	const lanes: Lane[] = [];
	for (const binding of node.bindings) {
		if (binding.pattern.kind === "Rest") {
			lanes.push(...openRest(evaluator, environment, inner, binding.pattern));
			continue;
		}
		const range = ranges.shift();
		if (!range) continue;
		const lane = evaluator.newLane(range.name, range.size);
		lanes.push(lane);
		if (range.name !== "_") inner.set(range.name, { kind: "index", lane });
	}
	return evaluator.inLanes(lanes, () => {
		if (node.word === "for")
			return (
				stackBody(evaluator, evaluate(evaluator, inner, node.body), lanes) ??
				fail(inner, node.body, "this cannot be stacked")
			);
		return reduceBody(evaluator, inner, node, lanes);
	});
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
	const value = traced(evaluator, body);
	return (
		value && {
			...lanesToShape(evaluator, value, lanes),
			...(value.below !== undefined && { below: value.below }),
		}
	);
}

function reduceBody(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
	lanes: readonly Lane[],
): Value {
	const where = node.where && traced(evaluator, evaluate(evaluator, environment, node.where));
	const body = where
		? evaluateGuarded(evaluator, environment, where, node.body)
		: evaluate(evaluator, environment, node.body);
	const raw = traced(evaluator, body);
	if (!raw) return fail(environment, node.body, "this cannot be reduced");
	const value =
		node.word === "mean" || node.word === "logsumexp" ? castTo(evaluator, raw, evaluator.realElement) : raw;
	return reduceWord(evaluator, node.word, value, lanes, where);
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
			// Of bools, an extremum is one again.
			const extremum = reduceLanes(
				evaluator,
				`reduce_${word}`,
				masked(evaluator, word, numeric, where),
				lanes,
			);
			return {
				...castTo(evaluator, extremum, value.value.type.element),
				...(value.below !== undefined && { below: value.below }),
			};
		}
		case "mean": {
			const total = reduceLanes(evaluator, "reduce_sum", masked(evaluator, word, value, where), lanes);
			return elementwise(evaluator, "div", total, countOf(evaluator, lanes, where), evaluator.realElement);
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

function countOf(evaluator: Evaluator, lanes: readonly Lane[], where: TracedValue | undefined): TracedValue {
	if (where)
		return reduceLanes(evaluator, "reduce_sum", castTo(evaluator, where, evaluator.realElement), lanes);
	const count = lanes.reduce((product, l) => product * l.size, 1);
	return { kind: "traced", value: evaluator.builder.scalar(count, evaluator.realElement), lanes: [] };
}

/** log(sum(exp(x))), from the largest element: no overflow, and -inf where all are. */
function logSumExp(
	evaluator: Evaluator,
	value: TracedValue,
	reduce: (operation: string, v: TracedValue) => TracedValue,
): TracedValue {
	const { builder } = evaluator;
	const top = reduce("reduce_max", value);
	const finite = unary(evaluator, "is_finite", top);
	const zero: TracedValue = { kind: "traced", value: builder.scalar(0, value.value.type.element), lanes: [] };
	const shift = unary(evaluator, "stop_gradient", select(evaluator, finite, top, zero));
	const centred = elementwise(evaluator, "sub", value, shift, value.value.type.element);
	const total = reduce("reduce_sum", unary(evaluator, "exp", centred));
	return elementwise(evaluator, "add", unary(evaluator, "log", total), shift, value.value.type.element);
}

// ---------------------------------------------------------------- lists and places

function unrolledItems(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
): { readonly name: string; readonly value: Value }[] | undefined {
	const [binding] = node.bindings;
	if (!binding?.source || node.bindings.length !== 1) return undefined;
	const { source } = binding;
	const value = evaluator.probe(() => evaluate(evaluator, environment, source));
	if (value.kind === "list") return value.items.map((v, i) => ({ name: `[${i}]`, value: v }));
	if (value.kind === "places") return value.leaves.map((l) => ({ name: l.path, value: l.value }));
	return needsStatic(environment, node, nameOf(binding))
		? itemsOf(value)?.map((v, i) => ({ name: `[${i}]`, value: v }))
		: undefined;
}

/** Whether every turn is evaluated by itself: a `seed` that depends on the name, or the call of a fit. */
function needsStatic(environment: Environment, node: ast.Binder, name: string): boolean {
	let found = false;
	const mentions = (inner: AnyNode): undefined => {
		if (inner.kind === "Name" && (inner as ast.Name).name === name) found = true;
	};
	walk(node.body, (inner) => {
		if (inner.kind === "Seed") walk((inner as ast.Seed).seed, mentions);
		const callee = inner.kind === "Call" ? (inner as ast.Call).callee : undefined;
		if (callee?.kind === "Name" && environment.findUnguarded(callee.name)?.kind === "fit") found = true;
		return undefined;
	});
	return found;
}

/** A reduction over an empty list. */
function ofNothing(word: ast.BinderWord): Value {
	if (word === "all" || word === "any") return { kind: "bool", value: word === "all" };
	if (word === "for") return list([]);
	if (word === "count") return integer(0);
	return real(word === "mean" ? Number.NaN : (identities[word] ?? 0));
}

/** Puts the turns' values side by side: tensors along a new first axis, tuples field by field. */
export function stackTrees(evaluator: Evaluator, parts: readonly Value[]): Value | undefined {
	const [first] = parts;
	if (first?.kind === "tuple") {
		const elements: { readonly name?: string; readonly value: Value }[] = [];
		for (const [i, element] of first.elements.entries()) {
			const column = parts
				.map((p) => (p.kind === "tuple" ? p.elements[i]?.value : undefined))
				.filter((v) => v !== undefined);
			const value = stackTrees(evaluator, column);
			if (!value) return undefined;
			elements.push({ ...element, value });
		}
		return { kind: "tuple", elements };
	}
	const tensors = parts.map((p) => traced(evaluator, p)).filter((v) => v !== undefined);
	return tensors.length === parts.length ? stack(evaluator, tensors) : undefined;
}

function unroll(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
	items: readonly { readonly name: string; readonly value: Value }[],
): Value {
	const parts = items.map((item) => {
		const inner = environment.inner();
		const pattern = node.bindings[0]?.pattern;
		if (pattern && pattern.kind !== "Rest") bindPattern(inner, pattern, item.value);
		return evaluator.at(item.name, () => evaluate(evaluator, inner, node.body));
	});
	if (parts.length === 0) return ofNothing(node.word);
	const whole = stackTrees(evaluator, parts);
	if (!whole) return fail(environment, node.body, "this cannot be put together");
	if (node.word === "for") return whole;
	if (whole.kind !== "traced") return fail(environment, node.body, "this cannot be reduced");
	const lane = evaluator.newLane("_", parts.length);
	const laned: TracedValue = { ...whole, lanes: [...whole.lanes, lane] };
	const value =
		node.word === "mean" || node.word === "logsumexp"
			? castTo(evaluator, laned, evaluator.realElement)
			: laned;
	return reduceWord(evaluator, node.word, value, [lane], undefined);
}
