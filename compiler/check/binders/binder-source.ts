import type * as ast from "../../../grammar/ast.js";
import {
	add,
	constant,
	type Dim,
	decideAtLeast,
	decideEqual,
	type Facts,
	sub,
	variable,
	withAtLeast,
} from "../../dims/dim.js";
import type { Location } from "../../source/diagnostic.js";
import { type Context, locate, report } from "../context.js";
import { infer } from "../expressions/expression.js";
import { roundingAdvice } from "../expressions/quotient-hint.js";
import { noPlaceForRest } from "../signatures/rests.js";
import { unstacked } from "../signatures/stack-type.js";
import { refuseNegative, resolveRest } from "../signatures/type-node.js";
import { isOpenPlace } from "../trees/place-entries.js";
import { countOf, indicesOfPlace, isOpenSet } from "../trees/place-sets.js";
import { holdsError } from "../types/holds-error.js";
import { firstAxis } from "../types/shape.js";
import { showDim, showType } from "../types/show.js";
import { elementAt, familyList, lengthOf } from "../types/substitute.js";
import {
	errorType,
	type IndexRange,
	type ListType,
	type PlaceLeaf,
	type RestVariable,
	scalar,
	type TableType,
	type TensorType,
	type TupleType,
	type Type,
	tensor,
} from "../types/types.js";
import { asList, atIndex } from "./family.js";
import { bounded } from "./whole.js";

/** What one name of a binder runs over. */
export type Source =
	/** A size or a range, or what the uses of the name allow. */
	| { readonly kind: "index"; readonly binding: ast.Binding; readonly index: IndexRange }
	/** The first axis of a tensor, or of tensors side by side: the name is a row. */
	| { readonly kind: "rows"; readonly binding: ast.Binding; readonly size: Dim; readonly row: Type }
	/** A list or places: each turn is evaluated by itself. */
	| {
			readonly kind: "turns";
			readonly binding: ast.Binding;
			readonly size: Dim;
			readonly turns: readonly Turn[];
	  }
	/** The leading axes of a signature. */
	| { readonly kind: "rest"; readonly rest: RestVariable };

export interface Turn {
	readonly type: Type;
	/** Of a place: its path. */
	readonly path?: string;
	/** What holds of the symbolic index that stands for all turns of a list of unknown length. */
	readonly facts?: Facts;
	readonly symbol?: Dim;
}

/** Undefined where a mistake is reported. */
export function sourcesOf(context: Context, node: ast.Binder): Source[] | undefined {
	const sources: Source[] = [];
	for (const binding of node.bindings) {
		const source = sourceOf(context, binding);
		if (!source) return undefined;
		sources.push(source);
	}
	return sources;
}

function sourceOf(context: Context, binding: ast.Binding): Source | undefined {
	const { pattern } = binding;
	if (pattern.kind === "Rest") {
		if (binding.source) {
			const at = { span: { start: pattern.span.end, end: binding.source.span.end } };
			report(context, {
				code: "E0339",
				at: locate(context, binding.source),
				message: "a rest runs over the axes that the signature names so, and takes no source",
				fixes: [{ title: "Leave the source out", edits: [{ at: locate(context, at), replacement: "" }] }],
			});
			return undefined;
		}
		const rest = resolveRest(context, pattern);
		return rest && { kind: "rest", rest };
	}
	const name = pattern.kind === "NamePattern" ? pattern.name : "_";
	if (!binding.source) {
		if (pattern.kind !== "NamePattern" && pattern.kind !== "WildcardPattern") {
			report(context, {
				code: "E0334",
				at: locate(context, pattern),
				message: "what this takes apart has no source",
				hint: "say what it runs over: `for (a, b) in zip(x, y): ..`",
			});
			return undefined;
		}
		const index: IndexRange = {
			name,
			variable: variable(name, { minimum: 0 }).dim,
			behind: behind(context, pattern),
		};
		return { kind: "index", binding, index };
	}
	const type = infer(context, binding.source);
	return type.kind === "error" ? undefined : ofType(context, binding, binding.source, type);
}

function behind(context: Context, { span: { end } }: ast.Pattern | ast.Rest): Location {
	return locate(context, { span: { start: end, end } });
}

function ofType(
	context: Context,
	binding: ast.Binding,
	node: ast.Expression,
	type: Type,
): Source | undefined {
	switch (type.kind) {
		case "Int":
		case "range":
			return ofRange(context, binding, node, type);
		case "places":
			return {
				kind: "turns",
				binding,
				size: countOf(type.leaves),
				turns: type.leaves.map((l) => ({
					path: l.path,
					type: l.type,
					...(isOpenPlace(l) && indicesOfPlace(l, context.facts)),
				})),
			};
		case "list":
			return { kind: "turns", binding, size: lengthOf(type), turns: turnsOf(context, type) };
		case "table":
			return { kind: "rows", binding, size: type.rows, row: rowOfTable(type) };
		case "stack": {
			const rows = unstacked(context, type);
			return rows && { kind: "rows", binding, size: rows.size, row: rows.one };
		}
		case "tensor":
		case "tuple": {
			const rows = rowsOf(context, node, type);
			return rows && { kind: "rows", binding, ...rows };
		}
		default:
			noSource(context, node, type);
			return undefined;
	}
}

function ofRange(
	context: Context,
	binding: ast.Binding,
	node: ast.Expression,
	type: Type & { kind: "Int" | "range" },
): Source | undefined {
	const to = type.kind === "Int" ? type.value : type.to;
	const from = type.kind === "range" ? type.from : undefined;
	if (!to) {
		if (type.kind === "range")
			report(context, { code: "E0303", at: locate(context, node), message: "this range has no end" });
		else noSource(context, node, type);
		return undefined;
	}
	const begins = from && from.key !== constant(0).key ? from : undefined;
	if (!refuseNegative(context, node, { dims: [begins ? sub(to, begins) : to] })) return undefined;
	const name = binding.pattern.kind === "NamePattern" ? binding.pattern.name : "_";
	const isNegative = begins && decideAtLeast(begins, constant(0), context.facts).verdict !== "holds";
	const index: IndexRange = {
		name,
		variable: variable(name, { minimum: isNegative ? Number.NEGATIVE_INFINITY : 0 }).dim,
		...(begins && { from: begins }),
		bound: to,
		fixedBy: { at: locate(context, node), label: `\`${name}\` runs over this` },
		given: true,
		behind: behind(context, binding.pattern),
	};
	return { kind: "index", binding, index };
}

/** The type of a binder's name, as far as its range is known. */
export function indexType(context: Context, index: IndexRange): TensorType {
	const { bound } = index;
	if (!bound) return { ...scalar("int"), index };
	if (!index.from) return { ...scalar("int", bound), index };
	const interval = { least: index.from, most: sub(bound, constant(1)) };
	return { ...scalar("int"), ...bounded(interval, context.facts), index };
}

export function rangeSize(index: IndexRange): Dim | undefined {
	return index.bound && index.from ? sub(index.bound, index.from) : index.bound;
}

/** A list of unknown length has one turn, which stands for all of them. */
function turnsOf(context: Context, list: ListType): Turn[] {
	if (list.elements)
		return list.elements.map((_, i) => ({ type: elementAt(list, constant(i)) ?? errorType }));
	const { dim } = variable("i", { minimum: 0 });
	const facts = withAtLeast(context.facts, lengthOf(list), add(dim, constant(1)));
	return [{ type: elementAt(list, dim) ?? errorType, facts, symbol: dim }];
}

function rowOfTable(table: TableType): TupleType {
	return {
		kind: "tuple",
		elements: table.columns.map((c) => ({ name: c.name, type: rowOfTensor(c.type) ?? errorType })),
	};
}

function rowOfTensor(type: TensorType): TensorType | undefined {
	const axis = firstAxis(type.shape);
	if (!axis) return undefined;
	return {
		...tensor(type.element, axis.row, type.below),
		...(type.interval && { interval: type.interval }),
		...(type.origin && { origin: type.origin }),
	};
}

/** The rows of a tensor, or of tensors side by side, which have one common first axis. */
export function rowsOf(
	context: Context,
	node: ast.Expression,
	type: Type,
): { readonly size: Dim; readonly row: Type } | undefined {
	let first: { readonly size: Dim; readonly type: TensorType } | undefined;
	if (type.kind === "tuple" && type.elements.some((e) => holdsStack(e.type))) {
		const whole = unstacked(context, type);
		if (whole) return { size: whole.size, row: whole.one };
	}
	const row = (part: Type): Type | undefined => {
		if (part.kind === "tuple" && part.elements.length > 0) {
			const elements: { readonly name?: string; readonly type: Type }[] = [];
			for (const element of part.elements) {
				const inner = row(element.type);
				if (!inner) return undefined;
				elements.push({ ...(element.name !== undefined && { name: element.name }), type: inner });
			}
			return { kind: "tuple", elements };
		}
		const size = part.kind === "tensor" ? firstAxis(part.shape)?.size : undefined;
		const inner = part.kind === "tensor" ? rowOfTensor(part) : undefined;
		if (part.kind !== "tensor" || !size || !inner) {
			if (part.kind === "tensor" && part.shape.rest)
				noPlaceForRest(
					context,
					node,
					`a name runs over a first axis, and which is that of ${showType(part)}, only a call tells`,
					`run over all of them: \`for ...${part.shape.rest.name}: x[...${part.shape.rest.name}${", :".repeat(part.shape.dims.length)}]\``,
				);
			else noSource(context, node, type);
			return undefined;
		}
		if (first && decideEqual(first.size, size, context.facts).verdict !== "equal") {
			report(context, {
				code: "E0310",
				at: locate(context, node),
				message: `these run side by side, and have ${showDim(first.size)} and ${showDim(size)} elements`,
				label: showType(type),
			});
			return undefined;
		}
		first ??= { size, type: part };
		return inner;
	};
	const whole = row(type);
	return whole && first && { size: first.size, row: whole };
}

/** Models side by side, or a record with nothing in it, as the results of fits have. */
function holdsStack(type: Type): boolean {
	if (type.kind !== "tuple") return type.kind === "stack";
	return type.elements.length === 0 || type.elements.some((e) => holdsStack(e.type));
}

function noSource(context: Context, node: ast.Expression, type: Type): void {
	if (holdsError(type)) return;
	const computed = type.kind === "tensor" && type.element === "int" && type.shape.dims.length === 0;
	report(context, {
		code: "E0303",
		at: locate(context, node),
		message: `a range ends at a whole number known before running, and this is ${showType(type)}`,
		...(computed && { hint: "run over the whole axis, and choose: `sum i in n where i < t: ..`" }),
		...roundingAdvice(context, node, type),
	});
}

/** The tensors of a set of places, one after the other. */
function listOfPlaces(
	context: Context,
	node: ast.Expression,
	leaves: readonly PlaceLeaf[],
): ListType | undefined {
	if (!isOpenSet(leaves)) return { kind: "list", elements: leaves.map((l) => l.type) };
	const [only] = leaves;
	const several = only?.steps?.flatMap((s) => (s.kind === "entry" && s.some?.index ? [s.some] : [])) ?? [];
	const [some] = several;
	if (only && leaves.length === 1 && !only.uncertain && some?.index && several.length === 1) {
		const { index, from, to } = some;
		return familyList(sub(to, from), (i) => atIndex(only.type, index, i));
	}
	report(context, {
		code: "E0322",
		at: locate(context, node),
		message: `which of these places an entry of the list would be, only a call tells: ${leaves.map((l) => `\`${l.path}\``).join(", ")}`,
		hint: "go over the list of the parts: `[for layer in net.layers: ..]`",
	});
	return undefined;
}

/** What a list in brackets runs over: a static list, a range, a size, or the rows of a tensor. */
export function listSource(context: Context, node: ast.Expression): ListType | undefined {
	const type = infer(context, node);
	if (type.kind === "error") return undefined;
	if (type.kind === "Int" && type.value) return asList({ kind: "range", from: constant(0), to: type.value });
	if (type.kind === "places") return listOfPlaces(context, node, type.leaves);
	const list = asList(type);
	if (list) return list;
	report(context, {
		code: "E0317",
		at: locate(context, node),
		message: `a list in brackets runs over a static list or range, and this is ${showType(type)}`,
		...(type.kind === "tensor" && { hint: "over a tensor, a `for` without brackets stacks" }),
	});
	return undefined;
}
