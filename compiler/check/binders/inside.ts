import type * as ast from "../../../grammar/ast.js";
import type { Span } from "../../../grammar/span.js";
import {
	add,
	asConstant,
	atomKey,
	atomsOf,
	constant,
	type Dim,
	decideAtLeast,
	decideEqual,
	type Facts,
	isAtLeast,
	neg,
	showExample,
	sub,
	withAtLeast,
} from "../../dims/dim.js";
import type { Fix } from "../../source/diagnostic.js";
import { type Context, locate, report, within } from "../context.js";
import { askFor, type Hint, narrowWith } from "../hint.js";
import { sourceText } from "../signatures/type-node.js";
import { asTensor } from "../trees/stack.js";
import { explainVerdict } from "../types/explain.js";
import { showDim, showShape, showType } from "../types/show.js";
import type { Affine, IndexRange, IntType, Shape, TensorType, Type } from "../types/types.js";
import { isRealElement, OriginOnDemand } from "../types/types.js";
import { affineOf, bareName, casesOf, intervalOf, overBinders } from "./whole.js";

/** That a position lies inside of its axis: proved, or where it is computed, checked while running. */

/** One position of an index. */
export interface Position {
	readonly context: Context;
	readonly node: ast.Index;
	readonly item: ast.Expression;
	readonly extent: Dim;
	readonly base: TensorType;
	readonly axis: number;
}

const zero = constant(0);
const one = constant(1);
const noAxes: Shape = { dims: [] };

/** The axes that stand in the place of the one that is indexed; undefined where a mistake is reported. */
export function checkPosition(position: Position, given: Type): Shape | undefined {
	const { context, item, node, extent } = position;
	// `x[[0, 2]]`: a static list stacks.
	const type = given.kind === "list" ? (asTensor(given) ?? given) : given;
	if (type.kind === "error") return undefined;
	if (type.kind === "Int" && type.value)
		return node.fallback ||
			proveInside(
				{ ...position, context: within(context, { facts: withBound(context, type) }) },
				{ value: type.value, over: [] },
			)
			? noAxes
			: undefined;
	if (type.kind !== "tensor" || type.element !== "int") {
		refuse(position, type);
		return undefined;
	}
	noteSeen(position, type);
	if (node.fallback) return type.shape;
	if (type.index) return useIndex(position, type.index) ? noAxes : undefined;
	const affine = affineOf(context, item, type);
	if (affine && overBinders(affine)) return proveInside(position, affine) ? noAxes : undefined;
	if (affine && isInside(affine, extent, context.facts)) return noAxes;
	return isBelow(position, type) ? type.shape : undefined;
}

/** A computed Int that was brought back to the host lies below its bound. */
export function withBound({ facts }: Context, { value, below }: IntType): Facts {
	return value && below ? withAtLeast(facts, below, add(value, one)) : facts;
}

/** Where a name stands in a computed index: should nothing give its range, this is one that it may have been meant for. */
function noteSeen({ context, item, extent }: Position, type: TensorType): void {
	for (const { range } of affineOf(context, item, type)?.over ?? []) if (range) range.seen ??= extent;
}

function refuse({ context, item, base }: Position, type: Type): void {
	const isMask = type.kind === "tensor" && type.element === "bool";
	const isReal = type.kind === "tensor" && isRealElement(type.element);
	report(context, {
		code: "E0330",
		at: locate(context, item),
		message: `an index is an int, and this is ${showType(type)}`,
		...(isReal && { hint: narrowWith("int") }),
		...(isMask && {
			hint: "how many it leaves is not known before running: reduce over them, `sum i where mask[i]: x[i]`, or at the host level name their number, `let kept: int[some Kept] = nonzero(mask)`",
		}),
		...(type.kind === "Int" && {
			hint: "the value of this Int cannot be told as a formula over names",
		}),
	});
	void base;
}

/** An unguarded use of a binder's own index: the range is the smallest of the axes that are used so. */
function useIndex(position: Position, index: IndexRange): boolean {
	const { context, item, extent, base, axis } = position;
	const label = (): string =>
		`${index.name} is below ${showDim(extent)} here (axis ${axis} of ${showShape(base.shape)})`;
	const whole: Affine = { value: index.variable, over: [{ variable: index.variable, range: index }] };
	// Only the name itself, where it stands: what a \`let\` or a lambda makes of it is proved.
	const isOwn = bareName(item)?.name === index.name;
	const isGuarded = context.guarded?.has(index) ?? false;
	if (isGuarded && isOwn && !index.bound) return noteGuarded(position, index, label);
	if (isGuarded || !isOwn) return proveInside(position, whole);
	if (!index.bound) {
		index.bound = extent;
		index.fixedBy = new OriginOnDemand(locate(context, item), label);
		return true;
	}
	if (index.from && !isAtLeast(index.from, zero, context.facts)) return proveInside(position, whole);
	if (isAtLeast(extent, index.bound, context.facts)) return true;
	if (!index.given && isAtLeast(index.bound, extent, context.facts)) {
		index.bound = extent;
		index.fixedBy = new OriginOnDemand(locate(context, item), label);
		index.stale = true;
		return true;
	}
	const at = locate(context, item);
	if (index.refused && (index.refused.start !== at.start || index.refused.file !== at.file)) return false;
	index.refused = at;
	const why = explainVerdict(index.bound, extent, decideEqual(index.bound, extent, context.facts));
	report(context, {
		code: "E0333",
		at,
		message: `\`${index.name}\` runs below ${showDim(index.bound)}, but this axis has size ${showDim(extent)}`,
		label: label(),
		related: [...(index.fixedBy ? [index.fixedBy] : []), ...(base.origin ? [base.origin] : [])],
		notes: why.notes,
		hint: `give the range: \`${index.name} in ..\`, or index another axis`,
	});
	return false;
}

/** Where there is no other use, those under a condition give the range, if they agree. */
function noteGuarded({ context, item, extent }: Position, index: IndexRange, label: () => string): boolean {
	const { guarded } = index;
	if (!guarded) {
		const fixedBy = new OriginOnDemand(locate(context, item), label);
		index.guarded = { extent, fixedBy, agree: true };
	} else if (decideEqual(guarded.extent, extent, context.facts).verdict !== "equal") {
		index.guarded = { ...guarded, agree: false };
	}
	index.stale = true;
	return true;
}

function isInside(affine: Affine, extent: Dim, known: Facts): boolean {
	return casesOf(known, affine).every(
		({ value, facts }) => isAtLeast(extent, add(value, one), facts) && isAtLeast(value, zero, facts),
	);
}

function proveInside(position: Position, affine: Affine): boolean {
	return casesOf(position.context.facts, affine).every(({ value, facts }) =>
		proveCase(position, { ...affine, value }, facts),
	);
}

function proveCase(position: Position, affine: Affine, facts: Facts): boolean {
	const { context, item, extent, base } = position;
	const { value } = affine;
	if (isAtLeast(extent, add(value, one), facts) && isAtLeast(value, zero, facts)) return true;
	if (context.trial) {
		context.trial.isCut = true;
		report(context, { code: "E0331", at: locate(context, item), message: "this index may be outside" });
		return false;
	}
	const below = decideAtLeast(extent, add(value, one), facts);
	const above = decideAtLeast(value, zero, facts);
	const wrong = below.verdict === "holds" ? above : below;
	const example = wrong.verdict === "fails" ? wrong.example : undefined;
	const place = asConstant(value);
	const certain = place !== undefined && (place < 0 || asConstant(extent) !== undefined);
	report(context, {
		code: "E0331",
		at: locate(context, item),
		message: certain
			? `this index is outside: ${showDim(value)}`
			: below.verdict === "holds"
				? `this index may be negative: ${showDim(value)}`
				: `this index may be outside: ${showDim(value)} need not be below ${showDim(extent)}`,
		label: `axis of size ${showDim(extent)}`,
		related: base.origin ? [base.origin] : [],
		notes:
			example && example.values.size > 0 ? [`it is outside, for example, where ${showExample(example)}`] : [],
		...(certain
			? fromTheEnd(position, place)
			: advice(position, affine, facts, wrong.verdict === "holds" ? undefined : wrong.settle)),
	});
	return false;
}

/** `x[n]`: places count from 0. */
function lastPlace(context: Context, item: { readonly span: Span }, extent: Dim) {
	const place = showDim(sub(extent, constant(1)));
	return {
		hint: `places count from 0: the last is \`${place}\``,
		fixes: [{ title: `Change it to ${place}`, edits: [{ at: locate(context, item), replacement: place }] }],
	};
}

/** `x[-1]`: places count from the start. */
function fromTheEnd(
	{ context, item, extent }: Position,
	index: number,
): { readonly hint?: Hint; readonly fixes?: readonly Fix[] } {
	if (index >= 0) return {};
	const place = showDim(add(extent, constant(index)));
	return {
		hint: `places count from the start: the last but ${-index - 1} is \`${place}\``.replace(
			"last but 0",
			"last",
		),
		fixes: [{ title: `Change it to ${place}`, edits: [{ at: locate(context, item), replacement: place }] }],
	};
}

/** A range in which it stays inside, and a default for what is outside; without a binder, a condition. */
function advice(
	{ context, node, item, extent }: Position,
	affine: Affine,
	facts: Facts,
	settle: string | undefined,
): { readonly hint?: Hint; readonly fixes?: readonly Fix[] } {
	const range = affine.over.find((o) => o.range)?.range;
	if (!range && affine.value.key === extent.key) return lastPlace(context, item, extent);
	if (!range) return settle ? { hint: askFor(settle) } : {};
	const withDefault = `${sourceText(context, node).slice(0, -1)} else 0]`;
	const end = node.span.end - 1;
	const fixes: Fix[] = [
		{
			title: "Give a default for what is outside",
			edits: [{ at: locate(context, { span: { start: end, end } }), replacement: " else 0" }],
		},
	];
	const inner = rangeInside(affine, range, extent, facts);
	// A range that is given is written anew; else it is written behind the name.
	const at = range.given ? range.fixedBy?.at : range.behind;
	if (!inner || !at)
		return { hint: `ask for a range in which it stays inside, or give a default: \`${withDefault}\``, fixes };
	fixes.unshift({
		title: `Let \`${range.name}\` run over ${inner}`,
		edits: [{ at, replacement: range.given ? inner : ` in ${inner}` }],
	});
	return {
		hint: `give the range in which it stays inside: \`${range.name} in ${inner}\`, or a default: \`${withDefault}\``,
		fixes,
	};
}

/** Of `i + c`: the part of the range of i where it lies inside. */
function rangeInside(affine: Affine, range: IndexRange, extent: Dim, facts: Facts): string | undefined {
	const shift = sub(affine.value, range.variable);
	const own = new Set(affine.over.flatMap((o) => atomsOf(o.variable)).map(atomKey));
	if (atomsOf(shift).some((a) => own.has(atomKey(a)))) return undefined;
	const holds = (a: Dim, b: Dim): boolean => isAtLeast(a, b, facts);
	const from = holds(shift, zero) ? zero : holds(zero, shift) ? neg(shift) : undefined;
	const end = sub(extent, shift);
	const to =
		!range.bound || holds(range.bound, end) ? end : holds(end, range.bound) ? range.bound : undefined;
	if (!from || !to) return undefined;
	return from === zero ? showDim(to) : `${showDim(from)}..${showDim(to)}`;
}

/** An index that is computed: of a type that says that it is inside, or checked while running. */
function isBelow({ context, item, extent }: Position, type: TensorType): boolean {
	const related = type.origin ? [type.origin] : [];
	if (!type.below) {
		const interval = intervalOf(type);
		const isOutside =
			interval &&
			(isAtLeast(interval.least, extent, context.facts) ||
				isAtLeast(constant(-1), interval.most, context.facts));
		if (!isOutside) return true;
		report(context, {
			code: "E0331",
			at: locate(context, item),
			message: `this index is never inside: it lies in ${showDim(interval.least)}..${showDim(add(interval.most, one))}, and the axis has ${showDim(extent)}`,
			label: showType(type),
			related,
		});
		return false;
	}
	const verdict = decideAtLeast(extent, type.below, context.facts);
	if (verdict.verdict === "holds") return true;
	report(context, {
		code: "E0331",
		at: locate(context, item),
		message: `this index lies below ${showDim(type.below)}, and the axis has only ${showDim(extent)}`,
		label: showType(type),
		related,
		...(verdict.verdict === "undecided" && {
			hint: askFor(`${showDim(extent)} >= ${showDim(type.below)}`),
		}),
	});
	return false;
}
