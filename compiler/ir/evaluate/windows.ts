import { sizeOf } from "../ir.js";
import type { Windows } from "../primitives/window.js";
import { forEachIndex, stridesOf } from "../tensor.js";

/** One element of a window that meets the operand: its place in the window and in the operand, both row-major. */
export interface Meeting {
	readonly window: number;
	readonly operand: number;
}

/** For every window in row-major order, the meetings in the order of the window. Elements outside are left out. */
export function meetingsOf(windows: Windows, counts: readonly number[]): Meeting[][] {
	const { operand, window, stride, low, dilation, inputDilation } = windows;
	const strides = stridesOf(operand);
	const all: Meeting[][] = new Array(sizeOf(counts));
	forEachIndex(counts, (place, flat) => {
		const meetings: Meeting[] = [];
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
			meetings.push({ window: k, operand: offset });
		});
		all[flat] = meetings;
	});
	return all;
}
