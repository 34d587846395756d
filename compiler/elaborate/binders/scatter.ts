import type * as ast from "../../../grammar/ast.js";
import { freeNames } from "../../../grammar/free-names.js";
import type { Environment } from "../environment.js";
import { type Evaluator, shapeOf } from "../evaluator.js";
import { isComplex, ofBothParts, wholeComplex } from "../expressions/complex.js";
import { evaluate, evaluateGuarded } from "../expressions/evaluate.js";
import {
	arrange,
	boundedBy,
	castTo,
	elementwise,
	lanesToShape,
	realOf,
	select,
	spread,
	toReal,
	traced,
	unionLanes,
} from "../tensors.js";
import { type IndexValue, type Lane, mapTensors, type TracedValue, type Value } from "../values.js";
import { gatherPlaces } from "./indexing.js";

/**
 * `for k in m: sum i where slot[i] == k: v[i]` adds each v[i] up at the place slot[i]: no table of all i and k is built.
 * The condition is an equality with the name of a binder around, alone or joined to others by `and`; of several such
 * equalities (`row[e] == p and column[e] == q`) each name has its place. Where what is added reads that name
 * (`v[i] * w[k]`), or a value made of it (`let u = w[k]^2`), it reads that at the place, which is equal: `v[i] * w[slot[i]]`.
 */
export function scattered(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
	own: readonly Lane[],
): Value | undefined {
	if (!node.where || !words.has(node.word) || own.length === 0) return undefined;
	const conditions = conjuncts(node.where);
	const places = conditions.flatMap((condition) => placeOf(environment, condition, own) ?? []);
	const each = places.filter(
		({ index }, k) => places.findIndex((other) => other.index.lane.id === index.lane.id) === k,
	);
	for (const chosen of each.length > 1 ? [each, ...places.map((place) => [place])] : places.map((p) => [p])) {
		const others = conditions.filter((c) => !chosen.some(({ condition }) => condition === c));
		const inner = atPlaces(evaluator, environment, chosen, [...others, node.body]);
		const isFree = (part: TracedValue | undefined): boolean =>
			part !== undefined && !part.lanes.some((l) => chosen.some(({ index }) => index.lane.id === l.id));
		if (!inner) continue;
		const areFree = evaluator.probe(() => {
			const slots = chosen.every((place) =>
				isFree(traced(evaluator, evaluate(evaluator, inner, place.node))),
			);
			return (
				slots &&
				[...others, node.body].every((e) => {
					const value = evaluate(evaluator, inner, e);
					const whole = isComplex(value) ? wholeComplex(evaluator, value) : undefined;
					return whole ? isFree(whole.re) && isFree(whole.im) : isFree(traced(evaluator, value));
				})
			);
		});
		if (areFree) return scatter(evaluator, inner, node, own, chosen, others);
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
	/** The equality. */
	readonly condition: ast.Expression;
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
		return { index, name: name.kind === "Name" ? name.name : "", node, condition };
	}
	return undefined;
}

/** Where each name of a binder around is what is equal to it. Undefined where that depends on the name itself. */
function atPlaces(
	evaluator: Evaluator,
	environment: Environment,
	places: readonly Place[],
	readers: readonly ast.Expression[],
): Environment | undefined {
	let inner: Environment | undefined = environment;
	for (const place of places) {
		const nodes = [...readers, ...places.filter((other) => other !== place).map((other) => other.node)];
		inner &&= atPlace(evaluator, inner, place, nodes);
	}
	return inner;
}

function atPlace(
	evaluator: Evaluator,
	environment: Environment,
	{ index, name, node }: Place,
	readers: readonly ast.Expression[],
): Environment | undefined {
	const { from = 0, lane } = index;
	const inside = evaluator.probe(() => {
		const slot = traced(evaluator, evaluate(evaluator, environment, node));
		const isFree = slot !== undefined && !slot.lanes.some((l) => l.id === lane.id);
		if (!isFree || shapeOf(slot).length > 0 || slot.value.type.element !== "i32" || lane.size === 0)
			return undefined;
		// What lies outside is not added; reading there is reading at an end.
		const low = elementwise(evaluator, "max", slot, whole(evaluator, from), "i32");
		return elementwise(evaluator, "min", low, whole(evaluator, from + lane.size - 1), "i32");
	});
	if (!inside) return undefined;
	const inner = environment.inner();
	inner.set(name, { ...inside, ...boundedBy([from, from + lane.size - 1]) });
	const place = elementwise(evaluator, "sub", inside, whole(evaluator, from), "i32");
	for (const made of new Set(readers.flatMap((reader) => [...freeNames(reader).keys()]))) {
		const value = made === name ? undefined : environment.findInDeclaration(made);
		if (!value || !dependsOn(value, lane)) continue;
		const read = environment.find(made) ?? value;
		inner.set(
			made,
			mapTensors(read, (tensor) => elementAt(evaluator, tensor, lane, place)),
		);
	}
	return inner;
}

/** Whether a value was made of the name of a binder. */
function dependsOn(value: Value, lane: Lane): boolean {
	let found = false;
	mapTensors(value, (tensor) => {
		found ||= tensor.kind === "traced" && tensor.lanes.some((l) => l.id === lane.id);
		return tensor;
	});
	return found;
}

/** What a tensor is at this place of a binder. */
function elementAt(evaluator: Evaluator, tensor: Value, lane: Lane, place: TracedValue): Value {
	if (tensor.kind !== "traced" || !tensor.lanes.some((l) => l.id === lane.id)) return tensor;
	return gatherPlaces(evaluator, lanesToShape(evaluator, tensor, [lane]), 0, place);
}

function whole(evaluator: Evaluator, value: number): TracedValue {
	return { kind: "traced", value: evaluator.builder.scalar(value, "i32"), lanes: [] };
}

function scatter(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
	own: readonly Lane[],
	places: readonly Place[],
	others: readonly ast.Expression[],
): Value | undefined {
	const target = targetOf(evaluator, environment, places);
	if (!target) return undefined;
	const { builder } = evaluator;
	const mask = others.reduce<TracedValue>((all, condition) => {
		const next = traced(evaluator, evaluate(evaluator, environment, condition), "bool");
		return next ? elementwise(evaluator, "and", all, next, "bool") : all;
	}, target.inside);
	const sum = (value: TracedValue): TracedValue => {
		const zero: TracedValue = {
			kind: "traced",
			value: builder.scalar(0, value.value.type.element),
			lanes: [],
		};
		return scatterTo(evaluator, "add", own, target, select(evaluator, mask, value, zero));
	};
	const mean = (part: TracedValue): TracedValue => {
		const real = toReal(evaluator, part);
		const element = realOf(evaluator, real);
		const counts = sum(castTo(evaluator, mask, element));
		return elementwise(evaluator, "div", sum(real), counts, element);
	};
	const result = evaluateGuarded(evaluator, environment, mask, node.body);
	if (isComplex(result)) return ofBothParts(evaluator, result, node.word === "mean" ? mean : sum);
	const body = traced(evaluator, result);
	if (!body) return undefined;
	const numeric = body.value.type.element === "bool" ? castTo(evaluator, body, "i32") : body;
	switch (node.word) {
		case "sum":
			return sum(numeric);
		case "count":
			return sum(castTo(evaluator, body, "i32"));
		case "mean":
			return mean(body);
		default: {
			const { element: kind } = numeric.value.type;
			const end = kind === "i32" ? 2147483647 : Number.POSITIVE_INFINITY;
			const neutral = node.word === "min" ? end : kind === "i32" ? -end - 1 : -end;
			const fill: TracedValue = { kind: "traced", value: builder.scalar(neutral, kind), lanes: [] };
			const kept = select(evaluator, mask, numeric, fill);
			const extremum = scatterTo(evaluator, node.word, own, target, kept, neutral);
			return castTo(evaluator, extremum, body.value.type.element);
		}
	}
}

/** Where updates go: the lanes of the names that they are for, and the places there in row-major order. */
interface Target {
	readonly lanes: readonly Lane[];
	readonly size: number;
	readonly places: TracedValue;
	/** Whether the place is one of the target. */
	readonly inside: TracedValue;
}

function targetOf(
	evaluator: Evaluator,
	environment: Environment,
	places: readonly Place[],
): Target | undefined {
	let all: Target | undefined;
	for (const { index, node } of places) {
		const at = traced(evaluator, evaluate(evaluator, environment, node));
		const { from = 0, lane } = index;
		if (!at || shapeOf(at).length > 0 || at.value.type.element !== "i32" || lane.size === 0) return undefined;
		const place = elementwise(evaluator, "sub", at, whole(evaluator, from), "i32");
		const inside = elementwise(
			evaluator,
			"and",
			elementwise(evaluator, "ge", place, whole(evaluator, 0), "i32"),
			elementwise(evaluator, "lt", place, whole(evaluator, lane.size), "i32"),
			"bool",
		);
		const row = all && elementwise(evaluator, "mul", all.places, whole(evaluator, lane.size), "i32");
		all = {
			lanes: [...(all?.lanes ?? []), lane],
			size: (all?.size ?? 1) * lane.size,
			places: row ? elementwise(evaluator, "add", row, place, "i32") : place,
			inside: all ? elementwise(evaluator, "and", all.inside, inside, "bool") : inside,
		};
	}
	return all;
}

/** The values of all places of `own` at the places of the target; those outside, which are neutral, are moved inside. */
function scatterTo(
	evaluator: Evaluator,
	word: string,
	own: readonly Lane[],
	{ lanes, size, places }: Target,
	values: TracedValue,
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
	const before = around.map((l) => l.size);
	const result =
		word === "add"
			? builder.emit("scatter_add", [indices, updates], { axis: batch, batch, size })
			: builder.emit(
					`scatter_${word}`,
					[builder.fill(neutral, { element, shape: [...before, size, ...shape] }), indices, updates],
					{ axis: batch, batch },
				);
	const split = builder.reshape(result, [...before, ...lanes.map((l) => l.size), ...shape]);
	return arrange(evaluator, split, [...around, ...lanes, ...shape.keys()]);
}

/** A value with these lanes, in this order. */
function ordered(evaluator: Evaluator, value: TracedValue, lanes: readonly Lane[]): TracedValue["value"] {
	const sorted = unionLanes([{ ...value, lanes }]);
	const wide = spread(evaluator, value, sorted, shapeOf(value));
	const order = lanes.map((l) => sorted.findIndex((o) => o.id === l.id));
	const permutation = [...order, ...shapeOf(value).map((_, i) => lanes.length + i)];
	return evaluator.builder.transpose(wide.value, permutation);
}
