import type { ElementType } from "../../ir/ir.js";
import { slice } from "../binders/indexing.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import type { EvaluatedCall } from "../expressions/call.js";
import { shapeAt } from "../expressions/evaluate.js";
import { castTo, formatOf, joinElement, select, spread, stack, traced, unionLanes } from "../tensors.js";
import type { TracedValue, Value } from "../values.js";
import { BuiltinCall, numbersOf, partsOf } from "./builtin.js";
import type { Intrinsic } from "./intrinsics.js";

/** Builtins that place elements without computing with them. Lanes stay in front; axes are those of the shape. */

export function withShape(evaluator: Evaluator, value: TracedValue, shape: readonly number[]): TracedValue {
	const lanes = value.lanes.map((l) => l.size);
	return { ...value, value: evaluator.builder.reshape(value.value, [...lanes, ...shape]) };
}

/** The axes of the shape in another order. */
export function permuted(evaluator: Evaluator, value: TracedValue, order: readonly number[]): TracedValue {
	const lanes = value.lanes.map((_, i) => i);
	const permutation = [...lanes, ...order.map((axis) => lanes.length + axis)];
	return { ...value, value: evaluator.builder.transpose(value.value, permutation) };
}

type Compute = (call: BuiltinCall) => Value;

/** A builtin whose arguments have these names. */
export function builtin(names: readonly string[], compute: Compute): Intrinsic {
	return (evaluator: Evaluator, environment: Environment, call: EvaluatedCall) =>
		compute(new BuiltinCall(evaluator, environment, call, names));
}

const transpose = builtin(["x", "axes"], (call) => {
	const x = call.tensor("x");
	const rank = shapeOf(x).length;
	const axes = call.axes("axes", x) ?? [rank - 1, ...Array.from({ length: rank - 1 }, (_, i) => i)];
	// Of a tensor with leading axes, the order names the others only.
	const leading = Array.from({ length: rank - axes.length }, (_, i) => i);
	return permuted(call.evaluator, x, [...leading, ...axes]);
});

const flatten = builtin(["x", "from"], (call) => {
	const x = call.tensor("x");
	const shape = shapeOf(x);
	const from = call.axis("from", x, 1);
	const size = shape.slice(from).reduce((product, n) => product * n, 1);
	return withShape(call.evaluator, x, [...shape.slice(0, from), size]);
});

const expand = builtin(["x", "axis"], (call) => {
	const x = call.tensor("x");
	const shape = [...shapeOf(x)];
	shape.splice(call.axis("axis", x, 0, 1), 0, 1);
	return withShape(call.evaluator, x, shape);
});

const squeeze = builtin(["x", "axis"], (call) => {
	const x = call.tensor("x");
	const axes = call.axes("axis", x) ?? [];
	return withShape(
		call.evaluator,
		x,
		shapeOf(x).filter((_, i) => !axes.includes(i)),
	);
});

const flip = builtin(["x", "axis"], (call) => {
	const x = call.tensor("x");
	const axes = (call.axes("axis", x) ?? []).map((a) => x.lanes.length + a).sort((a, b) => a - b);
	return { ...x, value: call.evaluator.builder.emit("reverse", [x.value], { axes }) };
});

const roll = builtin(["x", "shift", "axis"], (call) => {
	const x = call.tensor("x");
	const axis = call.axis("axis", x, 0);
	const size = shapeOf(x)[axis] ?? 0;
	const shift = size === 0 ? 0 : ((call.number("shift") % size) + size) % size;
	const [front, back] = [
		slice(call.evaluator, x, axis, 0, size - shift),
		slice(call.evaluator, x, axis, size - shift, size),
	];
	return concatenated(call.evaluator, [back, front], axis);
});

const tile = builtin(["x", "counts"], (call) => {
	const x = call.tensor("x");
	const given = call.value("counts");
	const counts = numbersOf(given) ?? call.fail("numbers are wanted here");
	const shape = shapeOf(x);
	const from = shape.length - counts.length;
	const times = shape.map((_, i) => (i < from ? 1 : (counts[i - from] ?? 1)));
	return tiled(call.evaluator, x, times);
});

/** Each axis repeated as a whole. */
function tiled(evaluator: Evaluator, x: TracedValue, times: readonly number[]): TracedValue {
	const shape = shapeOf(x);
	const apart = shape.flatMap((n, i) => [times[i] ?? 1, n]);
	const lanes = x.lanes.map((l) => l.size);
	const axes = [...lanes.map((_, i) => i), ...shape.map((_, i) => lanes.length + 2 * i + 1)];
	const value = evaluator.builder.broadcast(x.value, [...lanes, ...apart], axes);
	return withShape(
		evaluator,
		{ ...x, value },
		shape.map((n, i) => n * (times[i] ?? 1)),
	);
}

const pad = builtin(["x", "widths", "axis", "value"], (call) => {
	const { evaluator } = call;
	const x = call.tensor("x");
	const rank = shapeOf(x).length;
	const widths = call.value("widths") ?? call.fail("widths are wanted here");
	const given = call.axes("axis", x);
	const list = !given && widths.kind === "list" ? widths.items : undefined;
	const axes = given ?? (list ? list.map((_, i) => rank - list.length + i) : [0]);
	const low = x.value.type.shape.map(() => 0);
	const high = [...low];
	for (const [i, axis] of axes.entries()) {
		const [before, after] = endsOf(list?.[i] ?? widths) ?? call.fail("a width is wanted here");
		low[x.lanes.length + axis] = before;
		high[x.lanes.length + axis] = after;
	}
	const padded: TracedValue = { ...x, value: evaluator.builder.emit("pad", [x.value], { low, high }) };
	if (!call.has("value")) return padded;
	const { element, shape } = x.value.type;
	const inside = evaluator.builder.emit("pad", [evaluator.builder.fill(1, { element: "bool", shape })], {
		low,
		high,
	});
	const mask: TracedValue = { kind: "traced", value: inside, lanes: x.lanes };
	return select(evaluator, mask, padded, castTo(evaluator, call.tensor("value", element), element));
});

export function endsOf(widths: Value): readonly [number, number] | undefined {
	const [before, after = before] = numbersOf(singlePart(widths)) ?? [];
	return before === undefined || after === undefined ? undefined : [before, after];
}

function singlePart(value: Value): Value {
	const parts = partsOf(value);
	const [only] = parts ?? [];
	return only && parts?.length === 1 ? singlePart(only) : value;
}

/** The tensors of `f([a, b])` or `f(a, b)`. */
function operands(
	evaluator: Evaluator,
	environment: Environment,
	call: EvaluatedCall,
): { readonly parts: TracedValue[]; readonly options: EvaluatedCall } {
	const given = call.arguments.filter((a) => !a.name);
	const reader = new BuiltinCall(
		evaluator,
		environment,
		{ ...call, arguments: given },
		given.map((_, i) => `${i}`),
	);
	const values = given.map(
		(_, i) => reader.value(`${i}`) ?? fail(environment, call.node, "a tensor is wanted"),
	);
	const [only] = values;
	const list = values.length === 1 && only ? itemsIn(only) : values;
	const real = list.some((v) => v.kind === "number" && !v.integer) ? evaluator.realElement : undefined;
	const format = list.flatMap((v) => formatOf(v) ?? [])[0] ?? real;
	const parts = list.map(
		(v) => traced(evaluator, v, format) ?? fail(environment, call.node, "a tensor is wanted"),
	);
	const axis = call.arguments.filter((a) => a.name);
	const [first] = parts;
	const options = { ...call, arguments: [...(first ? [{ value: call.node, given: first }] : []), ...axis] };
	return { parts, options };
}

function itemsIn(value: Value): readonly Value[] {
	if (value.kind === "range")
		return Array.from({ length: Math.max(0, value.to - value.from) }, (_, i) => ({
			kind: "number" as const,
			value: value.from + i,
			integer: true,
		}));
	return value.kind === "list" ? value.items : [value];
}

const concat: Intrinsic = (evaluator, environment, call) => {
	const { parts, options } = operands(evaluator, environment, call);
	const [first] = parts;
	if (!first) return fail(environment, call.node, "tensors are wanted here");
	const axis = new BuiltinCall(evaluator, environment, options, ["x", "axis"]).axis("axis", first, 0);
	return concatenated(evaluator, parts, axis);
};

export function concatenated(evaluator: Evaluator, parts: readonly TracedValue[], axis: number): TracedValue {
	const lanes = unionLanes(parts);
	const element = parts
		.map((p) => p.value.type.element)
		.reduce<ElementType | undefined>((a, b) => (a ? joinElement(a, b) : b), undefined);
	const aligned = parts.map((p) =>
		spread(evaluator, element ? castTo(evaluator, p, element) : p, lanes, shapeOf(p)),
	);
	const value = evaluator.builder.emit(
		"concatenate",
		aligned.map((p) => p.value),
		{ axis: lanes.length + axis },
	);
	const below = parts[0]?.below;
	const same = below !== undefined && parts.every((p) => p.below === below);
	return { kind: "traced", value, lanes, ...(same && { below }) };
}

const stackIntrinsic: Intrinsic = (evaluator, environment, call) => {
	const { parts, options } = operands(evaluator, environment, call);
	const [first] = parts;
	const stacked = stack(evaluator, parts);
	if (!first || !stacked) return fail(environment, call.node, "tensors are wanted here");
	const axis = new BuiltinCall(evaluator, environment, options, ["x", "axis"]).axis("axis", first, 0, 1);
	const order = shapeOf(first).map((_, i) => i + 1);
	order.splice(axis, 0, 0);
	return permuted(evaluator, stacked, order);
};

/** Consecutive parts of an axis. */
function partsAlong(evaluator: Evaluator, x: TracedValue, axis: number, sizes: readonly number[]): Value {
	let from = 0;
	return {
		kind: "tuple",
		elements: sizes.map((size) => {
			const value = slice(evaluator, x, axis, from, from + size);
			from += size;
			return { value };
		}),
	};
}

export const splitTensor = builtin(["x", "sizes", "axis"], (call) => {
	const x = call.tensor("x");
	const sizes = numbersOf(call.value("sizes")) ?? call.fail("sizes are wanted here");
	return partsAlong(call.evaluator, x, call.axis("axis", x, 0), sizes);
});

const chunks = builtin(["x", "count", "axis"], (call) => {
	const x = call.tensor("x");
	const axis = call.axis("axis", x, 0);
	const count = call.number("count");
	const sizes = Array.from({ length: count }, () => (shapeOf(x)[axis] ?? 0) / count);
	return partsAlong(call.evaluator, x, axis, sizes);
});

const reshape = builtin(["x", "shape"], (call) => {
	const x = call.tensor("x");
	const node = call.node("shape");
	if (node?.kind !== "List") return call.fail("reshape takes a shape");
	const size = shapeOf(x).reduce((product, n) => product * n, 1);
	const dims = node.elements.flatMap((e) =>
		e.kind === "Name" && e.name === "_" ? [-1] : shapeAt(call.evaluator, call.environment, [e]),
	);
	const known = dims.filter((d) => d >= 0).reduce((product, n) => product * n, 1);
	return withShape(
		call.evaluator,
		x,
		dims.map((d) => (d < 0 ? size / known : d)),
	);
});

export const movementFunctions: Readonly<Record<string, Intrinsic>> = {
	transpose,
	flatten,
	expand,
	squeeze,
	flip,
	roll,
	tile,
	pad,
	concat,
	stack: stackIntrinsic,
	chunks,
	reshape,
};
