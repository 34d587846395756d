import type * as ast from "../../../grammar/ast.js";
import { asConstant, asVariable, type Dim } from "../../dims/dim.js";
import { noteLabel } from "../../program/axes.js";
import { nearest } from "../../source/near.js";
import { type Context, locate, report, unsupported } from "../context.js";
import type { CallArgument } from "../expressions/call.js";
import { infer } from "../expressions/expression.js";
import { meant } from "../hint.js";
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

/** The axis that an argument names. Undefined, and reported, if there is none. `room`: 1 where an axis is put in. */
export function axisAt(
	context: Context,
	node: ast.Expression,
	value: TensorType,
	room = 0,
	given?: Type,
): number | undefined {
	if (node.kind === "Parenthesized" && !given) return axisAt(context, node.inner, value, room);
	if (node.kind === "Field" && node.base.kind === "Root" && !given)
		return labelledAt(context, node, value, room);
	const type = given ?? infer(context, node);
	if (type.kind === "error") return undefined;
	const position = type.kind === "Int" && type.value ? asConstant(type.value) : undefined;
	const { dims, rest } = value.shape;
	const count = dims.length + room;
	if (position === undefined) {
		report(context, {
			code: "E0336",
			at: locate(context, node),
			message: `an axis is a number or a label that is written out, and this is ${showType(type)}`,
			hint: "`axis = 0`, from the end `axis = -1`, or by its name in the declared type `axis = .n`",
		});
		return undefined;
	}
	const axis = position < 0 ? count + position : position;
	if (axis >= 0 && axis < count && (!rest || position < 0)) return axis;
	report(context, {
		code: "E0336",
		at: locate(context, node),
		message: `${showType(value)} has no such axis`,
		hint: rest
			? `after \`...${rest.name}\` axes are counted from the end: ${range(-count, -1)}`
			: count === 0
				? "it is a single number"
				: `axes are counted from ${range(0, count - 1)}, or from the end: ${range(-count, -1)}`,
	});
	return undefined;
}

function range(from: number, to: number): string {
	return from === to ? `${from}` : `${from} to ${to}`;
}

function labelledAt(context: Context, node: ast.Field, value: TensorType, room: number): number | undefined {
	if (node.name.kind !== "Identifier") return undefined;
	const { name } = node.name;
	const labels = value.shape.dims.map(labelOf);
	const places = labels.flatMap((label, i) => (label === name ? [i] : []));
	const [axis] = places;
	if (axis === undefined || places.length > 1 || room > 0) {
		const known = labels.filter((l, i) => l !== undefined && labels.indexOf(l) === i) as string[];
		const near = nearest(name, known);
		report(context, {
			code: "E0336",
			at: locate(context, node),
			message:
				places.length > 1
					? `${showType(value)} has several axes \`${name}\``
					: room > 0
						? "a new axis has no label yet"
						: `${showType(value)} has no axis \`${name}\``,
			hint:
				places.length > 1 || room > 0
					? "give its place: `axis = -1` is the last"
					: near.length > 0
						? meant([`.${near[0]}`])
						: known.length > 0
							? `there are ${known.map((l) => `\`.${l}\``).join(", ")}`
							: "its sizes have no names: give the place, `axis = -1` is the last",
		});
		return undefined;
	}
	if (noteLabel(node, axis - value.shape.dims.length, context.session)) return axis;
	unsupported(context, node, "a label of an axis that stands elsewhere in another use of this function");
	return undefined;
}

/** Several axes, ascending; a single one is a list of one. */
export function axesAt(context: Context, argument: CallArgument, value: TensorType): number[] | undefined {
	const parts = argument.type ? undefined : partsOf(argument.value);
	if (!parts) {
		const axis = axisAt(context, argument.value, value, 0, argument.type);
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
	if (argument) return axisAt(context, argument.value, value, 0, argument.type);
	const { dims, rest } = value.shape;
	const axis = otherwise.axis < 0 ? dims.length + otherwise.axis : otherwise.axis;
	if (axis >= 0 && axis < dims.length && (!rest || otherwise.axis < 0)) return axis;
	report(context, {
		code: "E0336",
		at: locate(context, otherwise.node),
		message: rest
			? `the first axis of ${showType(value)} is not known: name one by \`axis = -1\``
			: `${showType(value)} has no axis ${otherwise.axis}`,
	});
	return undefined;
}

/** The same shape with one axis changed, or taken out. */
export function replaceAxis(shape: Shape, axis: number, ...sizes: readonly Dim[]): Shape {
	return { ...shape, dims: shape.dims.flatMap((d, i) => (i === axis ? sizes : [d])) };
}

/** `axis 1 (m)`, as messages name it. */
export function showAxis(shape: Shape, axis: number): string {
	return `axis ${shape.rest ? axis - shape.dims.length : axis} (${showDim(shape.dims[axis] as Dim)})`;
}
