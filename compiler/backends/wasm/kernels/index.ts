import { sizeOf } from "../../../ir/ir.js";
import type { Code, Local } from "../assembler.js";
import { type Buffer, bytesOf, collapse, sliceView, type View } from "../view.js";
import { emitCopy } from "./elementwise.js";
import type { Kernel } from "./kernel.js";
import { addressOf, loadOf, nest, pointerTo, stepsOf, storeOf } from "./nest.js";

/** Sets a whole buffer to zero. */
export function emitClear(code: Code, buffer: Buffer): void {
	code
		.i32(buffer.address)
		.i32(0)
		.i32(buffer.size * bytesOf(buffer.element))
		.fillMemory();
}

/** local = max(0, min(local, greatest)). */
function emitClamp(code: Code, local: Local, greatest: number): void {
	code.get(local).i32(greatest).get(local).i32(greatest).op("i32.lt_s", "select").set(local);
	code.get(local).i32(0).get(local).i32(0).op("i32.gt_s", "select").set(local);
}

/** Stack: the clamped scalar at the view, times `step` bytes. */
function emitShift(code: Code, start: View, greatest: number, step: number): Local {
	const local = code.local("i32");
	code.i32(addressOf(start)).memory("i32.load").set(local);
	emitClamp(code, local, greatest);
	code.get(local).i32(step).op("i32.mul").set(local);
	return local;
}

/** Pads with zero: the target cleared, the source copied inside. */
export function padKernel(source: View, target: View, low: readonly number[]): Kernel {
	const inside = sliceView(
		target,
		low,
		low.map((start, axis) => start + (source.shape[axis] as number)),
	);
	return {
		name: "pad",
		reads: [source],
		writes: [target.buffer],
		emit(code, functions) {
			emitClear(code, target.buffer);
			emitCopy(code, functions, source, inside);
		},
	};
}

export function concatenateKernel(sources: readonly View[], target: View, axis: number): Kernel {
	return {
		name: "concatenate",
		reads: sources,
		writes: [target.buffer],
		emit(code, functions) {
			let before = 0;
			for (const source of sources) {
				const length = source.shape[axis] as number;
				const start = target.shape.map((_, k) => (k === axis ? before : 0));
				emitCopy(code, functions, source, sliceView(target, start, target.shape.with(axis, before + length)));
				before += length;
			}
		},
	};
}

export function dynamicSliceKernel(source: View, start: View, target: View, axis: number): Kernel {
	const size = target.shape[axis] as number;
	const step = (source.strides[axis] as number) * bytesOf(source.buffer.element);
	const window: View = { ...source, shape: target.shape, literal: undefined };
	return {
		name: "dynamic_slice",
		reads: [source, start],
		writes: [target.buffer],
		emit(code, functions) {
			const shift = emitShift(code, start, (source.shape[axis] as number) - size, step);
			emitCopy(code, functions, window, target, [{ view: window, local: shift }]);
		},
	};
}

export function dynamicUpdateKernel(
	source: View,
	update: View,
	start: View,
	target: View,
	axis: number,
): Kernel {
	const size = update.shape[axis] as number;
	const step = (target.strides[axis] as number) * bytesOf(target.buffer.element);
	const window: View = { ...target, shape: update.shape };
	return {
		name: "dynamic_update",
		reads: [source, update, start],
		writes: [target.buffer],
		emit(code, functions) {
			emitCopy(code, functions, source, target);
			const shift = emitShift(code, start, (target.shape[axis] as number) - size, step);
			emitCopy(code, functions, update, window, [{ view: window, local: shift }]);
		},
	};
}

/**
 * The loops that gather and scatter share: over the axes before `axis` and those of the indices, with the address of
 * the chosen row of `table`; and inside over the axes after it.
 */
interface Rows {
	/** The tensor that is indexed: [B.., pre.., n, post..]. */
	readonly table: View;
	readonly indices: View;
	/** The tensor with one row for each index: [B.., pre.., k.., post..]. */
	readonly rows: View;
	readonly axis: number;
	readonly batch: number;
}

export function emitRows(
	code: Code,
	{ table, indices, rows, axis, batch }: Rows,
	body: (table: Local, rows: Local) => void,
): void {
	const count = indices.shape.length - batch;
	const outerShape = rows.shape.slice(0, axis + count);
	const innerShape = rows.shape.slice(axis + count);
	const zeros = (n: number): number[] => new Array<number>(n).fill(0);
	const tableSteps = stepsOf(table);
	const indexSteps = stepsOf(indices);
	const rowSteps = stepsOf(rows);
	const walker = (view: View, steps: readonly number[]) => ({ ...pointerTo(code, view), steps });
	const outer = [
		walker(table, [...tableSteps.slice(0, axis), ...zeros(count)]),
		walker(indices, [...indexSteps.slice(0, batch), ...zeros(axis - batch), ...indexSteps.slice(batch)]),
		walker(rows, rowSteps.slice(0, axis + count)),
	] as const;
	const inner = collapse(innerShape, [tableSteps.slice(axis + 1), rowSteps.slice(axis + count)]);
	const row = { local: code.local("i32"), steps: inner.operands[0] as number[] };
	const place = { local: code.local("i32"), steps: inner.operands[1] as number[] };
	const index = code.local("i32");
	if (sizeOf(innerShape) === 0) return;
	nest(code, outerShape, outer, () => {
		code.get(outer[1].local).memory("i32.load").set(index);
		emitClamp(code, index, (table.shape[axis] as number) - 1);
		code
			.get(index)
			.i32(tableSteps[axis] as number)
			.op("i32.mul");
		code.get(outer[0].local).op("i32.add").set(row.local);
		code.get(outer[2].local).set(place.local);
		nest(code, inner.shape, [row, place], () => body(row.local, place.local));
	});
}

export function gatherKernel(table: View, indices: View, target: View, axis: number, batch: number): Kernel {
	const element = table.buffer.element;
	return {
		name: "gather",
		reads: [table, indices],
		writes: [target.buffer],
		emit(code) {
			emitRows(code, { table, indices, rows: target, axis, batch }, (from, to) => {
				code.get(to).get(from).memory(loadOf(element)).memory(storeOf(element));
			});
		},
	};
}

export function scatterAddKernel(
	indices: View,
	updates: View,
	target: View,
	axis: number,
	batch: number,
): Kernel {
	const element = target.buffer.element;
	const add = element === "f32" ? "f32.add" : element === "f64" ? "f64.add" : "i32.add";
	return {
		name: "scatter_add",
		reads: [indices, updates],
		writes: [target.buffer],
		emit(code) {
			emitClear(code, target.buffer);
			emitRows(code, { table: target, indices, rows: updates, axis, batch }, (to, from) => {
				code.get(to).get(to).memory(loadOf(element));
				code.get(from).memory(loadOf(element)).op(add).memory(storeOf(element));
			});
		},
	};
}
