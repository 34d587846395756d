import { inline } from "../../ir/inline.js";
import { type Value as IrValue, sizeOf } from "../../ir/ir.js";
import { batch } from "../../transform/batch.js";
import { type Evaluator, shapeOf } from "../evaluator.js";
import { leavesOf } from "../models/trees.js";
import { castTo, unionLanes } from "../tensors.js";
import { type Lane, mapTensors, type TracedValue, type Value } from "../values.js";
import {
	type Call,
	drawnAgain,
	type Place,
	pullBack,
	push,
	realTree,
	type Variable,
} from "./differentiate.js";
import { buildRegions } from "./regions.js";

/**
 * The derivatives of all elements of a tree by all of another: in the place of each leaf y a tree like x, of tensors
 * `[..y, ..x]` in the format of x. By rows or by columns, whichever is fewer.
 */
export function derivativeMatrix(place: Place, at: Variable, call: Call): Value {
	const { evaluator } = place;
	// For its sizes, and what is checked of its numbers; the same draws come again.
	const tree = drawnAgain(evaluator, () => realTree(place, call(at.argument(at.leaves))));
	const ys = leavesOf(tree);
	const count = (leaves: readonly TracedValue[]): number =>
		leaves.reduce((total, leaf) => total + sizeOf(shapeOf(leaf)), 0);
	const blocks = count(ys) < count(at.leaves) ? byRows(place, at, call, ys) : byColumns(place, at, call, ys);
	let next = 0;
	return mapTensors(tree, () => {
		const row = blocks[next++] ?? [];
		return at.gradient(
			row.map((block, k) =>
				castTo(evaluator, block, at.leaves[k]?.value.type.element ?? evaluator.realElement),
			),
		);
	});
}

/** One-hot tensors of a shape, along a new first axis; the same in all lanes. */
function units(
	evaluator: Evaluator,
	shape: readonly number[],
	{ lanes, value }: TracedValue,
	element = value.type.element,
): IrValue {
	const { builder } = evaluator;
	const size = sizeOf(shape);
	const index = (axis: number): IrValue =>
		builder.emit("iota", [], { shape: [size, size], axis, element: "i32" });
	const eye = builder.cast(builder.emit("eq", [index(0), index(1)]), element);
	const one = builder.reshape(eye, [size, ...lanes.map(() => 1), ...shape]);
	const whole = [size, ...lanes.map((l) => l.size), ...shape];
	return builder.broadcast(
		one,
		whole,
		whole.map((_, axis) => axis),
	);
}

/** Runs a function of the IR once for each of the units. */
function forEachUnit(
	evaluator: Evaluator,
	seeds: IrValue,
	body: (seed: IrValue) => readonly TracedValue[],
): readonly { readonly found: IrValue; readonly leaf: TracedValue }[] {
	let leaves: readonly TracedValue[] = [];
	const [size = 0, ...shape] = seeds.type.shape;
	const { funcs, captured } = buildRegions(evaluator, [
		{
			name: "derivative",
			parameters: [{ element: seeds.type.element, shape }],
			body: ([seed]) => {
				leaves = body(seed as IrValue);
				evaluator.takeChecks();
				return leaves.map((leaf) => leaf.value);
			},
		},
	]);
	const [func] = funcs;
	if (!func) throw new Error("a region was not built");
	const many = batch(func, size, [true, ...captured.map(() => false)]);
	const found = inline(evaluator.builder, many, [seeds, ...captured]);
	return leaves.map((leaf, k) => ({ found: found[k] as IrValue, leaf }));
}

const zerosLike = (evaluator: Evaluator, leaf: TracedValue): TracedValue => ({
	kind: "traced",
	value: evaluator.builder.zeros(leaf.value.type),
	lanes: leaf.lanes,
});

/** Blocks by leaf of y and leaf of x. */
type Blocks = readonly (readonly TracedValue[])[];

function byColumns(place: Place, at: Variable, call: Call, ys: readonly TracedValue[]): Blocks {
	const { evaluator } = place;
	const columns = at.leaves.map((x, k): TracedValue[] => {
		const shape = shapeOf(x);
		const seeds = units(evaluator, shape, x);
		const pushed = forEachUnit(evaluator, seeds, (seed) => {
			const tangents = at.leaves.map((own, i) =>
				i === k ? { ...x, value: seed } : zerosLike(evaluator, own),
			);
			return leavesOf(push(place, at, call, tangents).tangent);
		});
		// [columns, lanes.., rows..] becomes [lanes.., rows.., columns..].
		return pushed.map(({ found, leaf }) => {
			const rank = leaf.value.type.shape.length;
			const turned = evaluator.builder.transpose(found, [...leaf.value.type.shape.map((_, i) => i + 1), 0]);
			const whole = [...turned.type.shape.slice(0, rank), ...shape];
			return { kind: "traced", value: evaluator.builder.reshape(turned, whole), lanes: leaf.lanes };
		});
	});
	return ys.map((_, i) => columns.map((column) => column[i] as TracedValue));
}

function byRows(place: Place, at: Variable, call: Call, ys: readonly TracedValue[]): Blocks {
	const { evaluator } = place;
	const lanes: readonly Lane[] = unionLanes(at.leaves);
	return ys.map((y, i) => {
		const shape = shapeOf(y);
		const like = { ...y, lanes };
		const seeds = units(evaluator, shape, like, y.value.type.element);
		const pulled = forEachUnit(evaluator, seeds, (seed) => {
			const { gradient } = pullBack(place, at, call, (value) =>
				leavesOf(value).map((leaf, k) =>
					k === i ? { kind: "traced", value: seed, lanes } : zerosLike(evaluator, leaf),
				),
			);
			return leavesOf(gradient);
		});
		// [rows, lanes.., columns..] becomes [lanes.., rows.., columns..].
		return pulled.map(({ found, leaf }): TracedValue => {
			const after = leaf.lanes.length;
			const turned = evaluator.builder.transpose(found, [
				...leaf.lanes.map((_, k) => k + 1),
				0,
				...shapeOf(leaf).map((_, k) => after + 1 + k),
			]);
			const sizes = [...leaf.lanes.map((l) => l.size), ...shape, ...shapeOf(leaf)];
			return { kind: "traced", value: evaluator.builder.reshape(turned, sizes), lanes: leaf.lanes };
		});
	});
}
