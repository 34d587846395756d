import type * as ast from "../../../grammar/ast.js";
import { add, asConstant, constant, type Dim, sub, variable } from "../../dims/dim.js";
import { inferIndex } from "../binders/indexing.js";
import { sliceAxis } from "../binders/slice.js";
import { type Context, locate, report } from "../context.js";
import { infer } from "../expressions/expression.js";
import { anyOf } from "../types/any-of.js";
import { entryByName } from "../types/known-list.js";
import { showDim, showType } from "../types/show.js";
import { elementAt, familyList, lengthOf } from "../types/substitute.js";
import {
	type EntryStep,
	errorType,
	type ListType,
	type PlaceLeaf,
	type SomeEntries,
	type Type,
} from "../types/types.js";

/**
 * Entries of lists as places: `layers[0]`, `layers[1..]`, `last(layers)`, `init(layers)`. Of a list whose entries are
 * known each is a place of its own. Of one whose length only a call tells, or where a name selects, one place stands for
 * all entries from .. to.
 */

/** An index, or a range of them: half open. */
interface Span {
	readonly from: Dim;
	readonly to: Dim;
}

type ListPlace = PlaceLeaf & { readonly type: ListType };

export function isListPlace(place: PlaceLeaf): place is ListPlace {
	return place.type.kind === "list";
}

/** All entries: each by itself where they are known. */
export function entriesOf(place: ListPlace): PlaceLeaf[] {
	const { type } = place;
	if (type.elements)
		return type.elements.map((entry, i) =>
			entryOf(place, entry, { from: constant(i), to: constant(i + 1) }, constant(i)),
		);
	const found = oneFor(place, { from: constant(0), to: lengthOf(type) });
	return found && found.type.kind !== "Int" ? [found] : [];
}

/** An entry, or one that stands for those from .. to; `at` is its index in this list. */
function entryOf(
	place: ListPlace,
	type: Type,
	{ from, to }: Span,
	at: Dim,
	index?: SomeEntries["index"],
): PlaceLeaf {
	const { some, steps = [], uncertain } = place;
	const offset = some?.entries.from ?? constant(0);
	const size = some?.entries.size ?? lengthOf(place.type);
	const known = asConstant(size) === undefined || index ? undefined : asConstant(add(offset, from));
	const entries: SomeEntries = {
		from: add(offset, from),
		to: add(offset, to),
		size,
		at: add(offset, at),
		...(index && { index }),
	};
	const step: EntryStep =
		known === undefined ? { kind: "entry", some: entries } : { kind: "entry", index: known };
	return {
		path: `${some?.path ?? place.path}[${known ?? showEntries(entries)}]`,
		type,
		steps: [...steps, step],
		...(uncertain && { uncertain }),
	};
}

/** The place that stands for the entries from .. to; undefined where they have no type in common. */
function oneFor(place: ListPlace, span: Span): PlaceLeaf | undefined {
	const isOne = sub(span.to, span.from).key === constant(1).key;
	const index = isOne ? undefined : variable("i", { minimum: 0 });
	const at = index ? add(span.from, index.dim) : span.from;
	const entry = elementAt(place.type, at) ?? ofAny(place.type, at);
	return entry && entryOf(place, entry, span, at, index?.atom);
}

/** Of a list that is written, an entry that a name selects. */
function ofAny(list: ListType, index: Dim): Type | undefined {
	return list.elements && (entryByName(list, index) ?? anyOf(list.elements));
}

/** The entries from .. to, each where they are known; undefined after a mistake that is told. */
function entriesAt(
	context: Context,
	node: ast.Expression,
	place: ListPlace,
	{ from, to }: Span,
): PlaceLeaf[] | undefined {
	const [first, last] = [asConstant(from), asConstant(to)];
	if (place.type.elements && first !== undefined && last !== undefined)
		return entriesOf(place).slice(first, last);
	const found = oneFor(place, { from, to });
	if (!found) tellDiffering(context, node, place.type);
	return found && [found];
}

function tellDiffering(context: Context, node: ast.Expression, list: ListType): void {
	report(context, {
		code: "E0330",
		at: locate(context, node),
		message: `which entries these are, is known only by name, and the entries differ: ${showType(list)}`,
		hint: "give the number of entries as it is written, or take the whole list",
	});
}

/** `layers[0]`, `layers[1..]`, `layers[:]`. */
export function listEntries(
	context: Context,
	node: ast.Index,
	item: ast.Expression,
	base: ListPlace,
): PlaceLeaf[] | undefined {
	if (item.kind === "FullSlice") return entriesOf(base);
	if (item.kind === "Range") {
		const span = rangeOf(context, item, base.type);
		return span && entriesAt(context, item, base, span);
	}
	const type = inferIndex(context, node, base.type);
	if (type.kind === "error") return undefined;
	const index = infer(context, item);
	if (index.kind !== "Int" || !index.value) return undefined;
	const [found] =
		entriesAt(context, item, base, { from: index.value, to: add(index.value, constant(1)) }) ?? [];
	return found && [{ ...found, type }];
}

/** The ends of a range in a list, which lies inside; undefined after a mistake that is told. */
export function rangeOf(context: Context, item: ast.Range, list: ListType): Span | undefined {
	const size = lengthOf(list);
	const length = sliceAxis(context, item, size, list);
	if (length === "error") return undefined;
	const from = item.from ? infer(context, item.from) : undefined;
	if (from && (from.kind !== "Int" || !from.value)) {
		report(context, {
			code: "E0330",
			at: locate(context, item.from ?? item),
			message: "which entries of a static list these are is known before running",
			label: showType(from),
		});
		return undefined;
	}
	const begins = from?.kind === "Int" && from.value ? from.value : constant(0);
	return { from: begins, to: add(begins, length) };
}

/** `layers[1..]` as a value: a list again. */
export function sliceOfList(context: Context, item: ast.Range, list: ListType): Type {
	const span = rangeOf(context, item, list);
	return span ? partOfList(context, item, list, span) : errorType;
}

function partOfList(context: Context, node: ast.Expression, list: ListType, { from, to }: Span): Type {
	const [first, last] = [asConstant(from), asConstant(to)];
	if (list.elements && first !== undefined && last !== undefined)
		return { kind: "list", elements: list.elements.slice(first, last) };
	if (list.elements && !ofAny(list, from)) {
		tellDiffering(context, node, list);
		return errorType;
	}
	return familyList(sub(to, from), (i) => {
		const index = add(from, i);
		return elementAt(list, index) ?? ofAny(list, index) ?? errorType;
	});
}

// ---------------------------------------------------------------- by name

/** `first(layers)`, `init(layers)`, ..: which entries of a list the call means; undefined if it is another call. */
export function entryCall(
	context: Context,
	node: ast.Call,
	placesOf: (node: ast.Expression) => PlaceLeaf[] | undefined,
): PlaceLeaf[] | "told" | undefined {
	const [argument, number, ...others] = node.arguments;
	const { callee } = node;
	if (callee.kind !== "Name" || !argument || others.length > 0) return undefined;
	const takesNumber = callee.name === "drop" || callee.name === "take";
	if (!takesNumber && !["first", "last", "init"].includes(callee.name)) return undefined;
	if (takesNumber !== (number !== undefined)) return undefined;
	const bases = placesOf(argument.value);
	if (!bases) return "told";
	const [base] = bases;
	if (!base || bases.length > 1 || !isListPlace(base)) return undefined;
	const list = base.type;
	const size = lengthOf(list);
	// The call itself is checked too: a list may be empty, or too short. What stands below the root has no name.
	if (!context.root) {
		if (infer(context, node).kind === "error") return "told";
	} else if (!fits(context, node, list, number?.value)) return "told";
	const counted = number && infer(context, number.value);
	const count = counted?.kind === "Int" && counted.value ? counted.value : constant(1);
	const zero = constant(0);
	const spans: Record<string, Span> = {
		first: { from: zero, to: constant(1) },
		last: { from: sub(size, constant(1)), to: size },
		init: { from: zero, to: sub(size, constant(1)) },
		drop: { from: count, to: size },
		take: { from: zero, to: count },
	};
	const span = spans[callee.name] ?? { from: zero, to: size };
	if (callee.name === "first" || callee.name === "last")
		return entriesAt(context, node, base, span) ?? "told";
	const some = listOf(context, node, base, span);
	return some ? [some] : "told";
}

/** Some entries of a list, as a list. */
function listOf(context: Context, node: ast.Call, base: ListPlace, span: Span): PlaceLeaf | undefined {
	const offset = base.some?.entries.from ?? constant(0);
	const entries: SomeEntries = {
		from: add(offset, span.from),
		to: add(offset, span.to),
		size: base.some?.entries.size ?? lengthOf(base.type),
		at: add(offset, span.from),
	};
	const type = partOfList(context, node, base.type, span);
	if (type.kind === "error") return undefined;
	const path = base.some?.path ?? base.path;
	return {
		path: `${path}[${showEntries(entries, true)}]`,
		type,
		steps: base.steps ?? [],
		some: { path, entries },
		...(base.uncertain && { uncertain: true }),
	};
}

/** As the call itself would be checked, of a list that has no name here. */
function fits(context: Context, node: ast.Call, list: ListType, number: ast.Expression | undefined): boolean {
	const item: ast.Range = { kind: "Range", span: number?.span ?? node.span };
	if (number) return rangeOf(context, { ...item, from: number }, list) !== undefined;
	if (list.symbol) return true;
	const one: ast.Expression = { kind: "Number", value: 1, integer: true, span: node.span };
	return rangeOf(context, { ...item, from: one }, list) !== undefined;
}

/** `last`, `1..`, `..last`; `i` for all of them. */
export function showEntries({ from, to, size }: SomeEntries, isList = false): string {
	const end = (at: Dim): string => (at.key === sub(size, constant(1)).key ? "last" : showDim(at));
	if (!isList && sub(to, from).key === constant(1).key) return end(from);
	const isFirst = asConstant(from) === 0;
	const isLast = to.key === size.key;
	if (!isList && isFirst && isLast) return "i";
	return `${isFirst ? "" : end(from)}..${isLast ? "" : end(to)}`;
}

/** Whether a step may mean several entries. */
export function isSeveral(step: EntryStep): boolean {
	return step.some !== undefined && sub(step.some.to, step.some.from).key !== constant(1).key;
}

/** Whether how many places this stands for is known where it is called only. */
export function isOpenPlace({ steps }: PlaceLeaf): boolean {
	return steps?.some((s) => s.kind === "entry" && isSeveral(s)) === true;
}
