import type * as ast from "../../grammar/ast.js";
import { asConstant, constant, type Dim, decideEqual, mul } from "../dims/dim.js";
import type { Fix } from "../source/diagnostic.js";
import { type Context, locate } from "./context.js";
import type { Mismatch } from "./types/match.js";
import { showDim, showShape } from "./types/show.js";
import type { Shape, TensorType, Type } from "./types/types.js";

/**
 * The classic mistakes of shapes, by what the shape would be without them: a forgotten flatten, axes in another order, a
 * matrix that is turned, an axis too many or too few. Told instead of a change of the size that disagrees.
 */
export function shapeHint(mismatch: Mismatch, actual: Type | undefined): string | undefined {
	if (actual?.kind !== "tensor") return undefined;
	if (mismatch.kind === "rank") return rankHint(mismatch.wanted, actual.shape);
	if (mismatch.kind !== "dim" || mismatch.axis < 0) return undefined;
	return flattenHint(mismatch.wanted, actual) ?? orderHint(mismatch.wanted, mismatch.axis, actual);
}

const isSize = (dim: Dim, size: Dim): boolean => dim.key === size.key;

/** The last axes have as many elements together as one axis should have. */
function flattenHint(wanted: Dim, { shape }: TensorType): string | undefined {
	let product = constant(1);
	for (let count = 1; count <= shape.dims.length; count++) {
		product = mul(product, shape.dims.at(-count) as Dim);
		if (count < 2 || !isSize(product, wanted)) continue;
		const from = count === shape.dims.length - 1 && !shape.rest ? "" : `, from = ${-count}`;
		return `the last ${count} axes have ${showDim(wanted)} elements together: \`flatten(..${from})\` makes one axis of them`;
	}
	return undefined;
}

/** Another axis has the size that this one should have. */
function orderHint(wanted: Dim, axis: number, { shape }: TensorType): string | undefined {
	const { dims, rest } = shape;
	if (rest || asConstant(wanted) === 1) return undefined;
	const other = dims.findIndex((d, i) => i !== axis && isSize(d, wanted));
	if (other < 0 || axis >= dims.length) return undefined;
	if (dims.length === 2) return `the other axis has size ${showDim(wanted)}: \`.T\` turns a matrix`;
	const names = dims.map((_, i) => letters[i] ?? `axis${i}`);
	const order = names.filter((_, i) => i !== other);
	order.splice(axis, 0, names[other] as string);
	return `axis ${other} has size ${showDim(wanted)}: in the order that is wanted it is \`rearrange(.., "${names.join(" ")} -> ${order.join(" ")}")\``;
}

const letters = ["a", "b", "c", "d", "e", "f"];

function rankHint(wanted: Shape, got: Shape): string | undefined {
	const [w, g] = [wanted.dims, got.dims];
	// A name of the signature may still stand for any size.
	const mayBe = (a: Dim, b: Dim): boolean =>
		isSize(a, b) || asConstant(a) === undefined || asConstant(b) === undefined;
	const same = (a: readonly Dim[], b: readonly Dim[]): boolean =>
		a.length === b.length && a.every((d, i) => mayBe(d, b[i] as Dim));
	if (wanted.rest?.id !== got.rest?.id) return undefined;
	if (w.length === g.length + 1 && g.length > 0 && same(w.slice(1), g))
		return "one axis is missing: if it is the first, one element as a batch is `expand(.., axis = 0)`";
	if (w.length + 1 !== g.length) return undefined;
	const last = g.at(-1) as Dim;
	if (same(w, g.slice(0, -1)) && asConstant(last) === 1)
		return `the last axis of ${showShape(got)} has size 1: it is indexed away by \`[${g.map((_, i) => (i === g.length - 1 ? "0" : ":")).join(", ")}]\``;
	return undefined;
}

/** A matrix whose other axis has the size that is wanted: it is turned by `.T`. */
export function turnedHint(
	context: Context,
	node: ast.Expression,
	{ shape }: TensorType,
	wanted: Dim,
	axis: 0 | 1,
): { readonly hint: string; readonly fixes: readonly Fix[] } | undefined {
	const other = shape.dims[1 - axis];
	if (shape.rest || shape.dims.length !== 2 || !other) return undefined;
	if (decideEqual(other, wanted, context.facts).verdict !== "equal") return undefined;
	const isBare =
		node.kind === "Name" || node.kind === "Field" || node.kind === "Call" || node.kind === "Index";
	const { start, end } = node.span;
	const at = (place: number) => locate(context, { span: { start: place, end: place } });
	return {
		hint: `turned by \`.T\` it is ${showShape({ dims: [...shape.dims].reverse() })}`,
		fixes: [
			{
				title: "Turn the matrix: `.T`",
				edits: isBare
					? [{ at: at(end), replacement: ".T" }]
					: [
							{ at: at(start), replacement: "(" },
							{ at: at(end), replacement: ").T" },
						],
			},
		],
	};
}
