import type * as ast from "../../../grammar/ast.js";
import { constant, type Dim, decideAtLeast, sub } from "../../dims/dim.js";
import { wrongUse } from "../builtins/builtin.js";
import { liftTree, sameDim } from "../builtins/loop-state.js";
import type { SpecialRule } from "../builtins/special.js";
import { type Context, locate, report } from "../context.js";
import type { CallSite } from "../expressions/call.js";
import { infer } from "../expressions/expression.js";
import { firstAxes, rowOf } from "../fits/host.js";
import { refuseNegative } from "../signatures/type-node.js";
import { asTensor } from "../trees/stack.js";
import { recordOf } from "../types/match-entries.js";
import { replaceAxis } from "../types/shape.js";
import { showDim, showType } from "../types/show.js";
import { elementAt, familyList, lengthOf } from "../types/substitute.js";
import { errorType, type ListType, scalar, type Type, tensor } from "../types/types.js";
import { asList } from "./family.js";

/** What loops run over: static lists, ranges, sizes, first axes; and the functions that make such sources. */

/** What a loop runs over. */
export type Source =
	| { readonly kind: "static"; readonly list: ListType }
	| { readonly kind: "run"; readonly length: Dim; readonly item: Type };

export function sourceOf(context: Context, node: ast.Expression, type: Type): Source | undefined {
	if (type.kind === "error") return undefined;
	if (type.kind === "list") return { kind: "static", list: type };
	const run = runSource(context, type);
	if (!run) {
		report(context, {
			code: "E0380",
			at: locate(context, node),
			message: `a loop runs over a list, a range, a size or a first axis, and this is ${showType(type)}`,
			...(type.kind === "stream" && { hint: "batches are endless: give the loop the data set itself" }),
			...(type.kind === "tuple" && { hint: "the tensors of a record have one common first axis" }),
		});
		return undefined;
	}
	return refuseNegative(context, node, { dims: [run.length] }) ? run : undefined;
}

function runSource(context: Context, type: Type): (Source & { readonly kind: "run" }) | undefined {
	switch (type.kind) {
		case "Int":
			return type.value && { kind: "run", length: type.value, item: scalar("int", type.value) };
		case "range": {
			if (!type.to) return undefined;
			const from = type.from ?? constant(0);
			const inside = decideAtLeast(from, constant(0), context.facts).verdict === "holds";
			return {
				kind: "run",
				length: sub(type.to, from),
				item: {
					...scalar("int", inside ? type.to : undefined),
					interval: { least: from, most: sub(type.to, constant(1)) },
				},
			};
		}
		case "table":
			return { kind: "run", length: type.rows, item: rowOf(recordOf(type)) ?? errorType };
		case "tensor":
		case "tuple": {
			const rows = liftTree(type) ?? type;
			const item = rowOf(rows);
			const [length] = firstAxes(rows);
			return item && length && { kind: "run", length, item };
		}
		default:
			return undefined;
	}
}

/** A range or a size as the tensor of its numbers; what has a first axis as it is. */
function asRows(context: Context, type: Type): { readonly type: Type; readonly length: Dim } | undefined {
	const source = type.kind === "list" ? undefined : runSource(context, type);
	if (!source) {
		const value = type.kind === "list" ? asTensor(type) : undefined;
		return value ? asRows(context, value) : undefined;
	}
	if (type.kind === "tensor" || type.kind === "tuple")
		return { type: liftTree(type) ?? type, length: source.length };
	if (type.kind === "table") return { type: recordOf(type), length: source.length };
	const item = liftTree(source.item);
	return item?.kind === "tensor"
		? { type: tensor(item.element, { dims: [source.length] }, item.below), length: source.length }
		: undefined;
}

function isStatic(type: Type): boolean {
	return type.kind === "list" || type.kind === "range";
}

/** A rule of lists that also takes rows of tensors. */
export function orRows(
	ofLists: SpecialRule | undefined,
	rows: (context: Context, site: CallSite, types: readonly Type[]) => Type,
): SpecialRule {
	return (context, site, expected) => {
		const types = site.arguments.map((a) => a.type ?? infer(context, a.value));
		if (types.some((t) => t.kind === "error")) return errorType;
		const typed = {
			...site,
			arguments: site.arguments.map((a, i) => ({ ...a, type: types[i] ?? errorType })),
		};
		if (site.arguments.length === 0 || site.arguments.some((a) => a.name) || types.every(isStatic))
			return ofLists ? ofLists(context, typed, expected) : wrongUse(context, site, "takes one source");
		return rows(context, site, types);
	};
}

/** A list of variants, models, functions, texts or tuples: known before running, and no tensor. */
function isListOfNoNumbers(type: Type): boolean {
	const entry = type.kind === "list" ? elementAt(type, constant(0)) : undefined;
	return entry !== undefined && ["variant", "model", "function", "String", "tuple"].includes(entry.kind);
}

/** Of lists that are no tensors, and tensors: a list, whose entries have the rows of the tensors. */
function zipWithLists(context: Context, site: CallSite, types: readonly Type[]): Type | undefined {
	const lists = types.map((type): ListType | undefined => {
		const list = asList(type);
		if (list) return list;
		const rows = asRows(context, type);
		const row = rows && rowOf(rows.type);
		return row && familyList(rows.length, () => row);
	});
	const [first] = lists;
	if (!first || !types.some(isListOfNoNumbers)) return undefined;
	const size = lengthOf(first);
	if (!lists.every((l) => l !== undefined)) return undefined;
	const lengths = lists.map((l) => lengthOf(l));
	if (!lengths.every((l) => sameDim(context, l, size)))
		return wrongUse(
			context,
			site,
			`takes sources of one length, and these have ${lengths.map(showDim).join(" and ")}`,
		);
	return familyList(size, (i) => ({
		kind: "tuple",
		elements: lists.map((l) => ({ type: elementAt(l, i) ?? errorType })),
	}));
}

export function zipRows(context: Context, site: CallSite, types: readonly Type[]): Type {
	const pairs = zipWithLists(context, site, types);
	if (pairs) return pairs;
	const rows = types.map((t) => asRows(context, t));
	const first = rows[0];
	for (const [i, row] of rows.entries()) {
		if (!row || !first)
			return wrongUse(
				context,
				site,
				`takes static lists, or tensors with a common first axis, and this is ${showType(types[i] ?? errorType)}`,
			);
		if (sameDim(context, row.length, first.length)) continue;
		return wrongUse(
			context,
			site,
			`takes sources of one length, and these have ${rows.map((r) => (r ? showDim(r.length) : "?")).join(" and ")}`,
		);
	}
	return { kind: "tuple", elements: rows.map((r) => ({ type: r?.type ?? errorType })) };
}

/** The same tree with other first axes. */
function withFirstAxis(type: Type, size: Dim): Type {
	if (type.kind === "tuple")
		return { ...type, elements: type.elements.map((e) => ({ ...e, type: withFirstAxis(e.type, size) })) };
	if (type.kind !== "tensor") return errorType;
	return tensor(type.element, replaceAxis(type.shape, 0, size), type.below);
}

export function pairRows(context: Context, site: CallSite, types: readonly Type[]): Type {
	const [type] = types;
	const rows = type && type.kind !== "Int" && asRows(context, type);
	if (!rows || types.length > 1)
		return wrongUse(
			context,
			site,
			`takes a static list or a first axis, and this is ${showType(type ?? errorType)}`,
		);
	if (decideAtLeast(rows.length, constant(1), context.facts).verdict !== "holds")
		return wrongUse(context, site, "of a first axis that may be empty");
	const part = withFirstAxis(rows.type, sub(rows.length, constant(1)));
	return { kind: "tuple", elements: [{ type: part }, { type: part }] };
}

export const reverse: SpecialRule = (context, site) => {
	const [argument] = site.arguments;
	const type = argument && (argument.type ?? infer(context, argument.value));
	if (!type || site.arguments.length > 1 || argument.name) return wrongUse(context, site, "takes one source");
	if (type.kind === "error") return errorType;
	const list = type.kind === "list" ? asList(type) : undefined;
	if (list) {
		const last = sub(lengthOf(list), constant(1));
		return familyList(lengthOf(list), (i) => elementAt(list, sub(last, i)) ?? errorType);
	}
	const rows = asRows(context, type);
	return (
		rows?.type ??
		wrongUse(context, site, `takes a list, a range or a first axis, and this is ${showType(type)}`)
	);
};
