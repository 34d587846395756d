import type * as ast from "../../../grammar/ast.js";
import { placeRoot } from "../../../grammar/places.js";
import { isForAllParameters, isForParameterVector } from "../../../grammar/subject.js";
import type { Value as IrValue } from "../../ir/ir.js";
import { guarded } from "../binders/guard.js";
import { asVector, fromVector } from "../builtins/vector.js";
import type { Environment } from "../environment.js";
import { ElaborationError, type Evaluator, shapeOf } from "../evaluator.js";
import { not } from "../expressions/arithmetic.js";
import { assigned } from "../expressions/assign.js";
import { callValue } from "../expressions/call.js";
import { sideOf, takenBranch } from "../expressions/cases.js";
import { evaluate, evaluateLet } from "../expressions/evaluate.js";
import { castTo, formatOf, select, spread, traced } from "../tensors.js";
import { type RuleValue, type TracedValue, unit, type Value } from "../values.js";
import { isRate, ruleEnvironment, ruleOptions } from "./rule.js";
import { leavesLike, leavesOf, withLeaves } from "./trees.js";

/** The steps of optimizers, of a fit or of an `argmin`: leaf by leaf, or of all parameters together. */

/** Where a step is made. */
export interface StepPlace {
	readonly evaluator: Evaluator;
	readonly environment: Environment;
	/** The number of the step, from 0. */
	readonly turn: IrValue;
}

/** A state of an optimizer: a tensor, or a tree of them. */
export interface OptimizerState {
	/** As it is before the step. */
	readonly tree: Value;
	/** As the lines of the step have left it. */
	now: Value;
}

export type OptimizerStates = ReadonlyMap<string, OptimizerState>;

export interface MovedLeaf {
	readonly path: string;
	readonly leaf: TracedValue;
}

/** Another value of a leaf. */
export interface Point {
	readonly leaf: TracedValue;
	readonly value: Value;
}

/** What one use of an optimizer is for: a leaf, or the record of all leaves by their paths. */
export interface Subject {
	/** Of its states; of a leaf that no other optimizer stands around, its path. */
	readonly key: string;
	readonly leaves: readonly MovedLeaf[];
	readonly form: Form;
}

/** A leaf, the record of all leaves, or all their elements as a vector. */
type Form = "leaf" | "tree" | "vector";

export function subjectsOf(rule: RuleValue, prefix: string, moved: readonly MovedLeaf[]): Subject[] {
	const { subject } = rule.node;
	const form: Form = isForParameterVector(subject) ? "vector" : isForAllParameters(subject) ? "tree" : "leaf";
	if (form === "leaf") return moved.map((leaf) => ({ key: prefix + leaf.path, leaves: [leaf], form }));
	return moved.length > 0 ? [{ key: `${prefix}*`, leaves: moved, form }] : [];
}

/** Of the optimizer `name`, an option of the one whose subject this is. */
export function innerPrefix(subject: Subject, name: string): string {
	return `${subject.key} ${name} `;
}

export function stateKey(subject: Subject, name: string): string {
	return `${subject.key} ${name}`;
}

/** A value for each leaf, as the rule sees them. */
export function subjectValue(
	evaluator: Evaluator,
	subject: Subject,
	at: (leaf: MovedLeaf) => TracedValue,
): Value {
	if (subject.form === "vector") return asVector(evaluator, subject.leaves.map(at));
	if (subject.form === "tree")
		return {
			kind: "tuple",
			elements: subject.leaves.map((leaf) => ({ name: leaf.path, value: at(leaf) })),
		};
	const [only] = subject.leaves;
	return only ? at(only) : unit;
}

/** The value for each leaf. */
function leafValues(evaluator: Evaluator, subject: Subject, value: Value): readonly (Value | undefined)[] {
	if (subject.form === "leaf") return [value];
	if (subject.form === "vector") {
		const vector = traced(evaluator, value, evaluator.realElement);
		return vector
			? fromVector(
					evaluator,
					castTo(evaluator, vector, evaluator.realElement),
					subject.leaves.map(({ leaf }) => shapeOf(leaf)),
				)
			: [];
	}
	return subject.leaves.map(({ path }) =>
		value.kind === "tuple" ? value.elements.find((e) => e.name === path)?.value : undefined,
	);
}

function isOptimizer(value: Value): value is RuleValue {
	return value.kind === "rule" && value.node.kind === "Optimizer";
}

/** The options that are optimizers. */
export function innerOptimizers(options: ReadonlyMap<string, Value>): [string, RuleValue][] {
	return [...options].flatMap(([name, value]): [string, RuleValue][] =>
		isOptimizer(value) ? [[name, value]] : [],
	);
}

/** The optimizer with its options; a rate that is a function is its value at this step. */
export function optimizerOf(step: StepPlace, node: ast.Expression): RuleValue {
	const rule = evaluate(step.evaluator, step.environment, node);
	if (rule.kind !== "rule")
		throw new ElaborationError("E0601", "this is no optimizer", step.environment.locate(node));
	return atThisStep(step, node, rule);
}

export function atThisStep(step: StepPlace, node: ast.Expression, rule: RuleValue): RuleValue {
	const { evaluator, environment } = step;
	const given = rule.options ?? ruleOptions(evaluator, rule, { positional: [], named: new Map() });
	const options = new Map(given);
	for (const [name, value] of options) {
		if (isOptimizer(value)) options.set(name, atThisStep(step, node, value));
		if (!isRate(rule, name) || (value.kind !== "closure" && value.kind !== "function")) continue;
		const turn: TracedValue = { kind: "traced", value: step.turn, lanes: [] };
		options.set(
			name,
			callValue(evaluator, environment, node, value, { positional: [turn], named: new Map() }),
		);
	}
	return { ...rule, options, given };
}

/** The objective at a point, and the gradients by the leaves that moved there. */
export interface Elsewhere {
	readonly value: TracedValue;
	readonly gradients: readonly TracedValue[];
}

interface Use {
	readonly step: StepPlace;
	readonly states: OptimizerStates;
	/** The same objective, of the same batch and draws, where some leaves have other values. */
	readonly elsewhere: (points: readonly Point[]) => Elsewhere;
}

/** The new values of leaves, by path; the states are carried from step to step. */
export function optimizerSteps(
	use: Use,
	rule: RuleValue,
	prefix: string,
	moved: readonly MovedLeaf[],
	gradients: ReadonlyMap<string, TracedValue>,
): Map<string, TracedValue> {
	const updated = new Map<string, TracedValue>();
	for (const subject of subjectsOf(rule, prefix, moved)) {
		use.step.evaluator.inPrecision(formatOfSubject(subject), () =>
			stepOf(use, rule, subject, gradients, updated),
		);
	}
	return updated;
}

/** The format of its leaves: where they have several, that of the program. */
export function formatOfSubject(subject: Subject): "f32" | "f64" | undefined {
	const formats = new Set(subject.leaves.map(({ leaf }) => formatOf(leaf)));
	return formats.size === 1 ? [...formats][0] : undefined;
}

/** In the format of the leaves. */
function stepOf(
	use: Use,
	rule: RuleValue,
	subject: Subject,
	gradients: ReadonlyMap<string, TracedValue>,
	updated: Map<string, TracedValue>,
): void {
	const { environment, states } = stepEnvironment(use, rule, subject);
	const method = stepMethod(rule);
	if (subject.form !== "leaf" && new Set(subject.leaves.map(({ leaf }) => formatOf(leaf))).size > 1)
		throw new ElaborationError(
			"E0901",
			"an optimizer of parameters of two formats together is not supported yet",
			environment.locate(method),
		);
	for (const [i, { name }] of method.parameters.entries()) {
		if (name.kind !== "Identifier") continue;
		const asked = name.name;
		environment.set(
			asked,
			i === 0
				? subjectValue(use.step.evaluator, subject, ({ path }) => required(gradients.get(path)))
				: { kind: "native", call: ([point]) => toldAt(use, subject, asked, point ?? unit) },
		);
	}
	const values = leafValues(use.step.evaluator, subject, stepBody(use, environment, method, states));
	for (const [i, { path, leaf }] of subject.leaves.entries()) {
		const value = tensorOf(use, environment, method, values[i], leaf);
		updated.set(path, castTo(use.step.evaluator, value, leaf.value.type.element));
	}
}

function required(value: TracedValue | undefined): TracedValue {
	if (!value) throw new Error("a leaf without its value");
	return value;
}

function tensorOf(
	{ step }: Use,
	environment: Environment,
	node: ast.FunctionDeclaration,
	value: Value | undefined,
	leaf: TracedValue,
): TracedValue {
	const tensor = value && traced(step.evaluator, value, leaf.value.type.element);
	if (!tensor)
		throw new ElaborationError("E0601", "a step gives the new value of the leaf", environment.locate(node));
	return spread(step.evaluator, tensor, tensor.lanes, shapeOf(leaf));
}

function toldAt(
	{ step: { evaluator }, elsewhere }: Use,
	subject: Subject,
	asked: string,
	point: Value,
): Value {
	const values = leafValues(evaluator, subject, point);
	const there = elsewhere(subject.leaves.map(({ leaf }, i) => ({ leaf, value: values[i] ?? unit })));
	const gradient = subjectValue(evaluator, subject, (leaf) =>
		required(there.gradients[subject.leaves.indexOf(leaf)]),
	);
	if (asked === "objective") return there.value;
	return asked === "value_and_gradient"
		? { kind: "tuple", elements: [{ value: there.value }, { value: gradient }] }
		: gradient;
}

/** What the body of a `step` sees: options, states as they are, and the steps of the optimizers among its options. */
function stepEnvironment(
	use: Use,
	rule: RuleValue,
	subject: Subject,
): { readonly environment: Environment; readonly states: ReadonlyMap<string, OptimizerState> } {
	const { evaluator } = use.step;
	const environment = ruleEnvironment(
		evaluator,
		rule,
		subjectValue(evaluator, subject, ({ leaf }) => leaf),
	);
	for (const [name, inner] of innerOptimizers(rule.options ?? new Map()))
		environment.set(name, innerSteps(use, subject, name, inner));
	const states = new Map<string, OptimizerState>();
	for (const member of rule.node.members) {
		if (member.kind === "Function" && member.name?.kind === "Identifier")
			environment.set(member.name.name, { kind: "function", node: member, environment });
		if (member.kind === "Let") evaluateLet(evaluator, environment, member);
		if (member.kind !== "Leaf" || member.name.kind === "Missing") continue;
		const state = use.states.get(stateKey(subject, member.name.name));
		if (!state) continue;
		states.set(member.name.name, state);
		environment.set(member.name.name, state.now);
	}
	return { environment, states };
}

/** `inner.step(g)`: from the parameters as they are, with states that belong to this use. */
function innerSteps(use: Use, subject: Subject, name: string, rule: RuleValue): Value {
	const call = ([given]: readonly Value[]): Value => {
		const values = leafValues(use.step.evaluator, subject, given ?? unit);
		const slopes = new Map(
			subject.leaves.map(({ path, leaf }, i): [string, TracedValue] => {
				const value = values[i] && traced(use.step.evaluator, values[i], leaf.value.type.element);
				if (!value) throw new Error(`no gradient of ${path} for ${name}`);
				const cast = castTo(use.step.evaluator, value, leaf.value.type.element);
				return [path, spread(use.step.evaluator, cast, cast.lanes, shapeOf(leaf))];
			}),
		);
		const moved = optimizerSteps(use, rule, innerPrefix(subject, name), subject.leaves, slopes);
		return subjectValue(use.step.evaluator, subject, ({ path }) => required(moved.get(path)));
	};
	return { kind: "tuple", elements: [{ name: "step", value: { kind: "native", call } }] };
}

function stepMethod(rule: RuleValue): ast.FunctionDeclaration {
	const method = rule.node.members.find(
		(m): m is ast.FunctionDeclaration =>
			m.kind === "Function" && m.name?.kind === "Identifier" && m.name.name === "step",
	);
	if (!method) throw new Error("an optimizer without a step");
	return method;
}

function stepBody(
	use: Use,
	environment: Environment,
	method: ast.FunctionDeclaration,
	states: ReadonlyMap<string, OptimizerState>,
): Value {
	if (method.body.kind !== "Block") return evaluate(use.step.evaluator, environment, method.body);
	const { statements } = method.body;
	const last = statements.at(-1);
	if (last?.kind !== "ExpressionStatement") {
		stepLines(use, environment, statements, states);
		return unit;
	}
	stepLines(use, environment, statements.slice(0, -1), states);
	return evaluate(use.step.evaluator, environment, last.value);
}

function stepLines(
	use: Use,
	environment: Environment,
	statements: readonly ast.Statement[],
	states: ReadonlyMap<string, OptimizerState>,
): void {
	for (const statement of statements) {
		if (statement.kind === "Let") evaluateLet(use.step.evaluator, environment, statement);
		if (statement.kind === "IfStatement") {
			stepBranch(use, environment, statement, states);
			continue;
		}
		const taken = takenBranch(use.step.evaluator, environment, statement);
		if (taken) stepLines(use, taken.scope, taken.statements, states);
		if (statement.kind === "Assign") writeState(use.step, environment, statement, states);
	}
}

/** An `if` in a step; of a computed one both sides are, and each state takes what its side wrote. */
function stepBranch(
	use: Use,
	environment: Environment,
	node: ast.IfStatement,
	states: ReadonlyMap<string, OptimizerState>,
): void {
	const { evaluator } = use.step;
	const value = evaluate(evaluator, environment, node.condition);
	if (value.kind === "bool") {
		stepLines(use, environment.inner(), sideOf(node, value.value), states);
		return;
	}
	const condition = traced(evaluator, value, "bool");
	const negated = condition && not(evaluator, condition);
	if (!condition || negated?.kind !== "traced")
		throw new ElaborationError("E0601", "this is no condition", environment.locate(node.condition));
	// Those of the optimizers among its options, too, whose steps may stand in it.
	const all = [...use.states.values()];
	const before = all.map((state) => state.now);
	const set = (state: OptimizerState, now: Value): void => {
		state.now = now;
		for (const [name, own] of states) if (own === state) environment.assign(name, now);
	};
	const [whenTrue, whenFalse] = [condition, negated].map((holds, k) => {
		const guard = guarded(evaluator, holds);
		evaluator.guardedBy(
			guard,
			() => stepLines(use, environment.inner(guard), sideOf(node, k === 0), states),
			holds,
		);
		const after = all.map((state) => state.now);
		for (const [i, state] of all.entries()) set(state, before[i] ?? state.now);
		return after;
	});
	for (const [i, state] of all.entries()) {
		const [a, b] = [whenTrue, whenFalse].map((side) => side?.[i] ?? state.now);
		if (!a || !b || a === b) continue;
		const others = leavesOf(b);
		const full = leavesOf(a).map((leaf, i) => select(evaluator, condition, leaf, others[i] ?? leaf));
		set(state, withLeaves(state.tree, full));
	}
}

function writeState(
	{ evaluator }: StepPlace,
	environment: Environment,
	node: ast.Assign,
	states: ReadonlyMap<string, OptimizerState>,
): void {
	const name = placeRoot(node.place)?.name ?? "";
	const state = states.get(name);
	if (!state) throw new ElaborationError("E0601", "this is no state", environment.locate(node));
	const carried = leavesOf(state.tree);
	const expected = state.tree.kind === "traced" ? state.tree.value.type.element : undefined;
	const value =
		node.place.kind === "Name"
			? evaluate(evaluator, environment, node.value)
			: assigned(evaluator, environment, node).value;
	const leaves = leavesLike(
		evaluator,
		environment,
		node,
		state.tree,
		(expected && traced(evaluator, value, expected)) ?? value,
	);
	const full = carried.map((before, i) => {
		const leaf = leaves[i];
		if (!leaf) throw new ElaborationError("E0601", "this is no state", environment.locate(node));
		const cast = castTo(evaluator, leaf, before.value.type.element);
		return spread(evaluator, cast, cast.lanes, shapeOf(before));
	});
	state.now = withLeaves(state.tree, full);
	environment.assign(name, state.now);
}
