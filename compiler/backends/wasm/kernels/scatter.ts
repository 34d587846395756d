import type { Plain } from "../opcodes.js";
import type { View } from "../view.js";
import { emitCopy } from "./elementwise.js";
import { emitRows } from "./index.js";
import type { Kernel } from "./kernel.js";
import { loadOf, storeOf } from "./nest.js";

/** Copies the operand, then writes the updates one after the other in row-major order. */
export function scatterKernel(
	operation: string,
	operand: View,
	indices: View,
	updates: View,
	target: View,
	attributes: { readonly axis: number; readonly batch: number },
): Kernel {
	const element = target.buffer.element;
	const extremum = operation === "scatter_min" ? "min" : "max";
	return {
		name: operation,
		reads: [operand, indices, updates],
		writes: [target.buffer],
		emit(code, functions) {
			emitCopy(code, functions, operand, target);
			emitRows(code, { table: target, indices, rows: updates, ...attributes }, (to, from) => {
				code.get(to);
				if (operation === "scatter_set") code.get(from).memory(loadOf(element));
				else {
					const both = (): void => {
						for (const pointer of [to, from]) code.get(pointer).memory(loadOf(element));
					};
					both();
					if (element === "f32" || element === "f64") code.op(`${element}.${extremum}` as Plain);
					else {
						both();
						code.op(extremum === "max" ? "i32.gt_s" : "i32.lt_s", "select");
					}
				}
				code.memory(storeOf(element));
			});
		},
	};
}
