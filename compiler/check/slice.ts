import type * as ast from "../../grammar/ast.js";
import { sameNode } from "../../grammar/same.js";
import {
	add,
	asConstant,
	atomsOf,
	constant,
	type Dim,
	decideAtLeast,
	type Facts,
	neg,
	sub,
} from "../dims/dim.js";
import { type Context, locate, report, unsupported, within } from "./context.js";
import { infer } from "./expression.js";
import { affineIndex } from "./indexing.js";
import { showDim, showType } from "./show.js";
import type { TensorType, Type } from "./types.js";

/** `x[a..b]`: the size of the part, and that it lies inside. The ends may be computed, where their distance is not. */
export function sliceAxis(context: Context, item: ast.Range, extent: Dim, base: TensorType): Dim | "error" {
	const from = endOf(context, item.from);
	const to = endOf(context, item.to);
	if (from === "error" || to === "error") return "error";
	if (from?.kind !== "tensor" && to?.kind !== "tensor")
		return inside(
			context,
			item,
			from?.value ?? constant(0),
			to?.value ?? extent,
			extent,
			base,
			context.facts,
		);
	if (!item.from || !item.to || !from || !to)
		return openWidth(context, item, "one of its ends is computed, and the other is not");
	return computed(context, item, { from: item.from, to: item.to }, from, extent, base);
}

type End = (Type & { kind: "Int" }) | TensorType;

function endOf(context: Context, node: ast.Expression | undefined): End | undefined | "error" {
	if (!node) return undefined;
	const type = infer(context, node);
	if (type.kind === "error") return "error";
	if (type.kind === "Int" && type.value) return type;
	if (type.kind === "tensor" && type.element === "int" && type.shape.dims.length === 0 && !type.shape.rest)
		return type;
	report(context, {
		code: "E0303",
		at: locate(context, node),
		message: `a slice ends at whole numbers, and this is ${showType(type)}`,
		...(type.kind === "Real" && { hint: "`/` gives a Real; rounded down it is `floor(a / b)`" }),
	});
	return "error";
}

function openWidth(context: Context, item: ast.Range, why: string): "error" {
	report(context, {
		code: "E0303",
		at: locate(context, item),
		message: `the size of this part is not known before running: ${why}`,
		hint: "say how long it is: `x[i..i + 3]`",
	});
	return "error";
}

/** Ends that are computed: formulas of binders' names, or the same expression at both with a static distance. */
function computed(
	context: Context,
	item: ast.Range,
	ends: { readonly from: ast.Expression; readonly to: ast.Expression },
	from: End,
	extent: Dim,
	base: TensorType,
): Dim | "error" {
	const first = affineIndex(context, ends.from);
	const second = first && affineIndex(within(context, { facts: first.facts }), ends.to);
	if (first && second) {
		const names = new Set([...indicesIn(context, ends.from), ...indicesIn(context, ends.to)]);
		const width = sub(second.value, first.value);
		if (atomsOf(width).some((atom) => atom.kind === "variable" && names.has(atom.id)))
			return openWidth(context, item, `it is ${showDim(width)}`);
		return inside(context, item, first.value, second.value, extent, base, second.facts, names.size > 0);
	}
	const width = distance(context, ends.from, ends.to);
	if (!width) return openWidth(context, item, "its ends are computed apart from each other");
	if (from.kind !== "tensor" || !from.below) {
		unsupported(context, ends.from, "an index that is not known to lie inside (`int` rather than `int<k>`)");
		return "error";
	}
	const last = add(sub(from.below, constant(1)), width);
	const fits =
		decideAtLeast(extent, last, context.facts).verdict === "holds" &&
		decideAtLeast(width, constant(0), context.facts).verdict === "holds";
	if (fits) return width;
	report(context, {
		code: "E0331",
		at: locate(context, item),
		message: `this part may reach beyond the axis: it begins below ${showDim(from.below)} and has ${showDim(width)} of ${showDim(extent)} elements`,
		related: base.origin ? [base.origin] : [],
		hint: `where it begins lies below ${showDim(sub(add(extent, constant(1)), width))} then: an \`int<${showDim(sub(add(extent, constant(1)), width))}>\``,
	});
	return "error";
}

/** The names of binders in an expression, by what stands for them in sizes. */
function indicesIn(context: Context, node: ast.Expression): number[] {
	const type = context.session.knowledge.types.get(node);
	const own = type?.kind === "tensor" && type.index ? atomsOf(type.index.variable) : [];
	const ids = own.flatMap((atom) => (atom.kind === "variable" ? [atom.id] : []));
	if (node.kind === "Parenthesized") return [...ids, ...indicesIn(context, node.inner)];
	if (node.kind === "Binary")
		return [...ids, ...indicesIn(context, node.left), ...indicesIn(context, node.right)];
	return ids;
}

/** `w` of `e..e + w`. */
function distance(context: Context, from: ast.Expression, to: ast.Expression): Dim | undefined {
	if (to.kind === "Parenthesized") return distance(context, from, to.inner);
	if (to.kind !== "Binary" || to.operator !== "+") return undefined;
	const width = sameNode(to.left, from) ? to.right : sameNode(to.right, from) ? to.left : undefined;
	const type = width && context.session.knowledge.types.get(width);
	return type?.kind === "Int" ? type.value : undefined;
}

function inside(
	context: Context,
	item: ast.Range,
	from: Dim,
	to: Dim,
	extent: Dim,
	base: TensorType,
	facts: Facts,
	byBinder = false,
): Dim | "error" {
	const below = decideAtLeast(extent, to, facts);
	const ordered = decideAtLeast(to, from, facts);
	const above = decideAtLeast(from, constant(0), facts);
	if (below.verdict === "holds" && ordered.verdict === "holds" && above.verdict === "holds")
		return sub(to, from);
	const known = [from, to, extent].every((d) => asConstant(d) !== undefined);
	const fromEnd = [from, to].find((d) => (asConstant(d) ?? 0) < 0);
	const open = [below, ordered, above].flatMap((v) => (v.verdict === "holds" ? [] : [v]))[0];
	const hintFor = (): { readonly hint?: string } => {
		if (fromEnd)
			return {
				hint: `places are counted from the start: from the end it is \`${showDim(extent)} - ${showDim(neg(fromEnd))}\``,
			};
		const places = sub(add(extent, constant(1)), sub(to, from));
		if (byBinder)
			return {
				hint: `give the binder a range in which the part stays inside: \`for i in ${showDim(places)}\``,
			};
		return !known && open?.settle ? { hint: `add \`where ${open.settle}\` to the signature` } : {};
	};
	report(context, {
		code: "E0331",
		at: locate(context, item),
		message: `the slice ${showDim(from)}..${showDim(to)} ${known ? "does not" : "need not"} lie inside an axis of size ${showDim(extent)}`,
		related: base.origin ? [base.origin] : [],
		...hintFor(),
	});
	return "error";
}
