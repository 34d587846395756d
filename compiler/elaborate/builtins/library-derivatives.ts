import type { Builder } from "../../ir/builder.js";
import type { Value as IrValue } from "../../ir/ir.js";
import { customDerivative, functionOf } from "../../ir/regions.js";
import type { Row } from "./library.js";
import { product } from "./library-linear.js";

/**
 * Functions of matrices [.., m, n] that are made of singular vectors, but whose derivatives exist where those of the
 * vectors do not (equal singular values): they have derivatives of their own.
 */

function transposed(builder: Builder, x: IrValue): IrValue {
	const axes = x.type.shape.map((_, k) => k);
	const rank = axes.length;
	return builder.transpose(x, [...axes.slice(0, -2), rank - 1, rank - 2]);
}

/** Factors [.., n] times the columns of a matrix [.., m, n]. */
function scaledColumns(builder: Builder, x: IrValue, factors: IrValue): IrValue {
	const { shape } = x.type;
	const axes = shape.map((_, k) => k).filter((k) => k !== shape.length - 2);
	return builder.emit("mul", [x, builder.broadcast(factors, shape, axes)]);
}

interface Singular {
	readonly u: IrValue;
	readonly s: IrValue;
	readonly v: IrValue;
}

function singular(builder: Builder, a: IrValue): Singular {
	const [u, s, v] = ["svd_u", "svd_values", "svd_v"].map((name) => builder.emit(name, [a]));
	return { u: u as IrValue, s: s as IrValue, v: v as IrValue };
}

function inverse(builder: Builder, x: IrValue): IrValue {
	return builder.emit("div", [builder.fill(1, x.type), x]);
}

/** Of a matrix that is at least as high as wide; another one is transposed, and its result too. */
function ofTall(
	value: (builder: Builder, a: IrValue) => IrValue,
	pullback: (builder: Builder, a: IrValue, result: IrValue, cotangent: IrValue) => IrValue,
): Row {
	return {
		compute: ([a], { builder }) => {
			const given = a as IrValue;
			const [m = 0, n = 0] = given.type.shape.slice(-2);
			const tall = m >= n ? given : transposed(builder, given);
			const forward = functionOf("value", [tall.type], (inner, [x]) => [value(inner, x as IrValue)]);
			const result = forward.results[0] as IrValue;
			const backward = functionOf("pullback", [tall.type, result.type, result.type], (inner, [x, y, dy]) => [
				pullback(inner, x as IrValue, y as IrValue, dy as IrValue),
			]);
			const [y] = customDerivative(builder, forward, backward, [tall]);
			return m >= n ? (y as IrValue) : transposed(builder, y as IrValue);
		},
	};
}

/** x with H x + x H = C for a symmetric H, in its eigenvectors. */
function betweenEigenvectors(builder: Builder, h: IrValue, c: IrValue): IrValue {
	const [values, v] = ["eigh_values", "eigh_vectors"].map((name) => builder.emit(name, [h])) as [
		IrValue,
		IrValue,
	];
	const { shape } = h.type;
	const leading = shape.slice(0, -2).map((_, k) => k);
	const along = (axis: number): IrValue => builder.broadcast(values, shape, [...leading, axis]);
	const sums = builder.emit("add", [along(shape.length - 2), along(shape.length - 1)]);
	const inside = product(builder, product(builder, v, c, { transposed: true }), v);
	const solution = product(builder, v, builder.emit("div", [inside, sums]));
	return product(builder, solution, transposed(builder, v));
}

/** The same with a derivative that needs none of the eigenvectors: it solves the same equation. */
function sylvester(builder: Builder, h: IrValue, c: IrValue): IrValue {
	const forward = functionOf("value", [h.type, c.type], (inner, [x, y]) => [
		betweenEigenvectors(inner, x as IrValue, y as IrValue),
	]);
	const types = [h.type, c.type, c.type, c.type];
	const backward = functionOf("pullback", types, (inner, [x, , k, dk]) => {
		const adjoint = betweenEigenvectors(inner, x as IrValue, dk as IrValue);
		const turned = transposed(inner, k as IrValue);
		const both = [product(inner, adjoint, turned), product(inner, turned, adjoint)];
		return [inner.emit("neg", [inner.emit("add", both)]), adjoint];
	});
	return customDerivative(builder, forward, backward, [h, c])[0] as IrValue;
}

/**
 * The orthonormal factor of A = Q H: of the singular vectors, Q = U V^T. Higham, 2008, chapter 8. For a cotangent G that
 * of A is Q K + (G - Q Q^T G) H^-1, where H K + K H = Q^T G - G^T Q.
 */
const polar = ofTall(
	(builder, a) => {
		const { u, v } = singular(builder, a);
		return product(builder, u, transposed(builder, v));
	},
	(builder, a, q, cotangent) => {
		const h = product(builder, q, a, { transposed: true });
		const inside = product(builder, q, cotangent, { transposed: true });
		const skew = builder.emit("sub", [inside, transposed(builder, inside)]);
		const within = product(builder, q, sylvester(builder, h, skew));
		const outside = builder.emit("sub", [cotangent, product(builder, q, inside)]);
		const scaled = builder.emit("solve", [transposed(builder, h), transposed(builder, outside)]);
		return builder.emit("add", [within, transposed(builder, scaled)]);
	},
);

/** The cutoff of NumPy's `matrix_rank`: singular values below it count as 0. */
function cutoff(builder: Builder, a: IrValue, s: IrValue): IrValue {
	const precision = a.type.element === "f64" ? 2 ** -52 : 2 ** -23;
	const largest = builder.emit("reduce_max", [s], { axes: [s.type.shape.length - 1] });
	const rows = a.type.shape.at(-2) ?? 1;
	const least = builder.emit("mul", [largest, builder.fill(rows * precision, largest.type)]);
	return builder.broadcast(
		least,
		s.type.shape,
		least.type.shape.map((_, k) => k),
	);
}

/** The inverse of Moore and Penrose; its derivative (Golub and Pereyra, 1973) is that at constant rank. */
const pinv = ofTall(
	(builder, a) => {
		const { u, s, v } = singular(builder, a);
		const counts = builder.emit("gt", [s, cutoff(builder, a, s)]);
		// Where A is not finite the singular values are nan, and so is the result.
		const known = builder.emit("or", [counts, builder.emit("ne", [s, s])]);
		const factors = builder.emit("select", [known, inverse(builder, s), builder.zeros(s.type)]);
		return product(builder, scaledColumns(builder, v, factors), transposed(builder, u));
	},
	(builder, a, b, g) => {
		const t = (x: IrValue): IrValue => transposed(builder, x);
		const times = (...factors: readonly IrValue[]): IrValue =>
			factors.reduce((left, right) => product(builder, left, right));
		const [bt, gt] = [t(b), t(g)];
		const first = times(bt, g, bt);
		const second = times(gt, b, bt);
		const third = times(bt, b, gt);
		const rest = builder.emit("add", [
			builder.emit("sub", [second, times(a, b, second)]),
			builder.emit("sub", [third, times(third, b, a)]),
		]);
		return builder.emit("sub", [rest, first]);
	},
);

export const derivedFunctions: Readonly<Record<string, Row>> = { polar, pinv };
