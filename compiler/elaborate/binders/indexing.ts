import type * as ast from "../../../grammar/ast.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import { evaluate, evaluateGuarded } from "../expressions/evaluate.js";
import { indexTree } from "../models/stack.js";
import { arrange, castTo, traced } from "../tensors.js";
import type { Lane, TracedValue, Value } from "../values.js";
import { checkInside } from "./checks.js";
import { indexWithDefault } from "./default.js";
import { sliceAxis } from "./slice.js";

/** `x[i, :, 2..5]`: a binder's own index turns an axis into its lane; a computed index gathers. */
export function indexValue(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Index,
	base: Value,
): Value {
	const item = node.items.length === 1 ? node.items[0] : undefined;
	if (base.kind === "list" && item && item.kind !== "FullSlice" && item.kind !== "Range") {
		const index = evaluate(evaluator, environment, item);
		if (index.kind === "number") {
			const entry = base.items[index.value];
			return entry ?? fail(environment, node, `the list has no element ${index.value}`);
		}
	}
	if (base.kind === "list" && item) {
		const some = entriesAt(evaluator, environment, item, base.items);
		if (some) return { kind: "list", items: some, ...(some.length === 0 && { partOf: base }) };
	}
	if (base.kind === "stack" || base.kind === "tuple") return indexTree(evaluator, environment, node, base);
	const value = traced(evaluator, base);
	if (!value) return fail(environment, node, "this cannot be indexed");
	const { fallback } = node;
	if (!fallback) return indexTensor(evaluator, environment, node, value);
	return indexWithDefault(evaluator, environment, node, value, (outside) =>
		evaluateGuarded(evaluator, environment, outside, fallback),
	);
}

/** `layers[1..]`, `layers[:]`: some entries of a list; undefined where the ends are computed. */
export function entriesAt<T>(
	evaluator: Evaluator,
	environment: Environment,
	item: ast.Expression,
	entries: readonly T[],
): readonly T[] | undefined {
	if (item.kind === "FullSlice") return entries;
	if (item.kind !== "Range") return undefined;
	const ends = [item.from, item.to].map((end) => end && evaluate(evaluator, environment, end));
	if (ends.some((end) => end && end.kind !== "number")) return undefined;
	const [from = 0, to = entries.length] = ends.map((end) => (end?.kind === "number" ? end.value : undefined));
	if (from < 0 || to < from || to > entries.length)
		return fail(environment, item, `the list has ${entries.length} elements, and these are ${from}..${to}`);
	return entries.slice(from, to);
}

export function indexTensor(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Index,
	base: TracedValue,
): TracedValue {
	let value = base;
	let axis = 0;
	for (const item of node.items) {
		if (item.kind === "Rest") {
			const lanes = restLanes(environment, item);
			for (const lane of lanes) value = axisToLane(evaluator, value, axis, lane);
			continue;
		}
		if (item.kind === "FullSlice") {
			axis++;
			continue;
		}
		if (item.kind === "Range") {
			value = sliceAxis(evaluator, environment, item, value, axis);
			axis++;
			continue;
		}
		const picked = pickAxis(evaluator, environment, item, value, axis);
		axis += shapeOf(picked).length - shapeOf(value).length + 1;
		value = picked;
	}
	return value;
}

/** The lanes that `for ...b` opened. */
export function restLanes(environment: Environment, item: ast.Rest): readonly Lane[] {
	const name = item.name.kind === "Identifier" ? item.name.name : "";
	const lanes = environment.findRestLanes(name);
	if (lanes.length === 0 && (environment.findRest(name)?.length ?? 0) > 0)
		fail(environment, item, `no binder runs over ...${name} here`);
	return lanes;
}

export function slice(
	evaluator: Evaluator,
	value: TracedValue,
	axis: number,
	from: number,
	to: number,
): TracedValue {
	const whole = value.value.type.shape;
	const place = value.lanes.length + axis;
	const start = whole.map((_, i) => (i === place ? from : 0));
	const limit = whole.map((n, i) => (i === place ? to : n));
	return { ...value, value: evaluator.builder.emit("slice", [value.value], { start, limit }) };
}

function pickAxis(
	evaluator: Evaluator,
	environment: Environment,
	item: ast.Expression,
	value: TracedValue,
	axis: number,
): TracedValue {
	const index = evaluate(evaluator, environment, item);
	const extent = shapeOf(value)[axis] ?? 0;
	if (index.kind === "number" && index.value >= 0 && index.value < extent)
		return pickStatic(evaluator, value, axis, index.value);
	// Guarded by a condition, a name may run further than the axis does.
	const fits =
		index.kind === "index" && (index.from ?? 0) >= 0 && (index.from ?? 0) + index.lane.size <= extent;
	if (index.kind === "index" && fits && !value.lanes.some((l) => l.id === index.lane.id))
		return axisToLane(evaluator, value, axis, index.lane, index.from);
	const indices = traced(evaluator, index);
	if (!indices) return fail(environment, item, "this is no index");
	if (index.kind === "number" && evaluator.conditions.length === 0)
		fail(environment, item, `the index was ${index.value}, and the axis has ${extent}`, "E0606");
	checkInside(evaluator, environment, item, indices, extent, "index");
	return gatherPlaces(evaluator, value, axis, castTo(evaluator, indices, "i32"));
}

function pickStatic(evaluator: Evaluator, value: TracedValue, axis: number, at: number): TracedValue {
	const part = slice(evaluator, value, axis, at, at + 1);
	const place = value.lanes.length + axis;
	const shape = part.value.type.shape.filter((_, i) => i !== place);
	return { ...part, value: evaluator.builder.reshape(part.value, shape) };
}

/** An axis becomes the lane of the binder that runs over it, from its place `from`. */
export function axisToLane(
	evaluator: Evaluator,
	value: TracedValue,
	axis: number,
	lane: Lane,
	from = 0,
): TracedValue {
	const extent = shapeOf(value)[axis] ?? 0;
	const part =
		extent === lane.size && from === 0 ? value : slice(evaluator, value, axis, from, from + lane.size);
	const axes: (Lane | number)[] = [...part.lanes, ...shapeOf(part).map((_, i) => (i === axis ? lane : i))];
	return arrange(evaluator, part.value, axes, value.below);
}

/** Takes elements along an axis at computed places, lane by lane; the axes of a tensor of places stand in its place. */
export function gatherPlaces(
	evaluator: Evaluator,
	value: TracedValue,
	axis: number,
	indices: TracedValue,
): TracedValue {
	const shared = value.lanes.filter((l) => indices.lanes.some((o) => o.id === l.id));
	const isShared = (lane: Lane): boolean => shared.some((s) => s.id === lane.id);
	const own = value.lanes.filter((l) => !isShared(l));
	const others = indices.lanes.filter((l) => !isShared(l));
	const operand = orderLanes(evaluator, value, [...shared, ...own]);
	const places = orderLanes(evaluator, indices, [...shared, ...others]);
	const result = evaluator.builder.emit("gather", [operand, places], {
		axis: shared.length + own.length + axis,
		batch: shared.length,
	});
	const shape = shapeOf(value);
	const taken = shapeOf(indices).map((_, i) => axis + i);
	const arranged = arrange(
		evaluator,
		result,
		[
			...shared,
			...own,
			...shape.slice(0, axis).map((_, i) => i),
			...others,
			...taken,
			...shape.slice(axis + 1).map((_, i) => axis + taken.length + i),
		],
		value.below,
	);
	return value.interval ? { ...arranged, interval: value.interval } : arranged;
}

/** The elements along an axis at a list of places that depends on no lane; places outside are moved inside. */
export function gatherAlong(
	evaluator: Evaluator,
	value: TracedValue,
	axis: number,
	places: TracedValue,
): TracedValue {
	const whole = value.lanes.length + axis;
	return {
		...value,
		value: evaluator.builder.emit("gather", [value.value, places.value], { axis: whole, batch: 0 }),
	};
}

/** The same tensor with its lanes in another order. */
function orderLanes(evaluator: Evaluator, value: TracedValue, lanes: readonly Lane[]): TracedValue["value"] {
	const order = lanes.map((l) => value.lanes.findIndex((o) => o.id === l.id));
	const permutation = [...order, ...shapeOf(value).map((_, i) => lanes.length + i)];
	return evaluator.builder.transpose(value.value, permutation);
}
