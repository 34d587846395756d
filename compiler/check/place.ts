import type * as ast from "../../grammar/ast.js";
import { add, constant, type Dim, decideAtLeast, decideEqual, type Facts, mul, sub, withAtLeast } from "../dims/dim.js";
import { nearest } from "../source/near.js";
import { asTensor } from "./arithmetic.js";
import { methodOf } from "./call.js";
import { conditionText } from "./conditions.js";
import { type Context, locate, report, unsupported } from "./context.js";
import { infer } from "./expression.js";
import { explainVerdict } from "./match.js";
import { showDim, showShape, showType } from "./show.js";
import { elementAt, lengthOf } from "./substitute.js";
import { errorType, type IndexRange, noQuantified, type PlaceLeaf, type TensorType, tensor, type Type } from "./types.js";
import { resolveRest } from "./type-node.js";

// ---------------------------------------------------------------- x[i, :, 2..5]

export function inferIndex(context: Context, node: ast.Index): Type {
	const base = infer(context, node.base);
	if (base.kind === "error") {
		for (const item of node.items) if (item.kind === "Name" || item.kind === "Binary") infer(context, item);
		return errorType;
	}
	if (node.fallback) {
		unsupported(context, node.fallback, "a default for an index outside");
		return errorType;
	}
	if (base.kind === "list") return indexList(context, node, base);
	const value = asTensor(base);
	if (!value) {
		report(context, { code: "E0330", at: locate(context, node.base), message: `this cannot be indexed: it is ${showType(base)}` });
		return errorType;
	}
	return indexTensor(context, node, value);
}

function indexList(context: Context, node: ast.Index, list: Type & { kind: "list" }): Type {
	const item = node.items[0];
	const index = item && infer(context, item);
	if (!item || node.items.length !== 1) {
		report(context, { code: "E0330", at: locate(context, node), message: "a static list takes one index" });
		return errorType;
	}
	if (index?.kind === "Int" && index.value) {
		const entry = elementAt(list, index.value);
		if (entry) return entry;
		const size = lengthOf(list);
		report(context, {
			code: "E0331",
			at: locate(context, item),
			message: `this list has ${showDim(size)} elements, and none at ${showDim(index.value)}`,
		});
		return errorType;
	}
	const stacked = asTensor(list);
	if (stacked && index?.kind === "tensor") return indexTensor(context, node, stacked);
	report(context, { code: "E0330", at: locate(context, item), message: "the index of a static list is known before running" });
	return errorType;
}

function indexTensor(context: Context, node: ast.Index, base: TensorType): Type {
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
			message: `${showType(base)} has ${dims.length} axes${rest ? ` after ...${rest.name}` : ""}, and there are ${items.length} indices`,
			...(missing > 0 && { hint: `a whole axis is \`:\`: \`[${[...items.map(() => "i"), ...Array(missing).fill(":")].join(", ")}]\`` }),
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

function wrongRest(context: Context, node: ast.Rest, base: TensorType): Type {
	report(context, {
		code: "E0332",
		at: locate(context, node),
		message: `the leading axes of ${showType(base)} are not these`,
	});
	return errorType;
}

/** What one item of an index leaves of its axis: a size, nothing, or an error. */
function indexAxis(context: Context, item: ast.Expression, extent: Dim, base: TensorType, axis: number): Dim | undefined | "error" {
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
	if (type.kind === "Int" && type.value) return proveInside(context, item, type.value, extent, context.facts, base);
	if (type.kind !== "tensor" || type.element !== "int") {
		report(context, {
			code: "E0330",
			at: locate(context, item),
			message: `an index is an int, and this is ${showType(type)}`,
			...(type.kind === "tensor" && type.element === "real" && { hint: "narrow it with `int(..)`, which checks while running" }),
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
function useIndex(context: Context, item: ast.Expression, index: IndexRange, extent: Dim, base: TensorType, axis: number): undefined | "error" {
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

/** `i + 1`, `2 * i + j`: a polynomial over binder indices and static Ints, with what is known of them. */
function affineIndex(context: Context, node: ast.Expression): { readonly value: Dim; readonly facts: Facts } | undefined {
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
		return e.operator === "+" ? add(a, b) : e.operator === "-" ? sub(a, b) : e.operator === "*" ? mul(a, b) : undefined;
	};
	const value = walk(node);
	return value && { value, facts };
}

function proveInside(context: Context, item: ast.Expression, value: Dim, extent: Dim, facts: Facts, base: TensorType): undefined | "error" {
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
		hint: "give the binder a range with `in`, or a default outside: `x[i - 1 else 0]`",
	});
	return "error";
}

function gatherAxis(context: Context, item: ast.Expression, type: TensorType, extent: Dim): undefined | "error" {
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
		...(verdict.verdict === "undecided" && { hint: `add \`where ${showDim(extent)} >= ${showDim(type.below)}\` to the signature` }),
	});
	return "error";
}

function sliceAxis(context: Context, item: ast.Range, extent: Dim): Dim | "error" {
	const end = (node: ast.Expression | undefined, missing: Dim): Dim | undefined => {
		if (!node) return missing;
		const type = infer(context, node);
		if (type.kind === "Int" && type.value) return type.value;
		if (type.kind !== "error") unsupported(context, node, "a slice between computed numbers");
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
		message: `the slice ${showDim(from)}..${showDim(to)} need not lie inside an axis of size ${showDim(extent)}`,
		hint: `add \`where ${showDim(extent)} >= ${showDim(to)}\` to the signature if it always does`,
	});
	return "error";
}

// ---------------------------------------------------------------- net.weight, x.T, pair.0

export function inferField(context: Context, node: ast.Field): Type {
	if (holdsPlaces(node)) return inferPlaces(context, node);
	const base = infer(context, node.base);
	if (base.kind === "error" || node.name.kind === "Missing") return errorType;
	const name = node.name.name;
	const found = memberOf(base, name);
	if (found) {
		if (found.condition && !allowed(context, base, found.condition)) {
			report(context, {
				code: "E0304",
				at: locate(context, node.name),
				message: `\`${name}\` is there only if ${found.condition}`,
			});
			return errorType;
		}
		return found.type;
	}
	const names = memberNames(base);
	const near = nearest(name, names);
	report(context, {
		code: "E0204",
		at: locate(context, node.name),
		message: `${showType(base)} has no \`${name}\``,
		notes: names.length > 0 ? [`it has ${names.map((n) => `\`${n}\``).join(", ")}`] : [],
		...(near.length > 0 && { hint: `did you mean \`${near[0]}\`?` }),
	});
	return errorType;
}

function allowed(context: Context, base: Type, condition: string): boolean {
	if (context.assumed.has(condition)) return true;
	const value = base.kind === "model" ? base.configuration.get(condition) : undefined;
	return value?.kind === "Bool" && value.value === true;
}

export function memberNames(base: Type): string[] {
	switch (base.kind) {
		case "tuple":
			return base.elements.map((e, i) => e.name ?? String(i));
		case "model":
			return [...base.declaration.members.keys()];
		case "table":
			return [...base.columns.map((c) => c.name), "batches"];
		case "tensor":
			return base.shape.dims.length === 2 ? ["T"] : [];
		case "declaration":
			return base.symbol.role === "constraint" || base.symbol.role === "optimizer" ? [...base.symbol.rule.members.keys()] : [];
		case "applied":
			return [...base.rule.members.keys()];
		default:
			return [];
	}
}

const batchesMethod: Type = {
	kind: "function",
	name: "batches",
	quantified: noQuantified,
	parameters: [],
	result: errorType,
	special: "batches",
};

export interface FoundMember {
	readonly type: Type;
	readonly condition?: string;
}

export function memberOf(base: Type, name: string): FoundMember | undefined {
	switch (base.kind) {
		case "tuple": {
			const element = base.elements.find((e, i) => e.name === name || String(i) === name);
			return element && { type: element.type };
		}
		case "model": {
			const option = base.configuration.get(name);
			if (option) return { type: option };
			const member = base.declaration.members.get(name);
			if (!member) return undefined;
			return { type: methodLike(base, member.type), ...(member.condition && { condition: member.condition }) };
		}
		case "table": {
			const column = base.columns.find((c) => c.name === name);
			if (column) return { type: column.type };
			return name === "batches" ? { type: batchesMethod } : undefined;
		}
		case "tensor":
			if (name !== "T" || base.shape.dims.length !== 2) return undefined;
			return { type: { ...base, shape: { ...base.shape, dims: [...base.shape.dims].reverse() } } };
		case "declaration":
			if (base.symbol.role !== "constraint" && base.symbol.role !== "optimizer") return undefined;
			base.symbol.rule.complete();
			return memberOf({ kind: "applied", rule: base.symbol.rule }, name);
		case "applied": {
			const member = base.rule.members.get(name);
			return member && { type: member.type };
		}
		default:
			return undefined;
	}
}

function methodLike(model: Type & { kind: "model" }, type: Type): Type {
	return methodOf(model, type as Type & { kind: "function" });
}

// ---------------------------------------------------------------- net.**.weight

function holdsPlaces(node: ast.Expression): boolean {
	if (node.kind === "Places") return true;
	return node.kind === "Field" ? holdsPlaces(node.base) : false;
}

export function inferPlaces(context: Context, node: ast.Field | ast.Places): Type {
	const found = placesOf(context, node);
	if (!found) return errorType;
	const leaves = found.flatMap((p) => leavesOf(p));
	if (leaves.length > 0) return { kind: "places", leaves };
	report(context, {
		code: "E0410",
		at: locate(context, node),
		message: "this place matches nothing",
		hint: nearPlaces(context, node),
	});
	return errorType;
}

function nearPlaces(context: Context, node: ast.Expression): string {
	let base: ast.Expression = node;
	while (base.kind === "Field" || base.kind === "Places") base = base.base;
	const root = placesOf(context, base) ?? [];
	const names = [...new Set(root.flatMap((p) => leavesOf(p)).map((l) => l.path.split(".").at(-1) ?? ""))];
	return `there are ${names.map((n) => `\`${n}\``).join(", ")}`;
}

/** The parts of a tree that a path selects. */
export function placesOf(context: Context, node: ast.Expression): PlaceLeaf[] | undefined {
	if (node.kind === "Places") {
		const bases = placesOf(context, node.base);
		if (!bases) return undefined;
		if (node.select === "*") return bases.flatMap(childrenOf);
		if (node.select === "**") return bases.flatMap(descendants);
		unsupported(context, node, "a group of places");
		return undefined;
	}
	if (node.kind === "Field" && node.name.kind === "Identifier") {
		const name = node.name.name;
		const bases = placesOf(context, node.base);
		return bases?.flatMap((b) => childrenOf(b).filter((c) => c.path === `${b.path}.${name}`));
	}
	// a name that is still to be written: `net.**.`
	if (holdsPlaces(node)) return undefined;
	const type = infer(context, node);
	if (type.kind === "error") return undefined;
	return [{ path: node.kind === "Name" ? node.name : conditionText(node), type }];
}

function childrenOf(place: PlaceLeaf): PlaceLeaf[] {
	const { type, path } = place;
	switch (type.kind) {
		case "model":
			return [...type.declaration.members.values()]
				.filter((m) => m.role === "param" || m.role === "part")
				.filter((m) => !m.condition || isOn(type, m.condition))
				.map((m) => ({ path: `${path}.${m.name}`, type: methodLike(type, m.type) }));
		case "list":
			return (type.elements ?? []).map((t, i) => ({ path: `${path}[${i}]`, type: t }));
		case "tuple":
			return type.elements.map((e, i) => ({ path: `${path}.${e.name ?? i}`, type: e.type }));
		default:
			return [];
	}
}

function isOn(model: Type & { kind: "model" }, condition: string): boolean {
	const value = model.configuration.get(condition);
	return value?.kind === "Bool" && value.value === true;
}

function descendants(place: PlaceLeaf): PlaceLeaf[] {
	return [place, ...childrenOf(place).flatMap(descendants)];
}

/** The trainable tensors below a place. */
export function leavesOf(place: PlaceLeaf): PlaceLeaf[] {
	if (place.type.kind === "tensor") return [place];
	return childrenOf(place).flatMap(leavesOf);
}
