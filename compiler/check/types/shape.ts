import type { Dim } from "../../dims/dim.js";
import type { RestAxes, RestVariable, Shape } from "./types.js";

/** Shapes with a rest: `[n, ...b, d]` has the sizes n and d, and the rest stands behind the first of them. */

export function restAt(variable: RestVariable, before: number): RestAxes {
	return { id: variable.id, name: variable.name, before };
}

/** Of known sizes, with a rest behind so many of them if there is one. */
export function shapeOf(dims: readonly Dim[], rest?: RestVariable, before = 0): Shape {
	return rest ? { rest: restAt(rest, before), dims } : { dims };
}

/** The same rest at the same place, or none in both. */
export function sameRest(a: Shape, b: Shape): boolean {
	return a.rest?.id === b.rest?.id && a.rest?.before === b.rest?.before;
}

/** The same axes with further ones in front. */
export function inFront(dims: readonly Dim[], shape: Shape): Shape {
	const all = [...dims, ...shape.dims];
	return shape.rest ? shapeOf(all, shape.rest, dims.length + shape.rest.before) : { dims: all };
}

/** Axes of one shape in front of those of another; undefined if both have a rest, as a shape has one. */
export function sideBySide(first: Shape, second: Shape): Shape | undefined {
	if (!first.rest) return inFront(first.dims, second);
	return second.rest ? undefined : { ...first, dims: [...first.dims, ...second.dims] };
}

/** What a rest stands for, in its place. */
export function withRest(shape: Shape, of: Shape): Shape {
	const before = shape.rest?.before ?? 0;
	const dims = [...shape.dims.slice(0, before), ...of.dims, ...shape.dims.slice(before)];
	return of.rest ? shapeOf(dims, of.rest, before + of.rest.before) : { dims };
}

/** Without some axes. */
export function withoutAxes(shape: Shape, axes: readonly number[]): Shape {
	const dims = shape.dims.filter((_, i) => !axes.includes(i));
	const { rest } = shape;
	if (!rest) return { dims };
	return shapeOf(dims, rest, rest.before - axes.filter((a) => a < rest.before).length);
}

/** One axis changed, taken out, or replaced by several. */
export function replaceAxis(shape: Shape, axis: number, ...sizes: readonly Dim[]): Shape {
	const dims = shape.dims.flatMap((d, i) => (i === axis ? sizes : [d]));
	const { rest } = shape;
	if (!rest) return { dims };
	return shapeOf(dims, rest, rest.before + (axis < rest.before ? sizes.length - 1 : 0));
}

/** The axes of one shape in the place of an axis of another; undefined if both have a rest. */
export function inPlaceOfAxis(shape: Shape, axis: number, other: Shape): Shape | undefined {
	if (!other.rest) return replaceAxis(shape, axis, ...other.dims);
	if (shape.rest) return undefined;
	const dims = [...shape.dims.slice(0, axis), ...other.dims, ...shape.dims.slice(axis + 1)];
	return shapeOf(dims, other.rest, axis + other.rest.before);
}

/** The axes behind the rest; all, if there is none. */
export function behindRest(shape: Shape): readonly Dim[] {
	return shape.rest ? shape.dims.slice(shape.rest.before) : shape.dims;
}

/** An axis as it is counted: from the start before a rest, from the end behind it. */
export function placeOfAxis(shape: Shape, axis: number): number {
	return shape.rest && axis >= shape.rest.before ? axis - shape.dims.length : axis;
}

/** The first axis, and what is left of the shape; undefined where there is none, or a rest leads. */
export function firstAxis(shape: Shape): { readonly size: Dim; readonly row: Shape } | undefined {
	const [size] = shape.dims;
	return size && shape.rest?.before !== 0 ? { size, row: withoutAxes(shape, [0]) } : undefined;
}
