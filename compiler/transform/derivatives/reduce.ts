import type { Builder } from "../../ir/builder.js";
import type { Value } from "../../ir/ir.js";
import { sizeOf } from "../../ir/ir.js";
import { integerOf, integersOf } from "../../ir/primitives/primitive.js";
import { type Adjoint, type Derivative, inputAt, mul, where } from "./rule.js";

const keptAxes = (rank: number, axes: readonly number[]): number[] =>
	Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !axes.includes(axis));

/** Views of a tensor in which the reduced axes are one last axis, and the way back. */
interface Flattened {
	readonly shape: readonly number[];
	readonly count: number;
	forward(x: Value): Value;
	backward(x: Value): Value;
}

function flattenAxes(b: Builder, shape: readonly number[], axes: readonly number[]): Flattened {
	const permutation = [...keptAxes(shape.length, axes), ...axes];
	const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
	const permuted = permutation.map((axis) => shape[axis] as number);
	const count = sizeOf(axes.map((axis) => shape[axis] as number));
	const flat = [...permuted.slice(0, shape.length - axes.length), count];
	return {
		shape: flat,
		count,
		forward: (x) => b.reshape(b.transpose(x, permutation), flat),
		backward: (x) => b.transpose(b.reshape(x, permuted), inverse),
	};
}

/** The cotangent of a reduction repeated along the reduced axes. */
function spread(adjoint: Adjoint, axes: readonly number[]): Value {
	const shape = inputAt(adjoint, 0).type.shape;
	return adjoint.builder.broadcast(adjoint.cotangent, shape, keptAxes(shape.length, axes));
}

/** The derivative goes to the lowest index of the extremum alone. */
function extremum(position: "argmax" | "argmin"): Derivative {
	return {
		rule(adjoint) {
			const { builder: b, cotangent } = adjoint;
			const x = inputAt(adjoint, 0);
			const axes = integersOf(adjoint.attributes, "axes");
			const flat = flattenAxes(b, x.type.shape, axes);
			if (flat.count === 0) return b.zeros(x.type);
			const axis = flat.shape.length - 1;
			const outer = Array.from({ length: axis }, (_, k) => k);
			const place = b.emit(position, [flat.forward(x)], { axis });
			const index = b.emit("iota", [], { shape: flat.shape, axis, element: "i32" });
			const hit = b.emit("eq", [index, b.broadcast(place, flat.shape, outer)]);
			return flat.backward(where(b, hit, b.broadcast(cotangent, flat.shape, outer)));
		},
	};
}

/** The products of all elements before each along the last axis, by doubling: exact where elements are zero. */
function productsBefore(b: Builder, x: Value): Value {
	const shape = x.type.shape;
	const axis = shape.length - 1;
	const count = shape[axis] as number;
	const shift = (value: Value, by: number): Value => {
		const ones = b.fill(1, { element: x.type.element, shape: shape.with(axis, by) });
		const rest = b.emit("slice", [value], {
			start: shape.map(() => 0),
			limit: shape.with(axis, count - by),
		});
		return b.emit("concatenate", [ones, rest], { axis });
	};
	let products = shift(x, 1);
	for (let by = 1; by < count; by *= 2) products = mul(b, products, shift(products, by));
	return products;
}

const product: Derivative = {
	rule(adjoint) {
		const b = adjoint.builder;
		const x = inputAt(adjoint, 0);
		const axes = integersOf(adjoint.attributes, "axes");
		const flat = flattenAxes(b, x.type.shape, axes);
		if (flat.count === 0) return b.zeros(x.type);
		const last = flat.shape.length - 1;
		const turn = (value: Value): Value => b.emit("reverse", [value], { axes: [last] });
		const elements = flat.forward(x);
		const others = mul(b, productsBefore(b, elements), turn(productsBefore(b, turn(elements))));
		return mul(b, spread(adjoint, axes), flat.backward(others));
	},
};

const notFloat: Derivative = { none: "the result is not a float" };

export const reduceDerivatives: Readonly<Record<string, Derivative>> = {
	reduce_sum: { rule: (adjoint) => spread(adjoint, integersOf(adjoint.attributes, "axes")) },
	reduce_prod: product,
	reduce_max: extremum("argmax"),
	reduce_min: extremum("argmin"),
	reduce_and: notFloat,
	reduce_or: notFloat,
	argmax: notFloat,
	argmin: notFloat,
	cumsum: {
		rule({ builder: b, cotangent, attributes }) {
			const axis = integerOf(attributes, "axis");
			const turned = b.emit("reverse", [cotangent], { axes: [axis] });
			return b.emit("reverse", [b.emit("cumsum", [turned], { axis })], { axes: [axis] });
		},
	},
};
