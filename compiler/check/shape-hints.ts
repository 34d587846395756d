import type * as ast from "../../grammar/ast.js";
import type { Span } from "../../grammar/span.js";
import { asConstant, constant, type Dim, decideEqual, mul } from "../dims/dim.js";
import type { Fix } from "../source/diagnostic.js";
import { type Context, locate } from "./context.js";
import { postfixFix, wrapFix } from "./edits.js";
import type { Hint } from "./hint.js";
import { stackElements } from "./trees/stack.js";
import type { Mismatch } from "./types/match.js";
import { behindRest } from "./types/shape.js";
import { showDim, showShape } from "./types/show.js";
import type { Shape, TensorType, Type } from "./types/types.js";

type Node = { readonly span: Span; readonly kind?: string };

export interface ShapeHint {
	readonly hint: Hint;
	readonly fixes: readonly Fix[];
}

/**
 * The classic mistakes of shapes, by what the shape would be without them: a forgotten flatten, axes in another order, a
 * matrix that is turned, an axis too many or too few. Told instead of a change of the size that disagrees.
 */
export function shapeHint(
	context: Context,
	node: Node,
	mismatch: Mismatch,
	actual: Type | undefined,
): ShapeHint | undefined {
	if (actual?.kind === "list") return shapeHint(context, node, mismatch, stackElements(actual.elements));
	if (actual?.kind !== "tensor") return undefined;
	if (mismatch.kind === "rank") return rankHint(context, node, mismatch.wanted, actual.shape);
	if (mismatch.kind !== "dim" || mismatch.axis < 0) return undefined;
	return (
		flattenHint(context, node, mismatch.wanted, actual) ??
		orderHint(context, node, mismatch.wanted, mismatch.axis, actual)
	);
}

const isSize = (dim: Dim, size: Dim): boolean => dim.key === size.key;

/** The last axes have as many elements together as one axis should have. */
function flattenHint(
	context: Context,
	node: Node,
	wanted: Dim,
	{ shape }: TensorType,
): ShapeHint | undefined {
	let product = constant(1);
	for (let count = 1; count <= behindRest(shape).length; count++) {
		product = mul(product, shape.dims.at(-count) as Dim);
		if (count < 2 || !isSize(product, wanted)) continue;
		const from = count === shape.dims.length - 1 && !shape.rest ? "" : `, from = ${-count}`;
		return {
			hint: `the last ${count} axes have ${showDim(wanted)} elements together: \`flatten(..${from})\` makes one axis of them`,
			fixes: [wrapFix(context, node, "Flatten it", "flatten(", `${from})`)],
		};
	}
	return undefined;
}

/** Another axis has the size that this one should have. */
function orderHint(
	context: Context,
	node: Node,
	wanted: Dim,
	axis: number,
	{ shape }: TensorType,
): ShapeHint | undefined {
	const { dims, rest } = shape;
	if (rest) return undefined;
	const other = dims.findIndex((d, i) => i !== axis && isSize(d, wanted));
	if (other < 0 || axis >= dims.length) return undefined;
	// Of size 1 may be what stands for no axis; of an image with one channel it is the last.
	if (asConstant(wanted) === 1 && (dims.length < 4 || other !== dims.length - 1)) return undefined;
	if (dims.length === 2) {
		return {
			hint: `the other axis has size ${showDim(wanted)}: \`.T\` turns a matrix`,
			fixes: [postfixFix(context, node, "Turn the matrix: `.T`", ".T")],
		};
	}
	const names = dims.map((_, i) => letters[i] ?? `axis${i}`);
	const order = names.filter((_, i) => i !== other);
	order.splice(axis, 0, names[other] as string);
	const pattern = `, "${names.join(" ")} -> ${order.join(" ")}")`;
	return {
		hint: `axis ${other} has size ${showDim(wanted)}: in the order that is wanted it is \`rearrange(..${pattern}\``,
		fixes: [wrapFix(context, node, "Bring its axes into that order", "rearrange(", pattern)],
	};
}

const letters = ["a", "b", "c", "d", "e", "f"];

function rankHint(context: Context, node: Node, wanted: Shape, got: Shape): ShapeHint | undefined {
	const [w, g] = [wanted.dims, got.dims];
	// A name of the signature may still stand for any size.
	const mayBe = (a: Dim, b: Dim): boolean =>
		isSize(a, b) || asConstant(a) === undefined || asConstant(b) === undefined;
	const same = (a: readonly Dim[], b: readonly Dim[]): boolean =>
		a.length === b.length && a.every((d, i) => mayBe(d, b[i] as Dim));
	if (wanted.rest || got.rest) return undefined;
	if (w.length === g.length + 1 && g.length > 0) {
		const last = w.length - 1;
		if (asConstant(w[last] as Dim) === 1 && same(w.slice(0, -1), g)) {
			return {
				hint: `the last axis of ${showShape(wanted)} has size 1: index it away there by \`${firstOfLast(wanted)}\`, or give this one, too, by \`expand(.., axis = ${last})\``,
				fixes: [wrapFix(context, node, "Give it an axis of size 1", "expand(", `, axis = ${last})`)],
			};
		}
		if (!same(w.slice(1), g)) return undefined;
		return {
			hint: "one axis is missing: if it is the first, one element as a batch is `expand(.., axis = 0)`",
			fixes: [wrapFix(context, node, "Make it a batch of one element", "expand(", ", axis = 0)")],
		};
	}
	if (w.length + 1 !== g.length) return undefined;
	if (!same(w, g.slice(0, -1)) || asConstant(g.at(-1) as Dim) !== 1) return undefined;
	return indexedAway(context, node, got);
}

/** `[:, 0]`: the only entry of the last axis. */
function firstOfLast({ dims }: Shape): string {
	return `[${dims.map((_, i) => (i === dims.length - 1 ? "0" : ":")).join(", ")}]`;
}

/** The last axis, of size 1, is indexed away. */
export function indexedAway(context: Context, node: Node, shape: Shape): ShapeHint {
	const index = firstOfLast(shape);
	return {
		hint: `the last axis of ${showShape(shape)} has size 1: it is indexed away by \`${index}\``,
		fixes: [postfixFix(context, node, `Index the last axis away: \`${index}\``, index)],
	};
}

/** A matrix whose other axis has the size that is wanted: it is turned by `.T`. */
export function turnedHint(
	context: Context,
	node: ast.Expression,
	{ shape }: TensorType,
	wanted: Dim,
	axis: 0 | 1,
): { readonly hint: Hint; readonly fixes: readonly Fix[] } | undefined {
	const other = shape.dims[1 - axis];
	if (shape.rest || shape.dims.length !== 2 || !other) return undefined;
	if (decideEqual(other, wanted, context.facts).verdict !== "equal") return undefined;
	const turned = showShape({ dims: [...shape.dims].reverse() });
	if (node.kind === "Field" && node.name.kind === "Identifier" && node.name.name === "T") {
		const span = { start: node.base.span.end, end: node.span.end };
		return {
			hint: `without \`.T\` it is ${turned}`,
			fixes: [{ title: "Leave out `.T`", edits: [{ at: locate(context, { span }), replacement: "" }] }],
		};
	}
	return {
		hint: `turned by \`.T\` it is ${turned}`,
		fixes: [postfixFix(context, node, "Turn the matrix: `.T`", ".T")],
	};
}
