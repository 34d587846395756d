import type * as ast from "../../../grammar/ast.js";
import { sameNode } from "../../../grammar/same.js";
import {
	add,
	asConstant,
	atomKey,
	atomsOf,
	constant,
	type Dim,
	decideAtLeast,
	type Facts,
	isAtLeast,
	neg,
	sub,
} from "../../dims/dim.js";
import { type Context, locate, report } from "../context.js";
import { infer } from "../expressions/expression.js";
import { roundingAdvice } from "../expressions/quotient-hint.js";
import { askFor, type Hint } from "../hint.js";
import { showDim, showType } from "../types/show.js";
import type { ListType, TensorType, Type } from "../types/types.js";
import { affineOf, withRanges } from "./whole.js";

/** `x[a..b]`: the size of the part, and that it lies inside. The ends may be computed, where their distance is not. */
export function sliceAxis(context: Context, item: ast.Range, extent: Dim, base: Sliced): Dim | "error" {
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
	return computed(context, item, { from: item.from, to: item.to }, from, to, extent, base);
}

/** A tensor, or a list. */
type Sliced = Pick<TensorType, "kind" | "origin"> | ListType;

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
		...roundingAdvice(context, node, type),
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

/** Ends that are computed: where each of them lies is proved, or checked while running. */
function computed(
	context: Context,
	item: ast.Range,
	ends: { readonly from: ast.Expression; readonly to: ast.Expression },
	from: End,
	to: End,
	extent: Dim,
	base: Sliced,
): Dim | "error" {
	const [first, last] = [affineOf(context, ends.from, from), affineOf(context, ends.to, to)];
	const over = [...(first?.over ?? []), ...(last?.over ?? [])];
	const names = new Set(over.flatMap((o) => atomsOf(o.variable)).map(atomKey));
	const apart = first && last && sub(last.value, first.value);
	const isOpen = !apart || atomsOf(apart).some((atom) => names.has(atomKey(atom)));
	const width = isOpen ? distance(context, ends.from, ends.to) : apart;
	if (!width)
		return openWidth(
			context,
			item,
			apart ? `it is ${showDim(apart)}` : "its ends are computed apart from each other",
		);
	if (first && last && (over.every((o) => o.range) || from.kind === "Int")) {
		const facts = withRanges(context.facts, { value: first.value, over });
		return inside(
			context,
			item,
			first.value,
			add(first.value, width),
			extent,
			base,
			facts,
			over.find((o) => o.range)?.range?.name,
		);
	}
	const facts = first ? withRanges(context.facts, first) : context.facts;
	const places = add(sub(extent, width), constant(1));
	const holds = (a: Dim, b: Dim): boolean => isAtLeast(a, b, facts);
	if (holds(width, constant(0)) && holds(extent, width)) {
		const shown = first && holds(first.value, constant(0)) && holds(places, add(first.value, constant(1)));
		// An int that says nothing of where it lies is asked while running.
		if (shown || from.kind !== "tensor" || !from.below) return width;
	}
	const below = from.kind === "tensor" ? from.below : undefined;
	report(context, {
		code: "E0331",
		at: locate(context, item),
		message: below
			? `this part may reach beyond the axis: it begins below ${showDim(below)} and has ${showDim(width)} of ${showDim(extent)} elements`
			: `this part has ${showDim(width)} elements, which need not be in an axis of size ${showDim(extent)}`,
		related: base.kind === "tensor" && base.origin ? [base.origin] : [],
		hint: below
			? `where it begins lies below ${showDim(places)} then: an \`int<${showDim(places)}>\``
			: askFor(`${showDim(extent)} >= ${showDim(width)}`),
	});
	return "error";
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
	base: Sliced,
	facts: Facts,
	binder?: string,
): Dim | "error" {
	const below = decideAtLeast(extent, to, facts);
	const ordered = decideAtLeast(to, from, facts);
	const above = decideAtLeast(from, constant(0), facts);
	if (below.verdict === "holds" && ordered.verdict === "holds" && above.verdict === "holds")
		return sub(to, from);
	const known = [from, to, extent].every((d) => asConstant(d) !== undefined);
	const fromEnd = [from, to].find((d) => (asConstant(d) ?? 0) < 0);
	const open = [below, ordered, above].flatMap((v) => (v.verdict === "holds" ? [] : [v]))[0];
	const hintFor = (): { readonly hint?: Hint } => {
		if (fromEnd)
			return {
				hint: `places are counted from the start: from the end it is \`${showDim(extent)} - ${showDim(neg(fromEnd))}\``,
			};
		const places = sub(add(extent, constant(1)), sub(to, from));
		if (binder)
			return {
				hint: `give the binder a range in which the part stays inside: \`for ${binder} in ${showDim(places)}\``,
			};
		return !known && open?.settle ? { hint: askFor(open.settle) } : {};
	};
	report(context, {
		code: "E0331",
		at: locate(context, item),
		message: `the slice ${showDim(from)}..${showDim(to)} ${known ? "does not" : "need not"} lie inside ${base.kind === "list" ? `a list of ${showDim(extent)} elements` : `an axis of size ${showDim(extent)}`}`,
		related: base.kind === "tensor" && base.origin ? [base.origin] : [],
		...hintFor(),
	});
	return "error";
}
