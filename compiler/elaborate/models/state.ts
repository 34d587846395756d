import type * as ast from "../../../grammar/ast.js";
import { placeRoot } from "../../../grammar/places.js";
import type { Builder } from "../../ir/builder.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail } from "../evaluator.js";
import { assigned } from "../expressions/assign.js";
import { traced } from "../tensors.js";
import type { TracedValue, Value } from "../values.js";

/** States of models: a call writes them by `<-`, and the step around commits what its calls wrote. */

/** What calls wrote, by the value that the state had before the step. */
export interface StateWrites {
	readonly builder: Builder;
	readonly values: Map<Value, TracedValue>;
}

/** Under this name a call finds the state as the instance has it. */
export function stateName(name: string): string {
	return `<- ${name}`;
}

/** The new value, which the lines below see. */
export function writeState(evaluator: Evaluator, environment: Environment, node: ast.Assign): Value {
	const name = placeRoot(node.place)?.name ?? "";
	const origin = environment.findUnguarded(stateName(name));
	const written = origin && assigned(evaluator, environment, node).value;
	const value = written && traced(evaluator, written);
	if (!value) return fail(environment, node, "this is no state of the model");
	environment.assign(name, value);
	const writes = evaluator.stateWrites;
	if (!writes || !evaluator.training) return value;
	if (value.lanes.length > 0 || evaluator.lanes.length > 0)
		return fail(
			environment,
			node,
			`\`${name}\` is written under a binder: it would have many values at once`,
		);
	if (evaluator.builder !== writes.builder || evaluator.guards.length > 0)
		return fail(environment, node, `\`${name}\` is written in a loop or in a branch: only a step commits it`);
	const stopped = evaluator.builder.emit("stop_gradient", [value.value]);
	writes.values.set(origin, { ...value, value: stopped });
	return value;
}
