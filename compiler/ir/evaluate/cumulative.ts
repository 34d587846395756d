import { integerOf } from "../primitives/primitive.js";
import { allocate } from "../tensor.js";
import { arithmetic, at, type Evaluator } from "./evaluator.js";
import { forEachLine } from "./lines.js";

/** What a running operation makes of the next elements of its inputs; one for each line, since it keeps a state. */
type Runner = (a: number, b: number) => number;

function running(start: (integer: boolean) => Runner): Evaluator {
	return (inputs, attributes, result) => {
		const a = at(inputs, 0).data;
		const b = (inputs[1] ?? at(inputs, 0)).data;
		const data = allocate(result.element, a.length);
		const integer = arithmetic(result) === "integer";
		forEachLine(result.shape, integerOf(attributes, "axis"), (first, step, count) => {
			const next = start(integer);
			for (let k = 0; k < count; k++) {
				const place = first + k * step;
				data[place] = next(a[place] as number, b[place] as number);
			}
		});
		return data;
	};
}

/** Folds with a state of 64 bits, rounded only where it is stored. */
const fold = (step: (state: number, x: number) => number, integerStep = step): Evaluator =>
	running((integer) => {
		const combine = integer ? integerStep : step;
		let state: number | undefined;
		return (x) => {
			state = state === undefined ? x : combine(state, x);
			return state;
		};
	});

/** Keeps the greatest element so far and the sum of the exponentials relative to it. */
const logSumExp: Evaluator = running(() => {
	let greatest = Number.NEGATIVE_INFINITY;
	let sum = 0;
	return (x) => {
		if (x > greatest) {
			sum = sum * Math.exp(greatest - x) + 1;
			greatest = x;
			// Equal infinities must not be subtracted.
		} else sum += x === greatest ? 1 : Math.exp(x - greatest);
		return greatest + Math.log(sum);
	};
});

export const cumulativeEvaluators: Readonly<Record<string, Evaluator>> = {
	cumprod: fold((a, x) => a * x, Math.imul),
	cummax: fold(Math.max),
	cumlogsumexp: logSumExp,
	linear_recurrence: running(() => {
		let state = 0;
		return (a, b) => {
			state = a * state + b;
			return state;
		};
	}),
};
