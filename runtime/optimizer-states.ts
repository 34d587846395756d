import { startsOf, startsOfTurn, type Used } from "../compiler/elaborate/models/optimizer-starts.js";
import type { MovedLeaf, OptimizerState, OptimizerStates } from "../compiler/elaborate/models/optimizers.js";
import { leavesOf, liftTree, withLeaves } from "../compiler/elaborate/models/trees.js";
import { castTo, laneless, select, traced } from "../compiler/elaborate/tensors.js";
import { mapTensors, type Value } from "../compiler/elaborate/values.js";
import type { Moving } from "./parts-of-leaves.js";
import { type Carried, carry, counterOf, type StepBuilder } from "./step.js";

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

/**
 * A state that begins with the leaf takes it as it is at the first step: what stands above this step, or turns in which
 * it was not made, may have moved the leaf since the loop began. So does one that begins with what the turn computes.
 */
export function beginAtFirstStep(
	step: StepBuilder,
	used: Used,
	moved: readonly Moving[],
	states: OptimizerStates,
): void {
	const isMoved = (path: string): boolean => {
		const carried = step.carried.find((c) => c.path === path);
		return carried !== undefined && traced(step.evaluator, step.fit.leaf(path))?.value !== carried.parameter;
	};
	const mayHaveMoved = step.regions.length > 0 || moved.some(({ path, part }) => isMoved(part?.of ?? path));
	const keys = new Set([
		...startsOfTurn(used.rule, "", moved, "options"),
		...(mayHaveMoved ? startsOfTurn(used.rule, "", moved, "leaf") : []),
	]);
	if (keys.size === 0) return;
	const { evaluator } = step;
	const { builder } = evaluator;
	const begun = counterOf(step, used.node);
	const isFirst = laneless(builder.emit("eq", [begun.result, builder.scalar(0, "i32")]));
	const start = {
		evaluator,
		environment: step.environment,
		name: (key: string): string => `${ruleName(used.rule)} on ${key}`,
		leafAtStart: ({ leaf }: MovedLeaf) => leaf,
		keepsComputed: true,
	};
	for (const { key, value } of startsOf(start, used, "", moved)) {
		const state = keys.has(key) ? states.get(key) : undefined;
		if (!state) continue;
		const first = leavesOf(liftTree(evaluator, value) ?? value);
		const leaves = leavesOf(state.now).map((leaf, i) => {
			const own = first[i];
			return own ? select(evaluator, isFirst, castTo(evaluator, own, leaf.value.type.element), leaf) : leaf;
		});
		state.now = withLeaves(state.now, leaves);
	}
	begun.result = builder.scalar(1, "i32");
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
