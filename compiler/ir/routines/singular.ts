import { mostSweeps, signOfColumn } from "./factors.js";
import { countOf, matrixOf } from "./linear.js";
import { at, extentFromEnd, type Routine } from "./routine.js";

const get = (matrix: Float64Array, place: number): number => matrix[place] as number;

/** The rows of a matrix are its columns: then what is rotated lies side by side. */
function transposed(a: Float64Array, m: number, n: number): Float64Array {
	const result = new Float64Array(n * m);
	for (let i = 0; i < m; i++) for (let k = 0; k < n; k++) result[k * m + i] = get(a, i * n + k);
	return result;
}

/** The product of rows p and q of a matrix with rows of this length. */
function rowProduct(matrix: Float64Array, length: number, p: number, q: number): number {
	const [x, y] = [p * length, q * length];
	let sum = 0;
	for (let i = 0; i < length; i++) sum += get(matrix, x + i) * get(matrix, y + i);
	return sum;
}

function rotateRows(matrix: Float64Array, length: number, p: number, q: number, c: number, s: number): void {
	const [first, second] = [p * length, q * length];
	for (let i = 0; i < length; i++) {
		const x = get(matrix, first + i);
		const y = get(matrix, second + i);
		matrix[first + i] = c * x - s * y;
		matrix[second + i] = s * x + c * y;
	}
}

/** Rotates the n rows of u (of length m), and those of v alike, until all rows of u are orthogonal. */
function orthogonalise(u: Float64Array, v: Float64Array, m: number, n: number): void {
	const squares = new Float64Array(n);
	for (let sweep = 0; sweep < mostSweeps; sweep++) {
		let done = true;
		// Updated by each rotation, and computed anew in each sweep, so that rounding does not add up.
		for (let k = 0; k < n; k++) squares[k] = rowProduct(u, m, k, k);
		for (let p = 0; p < n; p++) {
			for (let q = p + 1; q < n; q++) {
				const [a, b] = [get(squares, p), get(squares, q)];
				const product = rowProduct(u, m, p, q);
				if (Math.abs(product) <= 2 ** -52 * Math.sqrt(a * b)) continue;
				done = false;
				const ratio = (b - a) / (2 * product);
				const t = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.sqrt(1 + ratio * ratio));
				const c = 1 / Math.sqrt(1 + t * t);
				rotateRows(u, m, p, q, c, t * c);
				rotateRows(v, n, p, q, c, t * c);
				squares[p] = Math.max(a - t * product, 0);
				squares[q] = b + t * product;
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
	const work = transposed(
		a.map((x) => x / scale),
		m,
		n,
	);
	const turned = new Float64Array(n * n);
	for (let k = 0; k < n; k++) turned[k * n + k] = 1;
	orthogonalise(work, turned, m, n);
	const right = transposed(turned, n, n);
	const norms = Array.from({ length: n }, (_, k) => Math.sqrt(rowProduct(work, m, k, k)));
	const order = norms.map((_, k) => k).sort((p, q) => (norms[q] as number) - (norms[p] as number));
	order.forEach((from, k) => {
		const sign = signOfColumn(right, n, from);
		const norm = norms[from] as number;
		for (let i = 0; i < n; i++) v[i * n + k] = sign * get(right, i * n + from);
		if (norm > 0) for (let i = 0; i < m; i++) u[i * n + k] = (sign * get(work, from * m + i)) / norm;
		else completeColumn(u, m, n, k);
	});
	return { u, values: Float64Array.from(order, (k) => (norms[k] as number) * scale), v };
}

/** The last matrix and what it is made of: its three parts are asked for one after the other. */
let last: { readonly matrix: Float64Array; readonly m: number; readonly parts: Singular } | undefined;

function partsOf(matrix: Float64Array, m: number, n: number): Singular {
	const isSame = last?.m === m && last.matrix.length === matrix.length;
	if (last && isSame && last.matrix.every((x, i) => Object.is(x, matrix[i]))) return last.parts;
	const parts = singular(matrix, m, n);
	last = { matrix: matrix.slice(), m, parts };
	return parts;
}

const part =
	(name: keyof Singular): Routine =>
	(inputs, _attributes, output) => {
		const a = at(inputs, 0);
		const [m, n] = [extentFromEnd(a, 2), extentFromEnd(a, 1)];
		for (let k = 0; k < countOf(a); k++) {
			const result = partsOf(matrixOf(a, k), m, n)[name];
			output.data.set(result, k * result.length);
		}
	};

export const singularRoutines: Readonly<Record<string, Routine>> = {
	svd_u: part("u"),
	svd_values: part("values"),
	svd_v: part("v"),
};
