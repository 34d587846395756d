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
	const tensorAt = (memory: ArrayBuffer, { buffer, shape }: View): TensorData => ({
		type: { element: buffer.element, shape },
		data: elementsAt(memory, buffer),
	});
	const host = (memory: ArrayBuffer): void => {
		const inputs = sources.map((source) => tensorAt(memory, source));
		routine(inputs, attributes, tensorAt(memory, target));
	};
	return {
		name: operation,
		reads: sources,
		writes: [target.buffer],
		host,
		emit(code, functions) {
			code.call(functions.host(host));
		},
	};
}
