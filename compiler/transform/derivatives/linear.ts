import type { Builder } from "../../ir/builder.js";
import type { Attributes, Value } from "../../ir/ir.js";
import { booleanOf } from "../../ir/primitives/primitive.js";
import { add, type Derivative, inputAt, mul, neg, numberLike, where } from "./rule.js";

/**
 * Derivatives in terms of the same operations. Solutions and determinants: Giles, "Collected matrix derivative results
 * for forward and reverse mode algorithmic differentiation" (2008), 2.2; Cholesky: Murray, "Differentiation of the
 * Cholesky decomposition" (2016), equation 10.
 */

/** The transposed matrices of a batch. */
export function transposed(b: Builder, x: Value): Value {
	const rank = x.type.shape.length;
	const axes = Array.from({ length: rank }, (_, axis) => axis);
	return b.transpose(x, [...axes.slice(0, -2), rank - 1, rank - 2]);
}

/** x y^T for batches of matrices. */
export function productWithTransposed(b: Builder, x: Value, y: Value): Value {
	const rank = x.type.shape.length;
	const batch = Array.from({ length: rank - 2 }, (_, axis) => axis);
	return b.emit("dot", [x, y], { contract: [[rank - 1], [rank - 1]], batch: [batch, batch] });
}

/** The places of a batch of matrices where the row compares like that with the column. */
export function places(b: Builder, x: Value, comparison: "eq" | "ge" | "gt" | "le" | "lt"): Value {
	const shape = x.type.shape;
	const count = (axis: number): Value => b.emit("iota", [], { shape, axis, element: "i32" });
	return b.emit(comparison, [count(shape.length - 2), count(shape.length - 1)]);
}

export function identityLike(b: Builder, x: Value): Value {
	return b.cast(places(b, x, "eq"), x.type.element);
}

/** The lower triangle with half of the diagonal. */
export function lowerHalf(b: Builder, x: Value): Value {
	const halved = b.emit("select", [places(b, x, "eq"), mul(b, x, numberLike(b, 0.5, x)), x]);
	return where(b, places(b, x, "ge"), halved);
}

const cholesky: Derivative = {
	rule({ builder: b, cotangent, output }) {
		const factor = output;
		const lower = where(b, places(b, factor, "ge"), cotangent);
		const inner = lowerHalf(b, productWithTransposed(b, transposed(b, factor), transposed(b, lower)));
		const options = { lower: true, transpose: true, unit: false };
		const half = b.emit("triangular_solve", [factor, inner], options);
		const whole = b.emit("triangular_solve", [factor, transposed(b, half)], options);
		// Only the lower triangle was read: it takes the part of the upper one too.
		return lowerHalf(b, add(b, whole, transposed(b, whole)));
	},
};

/** Which places of its matrix a triangular solve reads. */
export function triangleRead(attributes: Attributes): "ge" | "gt" | "le" | "lt" {
	const unit = booleanOf(attributes, "unit");
	if (booleanOf(attributes, "lower")) return unit ? "gt" : "ge";
	return unit ? "lt" : "le";
}

const triangularSolve: Derivative = {
	rule(adjoint, index) {
		const { builder: b, attributes, cotangent, output } = adjoint;
		const a = inputAt(adjoint, 0);
		const [lower, transpose, unit] = ["lower", "transpose", "unit"].map((name) =>
			booleanOf(attributes, name),
		) as [boolean, boolean, boolean];
		const right = b.emit("triangular_solve", [a, cotangent], { lower, transpose: !transpose, unit });
		if (index === 1) return right;
		const product = transpose
			? productWithTransposed(b, output, right)
			: productWithTransposed(b, right, output);
		return where(b, places(b, a, triangleRead(attributes)), neg(b, product));
	},
};

const solve: Derivative = {
	rule(adjoint, index) {
		const { builder: b, cotangent, output } = adjoint;
		const right = b.emit("solve", [transposed(b, inputAt(adjoint, 0)), cotangent]);
		return index === 1 ? right : neg(b, productWithTransposed(b, right, output));
	},
};

export const linearDerivatives: Readonly<Record<string, Derivative>> = {
	cholesky,
	triangular_solve: triangularSolve,
	solve,
	log_abs_determinant: {
		rule(adjoint) {
			const { builder: b, cotangent } = adjoint;
			const a = inputAt(adjoint, 0);
			const inverse = b.emit("solve", [transposed(b, a), identityLike(b, a)]);
			const axes = cotangent.type.shape.map((_, axis) => axis);
			return mul(b, b.broadcast(cotangent, a.type.shape, axes), inverse);
		},
	},
	// Each direction is the adjoint of the other.
	fourier: {
		rule: ({ builder, attributes, cotangent }) =>
			builder.emit("fourier", [cotangent], { ...attributes, inverse: !booleanOf(attributes, "inverse") }),
	},
	determinant_sign: { none: "piecewise constant: zero" },
	linear_assignment: { none: "positions, which are piecewise constant in the costs" },
	argsort: { none: "positions, which are not floats" },
	searchsorted: { none: "positions, which are not floats" },
};
