import type * as ast from "../grammar/ast.js";
import { callValue, ruleEnvironment, ruleOptions } from "../compiler/elaborate/call.js";
import type { Environment } from "../compiler/elaborate/environment.js";
import { evaluate, evaluateLet } from "../compiler/elaborate/evaluate.js";
import { ElaborationError, shapeOf } from "../compiler/elaborate/evaluator.js";
import { placesAt } from "../compiler/elaborate/member.js";
import { leafStart } from "../compiler/elaborate/model.js";
import { castTo, traced } from "../compiler/elaborate/tensors.js";
import type { RuleValue, TracedValue, Value } from "../compiler/elaborate/values.js";
import type { Value as IrValue } from "../compiler/ir/ir.js";
import { gradients } from "../compiler/transform/reverse.js";
import { project } from "./fit.js";
import type { StepBuilder } from "./loop.js";

/** One `minimize`: its terms, their gradients, the optimizers' steps, and the projections of what they touched. */
export function minimizeStep(step: StepBuilder, node: ast.Minimize): void {
	const { evaluator, environment, fit } = step;
	const total = objective(step, node);
	const leaves = wrtLeaves(step, node);
	const current = new Map(leaves.map((path) => [path, tracedLeaf(step, path)]));
	const signed = node.sense === "maximize" ? evaluator.builder.emit("neg", [total]) : total;
	const slopes = gradients(evaluator.builder, signed, leaves.map((path) => (current.get(path) as TracedValue).value));
	const slopeOf = new Map(leaves.map((path, i) => [path, slopes[i] as IrValue]));
	let rest = leaves;
	const updated = new Map<string, Value>();
	for (const use of node.using) {
		const isRest = !use.on || (use.on.kind === "Name" && use.on.name === "rest");
		const chosen = isRest || !use.on ? rest : placesAt(evaluator, environment, use.on).map((l) => l.path);
		rest = rest.filter((path) => !chosen.includes(path));
		const rule = optimizerOf(step, use.optimizer);
		const number = step.optimizers++;
		for (const path of chosen) {
			const gradient = slopeOf.get(path);
			const leaf = current.get(path);
			if (gradient && leaf) updated.set(path, optimizerStep(step, rule, `${number}/${path}`, leaf, gradient));
		}
	}
	fit.replace(updated);
	projectTouched(step, [...updated.keys()]);
}

/** The sum of the terms; each is recorded, under its name where it has one. */
function objective(step: StepBuilder, node: ast.Minimize): IrValue {
	const { evaluator, environment } = step;
	const { builder, realElement } = evaluator;
	let total: IrValue | undefined;
	const recorded: StepBuilder["recorded"][number][] = [];
	for (const term of node.terms) {
		const value = traced(evaluator, evaluate(evaluator, environment, term.value), realElement);
		if (!value) throw new ElaborationError("E0601", "this is no number", environment.locate(term));
		const real = castTo(evaluator, value, realElement).value;
		if (term.name) recorded.push({ name: term.name.name, value: real, at: environment.locate(term) });
		total = total ? builder.emit("add", [total, real]) : real;
	}
	const loss = total ?? builder.scalar(0, realElement);
	// Of several steps in a turn, the last one's loss stands for the turn.
	const before = step.recorded.findIndex((r) => r.name === "");
	if (before >= 0) step.recorded.splice(before, 1);
	step.recorded.push(...recorded, { name: "", value: loss, at: environment.locate(node) });
	return loss;
}

function wrtLeaves(step: StepBuilder, node: ast.Minimize): string[] {
	if (node.wrt.length === 0) return step.fit.leaves(true).map((l) => l.path);
	return node.wrt.flatMap((place) => placesAt(step.evaluator, step.environment, place).map((l) => l.path));
}

function tracedLeaf(step: StepBuilder, path: string): TracedValue {
	const value = traced(step.evaluator, step.fit.leaf(path));
	if (!value) throw new Error(`${path} is no tensor`);
	return value;
}

/** The optimizer with its options; a rate that is a function is its value at this step. */
function optimizerOf(step: StepBuilder, node: ast.Expression): RuleValue {
	const { evaluator, environment } = step;
	const rule = evaluate(evaluator, environment, node);
	if (rule.kind !== "rule") throw new ElaborationError("E0601", "this is no optimizer", environment.locate(node));
	const options = new Map(rule.options ?? ruleOptions(evaluator, rule, { positional: [], named: new Map() }));
	for (const [name, value] of options) {
		if (value.kind !== "closure" && value.kind !== "function") continue;
		const turn: TracedValue = { kind: "traced", value: step.turn, lanes: [] };
		options.set(name, callValue(evaluator, environment, node, value, { positional: [turn], named: new Map() }));
	}
	return { ...rule, options };
}

/** Evaluates `step(g)` for one leaf; its states are carried from step to step. */
function optimizerStep(step: StepBuilder, rule: RuleValue, key: string, leaf: TracedValue, gradient: IrValue): Value {
	const { evaluator, fit } = step;
	const environment = ruleEnvironment(evaluator, rule, leaf);
	const states = new Map<string, StepBuilder["carried"][number]>();
	for (const member of rule.node.members) {
		if (member.kind === "Let") evaluateLet(evaluator, environment, member);
		if (member.kind !== "Leaf" || member.name.kind === "Missing") continue;
		const start = fit.compute((e) => {
			const origin = ruleEnvironment(e, rule, { kind: "traced", value: e.builder.zeros(leaf.value.type), lanes: [] });
			return leafStart(e, origin, member, shapeOf(leaf)) ?? { kind: "unit" };
		});
		if (start.kind !== "tensor") continue;
		const parameter = evaluator.builder.parameter(start.data.type);
		const carried = { parameter, start: start.data, result: parameter };
		step.carried.push(carried);
		states.set(member.name.name, carried);
		environment.set(member.name.name, { kind: "traced", value: parameter, lanes: [] });
	}
	const method = rule.node.members.find((m): m is ast.FunctionDeclaration => m.kind === "Function" && m.name?.kind === "Identifier" && m.name.name === "step");
	if (!method) throw new Error(`the optimizer of ${key} has no step`);
	const name = method.parameters[0]?.name;
	if (name?.kind === "Identifier") environment.set(name.name, { kind: "traced", value: gradient, lanes: [] });
	const value = traced(evaluator, stepBody(step, environment, method, states), leaf.value.type.element);
	if (!value) throw new ElaborationError("E0601", "a step gives the new value of the leaf", environment.locate(method));
	return castTo(evaluator, value, leaf.value.type.element);
}

function stepBody(step: StepBuilder, environment: Environment, method: ast.FunctionDeclaration, states: ReadonlyMap<string, StepBuilder["carried"][number]>): Value {
	const { evaluator } = step;
	if (method.body.kind !== "Block") return evaluate(evaluator, environment, method.body);
	let result: Value = { kind: "unit" };
	for (const statement of method.body.statements) {
		if (statement.kind === "Let") evaluateLet(evaluator, environment, statement);
		if (statement.kind === "ExpressionStatement") result = evaluate(evaluator, environment, statement.value);
		if (statement.kind !== "Assign" || statement.place.kind !== "Name") continue;
		const state = states.get(statement.place.name);
		const value = traced(evaluator, evaluate(evaluator, environment, statement.value), state?.parameter.type.element);
		if (!state || !value) throw new ElaborationError("E0601", "this is no state", environment.locate(statement));
		const cast = castTo(evaluator, value, state.parameter.type.element);
		state.result = cast.value;
		environment.set(statement.place.name, cast);
	}
	return result;
}

/** A projection holds again after each step that touches its subject. */
function projectTouched(step: StepBuilder, touched: readonly string[]): void {
	const { evaluator, fit } = step;
	for (const subject of fit.subjects) {
		for (const path of subject.paths) {
			if (!touched.includes(path)) continue;
			const projected = project(evaluator, subject.rule, fit.leaf(path));
			if (projected) fit.replace(new Map([[path, projected]]));
		}
	}
}

