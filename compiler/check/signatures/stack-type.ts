import type * as ast from "../../../grammar/ast.js";
import { type Dim, decideEqual } from "../../dims/dim.js";
import { indexTensor } from "../binders/indexing.js";
import { type Context, locate, report } from "../context.js";
import { joinComputed } from "../expressions/conditional.js";
import { infer } from "../expressions/expression.js";
import type { Hint } from "../hint.js";
import { memberOf } from "../trees/place.js";
import { asTensor } from "../trees/stack.js";
import { holdsError } from "../types/holds-error.js";
import { firstAxis, inFront, withoutAxes } from "../types/shape.js";
import { showShape, showType } from "../types/show.js";
import { errorType, type Shape, type StackType, type TupleType, type Type, tensor } from "../types/types.js";
import { noPlaceForRest, stackedAlongRest, unstackedAlongRest } from "./rests.js";

/** Stacks: `T[k]`. A field of a stack is stacked, and `s[i]` is a `T`. */

/** Why a value has no place in a stack. */
export interface Refusal {
	readonly why: string;
	readonly hint?: Hint;
}

/** Trees T side by side, along leading axes: tensors as tensors, records field by field, models as they are. */
export function stackOf(type: Type, dims: readonly Dim[]): Type | Refusal {
	if (dims.length === 0) return type;
	switch (type.kind) {
		case "error":
			return type;
		case "tuple": {
			const elements: { readonly name?: string; readonly type: Type }[] = [];
			for (const element of type.elements) {
				const stacked = stackOf(element.type, dims);
				if ("why" in stacked) return stacked;
				elements.push({ ...element, type: stacked });
			}
			const title = type.title !== undefined && `${type.title}${showShape({ dims })}`;
			return { kind: "tuple", elements, ...(title && { title }) };
		}
		case "model": {
			const why = refuseModel(type);
			return why ?? { kind: "stack", of: type, dims };
		}
		case "variable":
			return { kind: "stack", of: type, dims };
		case "stack":
			return { ...type, dims: [...dims, ...type.dims] };
		case "list": {
			const numbers = asTensor(type);
			return numbers
				? stackOf(numbers, dims)
				: { why: `${showType(type)} cannot be stacked`, hint: keepApart };
		}
		default: {
			const element = asTensor(type);
			if (!element) return { why: `${showType(type)} cannot be stacked`, hint: keepApart };
			return tensor(element.element, inFront(dims, element.shape), element.below);
		}
	}
}

const keepApart = "a static list keeps its elements apart: `[for ..]`";

/** A function that belongs to one instance has no place in a stack of them. */
function refuseModel(model: Type & { kind: "model" }): Refusal | undefined {
	const isOwn = (type: Type): boolean => type.kind === "function" && type.lambda !== undefined;
	for (const [name, option] of model.configuration)
		if (isOwn(option))
			return {
				why: `${showType(model)} cannot be stacked: its option \`${name}\` is a lambda`,
				hint: "declare it by `fn`, so that all of them have the same one",
			};
	for (const member of model.declaration.members.values())
		if (member.role === "let" && isOwn(member.type))
			return {
				why: `${showType(model)} cannot be stacked: its \`${member.name}\` is a function of its own`,
				hint: `make \`${member.name}\` a method`,
			};
	return undefined;
}

export function orReport(
	context: Context,
	node: Parameters<typeof locate>[1],
	stacked: Type | Refusal,
): Type {
	if (!("why" in stacked)) return stacked;
	report(context, {
		code: "E0322",
		at: locate(context, node),
		message: stacked.why,
		...(stacked.hint && { hint: stacked.hint }),
	});
	return errorType;
}

/** The first axes of what is stacked: those of all its parts. */
function firstAxes(type: Type): readonly (Dim | undefined)[] {
	switch (type.kind) {
		case "tensor":
			return [firstAxis(type.shape)?.size];
		case "stack":
			return [type.dims[0]];
		case "tuple":
			return type.elements.flatMap((e) => firstAxes(e.type));
		case "list": {
			const whole = asTensor(type);
			return whole ? firstAxes(whole) : (type.elements?.flatMap(firstAxes) ?? [undefined]);
		}
		case "error":
			return [];
		default:
			return [undefined];
	}
}

/** One of what is stacked, without the first axis. */
function oneOf(type: Type): Type {
	switch (type.kind) {
		case "tensor": {
			const { element, below } = type;
			return tensor(element, withoutAxes(type.shape, [0]), below);
		}
		case "stack":
			return type.dims.length === 1 ? type.of : { ...type, dims: type.dims.slice(1) };
		case "tuple":
			return { ...type, elements: type.elements.map((e) => ({ ...e, type: oneOf(e.type) })) };
		case "list": {
			const whole = asTensor(type);
			return whole ? oneOf(whole) : { kind: "list", elements: (type.elements ?? []).map(oneOf) };
		}
		default:
			return errorType;
	}
}

/** What a type is a stack of, and how many of it; undefined if its parts have no common first axis. */
export function unstacked(context: Pick<Context, "facts">, type: Type): { size: Dim; one: Type } | undefined {
	const [size, ...others] = firstAxes(type);
	if (!size || (type.kind === "list" && !asTensor(type))) return undefined;
	const same = others.every((o) => o && decideEqual(size, o, context.facts).verdict === "equal");
	return same ? { size, one: oneOf(type) } : undefined;
}

/** `runs[0]` of a stack, or of a record of what is stacked alike. */
export function indexStack(context: Context, node: ast.Index, base: StackType | TupleType): Type {
	const { fallback } = node;
	if (!fallback) return indexAll(context, node, base);
	const rest = node.items.find((item) => item.kind === "Rest");
	if (rest) {
		noPlaceForRest(
			context,
			rest,
			"a default of a record stands at positions of known axes",
			"index its fields one by one: `p.x[...b, i - 1 else 0]`",
		);
		return errorType;
	}
	// A number as default of the positions: that of the whole is compared below.
	const zero: ast.Expression = { kind: "Number", value: 0, integer: true, span: fallback.span };
	const one = indexAll(context, { ...node, fallback: zero }, base);
	const other = infer(context, fallback, one);
	if (one.kind === "error" || other.kind === "error") return errorType;
	const joined = joinComputed(context, node, node, fallback, one, other);
	if (joined) return joined;
	report(context, {
		code: "E0330",
		at: locate(context, fallback),
		message: `the default is of the type of what stands inside: ${showType(one)}, and this is ${showType(other)}`,
	});
	return errorType;
}

function indexAll(context: Context, node: ast.Index, base: StackType | TupleType): Type {
	if (base.kind === "tuple") return indexRecord(context, node, base);
	if (node.items.length > base.dims.length) {
		report(context, {
			code: "E0332",
			at: locate(context, node),
			message: `${showType(base)} is stacked along ${showShape({ dims: base.dims })}, and there are ${node.items.length} indices`,
			hint: "the axes of its tensors are indexed one by one: `s[i].weight[j, k]`",
		});
		return errorType;
	}
	const kept = indexTensor(
		context,
		withWholeAxes(node, base.dims.length),
		tensor("real", { dims: base.dims }),
	);
	if (kept.kind !== "tensor") return errorType;
	if (kept.shape.rest) return stackedAlongRest(context, node, base.of, kept.shape);
	return kept.shape.dims.length === 0 ? base.of : { ...base, dims: kept.shape.dims };
}

function withWholeAxes(node: ast.Index, rank: number): ast.Index {
	const whole: ast.FullSlice = { kind: "FullSlice", span: node.span };
	const missing = Math.max(0, rank - node.items.length);
	return { ...node, items: [...node.items, ...new Array<ast.FullSlice>(missing).fill(whole)] };
}

function indexRecord(context: Context, node: ast.Index, base: TupleType): Type {
	const named = base.elements.length > 0 && base.elements.every((e) => e.name !== undefined);
	const count = node.items.length;
	const along = named ? unstackedAlongRest(context, base, node.items) : undefined;
	if (along) {
		const left = indexTensor(context, node, tensor("real", along.axes));
		return left.kind === "tensor" ? stackedAlong(context, node, along.one, left.shape) : errorType;
	}
	const stacked = named ? unstackedBy(context, base, count) : undefined;
	if (!stacked) {
		for (const item of node.items) if (item.kind === "Name" || item.kind === "Binary") infer(context, item);
		// What is wrong with a part has been said, or is not known yet.
		if (holdsError(base)) return errorType;
		const first = named && count > 1 ? unstacked(context, base) : undefined;
		report(context, {
			code: first ? "E0332" : "E0330",
			at: locate(context, first ? node : node.base),
			message: first
				? `the parts of this have no ${count} leading axes in common: it is ${showType(base)}`
				: `this cannot be indexed: it is ${showType(base)}`,
			hint: named
				? "only what is stacked has turns: all its parts along the same axes"
				: "an element of a tuple is a field: `pair.0`",
		});
		return errorType;
	}
	const kept = indexTensor(context, node, tensor("real", { dims: stacked.sizes }));
	if (kept.kind !== "tensor") return errorType;
	return stackedAlong(context, node, stacked.one, kept.shape);
}

function stackedAlong(context: Context, node: ast.Index, one: Type, axes: Shape): Type {
	if (axes.rest) return stackedAlongRest(context, node, one, axes);
	const restacked = stackOf(one, axes.dims);
	return "why" in restacked ? errorType : restacked;
}

/** Without so many leading axes, which all parts have in common. */
function unstackedBy(
	context: Context,
	base: Type,
	count: number,
): { readonly sizes: readonly Dim[]; readonly one: Type } | undefined {
	const sizes: Dim[] = [];
	let one = base;
	while (sizes.length < count) {
		const next = unstacked(context, one);
		if (!next) return undefined;
		sizes.push(next.size);
		one = next.one;
	}
	return { sizes, one };
}

/** A field of a stack: of all of it. */
export function fieldOfStack(base: StackType, name: string): ReturnType<typeof memberOf> {
	const found = memberOf(base.of, name);
	if (!found || found.type.kind === "function") return undefined;
	const stacked = stackOfPart(found.type, base.dims);
	return stacked && { ...found, type: stacked };
}

/** What is static is the same in all of a stack, and a list keeps its elements apart. */
export function stackOfPart(type: Type, dims: readonly Dim[]): Type | undefined {
	switch (type.kind) {
		case "Int":
		case "Real":
		case "Bool":
		case "String":
		case "variant":
			return type;
		case "list": {
			if (type.elements) {
				const elements = type.elements.map((e) => stackOfPart(e, dims));
				return elements.every((e) => e !== undefined) ? { kind: "list", elements } : undefined;
			}
			const { family } = type;
			if (!family) return type.symbol?.entries ? undefined : type;
			return {
				kind: "list",
				family: { length: family.length, at: (i) => stackOfPart(family.at(i), dims) ?? errorType },
			};
		}
		default: {
			const stacked = stackOf(type, dims);
			return "why" in stacked ? undefined : stacked;
		}
	}
}
