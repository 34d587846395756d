import { type DrawState, Evaluator, type Services } from "../compiler/elaborate/evaluator.js";
import { mapTensors, type TracedValue, type Value } from "../compiler/elaborate/values.js";
import type { Backend } from "../compiler/backends/backend.js";
import type { Func, TensorData, Value as IrValue } from "../compiler/ir/ir.js";
import { removeDead, simplify } from "../compiler/transform/simplify.js";

/** What computing at the host level needs. */
export interface Machine {
	readonly backend: Backend;
	readonly realElement: "f32" | "f64";
	readonly services: Services;
}

/** Evaluates an expression outside all loops: its tensors are computed by one function, at once. */
export function compute<T extends Value>(machine: Machine, draws: DrawState, body: (evaluator: Evaluator) => T): Value {
	const evaluator = new Evaluator(machine.realElement, machine.services, draws);
	const value = body(evaluator);
	const outputs = new Map<IrValue, number>();
	mapTensors(value, (tensor) => {
		if (tensor.kind === "traced" && !outputs.has(tensor.value)) outputs.set(tensor.value, outputs.size);
		return tensor;
	});
	if (outputs.size === 0) return value;
	const computed = runOnce(machine, evaluator, [...outputs.keys()]);
	return mapTensors(value, (tensor) => (tensor.kind === "traced" ? finished(tensor, computed[outputs.get(tensor.value) ?? 0]) : tensor));
}

function finished(traced: TracedValue, data: TensorData | undefined): Value {
	if (!data) throw new Error("an output was not computed");
	return { kind: "tensor", data, ...(traced.below !== undefined && { below: traced.below }) };
}

function runOnce(machine: Machine, evaluator: Evaluator, outputs: readonly IrValue[]): TensorData[] {
	const { builder, lifted } = evaluator;
	const dataOf = new Map([...lifted].map(([data, value]) => [value, data]));
	// Evaluating also looks at shapes: only what the outputs need is kept.
	const needed = removeDead(builder.build("host", outputs));
	const used = new Set(needed.equations.flatMap((e) => e.inputs));
	const parameters = needed.parameters.filter((p) => used.has(p) || outputs.includes(p));
	const program: Func = simplify({ ...needed, parameters });
	const executable = machine.backend.compile(program, 0);
	parameters.forEach((parameter, i) => {
		const data = dataOf.get(parameter);
		if (data) executable.write(i, data);
	});
	return executable.run(1).map((row) => ({ type: { element: row.type.element, shape: row.type.shape.slice(1) }, data: row.data }));
}
