import type { Environment } from "../compiler/elaborate/environment.js";
import type { Evaluator, RunTimeCheck } from "../compiler/elaborate/evaluator.js";
import type { OptimizerStates } from "../compiler/elaborate/models/optimizers.js";
import { laneless } from "../compiler/elaborate/tensors.js";
import type { TracedValue, Value } from "../compiler/elaborate/values.js";
import type { Builder } from "../compiler/ir/builder.js";
import type { Value as IrValue, TensorData } from "../compiler/ir/ir.js";
import type { Location } from "../compiler/source/diagnostic.js";
import type * as ast from "../grammar/ast.js";
import type { Constraint } from "./constraints/constraint.js";
import type { Measured } from "./constraints/fit-constraints.js";
import type { Held } from "./constraints/step.js";
import type { FitRun } from "./fit.js";
import type { TurnRegion } from "./turn-region.js";

/** State that goes from step to step: a parameter of the step function and the result that replaces it. */
export interface Carried {
	readonly parameter: IrValue;
	readonly start: TensorData;
	/** Of a leaf of the fit. */
	readonly path?: string;
	/** Names it in a checkpoint, where it is no leaf. */
	readonly name: string;
	/** Its value as it is by now, in the region that is being traced. */
	result: IrValue;
}

/** A number that is recorded at each step. */
export interface Recorded {
	/** Empty for the loss itself. */
	readonly name: string;
	readonly value: IrValue;
	readonly at: Location;
	/** In inner loops, outer ones first: the turn in which it first was not finite, else the last. */
	readonly turns: readonly IrValue[];
	/** What of a constraint it tells; it is no term of the objective. */
	readonly constraint?: { readonly constraint: Constraint; readonly what: Measured };
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

/** The step function of a loop while it is being built: where it stands in the turn, or in a turn of an inner loop. */
export interface StepBuilder {
	readonly fit: FitRun;
	readonly evaluator: Evaluator;
	readonly environment: Environment;
	/** Of the whole step: what goes from step to step is a parameter of it. */
	readonly whole: Builder;
	/** The turns of inner loops around, outer ones first. */
	readonly regions: readonly TurnRegion[];
	/** How many turns the loop has made. */
	readonly turn: IrValue;
	readonly carried: Carried[];
	readonly recorded: Recorded[];
	readonly tracks: TracedTrack[];
	/** The constraints of the steps that come. */
	readonly held: Held[];
	/** What calls of models wrote to their states, by path: the next `minimize` commits it. */
	readonly written: Map<string, TracedValue>;
	/** What a place of the program goes on with from turn to turn: the states of an optimizer of a `using`, by their keys. */
	readonly states: Map<ast.Expression, OptimizerStates>;
	/** How many turns each inner loop has made since the fit began. */
	readonly counters: Map<ast.Loop, Carried>;
}

/**
 * Something that goes from step to step and begins with `start`. Its `result` is its value at this place, in inner loops
 * too; who changes it sets it.
 */
export function carry(step: StepBuilder, name: string, start: TensorData, path?: string): Carried {
	const parameter = step.whole.parameter(start.type);
	const carried: Carried = {
		parameter,
		start,
		name,
		...(path !== undefined && { path }),
		result: parameter,
	};
	step.carried.push(carried);
	for (const region of step.regions) region.enter(carried);
	return carried;
}

/** Sets leaves of the fit to what the step has computed: variables, by which a step that follows may take derivatives. */
export function setLeaves({ evaluator, fit }: StepBuilder, values: ReadonlyMap<string, Value>): void {
	const variables = new Map<string, Value>();
	for (const [path, value] of values)
		variables.set(
			path,
			value.kind === "traced" ? { ...value, value: evaluator.builder.asVariable(value.value) } : value,
		);
	fit.replace(variables);
}

/** Makes tensors of the fit carried ones: what the step makes of them replaces them. */
export function carryLeaves(
	step: StepBuilder,
	leaves: readonly { readonly path: string; readonly value: Value }[],
): void {
	const parameters = new Map<string, Value>();
	for (const { path, value } of leaves) {
		if (value.kind !== "tensor") continue;
		const { parameter } = carry(step, path, value.data, path);
		parameters.set(path, laneless(parameter));
	}
	step.fit.replace(parameters);
}
