import { sizeOf, type TensorData } from "../ir.js";
import { booleanOf } from "../primitives/primitive.js";
import { at, extentFromEnd, type Routine } from "./routine.js";

/**
 * Factorisations in plain loops, on row-major matrices of 64 bits: f32 is rounded once, where the result is stored.
 * Algorithms as in Golub and Van Loan, "Matrix computations" (4th edition): 4.2.5, 3.1, 3.4.1.
 */

/** Matrix number k of a batch, as a copy. */
export function matrixOf(value: TensorData, k: number): Float64Array {
	const size = extentFromEnd(value, 1) * extentFromEnd(value, 2);
	return Float64Array.from(value.data.subarray(k * size, (k + 1) * size));
}

export function countOf(value: TensorData): number {
	return sizeOf(value.type.shape.slice(0, -2));
}

const get = (matrix: Float64Array, place: number): number => matrix[place] as number;

/** Replaces the matrix by its lower factor; nan in all columns from the first pivot on that is not positive. */
function choleskyInPlace(a: Float64Array, n: number): void {
	for (let j = 0; j < n; j++) {
		for (let i = j; i < n; i++) {
			let sum = get(a, i * n + j);
			for (let k = 0; k < j; k++) sum -= get(a, i * n + k) * get(a, j * n + k);
			a[i * n + j] = i === j ? Math.sqrt(sum) : sum / get(a, j * n + j);
			if (i === j && !(sum > 0)) {
				for (let row = j; row < n; row++) a.fill(Number.NaN, row * n + j, row * n + row + 1);
				j = n;
				break;
			}
		}
	}
	for (let i = 0; i < n; i++) a.fill(0, i * n + i + 1, (i + 1) * n);
}

export const cholesky: Routine = (inputs, _attributes, output) => {
	const a = at(inputs, 0);
	const n = extentFromEnd(a, 1);
	for (let k = 0; k < countOf(a); k++) {
		const matrix = matrixOf(a, k);
		choleskyInPlace(matrix, n);
		output.data.set(matrix, k * n * n);
	}
};

/** How a triangular matrix is read. */
interface Triangle {
	readonly lower: boolean;
	readonly transpose: boolean;
	readonly unit: boolean;
}

/** Replaces the n x m matrix x by the solution of op(a) y = x. */
function solveTriangle(a: Float64Array, x: Float64Array, n: number, m: number, triangle: Triangle): void {
	const { lower, transpose, unit } = triangle;
	const forwards = lower !== transpose;
	for (let step = 0; step < n; step++) {
		const i = forwards ? step : n - 1 - step;
		for (let other = 0; other < step; other++) {
			const k = forwards ? other : n - 1 - other;
			const factor = transpose ? get(a, k * n + i) : get(a, i * n + k);
			for (let c = 0; c < m; c++) x[i * m + c] = get(x, i * m + c) - factor * get(x, k * m + c);
		}
		if (unit) continue;
		for (let c = 0; c < m; c++) x[i * m + c] = get(x, i * m + c) / get(a, i * n + i);
	}
}

const triangularSolve: Routine = (inputs, attributes, output) => {
	const [a, b] = [at(inputs, 0), at(inputs, 1)];
	const [n, m] = [extentFromEnd(b, 2), extentFromEnd(b, 1)];
	const triangle = {
		lower: booleanOf(attributes, "lower"),
		transpose: booleanOf(attributes, "transpose"),
		unit: booleanOf(attributes, "unit"),
	};
	for (let k = 0; k < countOf(a); k++) {
		const x = matrixOf(b, k);
		solveTriangle(matrixOf(a, k), x, n, m, triangle);
		output.data.set(x, k * n * m);
	}
};

interface Factors {
	/** Row i of the factorised matrix is row order[i] of the original. */
	readonly order: Int32Array;
	/** The sign of the permutation. */
	readonly sign: number;
	readonly singular: boolean;
}

/** Replaces the matrix by its factors L (without its diagonal of ones) and U, with partial pivoting. */
function luInPlace(a: Float64Array, n: number): Factors {
	const order = Int32Array.from({ length: n }, (_, k) => k);
	let sign = 1;
	let singular = false;
	for (let j = 0; j < n; j++) {
		let best = j;
		for (let i = j + 1; i < n; i++) {
			if (Math.abs(get(a, i * n + j)) > Math.abs(get(a, best * n + j))) best = i;
		}
		if (best !== j) {
			const row = a.slice(j * n, (j + 1) * n);
			a.copyWithin(j * n, best * n, (best + 1) * n);
			a.set(row, best * n);
			[order[j], order[best]] = [order[best] as number, order[j] as number];
			sign = -sign;
		}
		const pivot = get(a, j * n + j);
		if (pivot === 0) {
			// The column has nothing to eliminate; nan elsewhere in the matrix is still met.
			singular = true;
			continue;
		}
		for (let i = j + 1; i < n; i++) {
			const factor = get(a, i * n + j) / pivot;
			a[i * n + j] = factor;
			if (factor === 0) continue;
			for (let k = j + 1; k < n; k++) a[i * n + k] = get(a, i * n + k) - factor * get(a, j * n + k);
		}
	}
	return { order, sign, singular };
}

const solve: Routine = (inputs, _attributes, output) => {
	const [a, b] = [at(inputs, 0), at(inputs, 1)];
	const [n, m] = [extentFromEnd(b, 2), extentFromEnd(b, 1)];
	for (let k = 0; k < countOf(a); k++) {
		const factors = matrixOf(a, k);
		const { order, singular } = luInPlace(factors, n);
		const right = matrixOf(b, k);
		const x = new Float64Array(n * m);
		order.forEach((row, i) => {
			x.set(right.subarray(row * m, (row + 1) * m), i * m);
		});
		solveTriangle(factors, x, n, m, { lower: true, transpose: false, unit: true });
		solveTriangle(factors, x, n, m, { lower: false, transpose: false, unit: false });
		output.data.set(singular ? x.fill(Number.NaN) : x, k * n * m);
	}
};

/** A number from the diagonal of U and the sign of the permutation. */
const determinant =
	(fold: (diagonal: readonly number[], sign: number) => number): Routine =>
	(inputs, _attributes, output) => {
		const a = at(inputs, 0);
		const n = extentFromEnd(a, 1);
		for (let k = 0; k < countOf(a); k++) {
			const factors = matrixOf(a, k);
			const { sign } = luInPlace(factors, n);
			output.data[k] = fold(
				Array.from({ length: n }, (_, i) => get(factors, i * n + i)),
				sign,
			);
		}
	};

export const linearRoutines: Readonly<Record<string, Routine>> = {
	cholesky,
	triangular_solve: triangularSolve,
	solve,
	log_abs_determinant: determinant((diagonal) => diagonal.reduce((sum, x) => sum + Math.log(Math.abs(x)), 0)),
	determinant_sign: determinant(
		(diagonal, sign) =>
			// Without the sign of a zero.
			diagonal.reduce((product, x) => product * Math.sign(x), sign) + 0,
	),
};
