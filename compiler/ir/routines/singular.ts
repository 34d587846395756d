import { mostSweeps, signOfColumn } from "./factors.js";
import { countOf, matrixOf } from "./linear.js";
import { at, extentFromEnd, type Routine } from "./routine.js";

const get = (matrix: Float64Array, place: number): number => matrix[place] as number;

/** The product of columns p and q of a matrix with n columns. */
function columnProduct(matrix: Float64Array, n: number, p: number, q: number): number {
	let sum = 0;
	for (let start = 0; start < matrix.length; start += n) {
		sum += get(matrix, start + p) * get(matrix, start + q);
	}
	return sum;
}

function rotateColumns(matrix: Float64Array, n: number, p: number, q: number, c: number, s: number): void {
	for (let start = 0; start < matrix.length; start += n) {
		const [x, y] = [get(matrix, start + p), get(matrix, start + q)];
		matrix[start + p] = c * x - s * y;
		matrix[start + q] = s * x + c * y;
	}
}

/** Rotates columns of u, and those of v alike, until all columns of u are orthogonal. */
function orthogonalise(u: Float64Array, v: Float64Array, n: number): void {
	for (let sweep = 0; sweep < mostSweeps; sweep++) {
		let done = true;
		for (let p = 0; p < n; p++) {
			for (let q = p + 1; q < n; q++) {
				const [a, b] = [columnProduct(u, n, p, p), columnProduct(u, n, q, q)];
				const product = columnProduct(u, n, p, q);
				if (Math.abs(product) <= 2 ** -52 * Math.sqrt(a * b)) continue;
				done = false;
				const ratio = (b - a) / (2 * product);
				const t = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.hypot(1, ratio));
				const c = 1 / Math.hypot(1, t);
				for (const matrix of [u, v]) rotateColumns(matrix, n, p, q, c, t * c);
			}
		}
		if (done) break;
	}
}

/**
 * Column k as a unit vector orthogonal to the k columns before: the largest remainder of the first k + 1 unit vectors of
 * the space, which cannot all be small.
 */
function completeColumn(u: Float64Array, m: number, n: number, k: number): void {
	let best = new Float64Array(m);
	let length = -1;
	for (let unit = 0; unit <= k; unit++) {
		const x = new Float64Array(m);
		x[unit] = 1;
		// Twice, for the sake of rounding.
		for (let round = 0; round < 2; round++) {
			for (let j = 0; j < k; j++) {
				let product = 0;
				for (let i = 0; i < m; i++) product += get(x, i) * get(u, i * n + j);
				for (let i = 0; i < m; i++) x[i] = get(x, i) - product * get(u, i * n + j);
			}
		}
		const norm = Math.sqrt(x.reduce((sum, element) => sum + element * element, 0));
		if (norm > length + 1e-9) [best, length] = [x, norm];
	}
	for (let i = 0; i < m; i++) u[i * n + k] = get(best, i) / length;
}

interface Singular {
	readonly u: Float64Array;
	readonly values: Float64Array;
	readonly v: Float64Array;
}

/**
 * a = u diag(values) v^T with m >= n and values descending, by one-sided Jacobi rotations (Golub and Van Loan, "Matrix
 * computations", 4th edition, 8.6.3). The columns of v have the sign of `signOfColumn`.
 */
function singular(a: Float64Array, m: number, n: number): Singular {
	const largest = a.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
	const [u, v] = [new Float64Array(m * n), new Float64Array(n * n)];
	if (!Number.isFinite(largest)) {
		const values = new Float64Array(n).fill(Number.NaN);
		return { u: u.fill(Number.NaN), values, v: v.fill(Number.NaN) };
	}
	// Scaled, so that no square overflows.
	const scale = largest === 0 ? 1 : largest;
	const work = a.map((x) => x / scale);
	const turned = new Float64Array(n * n);
	for (let k = 0; k < n; k++) turned[k * n + k] = 1;
	orthogonalise(work, turned, n);
	const norms = Array.from({ length: n }, (_, k) => Math.sqrt(columnProduct(work, n, k, k)));
	const order = norms.map((_, k) => k).sort((p, q) => (norms[q] as number) - (norms[p] as number));
	order.forEach((from, k) => {
		const sign = signOfColumn(turned, n, from);
		const norm = norms[from] as number;
		for (let i = 0; i < n; i++) v[i * n + k] = sign * get(turned, i * n + from);
		if (norm > 0) for (let i = 0; i < m; i++) u[i * n + k] = (sign * get(work, i * n + from)) / norm;
		else completeColumn(u, m, n, k);
	});
	return { u, values: Float64Array.from(order, (k) => (norms[k] as number) * scale), v };
}

const part =
	(name: keyof Singular): Routine =>
	(inputs, _attributes, output) => {
		const a = at(inputs, 0);
		const [m, n] = [extentFromEnd(a, 2), extentFromEnd(a, 1)];
		for (let k = 0; k < countOf(a); k++) {
			const result = singular(matrixOf(a, k), m, n)[name];
			output.data.set(result, k * result.length);
		}
	};

export const singularRoutines: Readonly<Record<string, Routine>> = {
	svd_u: part("u"),
	svd_values: part("values"),
	svd_v: part("v"),
};
