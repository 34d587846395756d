import type * as ast from "../../grammar/ast.js";
import { type AnyNode, walk } from "../../grammar/visit.js";
import type { Value as IrValue } from "../ir/ir.js";
import { takenBranch } from "./cases.js";
import type { Environment } from "./environment.js";
import { evaluate, evaluateLet } from "./evaluate.js";
import { ElaborationError, type Evaluator, shapeOf } from "./evaluator.js";
import { castTo, spread, traced } from "./tensors.js";
import type { Leaf, TracedValue, Value } from "./values.js";

/**
 * States of models, written by `<-` in a call. What is written stands for the rest of the call; the `minimize` that the
 * call is for makes it the state, after its step.
 */
export class StateWrites {
	private readonly written = new Map<IrValue, TracedValue>();
	private readonly origins = new Map<IrValue, IrValue>();

	note(old: TracedValue, value: TracedValue): void {
		const origin = this.origins.get(old.value) ?? old.value;
		this.origins.set(value.value, origin);
		this.written.set(origin, value);
	}

	/** What was written to a state, detached; it is taken once. */
	take(evaluator: Evaluator, state: Value): TracedValue | undefined {
		const value = state.kind === "traced" ? this.written.get(state.value) : undefined;
		if (!value || state.kind !== "traced") return undefined;
		this.written.delete(state.value);
		return { ...value, value: evaluator.builder.emit("stop_gradient", [value.value]) };
	}
}

/** Whether a statement writes to a state, itself or in a branch. */
export function writesState(node: ast.Statement): boolean {
	let found = false;
	walk(node, (inner: AnyNode) => {
		if (inner.kind === "Assign") found = true;
		return undefined;
	});
	return found;
}

/** A statement of a call that writes to a state. */
export function writeStates(evaluator: Evaluator, environment: Environment, node: ast.Statement): void {
	if (node.kind === "Let") evaluateLet(evaluator, environment, node);
	if (node.kind === "Assign") writeState(evaluator, environment, node);
	const taken = node.kind === "Assign" ? undefined : takenBranch(evaluator, environment, node);
	for (const statement of taken?.statements ?? [])
		writeStates(evaluator, taken?.scope ?? environment, statement);
}

function writeState(evaluator: Evaluator, environment: Environment, node: ast.Assign): void {
	const name = node.place.kind === "Name" ? node.place.name : "";
	const found = environment.findUnguarded(name);
	const old = found && traced(evaluator, found);
	const given = evaluator.at(name, () => evaluate(evaluator, environment, node.value));
	const value = traced(evaluator, given, old?.value.type.element);
	if (!old || !value) throw new ElaborationError("E0601", "this is no tensor", environment.locate(node));
	if (evaluator.inOneOfMany || value.lanes.length > 0)
		throw new ElaborationError(
			"E0901",
			"a state that is written in a binder, in a turn of a loop or in the branch of a computed `if` is not supported yet",
			environment.locate(node),
		);
	const next = spread(evaluator, castTo(evaluator, value, old.value.type.element), [], shapeOf(old));
	environment.assign(name, next);
	if (evaluator.training) evaluator.states.note(old, next);
}

/** The states of models, by their paths; those of what is frozen are constants. */
export function statesBelow({ path, value }: Leaf): Leaf[] {
	switch (value.kind) {
		case "model":
			return [...value.members].flatMap(([name, member]) => {
				const own = value.node.members.some(
					(m) =>
						m.kind === "Leaf" && m.role === "state" && m.name.kind === "Identifier" && m.name.name === name,
				);
				const leaf = { path: `${path}.${name}`, value: member };
				if (!own) return statesBelow(leaf);
				return member.kind === "tensor" || member.kind === "traced" ? [leaf] : [];
			});
		case "list":
			return value.items.flatMap((item, i) => statesBelow({ path: `${path}[${i}]`, value: item }));
		case "tuple":
			return value.elements.flatMap((e, i) =>
				statesBelow({ path: `${path}.${e.name ?? i}`, value: e.value }),
			);
		default:
			return [];
	}
}
