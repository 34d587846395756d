import type { Builder } from "../../ir/builder.js";
import type { Value } from "../../ir/ir.js";
import { lowerHalf, places, productWithTransposed, transposed } from "./linear.js";
import { add, type Derivative, div, inputAt, mul, neg, numberLike, select, sub, where } from "./rule.js";

/**
 * Derivatives of orthogonal factors in terms of the same operations: Seeger, Hetzel, Dai, Meissner and Lawrence,
 * "Auto-differentiating linear algebra" (2017), for LQ (here of the transposed matrix) and symmetric eigenvectors.
 */

export const product = (b: Builder, x: Value, y: Value): Value =>
	productWithTransposed(b, x, transposed(b, y));

/** The symmetric matrix with the same lower triangle. */
export function fromLower(b: Builder, x: Value): Value {
	const lower = where(b, places(b, x, "ge"), x);
	const strict = where(b, places(b, x, "gt"), x);
	return add(b, lower, transposed(b, strict));
}

/** (extra + q fromLower(inner)) r^-T, where extra may be missing. */
function throughFactors(b: Builder, q: Value, r: Value, inner: Value, extra?: Value): Value {
	const turned = product(b, q, fromLower(b, inner));
	const sum = extra === undefined ? turned : add(b, extra, turned);
	const options = { lower: false, transpose: false, unit: false };
	return transposed(b, b.emit("triangular_solve", [r, transposed(b, sum)], options));
}

/** 1 / (values[j] - values[i]), and 0 where they are equal. */
export function inverseGaps(b: Builder, values: Value, like: Value): Value {
	const shape = like.type.shape;
	const last = shape.length - 1;
	const batch = Array.from({ length: last - 1 }, (_, axis) => axis);
	const along = (axis: number): Value => b.broadcast(values, shape, [...batch, axis]);
	const gaps = sub(b, along(last), along(last - 1));
	const equal = b.emit("eq", [gaps, b.zeros(gaps.type)]);
	const one = numberLike(b, 1, gaps);
	return where(b, b.emit("not", [equal]), div(b, one, select(b, equal, one, gaps)));
}

export const factorDerivatives: Readonly<Record<string, Derivative>> = {
	qr_q: {
		rule(adjoint) {
			const { builder: b, cotangent, output } = adjoint;
			const r = b.emit("qr_r", [inputAt(adjoint, 0)]);
			const inner = neg(b, product(b, transposed(b, cotangent), output));
			return throughFactors(b, output, r, inner, cotangent);
		},
	},
	qr_r: {
		rule(adjoint) {
			const { builder: b, cotangent, output } = adjoint;
			const q = b.emit("qr_q", [inputAt(adjoint, 0)]);
			const upper = where(b, places(b, cotangent, "le"), cotangent);
			return throughFactors(b, q, output, productWithTransposed(b, output, upper));
		},
	},
	// Of both factors only the lower triangle is read, which takes the part of the upper one too.
	eigh_values: {
		rule(adjoint) {
			const { builder: b, cotangent } = adjoint;
			const vectors = b.emit("eigh_vectors", [inputAt(adjoint, 0)]);
			const shape = vectors.type.shape;
			const axes = cotangent.type.shape.map((_, k) => (k === shape.length - 2 ? shape.length - 1 : k));
			const scaled = mul(b, vectors, b.broadcast(cotangent, shape, axes));
			const whole = productWithTransposed(b, scaled, vectors);
			return lowerHalf(b, add(b, whole, transposed(b, whole)));
		},
	},
	eigh_vectors: {
		rule(adjoint) {
			const { builder: b, cotangent, output } = adjoint;
			const values = b.emit("eigh_values", [inputAt(adjoint, 0)]);
			const turned = product(b, transposed(b, output), cotangent);
			const scaled = mul(b, inverseGaps(b, values, output), turned);
			const whole = productWithTransposed(b, product(b, output, scaled), output);
			return lowerHalf(b, add(b, whole, transposed(b, whole)));
		},
	},
};
