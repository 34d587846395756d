import { integersOf } from "../primitives/primitive.js";
import { windowsOf } from "../primitives/window.js";
import { allocate } from "../tensor.js";
import { arithmetic, at, type Evaluator } from "./evaluator.js";
import { meetingsOf } from "./windows.js";

/** What is made of the places in x that a window meets, in the order of the window. */
type Pool = (places: readonly number[], x: ArrayLike<number>, integer: boolean) => number;

function pooling(pool: Pool): Evaluator {
	return (inputs, attributes, result) => {
		const x = at(inputs, 0);
		const windows = windowsOf(x.type.shape, integersOf(attributes, "window"), attributes);
		const integer = arithmetic(x.type) === "integer";
		const met = meetingsOf(windows, result.shape);
		const data = allocate(result.element, met.length);
		met.forEach((places, flat) => {
			data[flat] = pool(
				places.filter((place) => place >= 0),
				x.data,
				integer,
			);
		});
		return data;
	};
}

const fold =
	(step: (a: number, x: number) => number, start: number, integerStart = start): Pool =>
	(places, x, integer) =>
		places.reduce((a, place) => step(a, x[place] as number), integer ? integerStart : start);

/** The first place of the maximum, or of nan where there is one; -1 without any element. */
const firstGreatest: Pool = (places, x) =>
	places.reduce((best, place) => {
		if (best < 0) return place;
		const [value, held] = [x[place] as number, x[best] as number];
		return value > held || (Number.isNaN(value) && !Number.isNaN(held)) ? place : best;
	}, -1);

export const poolingEvaluators: Readonly<Record<string, Evaluator>> = {
	window_sum: pooling(fold((a, x) => a + x, 0)),
	window_max: pooling(fold(Math.max, Number.NEGATIVE_INFINITY, -(2 ** 31))),
	window_argmax: pooling(firstGreatest),
};
