import type * as ast from "../../../grammar/ast.js";
import { holdsPlaces } from "../../../grammar/places.js";
import { add, asConstant, constant, type Dim, isAtLeast } from "../../dims/dim.js";
import type { Fix } from "../../source/diagnostic.js";
import { type Context, locate, report } from "../context.js";
import { broadcast } from "../expressions/arithmetic.js";
import { infer } from "../expressions/expression.js";
import { askFor } from "../hint.js";
import { noPlaceForRest, restsSideBySide, twoRests } from "../signatures/rests.js";
import { indexStack } from "../signatures/stack-type.js";
import { resolveRest } from "../signatures/type-node.js";
import { sliceOfList } from "../trees/place-entries.js";
import { inferPlaces } from "../trees/places.js";
import { asTensor } from "../trees/stack.js";
import { anyOf } from "../types/any-of.js";
import { complexOfParts, complexPart } from "../types/complex-type.js";
import { entryByName } from "../types/known-list.js";
import { meet } from "../types/precision.js";
import { sameRest, sideBySide } from "../types/shape.js";
import { showDim, showShape, showType } from "../types/show.js";
import { spreadEntry } from "../types/spread-list.js";
import { elementAt, lengthOf } from "../types/substitute.js";
import { errorType, type Shape, type TensorType, type Type, tensor } from "../types/types.js";
import { warnOfDraw } from "../warnings/slips.js";
import { checkPosition, withBound } from "./inside.js";
import { sliceAxis } from "./slice.js";

/** `x[i, :, 2..5]`: what an index leaves of a shape, and that it lies inside. */

export function inferIndex(context: Context, node: ast.Index, given?: Type): Type {
	if (!given && holdsPlaces(node)) return inferPlaces(context, node);
	const base = given ?? infer(context, node.base);
	if (base.kind === "error") {
		for (const item of node.items) {
			if (item.kind !== "Name" && item.kind !== "Binary") continue;
			const type = infer(context, item);
			if (type.kind === "tensor" && type.index) type.index.unknown = true;
		}
		return errorType;
	}
	if (base.kind === "list") return indexList(context, node, base);
	const complex = complexPart(base);
	if (complex && node.fallback) return complexWithDefault(context, node, node.fallback, complex);
	if (complex) {
		const part = indexTensor(context, node, complex);
		return part.kind === "tensor" ? complexOfParts(part) : errorType;
	}
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
	const type = indexTensor(context, node, value);
	if (type.kind !== "error") warnOfDraw(context, node);
	return type;
}

/** `z[i - 1 else 0]`: outside stands a complex number, or a real one. */
function complexWithDefault(
	context: Context,
	node: ast.Index,
	otherwise: ast.Expression,
	base: TensorType,
): Type {
	const zero: ast.Expression = { kind: "Number", value: 0, integer: true, span: otherwise.span };
	const inside = indexTensor(context, { ...node, fallback: zero }, base);
	const fallback = infer(context, otherwise);
	if (inside.kind !== "tensor" || fallback.kind === "error") return errorType;
	const whole = withDefault(context, node, otherwise, inside, complexPart(fallback) ?? fallback);
	return whole.kind === "tensor" ? complexOfParts(whole) : errorType;
}

function isAbove(context: Context, index: Dim): boolean {
	return isAtLeast(index, constant(0), context.facts);
}

function indexList(context: Context, node: ast.Index, list: Type & { kind: "list" }): Type {
	const item = node.items[0];
	const stacked = asTensor(list);
	if (node.fallback && !stacked) {
		report(context, {
			code: "E0330",
			at: locate(context, node.fallback),
			message: "a static list has no default: whether it has that element is known before running",
		});
		return errorType;
	}
	if (stacked && node.fallback) return indexTensor(context, node, stacked);
	if (!stacked && node.items.length === 1 && item?.kind === "FullSlice") return list;
	if (!stacked && node.items.length === 1 && item?.kind === "Range") return sliceOfList(context, item, list);
	if (stacked && (node.items.length !== 1 || item?.kind === "Range" || item?.kind === "FullSlice"))
		return indexTensor(context, node, stacked);
	const index = item && item.kind !== "FullSlice" ? infer(context, item) : undefined;
	if (!item || node.items.length !== 1) {
		report(context, { code: "E0330", at: locate(context, node), message: "a static list takes one index" });
		return errorType;
	}
	if (index?.kind === "error") return errorType;
	if (index?.kind === "Int" && index.value) {
		const facts = withBound(context, index);
		const inside =
			isAtLeast(index.value, constant(0), facts) &&
			isAtLeast(lengthOf(list), add(index.value, constant(1)), facts);
		const entry = inside
			? (spreadEntry(list, index.value, facts) ?? elementAt(list, index.value))
			: undefined;
		if (entry) return entry;
		const known = asConstant(index.value) !== undefined && asConstant(lengthOf(list)) !== undefined;
		const any =
			inside && list.elements ? (entryByName(list, index.value) ?? anyOf(list.elements)) : undefined;
		if (any) return any;
		if (inside) {
			report(context, {
				code: "E0330",
				at: locate(context, item),
				message: `which entry this is, is known only by name, and the entries differ: ${showType(list)}`,
				hint: "give the entry itself in the place of its number, or take it in a `match`",
			});
			return errorType;
		}
		const size = lengthOf(list);
		report(context, {
			code: "E0331",
			at: locate(context, item),
			message: known
				? `this list has ${showDim(size)} elements, and none at ${showDim(index.value)}`
				: `this index may be outside: the list has ${showDim(size)} elements, and ${showDim(index.value)} need not be one of them`,
			...(known && lastEntry(context, item, size, index.value)),
			...(!known && {
				hint: isAbove(context, index.value)
					? askFor(`${showDim(size)} >= ${showDim(add(index.value, constant(1)))}`)
					: askFor(`${showDim(index.value)} >= 0`),
			}),
		});
		return errorType;
	}
	if (stacked && (index?.kind === "tensor" || index?.kind === "list"))
		return indexTensor(context, node, stacked);
	report(context, {
		code: "E0330",
		at: locate(context, item),
		message: list.elements
			? "the index of a static list is known before running, unless the list is one of numbers"
			: "the index of a list of unknown length is known before running",
		...(index && { label: showType(index) }),
		...(index?.kind === "tensor" && {
			hint: "where it is a parameter, `l: Int` is known before; numbers of which one is computed are a tensor: `ws: int[n]`",
		}),
	});
	return errorType;
}

export function indexTensor(context: Context, node: ast.Index, base: TensorType): Type {
	const { dims, rest } = base.shape;
	const items = node.items.filter((item) => item.kind !== "Rest");
	const [named, second] = node.items.filter((item) => item.kind === "Rest");
	if (named && !isRestOf(context, node, named, second, base)) return errorType;
	if (items.length !== dims.length || (rest && !named)) {
		const missing = dims.length - items.length;
		const all = [...items.map(() => "i"), ...Array(Math.max(0, missing)).fill(":")];
		if (rest) all.splice(rest.before, 0, `...${rest.name}`);
		report(context, {
			code: "E0332",
			at: locate(context, node),
			message: `${showType(base)} has ${counted(dims.length, "axis", "axes")}${rest ? ` beside \`...${rest.name}\`` : ""}, and there ${items.length === 1 ? "is" : "are"} ${counted(items.length, "index", "indices")}`,
			...((missing > 0 || (rest && missing === 0)) && {
				hint: rest
					? `where a binder runs over \`...${rest.name}\`, it is \`[${all.join(", ")}]\``
					: `a whole axis is \`:\`: \`[${all.join(", ")}]\``,
			}),
		});
		return errorType;
	}
	const parts = items.map((item, axis) => indexAxis(context, node, item, dims[axis] as Dim, base, axis));
	const tensors = items.filter((_, axis) => isTensor(parts[axis]));
	const fallback = node.fallback && infer(context, node.fallback);
	if (parts.some((p) => p === undefined) || fallback?.kind === "error") return errorType;
	const shape = joinParts(context, node, parts as readonly Shape[], tensors);
	if (!shape) return errorType;
	const value: TensorType = {
		...tensor(base.element, shape, base.below),
		...(base.interval && { interval: base.interval }),
		...(base.probabilities && { probabilities: base.probabilities }),
	};
	return node.fallback && fallback ? withDefault(context, node, node.fallback, value, fallback) : value;
}

function isTensor(part: Shape | undefined): boolean {
	return part !== undefined && (part.rest !== undefined || part.dims.length > 0);
}

/** The axes that are left, in their order. Those of a tensor of indices stand in the place of the axis that it indexes. */
function joinParts(
	context: Context,
	node: ast.Index,
	parts: readonly Shape[],
	tensors: readonly ast.Expression[],
): Shape | undefined {
	const [first, second] = tensors.filter((t) => t.kind !== "FullSlice" && t.kind !== "Range");
	if (first && second) {
		report(context, {
			code: "E0330",
			at: locate(context, second),
			message: "there are two tensors of indices here, and two things that this may mean",
			related: [{ at: locate(context, first), label: "the other one" }],
			hint: "say which: side by side, `for i: x[a[i], b[i]]`, or each with each, `for i, j: x[a[i], b[j]]`",
		});
		return undefined;
	}
	let shape: Shape = { dims: [] };
	for (const part of parts) {
		const joined = sideBySide(shape, part);
		if (!joined) return shape.rest && part.rest && restsSideBySide(context, node, shape.rest, part.rest);
		shape = joined;
	}
	return shape;
}

/** `x[i, ...b]`: the rest of the value, in its place, where a binder runs over it. */
function isRestOf(
	context: Context,
	node: ast.Index,
	item: ast.Rest,
	second: ast.Rest | undefined,
	base: TensorType,
): boolean {
	const { rest } = base.shape;
	if (second) {
		twoRests(context, second, item);
		return false;
	}
	const named = resolveRest(context, item);
	if (!named) return false;
	if (named.id !== rest?.id) {
		wrongRest(context, item, base);
		return false;
	}
	const at = node.items.indexOf(item);
	if (at !== rest.before) {
		const all: string[] = base.shape.dims.map(() => "i");
		all.splice(rest.before, 0, `...${rest.name}`);
		report(context, {
			code: "E0332",
			at: locate(context, item),
			message: `\`...${rest.name}\` stands elsewhere in ${showType(base)}`,
			hint: `each axis in its place: \`[${all.join(", ")}]\``,
		});
		return false;
	}
	if (context.scope.runsOver(rest)) return true;
	noPlaceForRest(
		context,
		item,
		`no binder runs over \`...${rest.name}\` here`,
		`\`for ...${rest.name}: ..\` goes over all of these axes`,
	);
	return false;
}

/** `x[i - 1 else 0]`: the value outside has the shape of one inside. */
function withDefault(
	context: Context,
	node: ast.Index,
	otherwise: ast.Expression,
	value: TensorType,
	fallback: Type,
): Type {
	const sliced = node.items.find((i) => i.kind === "Range");
	const other = asTensor(fallback);
	if (sliced || !other) {
		report(context, {
			code: "E0330",
			at: locate(context, sliced ?? otherwise),
			message: sliced
				? "a default is for a position outside, and this is a slice"
				: `a default is a number or a tensor, and this is ${showType(fallback)}`,
			...(sliced && { hint: "take the positions one by one: `for j in k: x[i + j else 0]`" }),
		});
		return errorType;
	}
	const shape = broadcast(context, node, { node, type: value }, { node: otherwise, type: other });
	if (!shape) return errorType;
	const kept = tensor(value.element, value.shape);
	if (shape.dims.length !== kept.shape.dims.length || !sameRest(shape, kept.shape)) {
		report(context, {
			code: "E0301",
			at: locate(context, otherwise),
			message: `the default has more axes than what stands inside: ${showShape(other.shape)} and ${showShape(value.shape)}`,
		});
		return errorType;
	}
	const element = meet(context, { node, type: value }, { node: otherwise, type: other });
	return element ? tensor(element, shape) : errorType;
}

/** What one item of an index leaves of its axis. */
function indexAxis(
	context: Context,
	node: ast.Index,
	item: ast.Expression,
	extent: Dim,
	base: TensorType,
	axis: number,
): Shape | undefined {
	switch (item.kind) {
		case "FullSlice":
			return { dims: [extent] };
		case "Range": {
			const size = sliceAxis(context, item, extent, base);
			return size === "error" ? undefined : { dims: [size] };
		}
		default:
			return checkPosition({ context, node, item, extent, base, axis }, infer(context, item));
	}
}

function counted(count: number, one: string, many: string): string {
	return count === 0 ? `no ${many}` : `${count} ${count === 1 ? one : many}`;
}

function wrongRest(context: Context, node: ast.Rest, base: TensorType): Type {
	report(context, {
		code: "E0332",
		at: locate(context, node),
		message: `these are no axes of ${showType(base)}`,
	});
	return errorType;
}

/** `xs[-1]`, `xs[3]` of three: places of a list count from 0. */
function lastEntry(
	context: Context,
	item: ast.Expression,
	size: Dim,
	index: Dim,
): { readonly hint: string; readonly fixes: readonly Fix[] } | undefined {
	const [count = 0, at = 0] = [asConstant(size), asConstant(index)];
	const place = at < 0 ? count + at : at === count ? count - 1 : -1;
	if (place < 0) return undefined;
	const which = place === count - 1 ? "the last" : `the last but ${-at - 1}`;
	return {
		hint: `places count from 0: ${which} is \`${place}\``,
		fixes: [
			{ title: `Change it to ${place}`, edits: [{ at: locate(context, item), replacement: `${place}` }] },
		],
	};
}
