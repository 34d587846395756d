import type * as ast from "../../../grammar/ast.js";
import { asConstant, asVariable, type Dim } from "../../dims/dim.js";
import { noteLabel } from "../../program/axes.js";
import { nearest } from "../../source/near.js";
import { type Context, locate, report } from "../context.js";
import type { CallArgument } from "../expressions/call.js";
import { infer } from "../expressions/expression.js";
import { meant } from "../hint.js";
import { checkOf, isLent } from "../session.js";
import { placeOfAxis, shapeOf } from "../types/shape.js";
import { showDim, showType } from "../types/show.js";
import type { Shape, TensorType, Type } from "../types/types.js";
import { partsOf } from "./builtin.js";

/**
 * Axes by position (from the start, or from the end by negative numbers) or by the label of a declared type. They are
 * places in the list of known sizes; after a rest only those can be told.
 */

/** The label of an axis: a size that is one name. */
function labelOf(dim: Dim): string | undefined {
	const atom = asVariable(dim);
	return atom?.kind === "variable" ? atom.name : undefined;
}

/** The axis that an argument names. Undefined, and reported, if there is none. */
export function axisAt(
	context: Context,
	node: ast.Expression,
	value: TensorType,
	given?: Type,
): number | undefined {
	if (node.kind === "Parenthesized" && !given) return axisAt(context, node.inner, value);
	if (node.kind === "Field" && node.base.kind === "Root" && !given) return labelledAt(context, node, value);
	const position = positionAt(context, node, given);
	if (position === undefined) return undefined;
	const axis = axisFromPosition(value.shape, position);
	if (axis === undefined) noSuchAxis(context, node, value, 0);
	return axis;
}

/** The shape with one axis more, where an argument says. Undefined, and reported, if that is no place for it. */
export function withNewAxis(
	context: Context,
	argument: CallArgument,
	value: TensorType,
	size: Dim,
): Shape | undefined {
	let node = argument.value;
	while (node.kind === "Parenthesized" && !argument.type) node = node.inner;
	if (node.kind === "Field" && node.base.kind === "Root" && !argument.type) {
		newAxisLabelled(context, node);
		return undefined;
	}
	const position = positionAt(context, node, argument.type);
	if (position === undefined) return undefined;
	const { dims, rest } = value.shape;
	const at = position < 0 ? dims.length + 1 + position : position;
	const least = rest && position < 0 ? rest.before : 0;
	const most = rest && position >= 0 ? rest.before : dims.length;
	if (at < least || at > most) {
		noSuchAxis(context, node, value, 1);
		return undefined;
	}
	const all = [...dims.slice(0, at), size, ...dims.slice(at)];
	return shapeOf(all, rest, rest && rest.before + (position < 0 ? 0 : 1));
}

function positionAt(context: Context, node: ast.Expression, given: Type | undefined): number | undefined {
	const type = given ?? infer(context, node);
	if (type.kind === "error") return undefined;
	const position = type.kind === "Int" && type.value ? asConstant(type.value) : undefined;
	if (position === undefined)
		report(context, {
			code: "E0336",
			at: locate(context, node),
			message: `an axis is a number or a label that is written out, and this is ${showType(type)}`,
			hint: "`axis = 0`, from the end `axis = -1`, or by its name in the declared type `axis = .n`",
		});
	return position;
}

/** Before a rest axes are counted from the start, behind it from the end. */
function axisFromPosition({ dims, rest }: Shape, position: number): number | undefined {
	const axis = position < 0 ? dims.length + position : position;
	if (axis < 0 || axis >= dims.length) return undefined;
	return !rest || axis < rest.before === position >= 0 ? axis : undefined;
}

/** `room`: 1 where an axis is put in. */
function noSuchAxis(context: Context, node: ast.Expression, value: TensorType, room: 0 | 1): void {
	const { dims, rest } = value.shape;
	const [before, behind] = rest
		? [rest.before + room, dims.length - rest.before + room]
		: [0, dims.length + room];
	const ways = [
		...(before > 0
			? [`before \`...${rest?.name}\` axes are counted from the start: ${range(0, before - 1)}`]
			: []),
		...(rest && behind > 0
			? [`after \`...${rest.name}\` axes are counted from the end: ${range(-behind, -1)}`]
			: []),
	];
	report(context, {
		code: "E0336",
		at: locate(context, node),
		message: `${showType(value)} has no such axis`,
		hint: rest
			? ways.length > 0
				? ways.join("; ")
				: `which axes \`...${rest.name}\` stands for, only a call tells`
			: behind === 0
				? "it is a single number"
				: `axes are counted from ${range(0, behind - 1)}, or from the end: ${range(-behind, -1)}`,
	});
}

function range(from: number, to: number): string {
	return from === to ? `${from}` : `${from} to ${to}`;
}

function newAxisLabelled(context: Context, node: ast.Field): void {
	report(context, {
		code: "E0336",
		at: locate(context, node),
		message: "a new axis has no label yet",
		hint: "give its place: `axis = -1` is the last",
	});
}

function labelledAt(context: Context, node: ast.Field, value: TensorType): number | undefined {
	if (node.name.kind !== "Identifier") return undefined;
	const { name } = node.name;
	const labels = value.shape.dims.map(labelOf);
	const places = labels.flatMap((label, i) => (label === name ? [i] : []));
	const [axis] = places;
	if (axis === undefined || places.length > 1) {
		const known = labels.filter((l, i) => l !== undefined && labels.indexOf(l) === i) as string[];
		const near = nearest(name, known);
		report(context, {
			code: "E0336",
			at: locate(context, node),
			message:
				places.length > 1
					? `${showType(value)} has several axes \`${name}\``
					: `${showType(value)} has no axis \`${name}\``,
			hint:
				places.length > 1
					? "give its place: `axis = -1` is the last"
					: near.length > 0
						? meant([`.${near[0]}`])
						: known.length > 0
							? `there are ${known.map((l) => `\`.${l}\``).join(", ")}`
							: "its sizes have no names: give the place, `axis = -1` is the last",
		});
		return undefined;
	}
	const { rest, dims } = value.shape;
	const position = rest && axis < rest.before ? axis : axis - dims.length;
	const lent = isLent(context);
	if (!lent && noteLabel(node, position, checkOf(context.session))) return axis;
	report(context, {
		code: "E0336",
		at: locate(context, node),
		message: lent
			? `\`${name}\` is ${showAxis(value.shape, axis)} of ${showType(value)} in one use of this function, and may be another in the next`
			: `\`${name}\` is ${showAxis(value.shape, axis)} of ${showType(value)}, and another axis in another use of this function`,
		hint: "a label belongs to one declared type: make it a `fn` that declares that of its parameter, or give the place of the axis",
	});
	return undefined;
}

/** Several axes, ascending; a single one is a list of one. */
export function axesAt(context: Context, argument: CallArgument, value: TensorType): number[] | undefined {
	const parts = argument.type ? undefined : partsOf(argument.value);
	if (!parts) {
		const axis = axisAt(context, argument.value, value, argument.type);
		return axis === undefined ? undefined : [axis];
	}
	const axes: number[] = [];
	for (const part of parts) {
		const axis = axisAt(context, part, value);
		if (axis === undefined) return undefined;
		if (axes.includes(axis)) {
			report(context, {
				code: "E0336",
				at: locate(context, part),
				message: `this axis of ${showType(value)} is named twice`,
			});
			return undefined;
		}
		axes.push(axis);
	}
	return axes;
}

/** The axis of the option `axis`, or the one that stands for it. */
export function axisGiven(
	context: Context,
	argument: CallArgument | undefined,
	value: TensorType,
	otherwise: { readonly axis: number; readonly node: ast.Expression },
): number | undefined {
	if (argument) return axisAt(context, argument.value, value, argument.type);
	const { dims, rest } = value.shape;
	const axis = axisFromPosition(value.shape, otherwise.axis);
	if (axis !== undefined) return axis;
	const known = rest && (rest.before > 0 ? 0 : dims.length > 0 ? -1 : undefined);
	report(context, {
		code: "E0336",
		at: locate(context, otherwise.node),
		message: rest
			? `the ${otherwise.axis < 0 ? "last" : "first"} axis of ${showType(value)} is not known${known === undefined ? "" : `: name one by \`axis = ${known}\``}`
			: `${showType(value)} has no axis ${otherwise.axis}`,
	});
	return undefined;
}

/** `axis 1 (m)`, as messages name it. */
export function showAxis(shape: Shape, axis: number): string {
	return `axis ${placeOfAxis(shape, axis)} (${showDim(shape.dims[axis] as Dim)})`;
}
