import type { Equation, Value } from "../ir/ir.js";

/** Whether a value is computed from one of `sources` by these equations, which stand in their order. */
export function reaches(equations: readonly Equation[], output: Value, sources: ReadonlySet<Value>): boolean {
	if (sources.has(output)) return true;
	const needed = new Set<Value>([output]);
	for (let i = equations.length - 1; i >= 0; i--) {
		const equation = equations[i];
		if (!equation?.outputs.some((value) => needed.has(value))) continue;
		for (const value of equation.inputs) {
			if (sources.has(value)) return true;
			needed.add(value);
		}
	}
	return false;
}
