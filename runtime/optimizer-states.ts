import { startsOf, type Used } from "../compiler/elaborate/models/optimizer-starts.js";
import type { MovedLeaf, OptimizerState, OptimizerStates } from "../compiler/elaborate/models/optimizers.js";
import { leavesOf, withLeaves } from "../compiler/elaborate/models/trees.js";
import { laneless } from "../compiler/elaborate/tensors.js";
import { mapTensors, type Value } from "../compiler/elaborate/values.js";
import type { Moving } from "./parts-of-leaves.js";
import { type Carried, carry, type StepBuilder } from "./step.js";

/** The states of optimizers of a fit: what they begin with, and how they go from step to step. */

/** The states that an optimizer begins with, of all its leaves in one go, by their keys. */
export function startStates(
	step: StepBuilder,
	used: Used,
	moved: readonly Moving[],
): ReadonlyMap<string, Value> {
	const keys: string[] = [];
	const computed = step.fit.compute((e) => {
		const start = {
			evaluator: e,
			environment: step.fit.environment,
			name: (key: string): string => `${ruleName(used.rule)} on ${key}`,
			leafAtStart: ({ path, leaf }: MovedLeaf) => {
				const part = moved.find((m) => m.path === path)?.part;
				const data = step.carried.find((c) => c.path === (part?.of ?? path))?.start;
				if (!data) return laneless(e.builder.zeros(leaf.value.type));
				const whole = laneless(e.lift(data));
				return part ? part.take(e, step.environment, whole) : whole;
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

function ruleName({ node }: Used["rule"]): string {
	return node.name.kind === "Identifier" ? node.name.name : "optimizer";
}

/** A state that goes from step to step, leaf by leaf. */
class CarriedState implements OptimizerState {
	constructor(
		readonly tree: Value,
		private readonly leaves: readonly Carried[],
	) {}

	get now(): Value {
		return withLeaves(
			this.tree,
			this.leaves.map(({ result }) => laneless(result)),
		);
	}

	set now(value: Value) {
		for (const [i, leaf] of leavesOf(value).entries()) {
			const carried = this.leaves[i];
			if (carried) carried.result = leaf.value;
		}
	}
}

export function carryStates(step: StepBuilder, starts: ReadonlyMap<string, Value>): OptimizerStates {
	const states = new Map<string, OptimizerState>();
	for (const [key, value] of starts) {
		const leaves: Carried[] = [];
		const tree = mapTensors(value, (tensor) => {
			if (tensor.kind !== "tensor") return tensor;
			const state = carry(step, leaves.length === 0 ? key : `${key} ${leaves.length}`, tensor.data);
			leaves.push(state);
			return laneless(state.parameter);
		});
		states.set(key, new CarriedState(tree, leaves));
	}
	return states;
}
