import type { Attributes, Value } from "../../ir/ir.js";
import { dotAxes } from "../../ir/primitives/contraction.js";
import { integerOf, integersOf, listsOf } from "../../ir/primitives/primitive.js";
import { binaryScalars, unaryScalars } from "../../ir/scalar.js";
import { furtherBatchRules } from "./further.js";
import { type BatchRule, inputAt, type Lanes, rowsOf, toFront } from "./rule.js";

const later = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);

/** Every lane at its own row: the operation on all inputs with rows. */
const byRow = (change: (attributes: Attributes, lanes: Lanes) => Attributes = (same) => same): BatchRule => {
	return (lanes) =>
		lanes.builder.emit(
			lanes.operation,
			lanes.inputs.map((_, k) => rowsOf(lanes, k)),
			change(lanes.attributes, lanes),
		);
};

const elementwise = Object.fromEntries(
	[
		...Object.keys(unaryScalars),
		...Object.keys(binaryScalars),
		"select",
		"cast",
		"stop_gradient",
		"guard",
	].map((name) => [name, byRow()]),
);

const reduction = byRow((attributes) => ({ axes: later(integersOf(attributes, "axes")) }));
const alongAxis = byRow((attributes) => ({ ...attributes, axis: integerOf(attributes, "axis") + 1 }));
const reshape = byRow((_, { size, type }) => ({ shape: [size, ...type.shape] }));

const dot: BatchRule = (lanes) => {
	const { builder, attributes } = lanes;
	const [a, b] = [inputAt(lanes, 0), inputAt(lanes, 1)];
	const sides = [a, b];
	const shifted = (name: string) =>
		listsOf(attributes, name).map((list, side) => (sides[side]?.batched ? later(list) : list));
	const contract = shifted("contract");
	const batch = shifted("batch");
	if (a.batched && b.batched) {
		return builder.emit("dot", [a.value, b.value], { contract, batch: batch.map((list) => [0, ...list]) });
	}
	// The lanes are a free axis, the first of its operand.
	const result = builder.emit("dot", [a.value, b.value], { contract, batch });
	const left = dotAxes(a.value.type.shape.length, contract, batch, 0);
	return toFront(builder, result, left.batch.length + (a.batched ? 0 : left.free.length));
};

const gather: BatchRule = (lanes) => {
	const { builder, attributes } = lanes;
	const [table, indices] = [inputAt(lanes, 0), inputAt(lanes, 1)];
	const axis = integerOf(attributes, "axis");
	const batch = integerOf(attributes, "batch");
	if (batch === 0 && !indices.batched) {
		return builder.emit("gather", [table.value, indices.value], { axis: axis + 1, batch });
	}
	if (batch === 0 && !table.batched) {
		// The lanes are the first axis of the indices, which arrive at the axis.
		return toFront(builder, builder.emit("gather", [table.value, indices.value], { axis, batch }), axis);
	}
	const attributesOfRows = { axis: axis + 1, batch: batch + 1 };
	return builder.emit("gather", [rowsOf(lanes, 0), rowsOf(lanes, 1)], attributesOfRows);
};

const scatterAdd: BatchRule = (lanes) => {
	const { builder, attributes } = lanes;
	const indices = inputAt(lanes, 0);
	const axis = integerOf(attributes, "axis") + 1;
	const batch = integerOf(attributes, "batch");
	const size = integerOf(attributes, "size");
	if (batch === 0 && !indices.batched) {
		return builder.emit("scatter_add", [indices.value, rowsOf(lanes, 1)], { axis, batch, size });
	}
	return builder.emit("scatter_add", [rowsOf(lanes, 0), rowsOf(lanes, 1)], { axis, batch: batch + 1, size });
};

/** Starts clamped so that a window lies inside. */
function clamped({ builder }: Lanes, starts: Value, greatest: number): Value {
	const bound = (value: number) => builder.fill(value, starts.type);
	return builder.emit("max", [builder.emit("min", [starts, bound(greatest)]), bound(0)]);
}

/** Along axis 1: counts from 0, in every lane. */
function counts({ builder, size }: Lanes, length: number): Value {
	return builder.emit("iota", [], { shape: [size, length], axis: 1, element: "i32" });
}

const dynamicSlice: BatchRule = (lanes) => {
	const { builder, attributes } = lanes;
	const [x, start] = [inputAt(lanes, 0), inputAt(lanes, 1)];
	const axis = integerOf(attributes, "axis");
	const size = integerOf(attributes, "size");
	if (!start.batched) {
		return builder.emit("dynamic_slice", [x.value, start.value], { axis: axis + 1, size });
	}
	const rows = rowsOf(lanes, 0);
	if (size === 0) return builder.zeros({ ...lanes.type, shape: [lanes.size, ...lanes.type.shape] });
	const first = clamped(lanes, start.value, (rows.type.shape[axis + 1] as number) - size);
	const places = builder.emit("add", [
		builder.broadcast(first, [lanes.size, size], [0]),
		counts(lanes, size),
	]);
	return builder.emit("gather", [rows, places], { axis: axis + 1, batch: 1 });
};

const dynamicUpdate: BatchRule = (lanes) => {
	const { builder, attributes } = lanes;
	const start = inputAt(lanes, 2);
	const axis = integerOf(attributes, "axis") + 1;
	const [x, update] = [rowsOf(lanes, 0), rowsOf(lanes, 1)];
	if (!start.batched) return builder.emit("dynamic_update", [x, update, start.value], { axis });
	const size = update.type.shape[axis] as number;
	const length = x.type.shape[axis] as number;
	if (size === 0) return x;
	// Element i of the result is element i - start of the update, where there is one.
	const first = clamped(lanes, start.value, length - size);
	const places = builder.emit("sub", [
		counts(lanes, length),
		builder.broadcast(first, [lanes.size, length], [0]),
	]);
	const moved = builder.emit("gather", [update, places], { axis, batch: 1 });
	const inside = builder.emit("and", [
		builder.emit("ge", [places, builder.zeros(places.type)]),
		builder.emit("lt", [places, builder.fill(size, places.type)]),
	]);
	return builder.emit("select", [builder.broadcast(inside, x.type.shape, [0, axis]), moved, x]);
};

const noInput: BatchRule = ({ operation }) => {
	throw new Error(`${operation} has no input`);
};

const rows: Readonly<Record<string, BatchRule>> = {
	...elementwise,
	...furtherBatchRules,
	reduce_sum: reduction,
	reduce_prod: reduction,
	reduce_max: reduction,
	reduce_min: reduction,
	reduce_and: reduction,
	reduce_or: reduction,
	argmax: alongAxis,
	argmin: alongAxis,
	cumsum: alongAxis,
	reshape,
	transpose: byRow((attributes) => ({
		permutation: [0, ...later(integersOf(attributes, "permutation"))],
	})),
	broadcast: byRow((attributes, { size }) => ({
		shape: [size, ...integersOf(attributes, "shape")],
		axes: [0, ...later(integersOf(attributes, "axes"))],
	})),
	slice: byRow((attributes, { size }) => ({
		start: [0, ...integersOf(attributes, "start")],
		limit: [size, ...integersOf(attributes, "limit")],
	})),
	pad: byRow((attributes) => ({
		low: [0, ...integersOf(attributes, "low")],
		high: [0, ...integersOf(attributes, "high")],
	})),
	concatenate: alongAxis,
	reverse: reduction,
	dot,
	gather,
	scatter_add: scatterAdd,
	dynamic_slice: dynamicSlice,
	dynamic_update: dynamicUpdate,
	// The stream of each lane has a counter of its own.
	random_bits: byRow(),
	random_uniform: byRow(),
	constant: noInput,
	fill: noInput,
	iota: noInput,
};

/** The row of each operation without regions in batching. */
export const batchRules: ReadonlyMap<string, BatchRule> = new Map(Object.entries(rows));
