import { startsOf, type Used } from "../compiler/elaborate/optimizer-starts.js";
import type { MovedLeaf, OptimizerState, OptimizerStates } from "../compiler/elaborate/optimizers.js";
import { mapTensors, type Value } from "../compiler/elaborate/values.js";
import type { Carried, StepBuilder } from "./step.js";

/** The states of optimizers of a fit: what they begin with, and how they go from step to step. */

/** The states that an optimizer begins with, of all its leaves in one go, by their keys. */
export function startStates(
	step: StepBuilder,
	used: Used,
	number: number,
	moved: readonly MovedLeaf[],
): ReadonlyMap<string, Value> {
	const keys: string[] = [];
	const computed = step.fit.compute((e) => {
		const start = {
			evaluator: e,
			environment: step.fit.environment,
			name: (key: string): string => `using ${number} on ${key}`,
			leafAtStart: ({ path, leaf }: MovedLeaf) => {
				const data = step.carried.find((c) => c.path === path)?.start;
				const value = data ? e.lift(data) : e.builder.zeros(leaf.value.type);
				return { kind: "traced", value, lanes: [] } as const;
			},
			keepsComputed: false,
		};
		const starts = startsOf(start, used, "", moved);
		keys.push(...starts.map((s) => s.key));
		return { kind: "tuple", elements: starts.map(({ value }) => ({ value })) };
	});
	const values = computed.kind === "tuple" ? computed.elements.map((e) => e.value) : [];
	return new Map(keys.flatMap((key, i) => (values[i] ? [[key, values[i]] as const] : [])));
}

export function carryStates(step: StepBuilder, starts: ReadonlyMap<string, Value>): OptimizerStates {
	const states = new Map<string, OptimizerState>();
	for (const [key, value] of starts) {
		const leaves: Carried[] = [];
		const tree = mapTensors(value, (tensor) => {
			if (tensor.kind !== "tensor") return tensor;
			const parameter = step.evaluator.builder.parameter(tensor.data.type);
			const state = { parameter, start: tensor.data, result: parameter };
			step.carried.push(state);
			leaves.push(state);
			return { kind: "traced", value: parameter, lanes: [] };
		});
		const written: OptimizerState["written"] = (values) => {
			for (const [i, leaf] of leaves.entries()) leaf.result = values[i]?.value ?? leaf.result;
		};
		states.set(key, { tree, now: tree, written });
	}
	return states;
}
