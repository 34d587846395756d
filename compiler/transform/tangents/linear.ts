import type { Builder } from "../../ir/builder.js";
import type { Value } from "../../ir/ir.js";
import { booleanOf } from "../../ir/primitives/primitive.js";
import { fromLower, inverseGaps, product } from "../derivatives/factors.js";
import { linearDerivatives, lowerHalf, places, transposed, triangleRead } from "../derivatives/linear.js";
import { add, div, mul, sub, where } from "../derivatives/rule.js";
import { alongMatrix, scaled, singularParts } from "../derivatives/singular.js";
import { linear, type Push, type Tangent, unary } from "./rule.js";

/**
 * Tangents of routines of linear algebra, with x' for the tangent of x. Sources as for the derivatives: Giles (2008),
 * Seeger et al. (2017), Townsend (2016).
 */

/** x times the matrices m^-1, for upper triangular m. */
function overTriangle(b: Builder, x: Value, m: Value): Value {
	const options = { lower: false, transpose: true, unit: false };
	return transposed(b, b.emit("triangular_solve", [m, transposed(b, x)], options));
}

/** The sum of the elements of columns: the last axis but one. */
function columnSums(b: Builder, x: Value): Value {
	return b.sum(x, [x.type.shape.length - 2]);
}

/** The skew matrix with the strictly lower triangle of x. */
function skewOfLower(b: Builder, x: Value): Value {
	const strict = where(b, places(b, x, "gt"), x);
	return sub(b, strict, transposed(b, strict));
}

/** q^T a' r^-1 and a' r^-1. */
function throughFactors(b: Builder, tangent: Value, q: Value, r: Value): { inner: Value; outer: Value } {
	const outer = overTriangle(b, tangent, r);
	return { inner: product(b, transposed(b, q), outer), outer };
}

/** v^T a' v of the symmetric matrix whose lower triangle is that of a. */
function inEigenbasis(b: Builder, tangent: Value, vectors: Value): Value {
	return product(b, transposed(b, vectors), product(b, fromLower(b, tangent), vectors));
}

/** u^T a' v of singular vectors. */
const inSingularBasis = (b: Builder, tangent: Value, u: Value, v: Value): Value =>
	product(b, transposed(b, u), product(b, tangent, v));

/** F (x + x^T), with F[i,j] = 1 / (s[j]^2 - s[i]^2). */
function coupled(b: Builder, x: Value, values: Value): Value {
	return mul(b, inverseGaps(b, mul(b, values, values), x), add(b, x, transposed(b, x)));
}

/** The right side of the system that the tangent of the solution solves, a' read where the matrix is. */
function rightSide(
	{ builder: b, output, tangents }: Push,
	read: (matrix: Value) => Value,
): Value | undefined {
	const [matrix, right] = tangents;
	if (matrix === undefined) return right;
	const moved = product(b, read(matrix), output);
	return right === undefined ? b.emit("neg", [moved]) : sub(b, right, moved);
}

const none = (name: string): Tangent => {
	const row = linearDerivatives[name];
	if (row === undefined || "rule" in row) throw new Error(`${name} has a derivative`);
	return row;
};

export const linearTangents: Readonly<Record<string, Tangent>> = {
	// l' = l lowerHalf(l^-1 a' l^-T)
	cholesky: unary(({ builder: b, output }, tangent) => {
		const options = { lower: true, transpose: false, unit: false };
		const left = b.emit("triangular_solve", [output, fromLower(b, tangent)], options);
		const both = b.emit("triangular_solve", [output, transposed(b, left)], options);
		return product(b, output, lowerHalf(b, both));
	}),
	triangular_solve: {
		rule(push) {
			const { builder: b, attributes, inputs } = push;
			const transpose = booleanOf(attributes, "transpose");
			const side = rightSide(push, (matrix) => {
				const read = where(b, places(b, matrix, triangleRead(attributes)), matrix);
				return transpose ? transposed(b, read) : read;
			});
			return side && b.emit("triangular_solve", [inputs[0] as Value, side], attributes);
		},
	},
	solve: {
		rule(push) {
			const side = rightSide(push, (matrix) => matrix);
			return side && push.builder.emit("solve", [push.inputs[0] as Value, side]);
		},
	},
	// The trace of a^-1 a'.
	log_abs_determinant: unary(({ builder: b, inputs }, tangent) => {
		const solved = b.emit("solve", [inputs[0] as Value, tangent]);
		const rank = solved.type.shape.length;
		return b.sum(where(b, places(b, solved, "eq"), solved), [rank - 2, rank - 1]);
	}),
	fourier: linear(0),
	qr_q: unary(({ builder: b, inputs, output }, tangent) => {
		const { inner, outer } = throughFactors(b, tangent, output, b.emit("qr_r", [inputs[0] as Value]));
		const turned = product(b, output, sub(b, skewOfLower(b, inner), inner));
		return add(b, turned, outer);
	}),
	qr_r: unary(({ builder: b, inputs, output }, tangent) => {
		const { inner } = throughFactors(b, tangent, b.emit("qr_q", [inputs[0] as Value]), output);
		return product(b, sub(b, inner, skewOfLower(b, inner)), output);
	}),
	eigh_values: unary(({ builder: b, inputs }, tangent) => {
		const vectors = b.emit("eigh_vectors", [inputs[0] as Value]);
		return columnSums(b, mul(b, vectors, product(b, fromLower(b, tangent), vectors)));
	}),
	eigh_vectors: unary(({ builder: b, inputs, output }, tangent) => {
		const values = b.emit("eigh_values", [inputs[0] as Value]);
		const inner = inEigenbasis(b, tangent, output);
		return product(b, output, mul(b, inverseGaps(b, values, output), inner));
	}),
	svd_values: unary((push, tangent) => {
		const { builder: b } = push;
		const [u, , v] = singularParts(push);
		return columnSums(b, mul(b, u, product(b, tangent, v)));
	}),
	svd_u: unary((push, tangent) => {
		const { builder: b, inputs } = push;
		const [u, values, v] = singularParts(push);
		const inner = inSingularBasis(b, tangent, u, v);
		const inside = product(b, u, coupled(b, scaled(b, inner, values, "columns"), values));
		const [m, n] = (inputs[0] as Value).type.shape.slice(-2);
		if (m === n) return inside;
		// What leaves the space of the columns of u.
		const outside = sub(b, product(b, tangent, v), product(b, u, inner));
		return add(b, inside, div(b, outside, alongMatrix(b, outside, values, "columns")));
	}),
	svd_v: unary((push, tangent) => {
		const { builder: b } = push;
		const [u, values, v] = singularParts(push);
		const inner = inSingularBasis(b, tangent, u, v);
		return product(b, v, coupled(b, scaled(b, inner, values, "rows"), values));
	}),
	determinant_sign: none("determinant_sign"),
	linear_assignment: none("linear_assignment"),
	argsort: none("argsort"),
	searchsorted: none("searchsorted"),
};
