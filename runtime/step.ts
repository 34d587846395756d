import type { Environment } from "../compiler/elaborate/environment.js";
import type { Evaluator, RunTimeCheck } from "../compiler/elaborate/evaluator.js";
import type { OptimizerStates } from "../compiler/elaborate/optimizers.js";
import type { Value } from "../compiler/elaborate/values.js";
import type { Value as IrValue, TensorData } from "../compiler/ir/ir.js";
import type { Location } from "../compiler/source/diagnostic.js";
import type * as ast from "../grammar/ast.js";
import type { FitRun } from "./fit.js";

/** State that goes from step to step: a parameter of the step function and the result that replaces it. */
export interface Carried {
	readonly parameter: IrValue;
	readonly start: TensorData;
	/** Of a leaf of the fit. */
	readonly path?: string;
	result: IrValue;
}

/** A number that is recorded at each step. */
export interface Recorded {
	/** Empty for the loss itself. */
	readonly name: string;
	readonly value: IrValue;
	readonly at: Location;
}

/** A value that a loop tells: at each turn, or now and then. */
export interface TracedTrack {
	readonly name: string;
	readonly node: ast.Track;
	readonly value: IrValue;
	readonly at: Location;
	readonly below?: number;
	/** Of one that is taken now and then: what is checked of computed numbers in it. */
	readonly checks?: readonly RunTimeCheck[];
}

/** The step function of a loop while it is being built. */
export interface StepBuilder {
	readonly fit: FitRun;
	readonly evaluator: Evaluator;
	readonly environment: Environment;
	/** Into how many turns of inner loops this one is unrolled. */
	readonly unrolled: number;
	/** The number of the step, from 0. */
	readonly turn: IrValue;
	readonly carried: Carried[];
	readonly recorded: Recorded[];
	readonly tracks: TracedTrack[];
	/** Numbers the `using` clauses, whose states live as long as the loop. */
	optimizers: number;
	/** The states of each `using` clause by their keys: the turns of an inner loop share them. */
	readonly states: Map<number, OptimizerStates>;
}

export function carryLeaf(step: StepBuilder, leaf: { readonly path: string; readonly value: Value }): void {
	if (leaf.value.kind !== "tensor") return;
	const { data } = leaf.value;
	const parameter = step.evaluator.builder.parameter(data.type);
	step.carried.push({ parameter, start: data, path: leaf.path, result: parameter });
	step.fit.replace(new Map([[leaf.path, { kind: "traced", value: parameter, lanes: [] }]]));
}
