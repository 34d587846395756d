import type { Func, Value } from "../ir/ir.js";

/** Equations that no result depends on are dropped. Parameters stay. */
export function removeDead(func: Func): Func {
	const live = new Set<Value>(func.results);
	const equations = func.equations.toReversed().filter((equation) => {
		if (!equation.outputs.some((output) => live.has(output))) return false;
		for (const value of equation.inputs) live.add(value);
		return true;
	});
	return { ...func, equations: equations.reverse() };
}
