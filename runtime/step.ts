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

/** A region of the step that is being traced: a turn of an inner loop, or one side of an `if`. */
export interface StepRegion {
	/** What goes from step to step is changed in it, too. */
	enter(carried: Carried): void;
}

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
	/** Of what an `if` or an inner loop around decides: whether this turn made it; its value means nothing if not. */
	readonly made?: IrValue;
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
	/** The turns of inner loops and the branches around, outer ones first. */
	readonly regions: readonly StepRegion[];
	/** How many turns the loop has made; in a branch, how often it was taken. */
	readonly turn: IrValue;
	readonly carried: Carried[];
	readonly recorded: Recorded[];
	readonly tracks: TracedTrack[];
	/** The constraints of the steps that come. */
	readonly held: Held[];
	/** What calls of models wrote to their states, by path: the next `minimize` commits it. */
	readonly written: Map<string, Written>;
	/** What a place of the program goes on with from turn to turn: the states of an optimizer of a `using`, by their keys. */
	readonly states: Map<ast.Expression, OptimizerStates>;
	/** Since the fit began: how many turns each inner loop has made, how often each branch was taken, and each `using` stepped. */
	readonly counters: Map<ast.Loop | ast.Block | ast.Expression, Carried>;
}

/** What a call of a model wrote to a state, and where an `if` decides that, whether it is still to be committed. */
export interface Written {
	readonly value: TracedValue;
	readonly pending?: IrValue;
}

/** How often something happened since the fit began. */
export function counterOf(step: StepBuilder, node: ast.Loop | ast.Block | ast.Expression): Carried {
	const known = step.counters.get(node);
	if (known) return known;
	const start = { type: { element: "i32", shape: [] }, data: Int32Array.of(0) } as const;
	const what =
		node.kind === "Loop" ? "turns of inner loop" : node.kind === "Block" ? "times of branch" : "begun";
	const counter = carry(step, `${what} ${step.counters.size}`, start);
	step.counters.set(node, counter);
	return counter;
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

/**
 * Sets leaves of the fit to what the step has computed: variables of their own, by which a step that follows may take
 * derivatives. None flows through what an earlier step or line did to them.
 */
export function setLeaves({ evaluator, fit }: StepBuilder, values: ReadonlyMap<string, Value>): void {
	const { builder } = evaluator;
	const variables = new Map<string, Value>();
	for (const [path, value] of values) {
		if (value.kind !== "traced") variables.set(path, value);
		else {
			const stopped = builder.emit("stop_gradient", [value.value]);
			variables.set(path, { ...value, value: builder.fresh(stopped) });
		}
	}
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
