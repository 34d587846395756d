import { countOf, matrixOf } from "./linear.js";
import { at, extentFromEnd, type Routine } from "./routine.js";

/** Orthogonal factors of row-major matrices of 64 bits. */

const get = (matrix: Float64Array, place: number): number => matrix[place] as number;

/**
 * Q [m, n] with orthonormal columns and R [n, n] upper triangular with a diagonal of at least 0, m >= n, by
 * Householder reflections (Golub and Van Loan, "Matrix computations", 4th edition, 5.2.2).
 */
function qr(a: Float64Array, m: number, n: number): { q: Float64Array; r: Float64Array } {
	const work = a.slice();
	const reflections: Float64Array[] = [];
	/** Replaces columns from `first` on by their reflections x - 2 v (v . x), from row j on. */
	const reflect = (matrix: Float64Array, v: Float64Array, j: number, first: number): void => {
		for (let c = first; c < n; c++) {
			let product = 0;
			for (let i = j; i < m; i++) product += get(v, i) * get(matrix, i * n + c);
			for (let i = j; i < m; i++) {
				matrix[i * n + c] = get(matrix, i * n + c) - 2 * product * get(v, i);
			}
		}
	};
	for (let j = 0; j < n; j++) {
		const v = new Float64Array(m);
		let scale = 0;
		for (let i = j; i < m; i++) {
			v[i] = get(work, i * n + j);
			scale = Math.max(scale, Math.abs(get(v, i)));
		}
		reflections.push(v);
		if (scale === 0) continue;
		// Scaled, so that no square overflows.
		const norm = scale * Math.sqrt(v.reduce((sum, x) => sum + (x / scale) ** 2, 0));
		v[j] = get(v, j) + (get(v, j) < 0 ? -norm : norm);
		const largest = Math.abs(get(v, j));
		const length = largest * Math.sqrt(v.reduce((sum, x) => sum + (x / largest) ** 2, 0));
		for (let i = j; i < m; i++) v[i] = get(v, i) / length;
		reflect(work, v, j, j);
	}
	const q = new Float64Array(m * n);
	for (let j = 0; j < n; j++) q[j * n + j] = 1;
	for (let j = n - 1; j >= 0; j--) reflect(q, reflections[j] as Float64Array, j, 0);
	const r = new Float64Array(n * n);
	for (let i = 0; i < n; i++) {
		const sign = get(work, i * n + i) < 0 ? -1 : 1;
		for (let c = i; c < n; c++) r[i * n + c] = sign * get(work, i * n + c);
		for (let row = 0; row < m; row++) q[row * n + i] = sign * get(q, row * n + i);
	}
	return { q, r };
}

const ofQr =
	(part: "q" | "r"): Routine =>
	(inputs, _attributes, output) => {
		const a = at(inputs, 0);
		const [m, n] = [extentFromEnd(a, 2), extentFromEnd(a, 1)];
		for (let k = 0; k < countOf(a); k++) {
			const factor = qr(matrixOf(a, k), m, n)[part];
			output.data.set(factor, k * factor.length);
		}
	};

/** Far more sweeps of rotations than any matrix needs. */
export const mostSweeps = 60;

/**
 * The sign of the first element of a column of n that is greatest in absolute value; those within 1e-6 of it count as
 * equal, so that rounding does not choose among them.
 */
export function signOfColumn(matrix: Float64Array, n: number, column: number): number {
	const elements = Array.from({ length: matrix.length / n }, (_, i) => get(matrix, i * n + column));
	const most = elements.reduce((greatest, x) => Math.max(greatest, Math.abs(x)), 0);
	return (elements.find((x) => Math.abs(x) >= (1 - 1e-6) * most) ?? 1) < 0 ? -1 : 1;
}

/**
 * The eigenvalues of the symmetric matrix with this lower triangle in ascending order, and the eigenvectors as
 * columns with the sign of `signOfColumn`, by cyclic Jacobi rotations (Golub and Van Loan 8.5).
 */
function eigen(a: Float64Array, n: number): { values: Float64Array; vectors: Float64Array } {
	const work = a.slice();
	for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) work[i * n + j] = get(work, j * n + i);
	const vectors = new Float64Array(n * n);
	for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
	const total = Math.sqrt(work.reduce((sum, x) => sum + x * x, 0));
	if (!Number.isFinite(total)) {
		return { values: new Float64Array(n).fill(Number.NaN), vectors: vectors.fill(Number.NaN) };
	}
	for (let sweep = 0; sweep < mostSweeps; sweep++) {
		let off = 0;
		for (let p = 0; p < n; p++) for (let q = 0; q < p; q++) off += get(work, p * n + q) ** 2;
		if (Math.sqrt(off) <= 1e-18 * total) break;
		for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(work, vectors, n, p, q);
	}
	const order = Array.from({ length: n }, (_, k) => k);
	order.sort((i, j) => get(work, i * n + i) - get(work, j * n + j));
	const sorted = new Float64Array(n * n);
	order.forEach((from, k) => {
		const sign = signOfColumn(vectors, n, from);
		for (let i = 0; i < n; i++) sorted[i * n + k] = sign * get(vectors, i * n + from);
	});
	return { values: Float64Array.from(order, (k) => get(work, k * n + k)), vectors: sorted };
}

/** Makes the elements (p, q) and (q, p) zero by a rotation of rows and columns p and q. */
function rotate(work: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void {
	const element = get(work, p * n + q);
	if (element === 0) return;
	const ratio = (get(work, q * n + q) - get(work, p * n + p)) / (2 * element);
	const t = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.hypot(1, ratio));
	const c = 1 / Math.hypot(1, t);
	const s = t * c;
	const turn = (matrix: Float64Array, first: number, second: number, step: number): void => {
		for (let k = 0; k < n; k++) {
			const [x, y] = [get(matrix, first + k * step), get(matrix, second + k * step)];
			matrix[first + k * step] = c * x - s * y;
			matrix[second + k * step] = s * x + c * y;
		}
	};
	turn(work, p, q, n);
	turn(work, p * n, q * n, 1);
	work[p * n + q] = 0;
	work[q * n + p] = 0;
	turn(vectors, p, q, n);
}

const ofEigen =
	(part: "values" | "vectors"): Routine =>
	(inputs, _attributes, output) => {
		const a = at(inputs, 0);
		const n = extentFromEnd(a, 1);
		for (let k = 0; k < countOf(a); k++) {
			const result = eigen(matrixOf(a, k), n)[part];
			output.data.set(result, k * result.length);
		}
	};

export const factorRoutines: Readonly<Record<string, Routine>> = {
	qr_q: ofQr("q"),
	qr_r: ofQr("r"),
	eigh_values: ofEigen("values"),
	eigh_vectors: ofEigen("vectors"),
};
