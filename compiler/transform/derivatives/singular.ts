import type { Builder } from "../../ir/builder.js";
import type { Value } from "../../ir/ir.js";
import { inverseGaps, product } from "./factors.js";
import { productWithTransposed, transposed } from "./linear.js";
import { type Adjoint, add, type Derivative, div, inputAt, mul, sub } from "./rule.js";

/**
 * Derivatives of singular values and vectors: Townsend, "Differentiating the singular value decomposition" (2016).
 * With P = u^T da v and F[i,j] = 1 / (s[j]^2 - s[i]^2): u^T du = F (P S + S P^T), v^T dv = F (S P + P^T S).
 */

/** The matrix with its columns, or rows, times the values. */
export function scaled(b: Builder, x: Value, values: Value, side: "columns" | "rows"): Value {
	return mul(b, x, alongMatrix(b, x, values, side));
}

export function alongMatrix(b: Builder, x: Value, values: Value, side: "columns" | "rows"): Value {
	const last = x.type.shape.length - 1;
	const batch = Array.from({ length: last - 1 }, (_, axis) => axis);
	return b.broadcast(values, x.type.shape, [...batch, side === "columns" ? last : last - 1]);
}

export const singularParts = ({ builder, inputs }: Pick<Adjoint, "builder" | "inputs">) =>
	["svd_u", "svd_values", "svd_v"].map((name) => builder.emit(name, inputs)) as [Value, Value, Value];

/** K + K^T for K = F (vectors^T cotangent). */
function coupled(b: Builder, vectors: Value, cotangent: Value, values: Value): Value {
	const turned = product(b, transposed(b, vectors), cotangent);
	const half = mul(b, inverseGaps(b, mul(b, values, values), turned), turned);
	return add(b, half, transposed(b, half));
}

export const singularDerivatives: Readonly<Record<string, Derivative>> = {
	svd_values: {
		rule(adjoint) {
			const { builder: b, cotangent } = adjoint;
			const [u, , v] = singularParts(adjoint);
			return productWithTransposed(b, scaled(b, u, cotangent, "columns"), v);
		},
	},
	svd_u: {
		rule(adjoint) {
			const { builder: b, cotangent } = adjoint;
			const [u, values, v] = singularParts(adjoint);
			const inner = scaled(b, coupled(b, u, cotangent, values), values, "columns");
			const inside = product(b, u, inner);
			const [m, n] = inputAt(adjoint, 0).type.shape.slice(-2);
			if (m === n) return productWithTransposed(b, inside, v);
			// What leaves the space of the columns of u.
			const outside = sub(b, cotangent, product(b, u, product(b, transposed(b, u), cotangent)));
			const divided = div(b, outside, alongMatrix(b, outside, values, "columns"));
			return productWithTransposed(b, add(b, inside, divided), v);
		},
	},
	svd_v: {
		rule(adjoint) {
			const { builder: b, cotangent } = adjoint;
			const [u, values, v] = singularParts(adjoint);
			const inner = scaled(b, coupled(b, v, cotangent, values), values, "rows");
			return productWithTransposed(b, product(b, u, inner), v);
		},
	},
};
