import { forEachLine } from "../evaluate/lines.js";
import { sizeOf } from "../ir.js";
import { booleanOf, integerOf } from "../primitives/primitive.js";
import { at, extentFromEnd, type Routine } from "./routine.js";

/** The order of numbers with nan after all others. */
function before(a: number, b: number): boolean {
	return a < b || (Number.isNaN(b) && !Number.isNaN(a));
}

/** The positions that sort each line; equal elements keep their order, nan come last in both directions. */
const argsort: Routine = (inputs, attributes, output) => {
	const x = at(inputs, 0);
	const sign = booleanOf(attributes, "descending") ? -1 : 1;
	forEachLine(x.type.shape, integerOf(attributes, "axis"), (start, step, count) => {
		const keys = Float64Array.from({ length: count }, (_, k) => x.data[start + k * step] as number);
		const positions = Int32Array.from({ length: count }, (_, k) => k);
		positions.sort((p, q) => {
			const [a, b] = [keys[p] as number, keys[q] as number];
			if (a === b) return 0;
			const order = sign * (a - b);
			if (!Number.isNaN(order)) return order;
			// Infinities of one sign are equal, so that only nan is left, and infinity less infinity is not met.
			return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
		});
		positions.forEach((position, k) => {
			output.data[start + k * step] = position;
		});
	});
};

/** How many elements of the sorted line come before each value; with `right` those equal to it as well. */
const searchsorted: Routine = (inputs, attributes, output) => {
	const [sorted, values] = [at(inputs, 0), at(inputs, 1)];
	const right = booleanOf(attributes, "right");
	const count = extentFromEnd(sorted, 1);
	const perLine = sizeOf(values.type.shape.slice(sorted.type.shape.length - 1));
	values.data.forEach((value, k) => {
		const start = Math.floor(k / perLine) * count;
		let low = 0;
		let high = count;
		while (low < high) {
			const middle = (low + high) >> 1;
			const element = sorted.data[start + middle] as number;
			if (right ? !before(value, element) : before(element, value)) low = middle + 1;
			else high = middle;
		}
		output.data[k] = low;
	});
};

export const sortingRoutines: Readonly<Record<string, Routine>> = { argsort, searchsorted };
