import type * as ast from "../../grammar/ast.js";
import {
	type AtLeastVerdict,
	add,
	asConstant,
	atomsOf,
	constant,
	type Dim,
	decideAtLeast,
	decideEqual,
	type Facts,
	mul,
	sub,
	withAtLeast,
} from "../dims/dim.js";
import { type Context, locate, report, unsupported } from "./context.js";
import { explainVerdict } from "./explain.js";
import { infer } from "./expression.js";
import { holdsPlaces, inferPlaces } from "./places.js";
import { showDim, showShape, showType } from "./show.js";
import { asTensor } from "./stack.js";
import { indexStack } from "./stack-type.js";
import { elementAt, lengthOf } from "./substitute.js";
import { resolveRest } from "./type-node.js";
import { errorType, type IndexRange, type TensorType, type Type, tensor } from "./types.js";

/** `x[i, :, 2..5]`: what an index leaves of a shape, and that it lies inside. */

export function inferIndex(context: Context, node: ast.Index, given?: Type): Type {
	if (!given && holdsPlaces(node)) return inferPlaces(context, node);
	const base = given ?? infer(context, node.base);
	if (base.kind === "error") {
		for (const item of node.items) if (item.kind === "Name" || item.kind === "Binary") infer(context, item);
		return errorType;
	}
	if (node.fallback) {
		unsupported(context, node.fallback, "a default for an index outside");
		return errorType;
	}
	if (base.kind === "list") return indexList(context, node, base);
	if (base.kind === "stack" || base.kind === "tuple") return indexStack(context, node, base);
	const value = asTensor(base);
	if (!value) {
		report(context, {
			code: "E0330",
			at: locate(context, node.base),
			message: `this cannot be indexed: it is ${showType(base)}`,
		});
		return errorType;
	}
	return indexTensor(context, node, value);
}

function indexList(context: Context, node: ast.Index, list: Type & { kind: "list" }): Type {
	const item = node.items[0];
	const stacked = asTensor(list);
	if (stacked && (node.items.length !== 1 || item?.kind === "Range" || item?.kind === "FullSlice"))
		return indexTensor(context, node, stacked);
	const index = item && item.kind !== "FullSlice" ? infer(context, item) : undefined;
	if (!item || node.items.length !== 1) {
		report(context, { code: "E0330", at: locate(context, node), message: "a static list takes one index" });
		return errorType;
	}
	if (index?.kind === "error") return errorType;
	if (index?.kind === "Int" && index.value) {
		const inside =
			decideAtLeast(index.value, constant(0), context.facts).verdict === "holds" &&
			decideAtLeast(lengthOf(list), add(index.value, constant(1)), context.facts).verdict === "holds";
		const entry = inside ? elementAt(list, index.value) : undefined;
		if (entry) return entry;
		const known = asConstant(index.value) !== undefined && asConstant(lengthOf(list)) !== undefined;
		if (inside) {
			unsupported(context, item, "an index into a static list that is known only by name");
			return errorType;
		}
		const size = lengthOf(list);
		report(context, {
			code: "E0331",
			at: locate(context, item),
			message: known
				? `this list has ${showDim(size)} elements, and none at ${showDim(index.value)}`
				: `this index may be outside: the list has ${showDim(size)} elements, and ${showDim(index.value)} need not be one of them`,
			...(!known && {
				hint: `add \`where ${showDim(size)} >= ${showDim(add(index.value, constant(1)))}\` to the signature`,
			}),
		});
		return errorType;
	}
	if (stacked && index?.kind === "tensor") return indexTensor(context, node, stacked);
	report(context, {
		code: "E0330",
		at: locate(context, item),
		message: "the index of a static list is known before running, unless the list is one of numbers",
		...(index && { label: showType(index) }),
	});
	return errorType;
}

export function indexTensor(context: Context, node: ast.Index, base: TensorType): Type {
	const { dims, rest } = base.shape;
	let axis = 0;
	let keptRest = rest;
	const kept: Dim[] = [];
	const items = [...node.items];
	const first = items[0];
	if (first?.kind === "Rest") {
		items.shift();
		const named = resolveRest(context, first);
		if (!named || named.id !== rest?.id) return wrongRest(context, first, base);
		keptRest = undefined;
	}
	if (items.length !== dims.length || (keptRest && first?.kind !== "Rest" && rest)) {
		const missing = dims.length - items.length;
		report(context, {
			code: "E0332",
			at: locate(context, node),
			message: `${showType(base)} has ${counted(dims.length, "axis", "axes")}${rest ? ` after ...${rest.name}` : ""}, and there ${items.length === 1 ? "is" : "are"} ${counted(items.length, "index", "indices")}`,
			...(missing > 0 && {
				hint: `a whole axis is \`:\`: \`[${[...items.map(() => "i"), ...Array(missing).fill(":")].join(", ")}]\``,
			}),
		});
		return errorType;
	}
	for (const item of items) {
		const extent = dims[axis] as Dim;
		const part = indexAxis(context, item, extent, base, axis);
		if (part === "error") return errorType;
		if (part) kept.push(part);
		axis++;
	}
	return tensor(base.element, { dims: kept }, base.below);
}

function counted(count: number, one: string, many: string): string {
	return count === 0 ? `no ${many}` : `${count} ${count === 1 ? one : many}`;
}

function wrongRest(context: Context, node: ast.Rest, base: TensorType): Type {
	report(context, {
		code: "E0332",
		at: locate(context, node),
		message: `the leading axes of ${showType(base)} are not these`,
	});
	return errorType;
}

/** What one item of an index leaves of its axis: a size, nothing, or an error. */
function indexAxis(
	context: Context,
	item: ast.Expression,
	extent: Dim,
	base: TensorType,
	axis: number,
): Dim | undefined | "error" {
	switch (item.kind) {
		case "FullSlice":
			return extent;
		case "Range":
			return sliceAxis(context, item, extent);
		case "Rest":
			unsupported(context, item, "a rest that does not lead");
			return "error";
		default:
			break;
	}
	const type = infer(context, item);
	if (type.kind === "error") return "error";
	if (type.kind === "Int" && type.value)
		return proveInside(context, item, type.value, extent, context.facts, base);
	if (type.kind !== "tensor" || type.element !== "int") {
		report(context, {
			code: "E0330",
			at: locate(context, item),
			message: `an index is an int, and this is ${showType(type)}`,
			...(type.kind === "tensor" &&
				type.element === "real" && { hint: "narrow it with `int(..)`, which checks while running" }),
		});
		return "error";
	}
	if (type.shape.dims.length > 0 || type.shape.rest) {
		unsupported(context, item, "an index that is a tensor");
		return "error";
	}
	if (type.index) return useIndex(context, item, type.index, extent, base, axis);
	const affine = affineIndex(context, item);
	if (affine) return proveInside(context, item, affine.value, extent, affine.facts, base);
	return gatherAxis(context, item, type, extent);
}

/** A binder's own index fixes its range at its first use; a later use with another size is a conflict. */
function useIndex(
	context: Context,
	item: ast.Expression,
	index: IndexRange,
	extent: Dim,
	base: TensorType,
	axis: number,
): undefined | "error" {
	const label = `${index.name} is below ${showDim(extent)} here (axis ${axis} of ${showShape(base.shape)})`;
	if (!index.bound) {
		index.bound = extent;
		index.fixedBy = { at: locate(context, item), label };
		return undefined;
	}
	const verdict = decideEqual(index.bound, extent, context.facts);
	if (verdict.verdict === "equal") return undefined;
	if (decideAtLeast(extent, index.bound, context.facts).verdict === "holds") return undefined;
	const why = explainVerdict(index.bound, extent, verdict);
	report(context, {
		code: "E0333",
		at: locate(context, item),
		message: `\`${index.name}\` runs below ${showDim(index.bound)}, but this axis has size ${showDim(extent)}`,
		label,
		related: [...(index.fixedBy ? [index.fixedBy] : []), ...(base.origin ? [base.origin] : [])],
		notes: why.notes,
		hint: `give the range: \`${index.name} in ..\`, or index another axis`,
	});
	return "error";
}

/** What a condition says of sizes and indices where it holds, or where it does not. */
export function factsOf(context: Context, condition: ast.Expression, isTrue: boolean): Facts {
	if (condition.kind === "Parenthesized") return factsOf(context, condition.inner, isTrue);
	if (condition.kind === "Unary" && condition.operator === "not") {
		return factsOf(context, condition.operand, !isTrue);
	}
	if (condition.kind !== "Binary") return context.facts;
	if (condition.operator === (isTrue ? "and" : "or")) {
		const facts = factsOf(context, condition.left, isTrue);
		return factsOf({ ...context, facts }, condition.right, isTrue);
	}
	const left = affineIndex(context, condition.left)?.value;
	const right = affineIndex(context, condition.right)?.value;
	if (!left || !right) return context.facts;
	const above = (a: Dim, b: Dim, distance: number): Facts =>
		withAtLeast(context.facts, a, add(b, constant(distance)));
	switch (isTrue ? condition.operator : opposites[condition.operator]) {
		case ">=":
			return above(left, right, 0);
		case "<=":
			return above(right, left, 0);
		case ">":
			return above(left, right, 1);
		case "<":
			return above(right, left, 1);
		default:
			return context.facts;
	}
}

const opposites: Readonly<Record<string, string>> = { ">=": "<", "<=": ">", ">": "<=", "<": ">=" };

/** `i + 1`, `2 * i + j`: a polynomial over binder indices and static Ints, with what is known of them. */
function affineIndex(
	context: Context,
	node: ast.Expression,
): { readonly value: Dim; readonly facts: Facts } | undefined {
	let facts = context.facts;
	const walk = (e: ast.Expression): Dim | undefined => {
		const type = context.session.knowledge.types.get(e);
		if (type?.kind === "Int") return type.value;
		if (e.kind === "Parenthesized") return walk(e.inner);
		if (type?.kind === "tensor" && type.index) {
			const { variable, bound } = type.index;
			facts = withAtLeast(facts, variable, constant(0));
			if (bound) facts = withAtLeast(facts, bound, add(variable, constant(1)));
			return variable;
		}
		if (e.kind !== "Binary") return undefined;
		const a = walk(e.left);
		const b = walk(e.right);
		if (!a || !b) return undefined;
		return e.operator === "+"
			? add(a, b)
			: e.operator === "-"
				? sub(a, b)
				: e.operator === "*"
					? mul(a, b)
					: undefined;
	};
	const value = walk(node);
	return value && { value, facts };
}

function proveInside(
	context: Context,
	item: ast.Expression,
	value: Dim,
	extent: Dim,
	facts: Facts,
	base: TensorType,
): undefined | "error" {
	const below = decideAtLeast(extent, add(value, constant(1)), facts);
	const above = decideAtLeast(value, constant(0), facts);
	if (below.verdict === "holds" && above.verdict === "holds") return undefined;
	report(context, {
		code: "E0331",
		at: locate(context, item),
		message:
			below.verdict === "holds"
				? `this index may be negative: ${showDim(value)}`
				: `this index may be outside: ${showDim(value)} need not be below ${showDim(extent)}`,
		label: `axis of size ${showDim(extent)}`,
		related: base.origin ? [base.origin] : [],
		...insideHint(value, extent, below, above),
	});
	return "error";
}

function insideHint(
	value: Dim,
	extent: Dim,
	below: AtLeastVerdict,
	above: AtLeastVerdict,
): { readonly hint?: string } {
	if (asConstant(value) !== undefined && asConstant(extent) !== undefined) return {};
	const verdict = below.verdict === "holds" ? above : below;
	const byBinder = atomsOf(sub(extent, value)).some((a) => a.kind === "variable" && a.minimum === 0);
	if (byBinder) {
		return {
			hint: "give the binder a range in which it stays inside (`for i in n - 1: x[i + 1]`), or ask (`for i in n: if i > 0 then x[i - 1] else 0`)",
		};
	}
	return verdict.verdict !== "holds" && verdict.settle
		? { hint: `add \`where ${verdict.settle}\` to the signature` }
		: {};
}

function gatherAxis(
	context: Context,
	item: ast.Expression,
	type: TensorType,
	extent: Dim,
): undefined | "error" {
	if (!type.below) {
		unsupported(context, item, "an index that is not known to lie inside (`int` rather than `int<k>`)");
		return "error";
	}
	const verdict = decideAtLeast(extent, type.below, context.facts);
	if (verdict.verdict === "holds") return undefined;
	report(context, {
		code: "E0331",
		at: locate(context, item),
		message: `this index lies below ${showDim(type.below)}, and the axis has only ${showDim(extent)}`,
		label: showType(type),
		related: type.origin ? [type.origin] : [],
		...(verdict.verdict === "undecided" && {
			hint: `add \`where ${showDim(extent)} >= ${showDim(type.below)}\` to the signature`,
		}),
	});
	return "error";
}

function sliceAxis(context: Context, item: ast.Range, extent: Dim): Dim | "error" {
	const end = (node: ast.Expression | undefined, missing: Dim): Dim | undefined => {
		if (!node) return missing;
		const type = infer(context, node);
		if (type.kind === "Int" && type.value) return type.value;
		if (type.kind === "Real") {
			report(context, {
				code: "E0303",
				at: locate(context, node),
				message: "a slice ends at whole numbers, and this is Real",
				hint: "`/` gives a Real; rounded down it is `floor(a / b)`",
			});
		} else if (type.kind !== "error") unsupported(context, node, "a slice between computed numbers");
		return undefined;
	};
	const from = end(item.from, constant(0));
	const to = end(item.to, extent);
	if (!from || !to) return "error";
	const inside =
		decideAtLeast(extent, to, context.facts).verdict === "holds" &&
		decideAtLeast(to, from, context.facts).verdict === "holds" &&
		decideAtLeast(from, constant(0), context.facts).verdict === "holds";
	if (inside) return sub(to, from);
	report(context, {
		code: "E0331",
		at: locate(context, item),
		message: `the slice ${showDim(from)}..${showDim(to)} ${[from, to, extent].every((d) => asConstant(d) !== undefined) ? "does not" : "need not"} lie inside an axis of size ${showDim(extent)}`,
		hint: `add \`where ${showDim(extent)} >= ${showDim(to)}\` to the signature`,
	});
	return "error";
}
