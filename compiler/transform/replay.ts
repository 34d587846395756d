import type { Builder } from "../ir/builder.js";
import type { Equation, Value } from "../ir/ir.js";

/**
 * Emits anew what leads from some values to an output, with other values in their place; all else is shared.
 *
 * @param equations those of the builder that stand before, in order
 * @returns the output's counterpart; the output itself if nothing of it depends on what is replaced
 */
export function replay(
	builder: Builder,
	equations: readonly Equation[],
	output: Value,
	replaced: ReadonlyMap<Value, Value>,
): Value {
	const needed = new Set<Value>([output]);
	const live = equations.toReversed().filter((equation) => {
		if (!equation.outputs.some((value) => needed.has(value))) return false;
		// What defines a replaced value is not looked at.
		if (equation.outputs.every((value) => replaced.has(value))) return false;
		for (const value of equation.inputs) needed.add(value);
		return true;
	});
	const counterparts = new Map(replaced);
	for (const { operation, inputs, attributes, outputs, regions } of live.reverse()) {
		if (!inputs.some((value) => counterparts.has(value))) continue;
		const copies = builder.emitAll(
			operation,
			inputs.map((value) => counterparts.get(value) ?? value),
			attributes,
			regions,
		);
		outputs.forEach((value, i) => {
			const copy = copies[i];
			if (copy && !counterparts.has(value)) counterparts.set(value, copy);
		});
	}
	return counterparts.get(output) ?? output;
}
