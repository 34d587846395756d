import type { Value as IrValue } from "../../ir/ir.js";
import { i32 } from "../builtins/regions.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import type { EvaluatedCall } from "../expressions/call.js";
import { leavesOf, liftTree, withLeaves } from "../models/trees.js";
import { type Lane, list, type TracedValue, unit, type Value } from "../values.js";
import { axisToLane, slice } from "./indexing.js";

/** What loops run over: static lists, which unroll; ranges and first axes of trees of tensors, which run. */
export type Source =
	| { readonly kind: "static"; readonly items: readonly Value[] }
	| {
			readonly kind: "run";
			readonly length: number;
			/** What a scan goes along, element by element. */
			readonly sequences: readonly IrValue[];
			/** The element of a turn, from the elements of the sequences and the number of the turn. */
			readonly element: (elements: readonly IrValue[], turn: IrValue) => Value;
			/** All elements at once, in a lane. */
			readonly inLane: (lane: Lane) => Value;
	  };

export function sourceOf(
	evaluator: Evaluator,
	environment: Environment,
	node: EvaluatedCall["node"],
	value: Value | undefined,
): Source {
	if (value?.kind === "list") return { kind: "static", items: value.items };
	if (value?.kind === "number") return rangeSource(evaluator, 0, value.value);
	if (value?.kind === "range") return rangeSource(evaluator, value.from, value.to);
	const rows = value && rowTree(evaluator, value);
	if (!rows) return fail(environment, node, "a loop runs over a range or a first axis");
	return rowSource(evaluator, environment, node, rows);
}

function rangeSource(evaluator: Evaluator, from: number, to: number): Source {
	const length = Math.max(0, to - from);
	const shifted = (value: TracedValue): TracedValue => {
		if (from === 0) return { ...value, below: to };
		const { builder } = evaluator;
		const start = builder.fill(from, value.value.type);
		return { ...value, value: builder.emit("add", [value.value, start]), below: to };
	};
	return {
		kind: "run",
		length,
		sequences: [],
		element: (_, turn) => shifted(i32(turn)),
		inLane: (lane) => ({ kind: "index", lane, ...(from !== 0 && { from }) }),
	};
}

/** A tree of tensors with a common first axis. */
function rowTree(evaluator: Evaluator, value: Value): Value | undefined {
	if (value.kind !== "table") return liftTree(evaluator, value);
	return liftTree(evaluator, { kind: "tuple", elements: value.columns });
}

function rowSource(
	evaluator: Evaluator,
	environment: Environment,
	node: EvaluatedCall["node"],
	rows: Value,
): Source {
	const leaves = leavesOf(rows);
	const length = leaves[0] && shapeOf(leaves[0])[0];
	if (length === undefined || leaves.some((leaf) => shapeOf(leaf)[0] !== length))
		return fail(environment, node, "the first axes of these differ");
	const sequences = leaves.map(({ value, lanes }) => {
		const order = value.type.shape.map((_, axis) =>
			axis === 0 ? lanes.length : axis <= lanes.length ? axis - 1 : axis,
		);
		return evaluator.builder.transpose(value, order);
	});
	return {
		kind: "run",
		length,
		sequences,
		element: (elements) =>
			withLeaves(
				rows,
				leaves.map((leaf, k) => ({ ...leaf, value: elements[k] as IrValue })),
			),
		inLane: (lane) =>
			withLeaves(
				rows,
				leaves.map((leaf) => axisToLane(evaluator, leaf, 0, lane)),
			),
	};
}

// ---------------------------------------------------------------- zip, pairs, reverse of tensors

/** A range as a tensor of its numbers; other trees of tensors as they are. */
function asRows(evaluator: Evaluator, value: Value): Value | undefined {
	if (value.kind !== "range" && value.kind !== "number") return rowTree(evaluator, value);
	const [from, to] = value.kind === "range" ? [value.from, value.to] : [0, value.value];
	const { builder } = evaluator;
	const shape = [Math.max(0, to - from)];
	const counted = builder.emit("iota", [], { shape, axis: 0, element: "i32" });
	const start = builder.fill(from, { element: "i32", shape });
	return i32(from === 0 ? counted : builder.emit("add", [counted, start]), to);
}

/** With lists that are no tensors: a list, whose entries have the rows of the tensors. */
function zipWithLists(evaluator: Evaluator, values: readonly Value[]): Value | undefined {
	const columns = values.map((value): readonly Value[] | undefined => {
		if (value.kind === "list") return value.items;
		const rows = asRows(evaluator, value);
		const length = rows && leavesOf(rows)[0];
		const count = length && shapeOf(length)[0];
		if (!rows || count === undefined) return undefined;
		return Array.from({ length: count }, (_, i) => rowOf(evaluator, rows, i));
	});
	const [first] = columns;
	if (!first || columns.some((c) => c?.length !== first.length)) return undefined;
	return list(
		first.map((_, i) => ({
			kind: "tuple",
			elements: columns.map((c) => ({ value: c?.[i] ?? first[i] ?? unit })),
		})),
	);
}

/** The row of a tree of tensors. */
function rowOf(evaluator: Evaluator, rows: Value, i: number): Value {
	return withLeaves(
		rows,
		leavesOf(rows).map((leaf) => {
			const one = slice(evaluator, leaf, 0, i, i + 1);
			const shape = [...one.lanes.map((l) => l.size), ...shapeOf(one).slice(1)];
			return { ...one, value: evaluator.builder.reshape(one.value, shape) };
		}),
	);
}

/** `zip(xs, ys)`: the rows side by side. Undefined where all are static lists. */
export function zipRows(evaluator: Evaluator, values: readonly Value[]): Value | undefined {
	if (values.every((v) => v.kind === "list" || v.kind === "range")) return undefined;
	if (values.some((v) => v.kind === "list" && !rowTree(evaluator, v))) return zipWithLists(evaluator, values);
	const elements: { readonly value: Value }[] = [];
	for (const value of values) {
		const rows = asRows(evaluator, value);
		if (!rows) return undefined;
		elements.push({ value: rows });
	}
	return { kind: "tuple", elements };
}

/** `pairs(xs)`: each row with its successor. */
export function pairRows(evaluator: Evaluator, value: Value): Value | undefined {
	const rows = value.kind === "list" || value.kind === "range" ? undefined : rowTree(evaluator, value);
	if (!rows) return undefined;
	const part = (from: number, less: number): Value =>
		withLeaves(
			rows,
			leavesOf(rows).map((leaf) => slice(evaluator, leaf, 0, from, (shapeOf(leaf)[0] ?? 0) - less)),
		);
	return { kind: "tuple", elements: [{ value: part(0, 1) }, { value: part(1, 0) }] };
}

export function reversed(evaluator: Evaluator, value: Value): Value | undefined {
	if (value.kind === "list") return list([...value.items].reverse());
	const rows = asRows(evaluator, value);
	return (
		rows &&
		withLeaves(
			rows,
			leavesOf(rows).map((leaf) => ({
				...leaf,
				value: evaluator.builder.emit("reverse", [leaf.value], { axes: [leaf.lanes.length] }),
			})),
		)
	);
}
