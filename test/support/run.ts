import type { Backend } from "../../compiler/backends/backend.js";
import { interpreterBackend } from "../../compiler/backends/interpreter.js";
import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import { Builder } from "../../compiler/ir/builder.js";
import type { ElementType, Func, TensorData, TensorType, Value } from "../../compiler/ir/ir.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { rowOf } from "./compare.js";

/** The backends that every statement about numbers is tested on. */
export const backends: readonly Backend[] = [interpreterBackend, wasmBackend];

export function typeOf(element: ElementType, ...shape: number[]): TensorType {
	return { element, shape };
}

/** The elements of the results of a small program, on one backend. */
export function compute(
	backend: Backend,
	inputs: readonly TensorData[],
	make: (builder: Builder, parameters: readonly Value[]) => readonly Value[],
): number[][] {
	const builder = new Builder();
	const results = make(
		builder,
		inputs.map((input) => builder.parameter(input.type)),
	);
	const executable = backend.compile(builder.build("test", results), 0);
	inputs.forEach((input, k) => {
		executable.write(k, input);
	});
	return executable.run(1).map((record) => Array.from(rowOf(record, 0).data));
}

/** The results of a function, on one backend. */
export function resultsOf(backend: Backend, func: Func, args: readonly TensorData[]): TensorData[] {
	const executable = backend.compile(func, 0);
	args.forEach((arg, k) => {
		executable.write(k, arg);
	});
	return executable.run(1).map((record) => rowOf(record, 0));
}

/** A vector. */
export function vector(element: ElementType, ...numbers: number[]): TensorData {
	return tensor({ element, shape: [numbers.length] }, numbers);
}

export function scalar(element: ElementType, number: number): TensorData {
	return tensor({ element, shape: [] }, [number]);
}
