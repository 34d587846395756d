import type * as ast from "../../../grammar/ast.js";
import type { Environment } from "../environment.js";
import { type Evaluator, shapeOf } from "../evaluator.js";
import { evaluate, evaluateGuarded } from "../expressions/evaluate.js";
import {
	arrange,
	boundedBy,
	castTo,
	elementwise,
	realOf,
	select,
	spread,
	toReal,
	traced,
	unionLanes,
} from "../tensors.js";
import type { IndexValue, Lane, TracedValue } from "../values.js";

/**
 * `for k in m: sum i where slot[i] == k: v[i]` adds each v[i] up at the place slot[i]: no table of all i and k is built.
 * The condition is an equality with the name of a binder around, alone or joined to others by `and`. Where what is added
 * reads that name (`v[i] * w[k]`), it reads the place instead, which is equal: `v[i] * w[slot[i]]`.
 */
export function scattered(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
	own: readonly Lane[],
): TracedValue | undefined {
	if (!node.where || !words.has(node.word) || own.length === 0) return undefined;
	const conditions = conjuncts(node.where);
	for (const condition of conditions) {
		const place = placeOf(environment, condition, own);
		if (!place) continue;
		const others = conditions.filter((c) => c !== condition);
		const inner = atPlace(evaluator, environment, place);
		if (!inner) continue;
		const { lane } = place.index;
		const isFree = evaluator.probe(() => {
			const parts = [...others, node.body].map((e) => traced(evaluator, evaluate(evaluator, inner, e)));
			return parts.every((p) => p && !p.lanes.some((l) => l.id === lane.id));
		});
		if (isFree) return scatter(evaluator, inner, node, own, place, others);
	}
	return undefined;
}

const words: ReadonlySet<string> = new Set(["sum", "mean", "count", "max", "min"]);

function conjuncts(node: ast.Expression): readonly ast.Expression[] {
	if (node.kind === "Parenthesized") return conjuncts(node.inner);
	if (node.kind !== "Binary" || node.operator !== "and") return [node];
	return [...conjuncts(node.left), ...conjuncts(node.right)];
}

interface Place {
	/** Of the binder around. */
	readonly index: IndexValue;
	readonly name: string;
	/** What is equal to it. */
	readonly node: ast.Expression;
}

/** `slot[i] == k`, with the name of a binder around on one side. */
function placeOf(
	environment: Environment,
	condition: ast.Expression,
	own: readonly Lane[],
): Place | undefined {
	if (condition.kind !== "Binary" || condition.operator !== "==") return undefined;
	for (const [name, node] of [
		[condition.right, condition.left],
		[condition.left, condition.right],
	] as const) {
		const index = name.kind === "Name" ? environment.findUnguarded(name.name) : undefined;
		if (index?.kind !== "index" || own.some((l) => l.id === index.lane.id)) continue;
		return { index, name: name.kind === "Name" ? name.name : "", node };
	}
	return undefined;
}

/** Where the name of the binder around is what is equal to it. Undefined where that depends on the name itself. */
function atPlace(
	evaluator: Evaluator,
	environment: Environment,
	{ index, name, node }: Place,
): Environment | undefined {
	const { from = 0, lane } = index;
	const end = (value: number): TracedValue => ({
		kind: "traced",
		value: evaluator.builder.scalar(value, "i32"),
		lanes: [],
	});
	const inside = evaluator.probe(() => {
		const slot = traced(evaluator, evaluate(evaluator, environment, node));
		const isFree = slot !== undefined && !slot.lanes.some((l) => l.id === lane.id);
		if (!isFree || shapeOf(slot).length > 0 || slot.value.type.element !== "i32" || lane.size === 0)
			return undefined;
		// What lies outside is not added; reading there is reading at an end.
		const low = elementwise(evaluator, "max", slot, end(from), "i32");
		return elementwise(evaluator, "min", low, end(from + lane.size - 1), "i32");
	});
	if (!inside) return undefined;
	const inner = environment.inner();
	inner.set(name, { ...inside, ...boundedBy([from, from + lane.size - 1]) });
	return inner;
}

function scatter(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
	own: readonly Lane[],
	{ index, node: slot }: Place,
	others: readonly ast.Expression[],
): TracedValue | undefined {
	const { builder } = evaluator;
	const whole = (value: number): TracedValue => ({
		kind: "traced",
		value: builder.scalar(value, "i32"),
		lanes: [],
	});
	const at = traced(evaluator, evaluate(evaluator, environment, slot));
	const { element } = at?.value.type ?? {};
	if (!at || shapeOf(at).length > 0 || element !== "i32" || index.lane.size === 0) return undefined;
	const { from = 0, lane } = index;
	const places = elementwise(evaluator, "sub", at, whole(from), "i32");
	const inside = elementwise(
		evaluator,
		"and",
		elementwise(evaluator, "ge", places, whole(0), "i32"),
		elementwise(evaluator, "lt", places, whole(lane.size), "i32"),
		"bool",
	);
	const mask = others.reduce<TracedValue>((all, condition) => {
		const next = traced(evaluator, evaluate(evaluator, environment, condition), "bool");
		return next ? elementwise(evaluator, "and", all, next, "bool") : all;
	}, inside);
	const body = traced(evaluator, evaluateGuarded(evaluator, environment, mask, node.body));
	if (!body) return undefined;
	const sum = (value: TracedValue): TracedValue => {
		const zero: TracedValue = {
			kind: "traced",
			value: builder.scalar(0, value.value.type.element),
			lanes: [],
		};
		return place(evaluator, "add", own, places, select(evaluator, mask, value, zero), lane);
	};
	const numeric = body.value.type.element === "bool" ? castTo(evaluator, body, "i32") : body;
	switch (node.word) {
		case "sum":
			return sum(numeric);
		case "count":
			return sum(castTo(evaluator, body, "i32"));
		case "mean": {
			const real = toReal(evaluator, body);
			const element = realOf(evaluator, real);
			const counts = sum(castTo(evaluator, mask, element));
			return elementwise(evaluator, "div", sum(real), counts, element);
		}
		default: {
			const { element: kind } = numeric.value.type;
			const end = kind === "i32" ? 2147483647 : Number.POSITIVE_INFINITY;
			const neutral = node.word === "min" ? end : kind === "i32" ? -end - 1 : -end;
			const fill: TracedValue = { kind: "traced", value: builder.scalar(neutral, kind), lanes: [] };
			const kept = select(evaluator, mask, numeric, fill);
			const extremum = place(evaluator, node.word, own, places, kept, lane, neutral);
			return castTo(evaluator, extremum, body.value.type.element);
		}
	}
}

/** The values of all places of `own` at the places of `lane` that are given; those outside are moved inside. */
function place(
	evaluator: Evaluator,
	word: string,
	own: readonly Lane[],
	places: TracedValue,
	values: TracedValue,
	lane: Lane,
	neutral = 0,
): TracedValue {
	const { builder } = evaluator;
	const isOwn = (l: Lane): boolean => own.some((o) => o.id === l.id);
	const around = unionLanes([places, values]).filter((l) => !isOwn(l));
	const all = [...around, ...own];
	const indices = ordered(evaluator, places, all);
	const updates = ordered(evaluator, values, all);
	const shape = shapeOf(values);
	const batch = around.length;
	const { element } = values.value.type;
	const target = [...around.map((l) => l.size), lane.size, ...shape];
	const result =
		word === "add"
			? builder.emit("scatter_add", [indices, updates], { axis: batch, batch, size: lane.size })
			: builder.emit(
					`scatter_${word}`,
					[builder.fill(neutral, { element, shape: target }), indices, updates],
					{ axis: batch, batch },
				);
	return arrange(evaluator, result, [...around, lane, ...shape.keys()]);
}

/** A value with these lanes, in this order. */
function ordered(evaluator: Evaluator, value: TracedValue, lanes: readonly Lane[]): TracedValue["value"] {
	const sorted = unionLanes([{ ...value, lanes }]);
	const wide = spread(evaluator, value, sorted, shapeOf(value));
	const order = lanes.map((l) => sorted.findIndex((o) => o.id === l.id));
	const permutation = [...order, ...shapeOf(value).map((_, i) => lanes.length + i)];
	return evaluator.builder.transpose(wide.value, permutation);
}
