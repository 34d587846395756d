import type { Attributes } from "../ir.js";
import { integersOf, require, signedOf } from "./primitive.js";

/**
 * How windows slide along axes: the operand is spread by `inputDilation` (zeros between neighbours), padded by `low`
 * and `high` (negative: cut off), and read at steps of `stride` by windows whose elements are `dilation` apart.
 */
export interface Windows {
	/** The extents of the operand. */
	readonly operand: readonly number[];
	readonly window: readonly number[];
	readonly stride: readonly number[];
	readonly low: readonly number[];
	readonly high: readonly number[];
	readonly dilation: readonly number[];
	readonly inputDilation: readonly number[];
}

/** The attributes that every operation with windows has, one number for each axis that they slide along. */
export const windowAttributes = {
	stride: "integers",
	low: "signed",
	high: "signed",
	dilation: "integers",
	input_dilation: "integers",
} as const;

/** The windows of an operation. Throws IrError when a list is too long or short, or a step or window is 0. */
export function windowsOf(
	operand: readonly number[],
	window: readonly number[],
	attributes: Attributes,
): Windows {
	const windows: Windows = {
		operand,
		window,
		stride: integersOf(attributes, "stride"),
		low: signedOf(attributes, "low"),
		high: signedOf(attributes, "high"),
		dilation: integersOf(attributes, "dilation"),
		inputDilation: integersOf(attributes, "input_dilation"),
	};
	for (const [name, list] of Object.entries(windows) as [string, readonly number[]][]) {
		require(list.length === operand.length, () =>
			`${name} has ${list.length} numbers for ${operand.length} axes`);
		const least = name === "low" || name === "high" ? Number.NEGATIVE_INFINITY : 1;
		require(list.every((n) => n >= least), () => `${name} [${list.join(",")}] must be at least ${least}`);
	}
	return windows;
}

/** The extents of windows, or of an operand, with that many places between neighbours. */
export function dilated(extents: readonly number[], dilation: readonly number[]): number[] {
	return extents.map((n, axis) => (n - 1) * (dilation[axis] as number) + 1);
}

/** The extents of the operand once it is spread and padded. */
export function paddedExtents({ operand, low, high, inputDilation }: Windows): number[] {
	return dilated(operand, inputDilation).map((n, axis) => n + (low[axis] as number) + (high[axis] as number));
}

/** How many windows there are along each axis. Throws IrError where not even one fits. */
export function windowCounts(windows: Windows): number[] {
	const covered = dilated(windows.window, windows.dilation);
	return paddedExtents(windows).map((n, axis) => {
		const free = n - (covered[axis] as number);
		require(free >= 0, () => `a window of ${covered[axis]} does not fit in ${n} along axis ${axis}`);
		return Math.floor(free / (windows.stride[axis] as number)) + 1;
	});
}
