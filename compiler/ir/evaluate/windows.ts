import { sizeOf } from "../ir.js";
import type { Windows } from "../primitives/window.js";
import { forEachIndex, stridesOf } from "../tensor.js";

/**
 * For every window in row-major order, the row-major places in the operand that its elements meet, in the order of the
 * window; -1 where an element meets the padding.
 */
export function meetingsOf(windows: Windows, counts: readonly number[]): number[][] {
	const { operand, window, stride, low, dilation, inputDilation } = windows;
	const strides = stridesOf(operand);
	const all: number[][] = new Array(sizeOf(counts));
	forEachIndex(counts, (place, flat) => {
		const met = new Array<number>(sizeOf(window)).fill(-1);
		forEachIndex(window, (index, k) => {
			let offset = 0;
			for (let axis = 0; axis < operand.length; axis++) {
				const spread =
					(place[axis] as number) * (stride[axis] as number) +
					(index[axis] as number) * (dilation[axis] as number) -
					(low[axis] as number);
				const i = spread / (inputDilation[axis] as number);
				if (!Number.isInteger(i) || i < 0 || i >= (operand[axis] as number)) return;
				offset += i * (strides[axis] as number);
			}
			met[k] = offset;
		});
		all[flat] = met;
	});
	return all;
}
