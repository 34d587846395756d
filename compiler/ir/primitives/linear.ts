import type { TensorType } from "../ir.js";
import { input, isFloat, isNumeric, type Primitive, require, sameShape, showType } from "./primitive.js";

function requireSquare(a: TensorType): number {
	const [rows, columns] = a.shape.slice(-2);
	require(rows !== undefined && columns !== undefined && rows === columns, () =>
		`${showType(a)} must be square in its last two axes`);
	return rows;
}

function requireFloat(a: TensorType): void {
	require(isFloat(a.element), () => `elements ${a.element} are not accepted`);
}

/** A system with square matrices [batch.., n, n] on the left and [batch.., n, m] on the right. */
function system(name: string, attributes: Primitive["attributes"]): Primitive {
	return {
		name,
		arity: [2, 2],
		attributes,
		infer(inputs) {
			const [a, b] = [input(inputs, 0), input(inputs, 1)];
			requireFloat(a);
			const n = requireSquare(a);
			require(a.element === b.element && a.shape.length === b.shape.length, () =>
				`${showType(a)} and ${showType(b)} must have equal elements and ranks`);
			require(sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2)) && b.shape.at(-2) === n, () =>
				`${showType(b)} must have the batch and the rows of ${showType(a)}`);
			return b;
		},
	};
}

function determinant(name: string): Primitive {
	return {
		name,
		arity: [1, 1],
		attributes: {},
		infer(inputs) {
			const a = input(inputs, 0);
			requireFloat(a);
			requireSquare(a);
			return { element: a.element, shape: a.shape.slice(0, -2) };
		},
	};
}

/**
 * Linear algebra on the last two axes, over all leading ones. `cholesky(a)` reads the lower triangle and gives the
 * lower factor. `triangular_solve(a, b)` reads one triangle of a (without its diagonal where `unit`) and solves
 * a x = b, or the transposed system. `linear_assignment(cost)` gives the column of each row.
 */
export const linear: readonly Primitive[] = [
	{
		name: "cholesky",
		arity: [1, 1],
		attributes: {},
		infer(inputs) {
			const a = input(inputs, 0);
			requireFloat(a);
			requireSquare(a);
			return a;
		},
	},
	system("triangular_solve", { lower: "boolean", transpose: "boolean", unit: "boolean" }),
	system("solve", {}),
	determinant("log_abs_determinant"),
	determinant("determinant_sign"),
	{
		name: "linear_assignment",
		arity: [1, 1],
		attributes: {},
		infer(inputs) {
			const cost = input(inputs, 0);
			require(isNumeric(cost.element), () => `elements ${cost.element} are not accepted`);
			requireSquare(cost);
			return { element: "i32", shape: cost.shape.slice(0, -1) };
		},
	},
];
