import type { Equation, Func, Value } from "../../ir/ir.js";
import { isFloat } from "../../ir/primitives/primitive.js";
import { loopGroups } from "../../ir/primitives/regions.js";
import { derivatives } from "../derivatives/index.js";

/** Which results of a function have a derivative by the parameters that are active. */
export function activeResults(func: Func, parameters: readonly boolean[]): boolean[] {
	const active = new Set<Value>(func.parameters.filter((_, k) => parameters[k]));
	for (const equation of func.equations) {
		if (!equation.inputs.some((value) => active.has(value))) continue;
		const outputs = activeOutputs(
			equation,
			equation.inputs.map((value) => active.has(value)),
		);
		equation.outputs.forEach((value, k) => {
			if (outputs[k]) active.add(value);
		});
	}
	return func.results.map((value) => active.has(value));
}

/** Carries that depend on what is active, directly or through other carries; from the inputs of a loop. */
export function activeCarries(body: Func, carries: number, inputs: readonly boolean[]): boolean[] {
	const mask = [...inputs];
	for (let changed = true; changed; ) {
		const results = activeResults(body, mask);
		changed = false;
		for (let k = 0; k < carries; k++) {
			if (!results[k] || mask[k]) continue;
			mask[k] = true;
			changed = true;
		}
	}
	return mask.slice(0, carries);
}

type Rule = (equation: Equation, inputs: readonly boolean[]) => readonly boolean[];

const regionAt = (equation: Equation, index: number): Func => equation.regions[index] as Func;

const rows: Readonly<Record<string, Rule>> = {
	scan(equation, inputs) {
		const { carries } = loopGroups(equation.attributes);
		const held = activeCarries(regionAt(equation, 0), carries, inputs);
		const results = activeResults(regionAt(equation, 0), [...held, ...inputs.slice(carries)]);
		return [...held, ...results.slice(carries)];
	},
	while(equation, inputs) {
		const { carries } = loopGroups(equation.attributes);
		return [...activeCarries(regionAt(equation, 1), carries, inputs), false];
	},
	cond(equation, inputs) {
		const branches = equation.regions.map((region) => activeResults(region, inputs.slice(1)));
		return equation.outputs.map((_, k) => branches.some((branch) => branch[k]));
	},
	call: (equation, inputs) => activeResults(regionAt(equation, 0), inputs),
	// What its own derivative depends on is not known.
	custom_derivative: (equation) => equation.outputs.map(() => true),
};

/** The row of each operation with regions: which outputs depend on active inputs. */
export const activityRules: ReadonlyMap<string, Rule> = new Map(Object.entries(rows));

/** Which outputs of an equation have a derivative, where these inputs are active. */
export function activeOutputs(equation: Equation, inputs: readonly boolean[]): boolean[] {
	const floats = equation.outputs.map(({ type }) => isFloat(type.element));
	const rule = activityRules.get(equation.operation);
	if (rule !== undefined) {
		const active = rule(equation, inputs);
		return floats.map((float, k) => float && (active[k] as boolean));
	}
	const row = derivatives.get(equation.operation);
	return floats.map((float) => float && row !== undefined && "rule" in row);
}
