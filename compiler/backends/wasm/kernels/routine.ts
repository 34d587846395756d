import type { Attributes, TensorData } from "../../../ir/ir.js";
import { routines } from "../../../ir/routines/index.js";
import { elementsAt } from "../elements.js";
import type { View } from "../view.js";
import type { Kernel } from "./kernel.js";

/**
 * A routine of `compiler/ir/routines`, called by the module on its own memory: these algorithms branch on every element,
 * so that WebAssembly would gain little over the same loops in the host. The sources are whole buffers.
 */
export function routineKernel(
	operation: string,
	attributes: Attributes,
	sources: readonly View[],
	target: View,
): Kernel {
	const routine = routines[operation];
	if (routine === undefined) throw new Error(`${operation} is not a routine`);
	// Addresses are those at the time when the code is written, as for every other kernel.
	let views: readonly View[] = [];
	const host = (memory: ArrayBuffer): void => {
		const tensors = views.map(
			({ buffer, shape }): TensorData => ({
				type: { element: buffer.element, shape },
				data: elementsAt(memory, buffer),
			}),
		);
		routine(tensors.slice(0, -1), attributes, tensors.at(-1) as TensorData);
	};
	return {
		name: operation,
		reads: sources,
		writes: [target.buffer],
		host,
		emit(code, functions) {
			views = [...sources, target].map((view) => ({ ...view, buffer: { ...view.buffer } }));
			code.call(functions.host(host));
		},
	};
}
