import { paddedExtents, type Windows } from "../../../ir/primitives/window.js";
import type { Planner } from "../plan.js";
import { sliceView, type View } from "../view.js";
import { emitCopy } from "./elementwise.js";
import type { Kernel } from "./kernel.js";

/** Fills the target, and copies the part of the source that lies inside it there, spread and moved by `low`. */
function spreadKernel(source: View, target: View, windows: Windows, outer: number, fill: number): Kernel {
	const { operand, low, inputDilation } = windows;
	const lead = source.shape.slice(0, outer);
	const zeros = lead.map(() => 0);
	const first = operand.map((_, axis) =>
		Math.max(0, Math.ceil(-(low[axis] as number) / (inputDilation[axis] as number))),
	);
	const limit = operand.map((n, axis) => {
		const room = (target.shape[outer + axis] as number) - 1 - (low[axis] as number);
		const end = Math.min(n, Math.floor(room / (inputDilation[axis] as number)) + 1);
		return Math.max(end, first[axis] as number);
	});
	const inside = sliceView(source, [...zeros, ...first], [...lead, ...limit]);
	const start = first.map((i, axis) => i * (inputDilation[axis] as number) + (low[axis] as number));
	const strides = target.strides.map(
		(stride, axis) => stride * (axis < outer ? 1 : (inputDilation[axis - outer] as number)),
	);
	const offset = start.reduce((sum, i, axis) => sum + i * (target.strides[outer + axis] as number), 0);
	const places: View = { ...target, offset: target.offset + offset, shape: inside.shape, strides };
	const empty: View = { ...target, strides: target.strides.map(() => 0), literal: fill };
	return {
		name: "spread",
		reads: [source],
		writes: [target.buffer],
		emit(code, functions) {
			emitCopy(code, functions, empty, target);
			emitCopy(code, functions, inside, places);
		},
	};
}

/** The operand as windows see it, spread and padded with `fill`; the first `outer` axes have no windows. */
export function paddedView(
	planner: Planner,
	source: View,
	windows: Windows,
	outer: number,
	fill: number,
): View {
	const plain = [...windows.low, ...windows.high].every((n) => n === 0);
	if (plain && windows.inputDilation.every((n) => n === 1)) return source;
	const shape = [...source.shape.slice(0, outer), ...paddedExtents(windows)];
	const target = planner.allocate({ element: source.buffer.element, shape });
	planner.push(spreadKernel(source, target, windows, outer, fill));
	return target;
}

/** The padded operand with an axis for the places of windows and one inside them: [outer.., window.., places..]. */
export function windowsView(padded: View, windows: Windows, places: readonly number[], outer: number): View {
	const strides = padded.strides.slice(outer);
	const scaled = (factors: readonly number[]): number[] =>
		strides.map((stride, axis) => stride * (factors[axis] as number));
	return {
		...padded,
		shape: [...padded.shape.slice(0, outer), ...windows.window, ...places],
		strides: [...padded.strides.slice(0, outer), ...scaled(windows.dilation), ...scaled(windows.stride)],
	};
}
