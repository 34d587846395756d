import { callValue } from "../compiler/elaborate/call.js";
import { takenBranch } from "../compiler/elaborate/cases.js";
import { project } from "../compiler/elaborate/constrained.js";
import type { Environment } from "../compiler/elaborate/environment.js";
import { evaluate, evaluateLet } from "../compiler/elaborate/evaluate.js";
import { ElaborationError, type Evaluator, shapeOf } from "../compiler/elaborate/evaluator.js";
import { leafStart } from "../compiler/elaborate/model.js";
import { placesAt } from "../compiler/elaborate/places.js";
import { reverseMode } from "../compiler/elaborate/regions.js";
import { ruleEnvironment, ruleOptions } from "../compiler/elaborate/rule.js";
import { castTo, spread, traced } from "../compiler/elaborate/tensors.js";
import { type RuleValue, type TracedValue, unit, type Value } from "../compiler/elaborate/values.js";
import type { Value as IrValue, TensorData } from "../compiler/ir/ir.js";
import { replay } from "../compiler/transform/replay.js";
import { gradients } from "../compiler/transform/reverse.js";
import type * as ast from "../grammar/ast.js";
import type { Carried, StepBuilder } from "./step.js";

/** One `minimize`: its terms, their gradients, the optimizers' steps, and the projections of what they touched. */
export function minimizeStep(step: StepBuilder, node: ast.Minimize): void {
	const { evaluator, environment, fit } = step;
	const total = objective(step, node);
	const leaves = wrtLeaves(step, node);
	const current = new Map(leaves.map((path) => [path, tracedLeaf(step, path)]));
	const signed = node.sense === "maximize" ? evaluator.builder.emit("neg", [total]) : total;
	const slopes = reverseMode(environment, node, () =>
		gradients(
			evaluator.builder,
			signed,
			leaves.map((path) => (current.get(path) as TracedValue).value),
		),
	);
	const slopeOf = new Map(leaves.map((path, i) => [path, slopes[i] as IrValue]));
	let rest = leaves;
	const updated = new Map<string, Value>();
	for (const use of node.using) {
		const isRest = !use.on || (use.on.kind === "Name" && use.on.name === "rest");
		const chosen = isRest || !use.on ? rest : placesAt(evaluator, environment, use.on).map((l) => l.path);
		rest = rest.filter((path) => !chosen.includes(path));
		const number = step.optimizers++;
		const rule = evaluator.at(`using ${number}`, () => optimizerOf(step, use.optimizer));
		const moved = chosen.flatMap((path) => {
			const [leaf, gradient] = [current.get(path), slopeOf.get(path)];
			return leaf && gradient ? [{ path, leaf, gradient }] : [];
		});
		const states =
			step.states.get(number) ??
			carryStates(step, startStates(step, { rule, node: use.optimizer }, number, moved));
		step.states.set(number, states);
		for (const { path, leaf, gradient } of moved) {
			const elsewhere = (point: Value): Value => gradientAt(step, total, node, leaf.value, point);
			updated.set(path, optimizerStep(step, rule, path, states, leaf, gradient, elsewhere));
		}
	}
	fit.replace(updated);
	projectTouched(step, [...updated.keys()]);
}

/** The gradient of the same objective, of the same batch and draws, where one leaf has another value. */
function gradientAt(
	step: StepBuilder,
	total: IrValue,
	node: ast.Minimize,
	leaf: IrValue,
	point: Value,
): Value {
	const { builder } = step.evaluator;
	const value = traced(step.evaluator, point, leaf.type.element);
	if (!value) throw new ElaborationError("E0601", "this is no point", step.environment.locate(node));
	const at = builder.fresh(castTo(step.evaluator, value, leaf.type.element).value);
	const there = replay(builder, [...builder.equations], total, new Map([[leaf, at]]));
	const signed = node.sense === "maximize" ? builder.emit("neg", [there]) : there;
	const [gradient] = gradients(builder, signed, [at]);
	return { kind: "traced", value: gradient ?? builder.zeros(leaf.type), lanes: [] };
}

/** The sum of the terms; each is recorded, under its name where it has one. */
function objective(step: StepBuilder, node: ast.Minimize): IrValue {
	const { evaluator, environment } = step;
	const { builder, realElement } = evaluator;
	let total: IrValue | undefined;
	const recorded: StepBuilder["recorded"][number][] = [];
	for (const term of node.terms) {
		const name = term.name?.name ?? "minimize";
		const value = traced(
			evaluator,
			evaluator.at(name, () => evaluator.inMode(true, () => evaluate(evaluator, environment, term.value))),
			realElement,
		);
		if (!value) throw new ElaborationError("E0601", "this is no number", environment.locate(term));
		const real = castTo(evaluator, value, realElement).value;
		if (term.name) recorded.push({ name: term.name.name, value: real, at: environment.locate(term) });
		total = total ? builder.emit("add", [total, real]) : real;
	}
	const loss = total ?? builder.scalar(0, realElement);
	// Of several steps in a turn, the last one's loss stands for the turn.
	step.recorded.push(...recorded, { name: "", value: loss, at: environment.locate(node) });
	return loss;
}

function wrtLeaves(step: StepBuilder, node: ast.Minimize): string[] {
	if (node.wrt.length === 0) {
		const own = step.fit.leaves(true).map((l) => l.path);
		if (own.length > 0) return own;
	}
	const paths = node.wrt.flatMap((place) =>
		placesAt(step.evaluator, step.environment, place).map((l) => l.path),
	);
	// What a function or an argument gives may be frozen where its type does not say so.
	if (paths.length === 0) {
		throw new ElaborationError(
			"E0601",
			"there is nothing to train here: all parameters are frozen",
			step.environment.locate(node.wrt[0] ?? node),
		);
	}
	return [...new Set(paths)];
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
	if (rule.kind !== "rule")
		throw new ElaborationError("E0601", "this is no optimizer", environment.locate(node));
	const given = rule.options ?? ruleOptions(evaluator, rule, { positional: [], named: new Map() });
	const options = new Map(given);
	for (const [name, value] of options) {
		if (value.kind !== "closure" && value.kind !== "function") continue;
		const turn: TracedValue = { kind: "traced", value: step.turn, lanes: [] };
		options.set(
			name,
			callValue(evaluator, environment, node, value, { positional: [turn], named: new Map() }),
		);
	}
	return { ...rule, options, given };
}

/** A leaf as it is when the loop is entered. */
function startOf(step: StepBuilder, evaluator: Evaluator, path: string): IrValue | undefined {
	const start = step.carried.find((c) => c.path === path)?.start;
	return start && evaluator.lift(start);
}

/** The options as the states begin with them: a rate is that of the first step. What only a turn tells is left out. */
function startRule(
	step: StepBuilder,
	evaluator: Evaluator,
	node: ast.Expression,
	rule: RuleValue,
): RuleValue {
	const options = new Map<string, Value>();
	const given = rule.given ?? rule.options ?? new Map<string, Value>();
	for (const [name, value] of given) {
		if (value.kind === "traced") continue;
		const first = {
			kind: "tensor",
			data: { type: { element: "i32", shape: [] }, data: Int32Array.of(0) },
		} as const;
		options.set(
			name,
			value.kind === "closure" || value.kind === "function"
				? callValue(evaluator, step.fit.environment, node, value, { positional: [first], named: new Map() })
				: value,
		);
	}
	return { ...rule, options };
}

/** The states that an optimizer begins with, of all its leaves in one go: by leaf and by name. */
function startStates(
	step: StepBuilder,
	{ rule, node }: { readonly rule: RuleValue; readonly node: ast.Expression },
	number: number,
	moved: readonly { readonly path: string; readonly leaf: TracedValue }[],
): ReadonlyMap<string, ReadonlyMap<string, TensorData>> {
	const members = rule.node.members.filter(
		(m): m is ast.Leaf => m.kind === "Leaf" && m.name.kind === "Identifier",
	);
	const nameOf = (member: ast.Leaf): string => (member.name.kind === "Identifier" ? member.name.name : "");
	const computed = step.fit.compute((e) => ({
		kind: "tuple",
		elements: moved.flatMap(({ path, leaf }) => {
			const origin = ruleEnvironment(e, startRule(step, e, node, rule), {
				kind: "traced",
				value: startOf(step, e, path) ?? e.builder.zeros(leaf.value.type),
				lanes: [],
			});
			const states: { value: Value }[] = [];
			for (const member of rule.node.members) {
				if (member.kind === "Let") evaluateLet(e, origin, member);
				if (member.kind !== "Leaf" || member.name.kind === "Missing") continue;
				const value = e.at(`using ${number} on ${path}`, () => leafStart(e, origin, member, shapeOf(leaf)));
				if (value) origin.set(member.name.name, value);
				states.push({ value: value ?? unit });
			}
			return states;
		}),
	}));
	const values = computed.kind === "tuple" ? computed.elements.map((e) => e.value) : [];
	return new Map(
		moved.map(({ path }, i) => {
			const own = members.flatMap((member, k) => {
				const value = values[i * members.length + k];
				return value?.kind === "tensor" ? [[nameOf(member), value.data] as const] : [];
			});
			return [path, new Map(own)];
		}),
	);
}

/** By leaf and name. */
function carryStates(
	step: StepBuilder,
	starts: ReadonlyMap<string, ReadonlyMap<string, TensorData>>,
): Map<string, Carried> {
	const carried = new Map<string, Carried>();
	for (const [path, states] of starts) {
		for (const [name, start] of states) {
			const parameter = step.evaluator.builder.parameter(start.type);
			const state = { parameter, start, result: parameter };
			step.carried.push(state);
			carried.set(stateKey(path, name), state);
		}
	}
	return carried;
}

function stateKey(path: string, name: string): string {
	return `${path} ${name}`;
}

/** Evaluates `step(g)` for one leaf; its states are carried from step to step. */
function optimizerStep(
	step: StepBuilder,
	rule: RuleValue,
	key: string,
	carried: ReadonlyMap<string, Carried>,
	leaf: TracedValue,
	gradient: IrValue,
	elsewhere: (point: Value) => Value,
): Value {
	const { evaluator } = step;
	const environment = ruleEnvironment(evaluator, rule, leaf);
	const states = new Map<string, Carried>();
	for (const member of rule.node.members) {
		if (member.kind === "Function" && member.name?.kind === "Identifier")
			environment.set(member.name.name, { kind: "function", node: member, environment });
		if (member.kind === "Let") evaluateLet(evaluator, environment, member);
		if (member.kind !== "Leaf" || member.name.kind === "Missing") continue;
		const state = carried.get(stateKey(key, member.name.name));
		if (!state) continue;
		states.set(member.name.name, state);
		environment.set(member.name.name, { kind: "traced", value: state.result, lanes: [] });
	}
	const method = rule.node.members.find(
		(m): m is ast.FunctionDeclaration =>
			m.kind === "Function" && m.name?.kind === "Identifier" && m.name.name === "step",
	);
	if (!method) throw new Error(`the optimizer of ${key} has no step`);
	const given: readonly Value[] = [
		{ kind: "traced", value: gradient, lanes: [] },
		{ kind: "native", call: ([point]) => elsewhere(point ?? unit) },
	];
	for (const [i, { name }] of method.parameters.entries())
		if (name.kind === "Identifier") environment.set(name.name, given[i] ?? unit);
	const value = traced(evaluator, stepBody(step, environment, method, states), leaf.value.type.element);
	if (!value)
		throw new ElaborationError("E0601", "a step gives the new value of the leaf", environment.locate(method));
	return castTo(evaluator, value, leaf.value.type.element);
}

function stepBody(
	step: StepBuilder,
	environment: Environment,
	method: ast.FunctionDeclaration,
	states: ReadonlyMap<string, Carried>,
): Value {
	if (method.body.kind !== "Block") return evaluate(step.evaluator, environment, method.body);
	const { statements } = method.body;
	const last = statements.at(-1);
	if (last?.kind !== "ExpressionStatement") {
		stepLines(step, environment, statements, states);
		return { kind: "unit" };
	}
	stepLines(step, environment, statements.slice(0, -1), states);
	return evaluate(step.evaluator, environment, last.value);
}

function stepLines(
	step: StepBuilder,
	environment: Environment,
	statements: readonly ast.Statement[],
	states: ReadonlyMap<string, Carried>,
): void {
	const { evaluator } = step;
	for (const statement of statements) {
		if (statement.kind === "Let") evaluateLet(evaluator, environment, statement);
		const taken = takenBranch(evaluator, environment, statement);
		if (taken) stepLines(step, taken.scope, taken.statements, states);
		if (statement.kind !== "Assign" || statement.place.kind !== "Name") continue;
		const state = states.get(statement.place.name);
		const value = traced(
			evaluator,
			evaluate(evaluator, environment, statement.value),
			state?.parameter.type.element,
		);
		if (!state || !value)
			throw new ElaborationError("E0601", "this is no state", environment.locate(statement));
		const cast = castTo(evaluator, value, state.parameter.type.element);
		const full = spread(evaluator, cast, cast.lanes, state.parameter.type.shape);
		state.result = full.value;
		environment.assign(statement.place.name, full);
	}
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
