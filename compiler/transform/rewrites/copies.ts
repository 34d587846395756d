import type { Improve } from "../../ir/builder.js";
import type { Attributes, Value } from "../../ir/ir.js";
import { elementwise } from "../../ir/primitives/elementwise.js";
import { isFloat } from "../../ir/primitives/primitive.js";
import { axesOf, type Candidate, definedBy, inputOf, type Rewrite, type Rewriter, range } from "./rewrite.js";

/**
 * A tensor that repeats `base` along some of its axes: axis k of the base is axis places[k] of the tensor. With a
 * `mask`, its derivative counts where the mask holds.
 */
interface Copies {
	readonly base: Value;
	readonly places: readonly number[];
	readonly mask?: Value;
}

function copiesOf(rewriter: Rewriter, value: Value): Copies | undefined {
	const guard = definedBy(rewriter, value, "guard");
	// Everywhere: that is a variable of a derivative, which nothing sees through.
	if (guard && definedBy(rewriter, guard.inputs[1], "fill")) return undefined;
	let base = guard ? inputOf(guard) : value;
	let places: readonly number[] = range(value.type.shape.length);
	for (let spread = definedBy(rewriter, base, "broadcast"); spread; ) {
		places = axesOf(spread, "axes").map((axis) => places[axis] as number);
		base = inputOf(spread);
		spread = definedBy(rewriter, base, "broadcast");
	}
	if (places.length === value.type.shape.length) return undefined;
	const exact = base.type.shape.every((n, k) => n === value.type.shape[places[k] as number]);
	const ordered = places.every((axis, k) => k === 0 || axis > (places[k - 1] as number));
	if (!exact || !ordered) return undefined;
	return { base, places, ...(guard && { mask: guard.inputs[1] as Value }) };
}

const mappings: ReadonlySet<string> = new Set(
	elementwise.map(({ name }) => name).filter((name) => name !== "guard"),
);

const reductions: ReadonlySet<string> = new Set([
	...["reduce_sum", "reduce_prod", "reduce_max", "reduce_min", "reduce_and", "reduce_or", "argmax", "argmin"],
]);

/**
 * What is computed of copies is computed once and copied. Through the guards of a branch too: a value that is the same
 * for all lanes is computed once, where any lane takes the branch.
 */
export const computeBeforeCopying: Rewrite = (rewriter, candidate) => {
	const { operation } = candidate;
	if (mappings.has(operation)) return mapped(rewriter, candidate);
	if (reductions.has(operation)) return reduced(rewriter, candidate);
	if (operation === "dot") return contracted(rewriter, candidate);
	if (operation === "guard") return oneGuard(rewriter, candidate);
	return operation === "broadcast" ? guardOutside(rewriter, candidate) : undefined;
};

function mapped(rewriter: Rewriter, candidate: Candidate): Value | undefined {
	const { operation, inputs, attributes, type } = candidate;
	if (type.shape.length === 0) return undefined;
	const parts = inputs.map((value) =>
		definedBy(rewriter, value, "fill") === undefined ? copiesOf(rewriter, value) : "fill",
	);
	const copies = parts.flatMap((part) => (part === "fill" || part === undefined ? [] : [part]));
	if (copies.length === 0 || parts.includes(undefined)) return undefined;
	const kept = range(type.shape.length).filter((axis) => copies.some(({ places }) => places.includes(axis)));
	if (kept.length === type.shape.length) return undefined;
	const mask = commonMask(rewriter, copies);
	if (mask === "differ") return undefined;
	const shape = kept.map((axis) => type.shape[axis] as number);
	const taken = mask && anyOver(rewriter, mask, kept);
	const narrow = parts.map((part, k) => {
		const input = inputs[k] as Value;
		if (part === "fill" || part === undefined)
			return rewriter.emit("fill", [], { ...attributesOfFill(rewriter, input), shape });
		const spread = rewriter.emit("broadcast", [part.base], {
			shape,
			axes: part.places.map((axis) => kept.indexOf(axis)),
		});
		return part.mask && taken ? rewriter.emit("guard", [spread, taken]) : spread;
	});
	return copied(rewriter, rewriter.emit(operation, narrow, attributes), type, kept, mask);
}

function attributesOfFill(rewriter: Rewriter, value: Value): Attributes {
	return definedBy(rewriter, value, "fill")?.attributes ?? {};
}

/** The mask of all floats; there may be none. Truths, whole numbers and constants have no derivative and pass no guard. */
function commonMask(rewriter: Rewriter, copies: readonly Copies[]): Value | undefined | "differ" {
	const masks = new Set<Value | undefined>();
	for (const { base, mask } of copies)
		if (isFloat(base.type.element) && !definedBy(rewriter, base, "fill")) masks.add(mask);
	return masks.size > 1 ? "differ" : [...masks][0];
}

/** Where the mask holds at any place of the other axes. */
function anyOver(rewriter: Rewriter, mask: Value, kept: readonly number[]): Value {
	const axes = range(mask.type.shape.length).filter((axis) => !kept.includes(axis));
	const spread = copiesOf(rewriter, mask);
	if (spread === undefined) return rewriter.emit("reduce_or", [mask], { axes });
	const own = range(spread.places.length).filter((k) => axes.includes(spread.places[k] as number));
	const any = own.length === 0 ? spread.base : rewriter.emit("reduce_or", [spread.base], { axes: own });
	return rewriter.emit("broadcast", [any], {
		shape: kept.map((axis) => mask.type.shape[axis] as number),
		axes: spread.places.filter((axis) => !axes.includes(axis)).map((axis) => kept.indexOf(axis)),
	});
}

function copied(
	rewriter: Rewriter,
	value: Value,
	type: Value["type"],
	kept: readonly number[],
	mask: Value | undefined,
): Value {
	const wide = rewriter.emit("broadcast", [value], { shape: type.shape, axes: kept });
	return mask && isFloat(type.element) ? rewriter.emit("guard", [wide, mask]) : wide;
}

function reduced(rewriter: Rewriter, candidate: Candidate): Value | undefined {
	const { operation, inputs, attributes, type } = candidate;
	const input = inputs[0] as Value;
	const part = copiesOf(rewriter, input);
	if (part === undefined) return undefined;
	const isPosition = operation === "argmax" || operation === "argmin";
	const axes = isPosition ? [attributes.axis as number] : axesOf({ attributes }, "axes");
	const repeated = range(input.type.shape.length).filter((axis) => !part.places.includes(axis));
	if (repeated.length === 0 || axes.some((axis) => repeated.includes(axis))) return undefined;
	const left = range(input.type.shape.length).filter((axis) => !axes.includes(axis));
	const mask = part.mask && withoutAxes(rewriter, part.mask, left);
	if (part.mask && !mask) return undefined;
	const kept = range(left.length).filter((k) => part.places.includes(left[k] as number));
	const base = part.mask
		? rewriter.emit("guard", [part.base, anyOver(rewriter, part.mask, part.places)])
		: part.base;
	const own = axes.map((axis) => part.places.indexOf(axis));
	const narrow = rewriter.emit(operation, [base], isPosition ? { axis: own[0] as number } : { axes: own });
	return copied(rewriter, narrow, type, kept, mask);
}

/** The mask without the axes that it only repeats along; undefined where it does not. */
function withoutAxes(rewriter: Rewriter, mask: Value, left: readonly number[]): Value | undefined {
	const spread = copiesOf(rewriter, mask);
	if (spread === undefined || !spread.places.every((axis) => left.includes(axis))) return undefined;
	return rewriter.emit("broadcast", [spread.base], {
		shape: left.map((axis) => mask.type.shape[axis] as number),
		axes: spread.places.map((axis) => left.indexOf(axis)),
	});
}

/** A batch axis along which both operands only repeat, under the guard of one branch. */
function contracted(rewriter: Rewriter, candidate: Candidate): Value | undefined {
	const { inputs, attributes, type } = candidate;
	const [a, b] = inputs.map((value) => copiesOf(rewriter, value));
	if (!a?.mask || !b?.mask) return undefined;
	const lists = (name: string) => attributes[name] as readonly (readonly number[])[];
	const [left = [], right = []] = lists("batch");
	const shared = range(left.length).filter(
		(k) => !a.places.includes(left[k] as number) && !b.places.includes(right[k] as number),
	);
	if (shared.length === 0) return undefined;
	const mask = maskOfBatch(rewriter, candidate, a.mask, left);
	if (mask === undefined || mask !== maskOfBatch(rewriter, candidate, b.mask, right)) return undefined;
	const drop = (axes: readonly number[]) => shared.map((k) => axes[k] as number);
	const dropped = [drop(left), drop(right)] as const;
	const operands = [a, b].map((part, side) =>
		narrowed(rewriter, inputs[side] as Value, part, dropped[side] ?? []),
	);
	const shift = (axis: number, side: number): number =>
		axis - (dropped[side] ?? []).filter((gone) => gone < axis).length;
	const result = rewriter.emit("dot", operands, {
		contract: lists("contract").map((list, side) => list.map((axis) => shift(axis, side))),
		batch: lists("batch").map((list, side) =>
			list.filter((_, k) => !shared.includes(k)).map((axis) => shift(axis, side)),
		),
	});
	const kept = range(type.shape.length).filter((axis) => !shared.includes(axis));
	return copied(rewriter, result, type, kept, mask);
}

/** The operand without axes along which it repeats, guarded where any lane takes the branch. */
function narrowed(rewriter: Rewriter, value: Value, part: Copies, dropped: readonly number[]): Value {
	const kept = range(value.type.shape.length).filter((axis) => !dropped.includes(axis));
	const spread = rewriter.emit("broadcast", [part.base], {
		shape: kept.map((axis) => value.type.shape[axis] as number),
		axes: part.places.map((axis) => kept.indexOf(axis)),
	});
	return part.mask ? rewriter.emit("guard", [spread, anyOver(rewriter, part.mask, kept)]) : spread;
}

/** The mask of an operand over the result, if it is one of batch axes only. */
function maskOfBatch(
	rewriter: Rewriter,
	{ type }: Candidate,
	mask: Value,
	batch: readonly number[],
): Value | undefined {
	const spread = copiesOf(rewriter, mask);
	if (spread === undefined || !spread.places.every((axis) => batch.includes(axis))) return undefined;
	const places = spread.places.map((axis) => batch.indexOf(axis));
	if (places.some((axis, k) => k > 0 && axis < (places[k - 1] as number))) return undefined;
	return rewriter.emit("broadcast", [spread.base], { shape: type.shape, axes: places });
}

/** Copies of guarded copies: the guard goes outside, where the next operation sees both. */
function guardOutside(rewriter: Rewriter, { inputs, attributes }: Candidate): Value | undefined {
	const guard = definedBy(rewriter, inputs[0], "guard");
	if (guard === undefined || !copiesOf(rewriter, inputs[0] as Value)) return undefined;
	return rewriter.emit(
		"guard",
		guard.inputs.map((value) => rewriter.emit("broadcast", [value], attributes)),
	);
}

/** Two guards are one, where both hold. */
function oneGuard(rewriter: Rewriter, { inputs }: Candidate): Value | undefined {
	const inner = definedBy(rewriter, inputs[0], "guard");
	if (inner === undefined || !copiesOf(rewriter, inputs[0] as Value)) return undefined;
	const both = rewriter.emit("and", [inner.inputs[1] as Value, inputs[1] as Value]);
	return rewriter.emit("guard", [inputOf(inner), both]);
}

/** For a builder that computes before copying from the start, so that derivatives see it too. */
export const improve: Improve = (builder, candidate) =>
	computeBeforeCopying({ builder, emit: (...parts) => builder.emit(...parts) }, candidate);
