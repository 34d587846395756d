import { forEachLine } from "../evaluate/lines.js";
import { sizeOf } from "../ir.js";
import { booleanOf, integerOf } from "../primitives/primitive.js";
import { at, extentFromEnd, type Routine } from "./routine.js";

/** The order of numbers with nan after all others. */
function before(a: number, b: number): boolean {
	return a < b || (Number.isNaN(b) && !Number.isNaN(a));
}

/** Sorts positions by their keys, which go along: merges of neighbouring runs, so that equal keys keep their order. */
function mergeSort(keys: Float64Array, positions: Int32Array): Int32Array {
	const count = keys.length;
	let [from, to]: [Float64Array, Float64Array] = [keys, new Float64Array(count)];
	let [places, sorted]: [Int32Array, Int32Array] = [positions, new Int32Array(count)];
	for (let width = 1; width < count; width *= 2) {
		for (let start = 0; start < count; start += 2 * width) {
			const middle = Math.min(start + width, count);
			const end = Math.min(start + 2 * width, count);
			let [left, right] = [start, middle];
			for (let k = start; k < end; k++) {
				const takesLeft =
					right >= end || (left < middle && (from[left] as number) <= (from[right] as number));
				const chosen = takesLeft ? left++ : right++;
				to[k] = from[chosen] as number;
				sorted[k] = places[chosen] as number;
			}
		}
		[from, to] = [to, from];
		[places, sorted] = [sorted, places];
	}
	return places;
}

/** The positions that sort each line; equal elements keep their order, nan come last in both directions. */
const argsort: Routine = (inputs, attributes, output) => {
	const x = at(inputs, 0);
	const sign = booleanOf(attributes, "descending") ? -1 : 1;
	forEachLine(x.type.shape, integerOf(attributes, "axis"), (start, step, count) => {
		const keys = new Float64Array(count);
		const positions = new Int32Array(count);
		let known = 0;
		let unknown = count;
		for (let k = 0; k < count; k++) {
			const key = x.data[start + k * step] as number;
			// nan fill the end from behind, which turns their order around.
			const place = Number.isNaN(key) ? --unknown : known++;
			keys[place] = sign * key;
			positions[place] = k;
		}
		positions.subarray(known).reverse();
		const sorted = mergeSort(keys.subarray(0, known), positions.subarray(0, known));
		for (let k = 0; k < count; k++) {
			output.data[start + k * step] = (k < known ? sorted[k] : positions[k]) as number;
		}
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
