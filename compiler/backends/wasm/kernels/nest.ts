import type { ElementType } from "../../../ir/ir.js";
import type { Code, Local } from "../assembler.js";
import type { MemoryOperation } from "../opcodes.js";
import { bytesOf, type View } from "../view.js";

/** A pointer that walks through a loop nest: its steps along each axis, in bytes. */
export interface Pointer {
	readonly local: Local;
	readonly steps: readonly number[];
}

/** The address of the first element of a view, in bytes. */
export function addressOf(view: View): number {
	return view.buffer.address + view.offset * bytesOf(view.buffer.element);
}

export function stepsOf(view: View): number[] {
	return view.strides.map((stride) => stride * bytesOf(view.buffer.element));
}

export function loadOf(element: ElementType): MemoryOperation {
	return element === "f32" || element === "f64" ? `${element}.load` : "i32.load";
}

export function storeOf(element: ElementType): MemoryOperation {
	return element === "f32" || element === "f64" ? `${element}.store` : "i32.store";
}

/**
 * Loops over `extents`, the last innermost, with all pointers stepping along. Afterwards each pointer has advanced by
 * extents[0] steps of the first axis. Emits nothing where there is nothing to do.
 */
export function nest(
	code: Code,
	extents: readonly number[],
	pointers: readonly Pointer[],
	body: () => void,
): void {
	if (extents.includes(0)) return;
	const loop = (axis: number): void => {
		if (axis === extents.length) {
			body();
			return;
		}
		code.times(extents[axis] as number, () => {
			loop(axis + 1);
			for (const { local, steps } of pointers) {
				const done =
					axis + 1 < extents.length ? (extents[axis + 1] as number) * (steps[axis + 1] as number) : 0;
				code.advance(local, (steps[axis] as number) - done);
			}
		});
	};
	loop(0);
}

/** A pointer at the first element of a view, for loops over all of its axes. */
export function pointerTo(code: Code, view: View): Pointer {
	const local = code.local("i32");
	code.i32(addressOf(view)).set(local);
	return { local, steps: stepsOf(view) };
}
