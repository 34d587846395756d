import type { TensorData } from "../ir.js";
import { integerOf, integersOf } from "../primitives/primitive.js";
import { flatten, forEachIndex } from "../tensor.js";
import { allocateLike, arithmetic, at, type Evaluator } from "./evaluator.js";

type Fold = (accumulator: number, x: number) => number;

interface Reduction {
	/** The value of an empty reduction, for floats and bool. */
	readonly start: number;
	readonly step: Fold;
	/** The same for i32, where it differs. */
	readonly integerStart?: number;
	readonly integerStep?: Fold;
}

/** Sums and products accumulate in f64 whatever the element type; those of i32 wrap. */
const reductions: Readonly<Record<string, Reduction>> = {
	reduce_sum: { start: 0, step: (a, x) => a + x, integerStep: (a, x) => (a + x) | 0 },
	reduce_prod: { start: 1, step: (a, x) => a * x, integerStep: Math.imul },
	reduce_max: { start: Number.NEGATIVE_INFINITY, step: Math.max, integerStart: -(2 ** 31) },
	reduce_min: { start: Number.POSITIVE_INFINITY, step: Math.min, integerStart: 2 ** 31 - 1 },
	reduce_and: { start: 1, step: (a, x) => a & x },
	reduce_or: { start: 0, step: (a, x) => a | x },
};

function reduce(row: Reduction): Evaluator {
	return (inputs, attributes, result) => {
		const x = at(inputs, 0);
		const axes = integersOf(attributes, "axes");
		const integer = arithmetic(x.type) === "integer";
		const step = integer ? (row.integerStep ?? row.step) : row.step;
		const start = integer ? (row.integerStart ?? row.start) : row.start;
		const size = result.shape.reduce((product, n) => product * n, 1);
		const accumulators = new Float64Array(size).fill(start);
		forEachIndex(x.type.shape, (index, flat) => {
			const kept = index.filter((_, axis) => !axes.includes(axis));
			const place = flatten(kept, result.shape);
			accumulators[place] = step(accumulators[place] as number, x.data[flat] as number);
		});
		return allocateLike(result, accumulators);
	};
}

/** The lowest index of an extremum; the first nan, where there is one. */
function position(better: (x: number, best: number) => boolean): Evaluator {
	return (inputs, attributes, result) => {
		const x = at(inputs, 0);
		const axis = integerOf(attributes, "axis");
		const positions = new Int32Array(result.shape.reduce((product, n) => product * n, 1));
		const best = new Float64Array(positions.length);
		forEachIndex(x.type.shape, (index, flat) => {
			const place = flatten(index.toSpliced(axis, 1), result.shape);
			const value = x.data[flat] as number;
			const held = best[place] as number;
			const wins = better(value, held) || (Number.isNaN(value) && !Number.isNaN(held));
			if (index[axis] === 0 || wins) {
				best[place] = value;
				positions[place] = index[axis] as number;
			}
		});
		return positions;
	};
}

function runningSum(inputs: readonly TensorData[], axis: number): Float64Array {
	const x = at(inputs, 0);
	const sums = Float64Array.from(x.data);
	const integer = arithmetic(x.type) === "integer";
	forEachIndex(x.type.shape, (index, flat) => {
		if (index[axis] === 0) return;
		const previous = flatten(
			index.map((i, k) => (k === axis ? i - 1 : i)),
			x.type.shape,
		);
		const sum = (sums[previous] as number) + (sums[flat] as number);
		sums[flat] = integer ? sum | 0 : sum;
	});
	return sums;
}

export const reduceEvaluators: Readonly<Record<string, Evaluator>> = {
	...Object.fromEntries(Object.entries(reductions).map(([name, row]) => [name, reduce(row)])),
	argmax: position((x, best) => x > best),
	argmin: position((x, best) => x < best),
	cumsum(inputs, attributes, result) {
		return allocateLike(result, runningSum(inputs, integerOf(attributes, "axis")));
	},
};
