import { sizeOf } from "../../../ir/ir.js";
import { stridesOf } from "../../../ir/tensor.js";
import type { Code, Local } from "../assembler.js";
import { type Buffer, bytesOf, newBuffer, type View, wholeView } from "../view.js";
import { emitPack, emitTiles, roundUp, tileColumns, tileRows } from "./dot.js";
import { emitCopy } from "./elementwise.js";
import { emitClear } from "./index.js";
import type { Functions, Kernel } from "./kernel.js";
import { addressOf, stepsOf } from "./nest.js";

/** How long the summed axis of a block is: two panels of that length stay in the first cache. */
const longestDepth = 512;
/** How many numbers of windows are laid out at a time: they stay in the second cache. */
const largestBlock = 32768;

/** How a list of axes is walked: one by one up to `axis`, then in pieces of `size` along it, the others whole. */
interface Blocking {
	readonly extents: readonly number[];
	readonly axis: number;
	readonly size: number;
}

/** Blocks of at most `limit` elements, as large as that allows. */
function blocking(extents: readonly number[], limit: number): Blocking {
	let axis = extents.length - 1;
	while (axis > 0 && sizeOf(extents.slice(axis)) <= limit) axis--;
	const inner = sizeOf(extents.slice(axis + 1));
	const most = Math.max(1, Math.floor(limit / Math.max(1, inner)));
	return { extents, axis, size: Math.min(most, extents[axis] as number) };
}

/** The extents of a block that takes `count` along the axis of the blocking. */
function blockShape({ extents, axis }: Blocking, count: number): number[] {
	return extents.map((n, k) => (k < axis ? 1 : k === axis ? count : n));
}

/** An offset in bytes that moves with the block, by its steps along the axes of the blocking. */
interface Offset {
	readonly local: Local;
	readonly steps: readonly number[];
}

/** Runs the body for every block; the offsets, set before, are those of its first element, and are restored. */
function overBlocks(
	code: Code,
	{ extents, axis, size }: Blocking,
	offsets: readonly Offset[],
	body: (count: number) => void,
): void {
	const walk = (k: number): void => {
		const extent = extents[k] as number;
		const advance = (count: number): void => {
			for (const { local, steps } of offsets) code.advance(local, (steps[k] as number) * count);
		};
		if (k < axis) {
			code.times(extent, () => {
				walk(k + 1);
				advance(1);
			});
			advance(-extent);
			return;
		}
		const full = Math.floor(extent / size);
		code.times(full, () => {
			body(size);
			advance(size);
		});
		if (extent % size > 0) body(extent % size);
		advance(-full * size);
	};
	walk(0);
}

export interface Convolution {
	/** [batch, channels, window.., places..] of the padded operand. */
	readonly windows: View;
	/** [results, channels / groups, window..], row-major. */
	readonly kernel: View;
	/** [batch, results, places..], row-major. */
	readonly target: View;
	readonly groups: number;
	readonly rank: number;
}

/**
 * A convolution as products of matrices, [results, depth] times [depth, columns]: depth runs over channels and windows,
 * columns over the batch and the places. Blocks of the second matrix are laid out one at a time.
 */
export function convolutionKernel({ windows, kernel, target, groups, rank }: Convolution): Kernel {
	const element = target.buffer.element as "f32" | "f64";
	const bytes = bytesOf(element);
	const rows = (kernel.shape[0] as number) / groups;
	const depthExtents = kernel.shape.slice(1);
	const columnExtents = [windows.shape[0] as number, ...target.shape.slice(2)];
	const depth = blocking(depthExtents, longestDepth);
	const length = sizeOf(blockShape(depth, depth.size));
	const columns = blocking(columnExtents, Math.max(64, Math.floor(largestBlock / Math.max(1, length))));
	const width = sizeOf(blockShape(columns, columns.size));
	const scratch = (size: number): Buffer => newBuffer({ element, shape: [size] }, "arena");
	const matrix = scratch(length * width);
	const sums = scratch(rows * width);
	const leftPanels = scratch(roundUp(rows, tileRows) * length);
	const rightPanels = scratch(roundUp(width, tileColumns(element)) * length);
	const edge = scratch(tileRows * tileColumns(element));
	const windowSteps = stepsOf(windows);
	const targetSteps = stepsOf(target);
	const kernelSteps = stridesOf(kernel.shape).map((stride) => stride * bytes);
	/** The axes of `windows` that depth and columns run over. */
	const depthAxes = [1, ...Array.from({ length: rank }, (_, k) => 2 + k)];
	const columnAxes = [0, ...Array.from({ length: rank }, (_, k) => 2 + rank + k)];
	const pick = (list: readonly number[], axes: readonly number[]) => axes.map((axis) => list[axis] as number);

	/** Lays out one block of windows, packs it and adds its product to the sums. */
	const multiply = (
		code: Code,
		functions: Functions,
		shape: { depth: readonly number[]; columns: readonly number[] },
		offsets: { windows: Local; kernel: Local },
	): void => {
		const [count, breadth] = [sizeOf(shape.depth), sizeOf(shape.columns)];
		const source: View = {
			...windows,
			shape: [...shape.depth, ...shape.columns],
			strides: [...pick(windows.strides, depthAxes), ...pick(windows.strides, columnAxes)],
		};
		const laidOut = wholeView(matrix, source.shape);
		emitCopy(code, functions, source, laidOut, [{ view: source, local: offsets.windows }]);
		const from = code.local("i32");
		code.i32(matrix.address).set(from);
		const right = { target: rightPanels, extent: breadth, unit: tileColumns(element) };
		emitPack({ code, source: from, ...right, count, step: bytes, depthStep: breadth * bytes });
		code.i32(addressOf(kernel)).get(offsets.kernel).op("i32.add").set(from);
		const left = { target: leftPanels, extent: rows, unit: tileRows };
		emitPack({ code, source: from, ...left, count, step: kernelSteps[0] as number, depthStep: bytes });
		code.i32(sums.address).set(from);
		const panels = { leftPanels, rightPanels, edge };
		emitTiles(code, functions, { rows, columns: breadth, length: count, add: true }, from, panels);
	};

	return {
		name: "convolution",
		reads: [windows, kernel],
		writes: [target.buffer],
		temporaries: [matrix, sums, leftPanels, rightPanels, edge],
		emit(code, functions) {
			if (sizeOf(target.shape) === 0) return;
			if (sizeOf(depthExtents) === 0) {
				emitClear(code, target.buffer);
				return;
			}
			const moving = (steps: readonly number[]): Offset => ({ local: code.local("i32"), steps });
			const fromColumns = moving(pick(windowSteps, columnAxes));
			const toColumns = moving(pick(targetSteps, [0, ...columnExtents.slice(1).map((_, k) => 2 + k)]));
			const fromDepth = moving(pick(windowSteps, depthAxes));
			const weights = moving(kernelSteps.slice(1));
			const group = code.local("i32");
			const inner = depthExtents[0] as number;
			for (const { local } of [fromColumns, toColumns]) code.i32(0).set(local);
			code.i32(0).set(group);
			code.times(groups, () => {
				overBlocks(code, columns, [fromColumns, toColumns], (size) => {
					const block = blockShape(columns, size);
					emitClear(code, { ...sums, size: rows * sizeOf(block) });
					code.get(fromColumns.local).set(fromDepth.local).get(group).set(weights.local);
					overBlocks(code, depth, [fromDepth, weights], (count) => {
						const shape = { depth: blockShape(depth, count), columns: block };
						multiply(code, functions, shape, { windows: fromDepth.local, kernel: weights.local });
					});
					const results: View = {
						...target,
						shape: [rows, ...block],
						strides: [target.strides[1] as number, target.strides[0] as number, ...target.strides.slice(2)],
					};
					const done = wholeView(sums, [rows, ...block]);
					emitCopy(code, functions, done, results, [{ view: results, local: toColumns.local }]);
				});
				code.advance(fromColumns.local, inner * (windowSteps[1] as number));
				code.advance(toColumns.local, rows * (targetSteps[1] as number));
				code.advance(group, rows * (kernelSteps[0] as number));
			});
		},
	};
}
