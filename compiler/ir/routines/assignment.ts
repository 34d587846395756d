import { sizeOf } from "../ir.js";
import { at, extentFromEnd, type Routine } from "./routine.js";

/**
 * The costs as numbers that sums cannot overflow: nan and +inf become worse than every assignment of finite costs, -inf
 * better.
 */
function finiteCosts(costs: ArrayLike<number>, n: number): Float64Array {
	const unscaled = Float64Array.from(costs);
	const largest = unscaled.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0);
	const numbers = largest > 1e200 ? unscaled.map((x) => x * 1e-200) : unscaled;
	const finite = numbers.filter(Number.isFinite);
	const low = finite.reduce((least, x) => Math.min(least, x), 0);
	const high = finite.reduce((most, x) => Math.max(most, x), 0);
	const reach = (high - low) * (n + 1) + 1;
	return numbers.map((x) =>
		Number.isFinite(x) ? x : x === Number.NEGATIVE_INFINITY ? low - reach : high + reach,
	);
}

/**
 * The column of each row in an assignment of least cost, in O(n^3): shortest augmenting paths with potentials
 * (Jonker and Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment problems",
 * Computing 38, 1987, without its initial phases). One row after the other enters; column 0 is a helper.
 */
function assign(costs: Float64Array, n: number): Int32Array {
	const rowPotential = new Float64Array(n + 1);
	const columnPotential = new Float64Array(n + 1);
	const rowOf = new Int32Array(n + 1);
	const from = new Int32Array(n + 1);
	for (let row = 1; row <= n; row++) {
		const distance = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
		const done = new Uint8Array(n + 1);
		rowOf[0] = row;
		let column = 0;
		do {
			done[column] = 1;
			const current = rowOf[column] as number;
			let nearest = -1;
			for (let j = 1; j <= n; j++) {
				if (done[j]) continue;
				const cost = costs[(current - 1) * n + j - 1] as number;
				const reduced = cost - (rowPotential[current] as number) - (columnPotential[j] as number);
				if (reduced < (distance[j] as number)) {
					distance[j] = reduced;
					from[j] = column;
				}
				if (nearest < 0 || (distance[j] as number) < (distance[nearest] as number)) nearest = j;
			}
			const shift = distance[nearest] as number;
			for (let j = 0; j <= n; j++) {
				if (done[j]) {
					const assigned = rowOf[j] as number;
					rowPotential[assigned] = (rowPotential[assigned] as number) + shift;
					columnPotential[j] = (columnPotential[j] as number) - shift;
				} else distance[j] = (distance[j] as number) - shift;
			}
			column = nearest;
		} while (rowOf[column] !== 0);
		while (column !== 0) {
			const previous = from[column] as number;
			rowOf[column] = rowOf[previous] as number;
			column = previous;
		}
	}
	const columns = new Int32Array(n);
	for (let j = 1; j <= n; j++) columns[(rowOf[j] as number) - 1] = j - 1;
	return columns;
}

const linearAssignment: Routine = (inputs, _attributes, output) => {
	const costs = at(inputs, 0);
	const n = extentFromEnd(costs, 1);
	const count = sizeOf(costs.type.shape.slice(0, -2));
	for (let k = 0; k < count; k++) {
		const numbers = finiteCosts(costs.data.subarray(k * n * n, (k + 1) * n * n), n);
		output.data.set(assign(numbers, n), k * n);
	}
};

export const assignmentRoutines: Readonly<Record<string, Routine>> = { linear_assignment: linearAssignment };
