import { sizeOf, type Value } from "../../ir/ir.js";
import { axesOf, definedBy, filling, inputOf, type Rewrite, type Rewriter, range } from "./rewrite.js";

/** A tensor as copies of a root: axis k of the root is axis places[k] of the tensor, which repeats along the others. */
interface Factor {
	readonly root: Value;
	readonly places: readonly number[];
}

function factorOf(rewriter: Rewriter, value: Value): Factor {
	const spread = definedBy(rewriter, value, "broadcast");
	if (spread !== undefined) {
		const places = axesOf(spread, "axes");
		const root = inputOf(spread);
		const exact = root.type.shape.every((n, k) => n === value.type.shape[places[k] as number]);
		if (exact) return { root, places };
	}
	const turned = definedBy(rewriter, value, "transpose");
	if (turned !== undefined) {
		const permutation = axesOf(turned, "permutation");
		return { root: inputOf(turned), places: permutation.map((_, axis) => permutation.indexOf(axis)) };
	}
	return { root: value, places: range(value.type.shape.length) };
}

/** Sums the root over those of its axes that lie at `axes` of the tensor. */
function sumOver(rewriter: Rewriter, { root, places }: Factor, axes: readonly number[]): Factor {
	const own = range(places.length).filter((k) => axes.includes(places[k] as number));
	if (own.length === 0) return { root, places };
	return {
		root: rewriter.emit("reduce_sum", [root], { axes: own }),
		places: places.filter((_, k) => !own.includes(k)),
	};
}

/**
 * A sum of products of tensors that were transposed or repeated to one shape is a contraction of what they were made
 * of: an axis of both that is summed is contracted, one of both that stays is a batch axis, one of a single operand is
 * free, or summed beforehand. What neither has is repeated afterwards.
 */
export const recogniseContraction: Rewrite = (rewriter, { operation, inputs, attributes, type }) => {
	const product = operation === "reduce_sum" ? definedBy(rewriter, inputs[0], "mul") : undefined;
	if (product === undefined) return undefined;
	const [x, y] = product.inputs as readonly [Value, Value];
	const [a, b] = [factorOf(rewriter, x), factorOf(rewriter, y)];
	const axes = axesOf({ attributes }, "axes");
	const has = (factor: Factor, axis: number): boolean => factor.places.includes(axis);
	const contracted = axes.filter((axis) => has(a, axis) && has(b, axis));
	const extent = (axis: number): number => x.type.shape[axis] as number;
	if (sizeOf(contracted.map(extent)) <= 1) return undefined;
	const sums = [
		sumOver(
			rewriter,
			a,
			axes.filter((axis) => !has(b, axis)),
		),
		sumOver(
			rewriter,
			b,
			axes.filter((axis) => !has(a, axis)),
		),
	] as const;
	const kept = range(x.type.shape.length).filter((axis) => !axes.includes(axis));
	const batch = kept.filter((axis) => has(a, axis) && has(b, axis));
	const isFree = (axis: number): boolean => kept.includes(axis) && !batch.includes(axis);
	// The operand with the first free axis goes first: that order often is the one wanted, without a transposition.
	const firstFree = (factor: Factor): number => Math.min(...factor.places.filter(isFree));
	const [left, right] = firstFree(sums[1]) < firstFree(sums[0]) ? [sums[1], sums[0]] : sums;
	const own = (factor: Factor, list: readonly number[]) => list.map((axis) => factor.places.indexOf(axis));
	const result = rewriter.emit("dot", [left.root, right.root], {
		contract: [own(left, contracted), own(right, contracted)],
		batch: [own(left, batch), own(right, batch)],
	});
	const order = [...batch, ...left.places.filter(isFree), ...right.places.filter(isFree)];
	const placed = rewriter.emit("broadcast", [result], {
		shape: type.shape,
		axes: order.map((axis) => kept.indexOf(axis)),
	});
	const copies = sizeOf(axes.filter((axis) => !has(a, axis) && !has(b, axis)).map(extent));
	return copies === 1 ? placed : rewriter.emit("mul", [placed, rewriter.builder.fill(copies, type)]);
};

/** A number that multiplies every term of a sum multiplies the sum instead. */
export const pullFactors: Rewrite = (rewriter, { operation, inputs, attributes, type }) => {
	const product = operation === "reduce_sum" ? definedBy(rewriter, inputs[0], "mul") : undefined;
	for (const [k, factor] of (product?.inputs ?? []).entries()) {
		const number = filling(rewriter, factor);
		if (number === undefined || !Number.isFinite(number)) continue;
		const sum = rewriter.emit("reduce_sum", [product?.inputs[1 - k] as Value], attributes);
		return rewriter.emit("mul", [sum, rewriter.builder.fill(number, type)]);
	}
	return undefined;
};

/** A transposed operand of a dot is contracted as it is, where its free axes keep their order. */
export const absorbTranspositions: Rewrite = (rewriter, { operation, inputs, attributes }) => {
	if (operation !== "dot") return undefined;
	for (const side of [0, 1]) {
		const turned = definedBy(rewriter, inputs[side], "transpose");
		if (turned === undefined) continue;
		const permutation = axesOf(turned, "permutation");
		const lists = (name: string) => attributes[name] as readonly (readonly number[])[];
		const used = [...(lists("contract")[side] ?? []), ...(lists("batch")[side] ?? [])];
		const free = permutation.filter((_, axis) => !used.includes(axis));
		if (free.some((axis, k) => k > 0 && axis < (free[k - 1] as number))) continue;
		const through = (name: string) =>
			lists(name).map((list, k) => (k === side ? list.map((axis) => permutation[axis] as number) : list));
		return rewriter.emit(
			"dot",
			inputs.map((value, k) => (k === side ? inputOf(turned) : value)),
			{ contract: through("contract"), batch: through("batch") },
		);
	}
	return undefined;
};

/**
 * A batch axis along which one operand only repeats is a free axis of the other operand: one matrix product instead of
 * many. The result has it elsewhere, so that it is transposed. Comes of lanes that share an operand.
 */
export const freeRepeatedBatch: Rewrite = (rewriter, { operation, inputs, attributes }) => {
	if (operation !== "dot") return undefined;
	const lists = (name: string) => attributes[name] as readonly (readonly number[])[];
	const batch = lists("batch");
	for (const side of [0, 1]) {
		const spread = definedBy(rewriter, inputs[side], "broadcast");
		if (spread === undefined) continue;
		const places = axesOf(spread, "axes");
		const k = (batch[side] ?? []).findIndex((axis) => !places.includes(axis));
		if (k < 0) continue;
		const operand = inputs[side] as Value;
		const other = inputs[1 - side] as Value;
		const dropped = batch[side]?.[k] as number;
		const freed = batch[1 - side]?.[k] as number;
		const shift = (axis: number): number => (axis > dropped ? axis - 1 : axis);
		const fewer = rewriter.emit("broadcast", [inputOf(spread)], {
			shape: operand.type.shape.toSpliced(dropped, 1),
			axes: places.map(shift),
		});
		const moved = (list: readonly number[], at: number) => (at === side ? list.map(shift) : list);
		const contract = lists("contract").map(moved);
		const rest = batch.map((list, at) => moved(list.toSpliced(k, 1), at));
		const operands = side === 0 ? [fewer, other] : [other, fewer];
		const result = rewriter.emit("dot", operands, { contract, batch: rest });
		// Where the freed axis has arrived: behind the batch axes, among the free axes of its operand.
		const taken = [...(contract[1 - side] ?? []), ...(rest[1 - side] ?? [])];
		const before = range(freed).filter((axis) => !taken.includes(axis)).length;
		const used = [...(contract[0] ?? []), ...(rest[0] ?? [])].length;
		const leftFree = side === 0 ? (operands[0] as Value).type.shape.length - used : 0;
		const from = (rest[0]?.length ?? 0) + leftFree + before;
		const permutation = range(result.type.shape.length).toSpliced(from, 1);
		permutation.splice(k, 0, from);
		return rewriter.emit("transpose", [result], { permutation });
	}
	return undefined;
};
