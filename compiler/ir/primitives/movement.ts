import { sizeOf, type TensorType } from "../ir.js";
import {
	extent,
	input,
	integerOf,
	integersOf,
	type Primitive,
	require,
	requireAscending,
	requireAxes,
	sameShape,
	showType,
} from "./primitive.js";

const reshape: Primitive = {
	name: "reshape",
	arity: [1, 1],
	attributes: { shape: "integers" },
	infer(inputs, attributes) {
		const x = input(inputs, 0);
		const shape = integersOf(attributes, "shape");
		require(sizeOf(x.shape) === sizeOf(shape), () => `[${shape.join(",")}] has another size`);
		return { element: x.element, shape };
	},
};

const transpose: Primitive = {
	name: "transpose",
	arity: [1, 1],
	attributes: { permutation: "integers" },
	infer(inputs, attributes) {
		const x = input(inputs, 0);
		const permutation = integersOf(attributes, "permutation");
		requireAxes(permutation, x.shape.length);
		require(permutation.length === x.shape.length, () => "the permutation must name every axis");
		return { element: x.element, shape: permutation.map((axis) => extent(x, axis)) };
	},
};

const broadcast: Primitive = {
	name: "broadcast",
	arity: [1, 1],
	attributes: { shape: "integers", axes: "integers" },
	infer(inputs, attributes) {
		const x = input(inputs, 0);
		const shape = integersOf(attributes, "shape");
		const axes = integersOf(attributes, "axes");
		requireAxes(axes, shape.length);
		require(axes.length === x.shape.length, () => "axes must name a place for every axis of the input");
		require(x.shape.every((n, k) => n === 1 || n === shape[axes[k] as number]), () =>
			`extents must be 1 or those of [${shape.join(",")}] at [${axes.join(",")}]`);
		return { element: x.element, shape };
	},
};

const slice: Primitive = {
	name: "slice",
	arity: [1, 1],
	attributes: { start: "integers", limit: "integers" },
	infer(inputs, attributes) {
		const x = input(inputs, 0);
		const start = integersOf(attributes, "start");
		const limit = integersOf(attributes, "limit");
		require(start.length === x.shape.length && limit.length === start.length, () =>
			"start and limit must name every axis");
		const shape = limit.map((end, axis) => end - (start[axis] as number));
		require(shape.every((n, axis) => n >= 0 && (limit[axis] as number) <= extent(x, axis)), () =>
			`[${start.join(",")}] to [${limit.join(",")}] is not inside`);
		return { element: x.element, shape };
	},
};

const pad: Primitive = {
	name: "pad",
	arity: [1, 1],
	attributes: { low: "integers", high: "integers" },
	infer(inputs, attributes) {
		const x = input(inputs, 0);
		const low = integersOf(attributes, "low");
		const high = integersOf(attributes, "high");
		require(low.length === x.shape.length && high.length === low.length, () =>
			"low and high must name every axis");
		const shape = x.shape.map((n, axis) => n + (low[axis] as number) + (high[axis] as number));
		return { element: x.element, shape };
	},
};

const concatenate: Primitive = {
	name: "concatenate",
	arity: [1, Number.POSITIVE_INFINITY],
	attributes: { axis: "integer" },
	infer(inputs, attributes) {
		const first = input(inputs, 0);
		const axis = integerOf(attributes, "axis");
		extent(first, axis);
		const other = (type: TensorType) => type.shape.filter((_, k) => k !== axis);
		for (const type of inputs) {
			require(type.element === first.element &&
				type.shape.length === first.shape.length &&
				sameShape(other(type), other(first)), () =>
				`${showType(type)} does not continue ${showType(first)} along axis ${axis}`);
		}
		const total = inputs.reduce((sum, type) => sum + extent(type, axis), 0);
		return { element: first.element, shape: first.shape.map((n, k) => (k === axis ? total : n)) };
	},
};

const reverse: Primitive = {
	name: "reverse",
	arity: [1, 1],
	attributes: { axes: "integers" },
	infer(inputs, attributes) {
		const x = input(inputs, 0);
		requireAscending(integersOf(attributes, "axes"), x.shape.length);
		return x;
	},
};

/** Operations that place elements without computing with them. */
export const movement: readonly Primitive[] = [
	reshape,
	transpose,
	broadcast,
	slice,
	pad,
	concatenate,
	reverse,
];
