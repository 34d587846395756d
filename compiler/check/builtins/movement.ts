import type * as ast from "../../../grammar/ast.js";
import {
	add,
	asConstant,
	constant,
	type Dim,
	decideAtLeast,
	decideEqual,
	exactDiv,
	mul,
} from "../../dims/dim.js";
import { type Context, locate, report } from "../context.js";
import type { CallArgument } from "../expressions/call.js";
import { roundingAdvice } from "../expressions/quotient-hint.js";
import { askFor, type Hint } from "../hint.js";
import { refuseNegative, resolveDim, resolveRest } from "../signatures/type-node.js";
import { withSums } from "../trail.js";
import { joinTensors } from "../trees/stack.js";
import { explainVerdict } from "../types/explain.js";
import { behindRest, replaceAxis, shapeOf, withoutAxes } from "../types/shape.js";
import { showDim, showShape, showType } from "../types/show.js";
import { errorType, isRealElement, type Shape, type TensorType, type Type, tensor } from "../types/types.js";
import { axesAt, axisGiven, showAxis, withNewAxis } from "./axis.js";
import { given, partsOf, tensorGiven, typeOf, wrongArgument, wrongUse } from "./builtin.js";
import type { SpecialRule } from "./special.js";

/** Builtins that place elements without computing with them. */

/** The same elements, in another shape. */
export function reshapedTo(value: TensorType, shape: Shape): TensorType {
	return tensor(value.element, shape, value.below);
}

/** A static Int; reports what is none. */
export function intGiven(
	context: Context,
	argument: CallArgument,
	least: number | undefined,
	what: string,
): Dim | undefined {
	const type = typeOf(context, argument);
	if (type.kind === "error") return undefined;
	return intAt(context, argument.value, type, least, what);
}

export function intAt(
	context: Context,
	node: ast.Expression,
	type: Type,
	least: number | undefined,
	what: string,
): Dim | undefined {
	if (type.kind !== "Int" || !type.value) {
		report(context, {
			code: "E0303",
			at: locate(context, node),
			message: `${what} is a whole number known before running, and this is ${showType(type)}`,
			...roundingAdvice(context, node, type),
		});
		return undefined;
	}
	if (least === undefined) return type.value;
	const verdict = decideAtLeast(type.value, constant(least), context.facts);
	if (verdict.verdict === "holds") return type.value;
	report(context, {
		code: "E0326",
		at: locate(context, node),
		message: `${what} is at least ${least}, and this ${asConstant(type.value) === undefined ? "may be less" : "is"}${asConstant(type.value) === undefined ? "" : ` ${showDim(type.value)}`}`,
		...(verdict.settle && asConstant(type.value) === undefined && { hint: askFor(verdict.settle) }),
	});
	return undefined;
}

const transpose: SpecialRule = (context, site) => {
	const args = given(context, site, ["x", "axes"]);
	const value = args && tensorGiven(context, site, args, "x");
	if (!args || !value) return errorType;
	const { dims } = value.shape;
	const order = args.get("axes");
	if (!order) {
		if (dims.length === 2 && !value.shape.rest) return reshapedTo(value, { dims: [...dims].reverse() });
		return wrongUse(
			context,
			site,
			`turns a matrix, and this is ${showType(value)}`,
			'say the order of the axes: `transpose(x, (0, 2, 1))`, or `rearrange(x, "a b c -> a c b")`',
		);
	}
	if (value.shape.rest && value.shape.rest.before > 0)
		return wrongUse(
			context,
			site,
			`orders the axes of one side of a rest, and ${showType(value)} has some on both or only before it`,
			'`rearrange(x, "n ... d -> d ... n")` says where the rest stands',
		);
	const axes = permutationAt(context, order, value);
	return axes ? reshapedTo(value, { ...value.shape, dims: axes.map((a) => dims[a] as Dim) }) : errorType;
};

function permutationAt(context: Context, order: CallArgument, value: TensorType): number[] | undefined {
	const axes = axesAt(context, order, value);
	if (!axes || axes.length === value.shape.dims.length) return axes;
	report(context, {
		code: "E0336",
		at: locate(context, order.value),
		message: `the order names ${axes.length} of the ${value.shape.dims.length} axes of ${showType(value)}`,
		hint: `all are named once: \`(${value.shape.dims.map((_, i) => (value.shape.rest ? i - value.shape.dims.length : i)).join(", ")})\` is the order they have`,
	});
	return undefined;
}

const flatten: SpecialRule = (context, site) => {
	const args = given(context, site, ["x", "from"]);
	const value = args && tensorGiven(context, site, args, "x");
	if (!args || !value) return errorType;
	const axis = axisGiven(context, args.get("from"), value, { axis: 1, node: site.node });
	if (axis === undefined) return errorType;
	const { dims, rest } = value.shape;
	if (rest && axis < rest.before)
		return wrongUse(
			context,
			site,
			`makes one axis of the last ones, and what \`...${rest.name}\` of ${showType(value)} stands for, only a call tells`,
			"the axes behind it are counted from the end: `from = -2`",
		);
	const joined = dims.slice(axis);
	const product = joined.reduce((p, d) => mul(p, d), constant(1));
	const sum = `${showDim(product)} = ${joined.map(showFactor).join("*")}`;
	const result = reshapedTo(value, { ...value.shape, dims: [...dims.slice(0, axis), product] });
	return joined.length > 1 ? withSums(result, [sum]) : result;
};

function showFactor(dim: Dim): string {
	const shown = showDim(dim);
	return /[-+]/.test(shown) ? `(${shown})` : shown;
}

const expand: SpecialRule = (context, site) => {
	const args = given(context, site, ["x", "axis"], 2);
	const value = args && tensorGiven(context, site, args, "x");
	const place = args?.get("axis");
	if (!value || !place) return errorType;
	const shape = withNewAxis(context, place, value, constant(1));
	return shape ? reshapedTo(value, shape) : errorType;
};

const squeeze: SpecialRule = (context, site) => {
	const args = given(context, site, ["x", "axis"], 2);
	const value = args && tensorGiven(context, site, args, "x");
	const place = args?.get("axis");
	const axes = value && place && axesAt(context, place, value);
	if (!axes || !place) return errorType;
	for (const axis of axes) {
		const size = value.shape.dims[axis] as Dim;
		if (asConstant(size) === 1) continue;
		wrongArgument(
			context,
			site,
			place,
			`leaves out axes of size 1, and ${showAxis(value.shape, axis)} of ${showType(value)} is none`,
			"an axis is indexed away by `x[:, 0]`, summed over by `sum(x, axis = ..)`",
		);
		return errorType;
	}
	return reshapedTo(value, withoutAxes(value.shape, axes));
};

/** Rules of one tensor and axes whose result has the same shape. */
function sameShape(names: readonly string[], required: number, several: boolean): SpecialRule {
	return (context, site) => {
		const args = given(context, site, names, required);
		const value = args && tensorGiven(context, site, args, "x");
		if (!args || !value) return errorType;
		const shift = args.get("shift");
		if (shift && !intGiven(context, shift, undefined, "a shift")) return errorType;
		const place = args.get("axis");
		const axes =
			several && place
				? axesAt(context, place, value)
				: axisGiven(context, place, value, { axis: 0, node: site.node });
		return axes === undefined ? errorType : reshapedTo(value, value.shape);
	};
}

const tile: SpecialRule = (context, site) => {
	const args = given(context, site, ["x", "counts"], 2);
	const value = args && tensorGiven(context, site, args, "x");
	const counts = args?.get("counts");
	const parts = counts && (partsOf(counts.value) ?? [counts.value]);
	if (!value || !parts || !counts) return errorType;
	const { dims } = value.shape;
	if (parts.length > behindRest(value.shape).length) {
		wrongArgument(
			context,
			site,
			counts,
			`has ${parts.length} numbers for the last axes of ${showType(value)}`,
		);
		return errorType;
	}
	const from = dims.length - parts.length;
	const sizes = [...dims];
	for (const [i, part] of parts.entries()) {
		const count = intAt(context, part, typeOf(context, { value: part }), 0, "how often an axis is repeated");
		if (!count) return errorType;
		sizes[from + i] = mul(dims[from + i] as Dim, count);
	}
	const shape = { ...value.shape, dims: sizes };
	return refuseNegative(context, counts.value, shape) ? reshapedTo(value, shape) : errorType;
};

const pad: SpecialRule = (context, site) => {
	const args = given(context, site, ["x", "widths", "axis", "value"], 2);
	const value = args && tensorGiven(context, site, args, "x");
	const widths = args?.get("widths");
	if (!args || !value || !widths) return errorType;
	const filler = args.get("value");
	if (filler) {
		const fill = tensorGiven(context, site, args, "value");
		if (!fill) return errorType;
		if (fill.shape.dims.length > 0 || fill.shape.rest) {
			wrongArgument(context, site, filler, `fills with one number, and this is ${showType(fill)}`);
			return errorType;
		}
		const kind = joinTensors(value, fill);
		if (!kind || (isRealElement(kind) && !isRealElement(value.element))) {
			wrongArgument(
				context,
				site,
				filler,
				`fills ${showType(value)} with numbers of its kind, and this is ${showType(fill)}`,
			);
			return errorType;
		}
	}
	const place = args.get("axis");
	const axes = place ? axesAt(context, place, value) : lastAxes(context, site, widths, value);
	if (!axes) return errorType;
	const entries = place || axes.length === 1 ? undefined : partsOf(widths.value);
	let dims = value.shape.dims;
	for (const [i, axis] of axes.entries()) {
		const ends = endsAt(context, entries?.[i] ?? widths.value);
		if (!ends) return errorType;
		dims = dims.map((d, k) => (k === axis ? add(d, add(ends[0], ends[1])) : d));
	}
	const shape = { ...value.shape, dims };
	return refuseNegative(context, widths.value, shape)
		? tensor(value.element, shape, filler ? undefined : value.below)
		: errorType;
};

/** `pad(x, [1, (0, 2)])`: one entry for each of the last axes; one width is for the only axis. */
function lastAxes(
	context: Context,
	site: Parameters<SpecialRule>[1],
	widths: CallArgument,
	value: TensorType,
): number[] | undefined {
	const rank = value.shape.dims.length;
	const list = widths.value.kind === "List" ? partsOf(widths.value) : undefined;
	if (list && list.length <= behindRest(value.shape).length)
		return list.map((_, i) => rank - list.length + i);
	if (!list && rank === 1 && !value.shape.rest) return [0];
	return wrongArgument(
		context,
		site,
		widths,
		`needs to know which axes of ${showType(value)} these widths are for`,
		"name the axis: `pad(x, 1, axis = -1)`; a list has a width for each of the last axes: `pad(x, [1, (0, 2)])`",
	);
}

/** How many places are put before and after: one number for both, or two. */
export function endsAt(context: Context, node: ast.Expression): readonly [Dim, Dim] | undefined {
	const parts = partsOf(node);
	const single = parts?.length === 1 ? parts[0] : undefined;
	if (parts && single) return endsAt(context, single);
	const sizes = (parts ?? [node]).map((part) =>
		intAt(context, part, typeOf(context, { value: part }), 0, "a width of padding"),
	);
	const [before, after = before] = sizes;
	if (before && after && sizes.length <= 2) return [before, after];
	if (sizes.length > 2)
		report(context, {
			code: "E0313",
			at: locate(context, node),
			message: `a width of padding is one number, or two (before, after), and these are ${sizes.length}`,
		});
	return undefined;
}

const split: SpecialRule = (context, site) => {
	const args = given(context, site, ["x", "sizes", "axis"], 2);
	const value = args && tensorGiven(context, site, args, "x");
	const sizes = args?.get("sizes");
	if (!args || !value || !sizes) return errorType;
	const axis = axisGiven(context, args.get("axis"), value, { axis: 0, node: site.node });
	if (axis === undefined) return errorType;
	const parts = partsOf(sizes.value);
	if (!parts) {
		wrongArgument(
			context,
			site,
			sizes,
			"takes the sizes of the parts, written out: `split(x, [n, m])`",
			"into equal parts it is `chunks(x, 3)`",
		);
		return errorType;
	}
	const dims: Dim[] = [];
	for (const part of parts) {
		const dim = intAt(context, part, typeOf(context, { value: part }), 0, "the size of a part");
		if (!dim) return errorType;
		dims.push(dim);
	}
	const extent = value.shape.dims[axis] as Dim;
	const total = dims.reduce((a, b) => add(a, b), constant(0));
	if (
		!sameSize(
			context,
			sizes.value,
			total,
			extent,
			`the parts are ${showDim(total)} together, and ${showAxis(value.shape, axis)} of ${showType(value)} is ${showDim(extent)}`,
		)
	)
		return errorType;
	return {
		kind: "tuple",
		elements: dims.map((d) => ({ type: reshapedTo(value, replaceAxis(value.shape, axis, d)) })),
	};
};

function sameSize(context: Context, node: ast.Expression, a: Dim, b: Dim, message: string): boolean {
	const verdict = decideEqual(a, b, context.facts);
	if (verdict.verdict === "equal") return true;
	report(context, {
		code: "E0335",
		at: locate(context, node),
		message,
		...explainVerdict(a, b, verdict),
	});
	return false;
}

const chunks: SpecialRule = (context, site) => {
	const args = given(context, site, ["x", "count", "axis"], 2);
	const value = args && tensorGiven(context, site, args, "x");
	const count = args?.get("count");
	if (!args || !value || !count) return errorType;
	const axis = axisGiven(context, args.get("axis"), value, { axis: 0, node: site.node });
	const number = intGiven(context, count, 1, "the number of parts");
	if (axis === undefined || !number) return errorType;
	const known = asConstant(number);
	if (known === undefined) {
		report(context, {
			code: "E0303",
			at: locate(context, count.value),
			message: `\`chunks\` gives a tuple, so that the number of its parts is known while checking, and here it is \`${showDim(number)}\``,
			hint: "as one more axis they may be of any number: `reshape(x, [k, floor(n / k), ..])` where k divides n, or `rearrange`",
		});
		return errorType;
	}
	const division = exactDiv(value.shape.dims[axis] as Dim, number, context.facts);
	if (!("quotient" in division)) {
		report(context, {
			code: "E0308",
			at: locate(context, count.value),
			message: `${showDim(number)} ${division.undecided.impossible ? "does not" : "need not"} divide ${showAxis(value.shape, axis)} of ${showType(value)}`,
			...(!division.undecided.impossible && {
				hint: askFor(division.undecided.settle),
			}),
		});
		return errorType;
	}
	const part = reshapedTo(value, replaceAxis(value.shape, axis, division.quotient));
	return { kind: "tuple", elements: Array.from({ length: known }, () => ({ type: part })) };
};

/** `reshape(x, [n, _])`: the sizes that are asked for, `undefined` for `_`. */
export const reshape: SpecialRule = (context, site) => {
	const args = given(context, site, ["x", "shape"], 2);
	const value = args && tensorGiven(context, site, args, "x");
	const list = args?.get("shape")?.value;
	if (!value || !list) return errorType;
	if (list.kind !== "List")
		return wrongUse(context, site, "takes a tensor and a shape: `reshape(x, [n, m])`");
	const { dims, rest } = value.shape;
	const at = list.elements.findIndex((item) => item.kind === "Rest");
	const item = list.elements[at];
	if (!rest && item?.kind !== "Rest") {
		const sizes = sizesAt(context, list.elements);
		const found = sizes && resized(context, site, value, list, dims, sizes);
		return found ? reshapedTo(value, { dims: found }) : errorType;
	}
	const named = item?.kind === "Rest" ? resolveRest(context, item) : undefined;
	if (item?.kind === "Rest" && !named) return errorType;
	if (!rest || named?.id !== rest.id)
		return wrongUse(
			context,
			site,
			rest
				? `keeps the axes \`...${rest.name}\` of ${showType(value)}`
				: `has no such axes to keep: this is ${showType(value)}`,
			rest &&
				`write them in their place: \`reshape(x, [${rest.before > 0 ? ".., " : ""}...${rest.name}, ..])\``,
		);
	// The elements keep their order: those of each side of the rest stay on it.
	const [before, behind] = [list.elements.slice(0, at), list.elements.slice(at + 1)].map((side) =>
		sizesAt(context, side),
	);
	const first = before && resized(context, site, value, list, dims.slice(0, rest.before), before);
	const last = first && behind && resized(context, site, value, list, dims.slice(rest.before), behind);
	return first && last ? reshapedTo(value, shapeOf([...first, ...last], rest, first.length)) : errorType;
};

/** The sizes that are asked for, `undefined` for `_`; undefined where one is reported. */
function sizesAt(context: Context, items: readonly ast.Expression[]): (Dim | undefined)[] | undefined {
	const dims: (Dim | undefined)[] = [];
	for (const item of items) {
		const open = item.kind === "Name" && item.name === "_";
		const dim = open ? undefined : sizeAt(context, item);
		if (!open && !dim) return undefined;
		dims.push(dim);
	}
	return dims;
}

function sizeAt(context: Context, item: ast.Expression): Dim | undefined {
	const dim = resolveDim(context, item);
	if (!dim) return undefined;
	return intAt(context, item, { kind: "Int", value: dim }, 0, "a size");
}

/** The sizes of as many elements as there are. */
function resized(
	context: Context,
	site: Parameters<SpecialRule>[1],
	value: TensorType,
	list: ast.List,
	dims: readonly Dim[],
	sizes: readonly (Dim | undefined)[],
): readonly Dim[] | undefined {
	const product = (all: readonly Dim[]): Dim => all.reduce((p, d) => mul(p, d), constant(1));
	const count = product(dims);
	const known = product(sizes.filter((d) => d !== undefined));
	const open = sizes.filter((d) => d === undefined).length;
	const refuse = (message: string, hint?: Hint): undefined => {
		wrongUse(context, site, message, hint);
		return undefined;
	};
	if (open > 1) return refuse("can find one `_`, and there are more");
	if (open === 1) {
		const division = exactDiv(count, known, context.facts);
		if ("quotient" in division) return sizes.map((d) => d ?? division.quotient);
		return refuse(
			`cannot find \`_\`: ${showDim(known)} ${division.undecided.impossible ? "does not" : "need not"} divide ${showDim(count)}`,
			division.undecided.impossible ? undefined : askFor(division.undecided.settle),
		);
	}
	const verdict = decideEqual(count, known, context.facts);
	if (verdict.verdict === "equal") return sizes as readonly Dim[];
	const { rest } = value.shape;
	const side = rest && rest.before > 0 ? ` on one side of \`...${rest.name}\`` : "";
	report(context, {
		code: "E0335",
		at: locate(context, list),
		message: `reshape changes the number of elements${side}: ${showShape(side ? { dims } : value.shape)} has ${showDim(count)}, this has ${showDim(known)}`,
		related: value.origin ? [value.origin] : [],
		...explainVerdict(count, known, verdict),
	});
	return undefined;
}

export const movementRules: Readonly<Record<string, SpecialRule>> = {
	transpose,
	flatten,
	expand,
	squeeze,
	flip: sameShape(["x", "axis"], 2, true),
	roll: sameShape(["x", "shift", "axis"], 2, false),
	tile,
	pad,
	chunks,
	reshape,
};

/** `split` of a tensor; that of a data set is another rule. */
export const splitTensor = split;
