import { sizeOf } from "../ir.js";

/** Calls `visit` for every line along `axis` of a row-major tensor: its elements are at start + k * step, k < count. */
export function forEachLine(
	shape: readonly number[],
	axis: number,
	visit: (start: number, step: number, count: number) => void,
): void {
	const count = shape[axis] as number;
	const step = sizeOf(shape.slice(axis + 1));
	const outer = sizeOf(shape.slice(0, axis));
	for (let block = 0; block < outer; block++) {
		for (let k = 0; k < step; k++) visit(block * count * step + k, step, count);
	}
}
