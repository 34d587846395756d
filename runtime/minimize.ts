import { alongDirection } from "../compiler/elaborate/builtins/descend.js";
import { reverseMode } from "../compiler/elaborate/builtins/regions.js";
import { ElaborationError, shapeOf } from "../compiler/elaborate/evaluator.js";
import { evaluate } from "../compiler/elaborate/expressions/evaluate.js";
import {
	type Elsewhere,
	optimizerOf,
	optimizerSteps,
	type Point,
} from "../compiler/elaborate/models/optimizers.js";
import { placesAt } from "../compiler/elaborate/models/places.js";
import { castTo, joinElement, laneless, toReal, traced } from "../compiler/elaborate/tensors.js";
import type { RuleValue, TracedValue, Value } from "../compiler/elaborate/values.js";
import type { Builder } from "../compiler/ir/builder.js";
import type { Value as IrValue } from "../compiler/ir/ir.js";
import { replay } from "../compiler/transform/replay.js";
import { gradients } from "../compiler/transform/reverse.js";
import type * as ast from "../grammar/ast.js";
import { isForParameterVector } from "../grammar/subject.js";
import { heldMoves, tangentSlopes, withConstraints } from "./constraints/step.js";
import { beginAtFirstStep, carryStates, startStates } from "./optimizer-states.js";
import {
	type Moving,
	movedOf,
	putBack,
	refuseOverlaps,
	type Target,
	targetOf,
	wholeOf,
} from "./parts-of-leaves.js";
import { type StepBuilder, setLeaves } from "./step.js";

/** One `minimize`: its terms, what constraints add, the gradients, the optimizers' steps, and the way back. */
export function minimizeStep(step: StepBuilder, node: ast.Minimize): void {
	const { evaluator, environment } = step;
	const total = objective(step, node);
	const targets = wrtTargets(step, node);
	const leaves = [...new Set(targets.map(wholeOf))];
	const current = new Map(leaves.map((path) => [path, tracedLeaf(step, path)]));
	const signed = node.sense === "maximize" ? evaluator.builder.emit("neg", [total]) : total;
	const { descended, update } = withConstraints(step, signed, current);
	const slopes = reverseMode(environment, node, () =>
		gradients(
			evaluator.builder,
			descended,
			leaves.map((path) => (current.get(path) as TracedValue).value),
		),
	);
	const slopeOf = new Map(leaves.map((path, i) => [path, laneless(slopes[i] as IrValue)]));
	tangentSlopes(step, current, slopeOf);
	const moving = new Map(targets.map((target) => [target.path, movedOf(step, target, current, slopeOf)]));
	const objectiveAt = elsewhereOf(step, node, descended, [...moving.values()]);
	let rest = targets;
	const updated = new Map<string, Value>();
	for (const use of node.using) {
		const isRest = !use.on || (use.on.kind === "Name" && use.on.name === "rest");
		const chosen = isRest || !use.on ? rest : targetsOn(step, use.on, targets);
		refuseTwice(step, use, chosen, rest);
		rest = rest.filter((target) => !chosen.includes(target));
		const rule = evaluator.at("using", () => optimizerOf(step, use.optimizer));
		const moved = chosen.flatMap(({ path }) => moving.get(path) ?? []);
		refuseMisfit(step, use, rule, moved);
		const states =
			step.states.get(use.optimizer) ??
			carryStates(step, startStates(step, { rule, node: use.optimizer }, moved));
		step.states.set(use.optimizer, states);
		beginAtFirstStep(step, { rule, node: use.optimizer }, moved, states);
		const slopes = new Map(moved.map(({ path, gradient }) => [path, gradient]));
		for (const [path, value] of optimizerSteps(
			{ step, states, elsewhere: objectiveAt },
			rule,
			"",
			moved,
			slopes,
		))
			updated.set(path, value);
	}
	refuseForgotten(step, node, rest);
	putBack(step, moving, updated);
	heldMoves(step, current, updated);
	setLeaves(step, updated);
	update();
}

/** Of a list of which only a call tells how long it is, two places may be one. */
function refuseTwice(
	{ environment }: StepBuilder,
	use: ast.Minimize["using"][number],
	chosen: readonly Target[],
	rest: readonly Target[],
): void {
	const taken = chosen.find((target) => !rest.includes(target));
	if (!taken) return;
	throw new ElaborationError(
		"E0415",
		`\`${taken.path}\` has an optimizer already`,
		environment.locate(use),
		"each parameter is moved by one optimizer of a step: say `on rest`, or take it out by `except`",
	);
}

/** What a weight is computed from is known here where the fit was called with one that is reparametrized. */
function refuseMisfit(
	{ environment }: StepBuilder,
	use: ast.Minimize["using"][number],
	rule: RuleValue,
	moved: readonly Moving[],
): void {
	const { subject } = rule.node;
	const type = isForParameterVector(subject) ? undefined : subject?.type;
	if (type?.kind !== "NamedType" || !type.shape || type.shape.some((item) => item.kind === "Rest")) return;
	const axes = type.shape.length;
	const other = moved.find(({ leaf }) => shapeOf(leaf).length !== axes);
	if (!other) return;
	const name = rule.node.name.kind === "Identifier" ? rule.node.name.name : "this optimizer";
	throw new ElaborationError(
		"E0418",
		`${name} is for tensors with ${axes} ${axes === 1 ? "axis" : "axes"}, and \`${other.path}\` has ${shapeOf(other.leaf).length}`,
		environment.locate(use),
		"say what it is for: `using muon(..) on net.**.weight, adam(1e-3) on rest`",
	);
}

function refuseForgotten({ environment }: StepBuilder, node: ast.Minimize, rest: readonly Target[]): void {
	const [left] = rest;
	if (!left) return;
	throw new ElaborationError(
		"E0415",
		`no optimizer is given for \`${left.path}\``,
		environment.locate(node.using.at(-1) ?? node),
		"add `, adam(1e-3) on rest`",
	);
}

/** What of all that is moved lies at the place: a leaf that is named means the parts of it that are moved, too. */
function targetsOn(
	{ evaluator, environment }: StepBuilder,
	place: ast.Expression,
	targets: readonly Target[],
): Target[] {
	const named = new Set(placesAt(evaluator, environment, place).map((found) => found.path));
	return targets.filter((target) => named.has(target.path) || named.has(wholeOf(target)));
}

/** The same objective, of the same batch and draws, where some leaves have other values; also inside a loop of a step. */
function elsewhereOf(
	step: StepBuilder,
	node: ast.Minimize,
	total: IrValue,
	moving: readonly Moving[],
): (points: readonly Point[]) => Elsewhere {
	const { evaluator, environment } = step;
	const equations = [...evaluator.builder.equations];
	return (points) => {
		const { builder } = evaluator;
		// Of a leaf that moves in several parts, the leaf with all of them.
		const there = new Map<IrValue, TracedValue>();
		const partOf = (leaf: TracedValue): Moving["part"] => moving.find((m) => m.leaf === leaf)?.part;
		for (const { leaf, value } of points) {
			const point = traced(evaluator, value, leaf.value.type.element);
			if (!point) throw new ElaborationError("E0601", "this is no point", environment.locate(node));
			const own = castTo(evaluator, point, leaf.value.type.element);
			const part = partOf(leaf);
			if (!part) there.set(leaf.value, own);
			else {
				const whole = there.get(part.whole.value) ?? part.whole;
				there.set(part.whole.value, part.into(evaluator, environment, whole, own));
			}
		}
		const replaced = new Map([...there].map(([old, own]) => [old, builder.fresh(own.value)]));
		const value = replay(builder, equations, total, replaced);
		const slopes = gradients(builder, value, [...replaced.values()]).map(laneless);
		const slopeOf = new Map([...replaced.keys()].map((old, i) => [old, slopes[i] as TracedValue]));
		return {
			value: laneless(value),
			gradients: points.map(({ leaf }) => {
				const part = partOf(leaf);
				const slope = slopeOf.get(part?.whole.value ?? leaf.value) as TracedValue;
				return part ? part.take(evaluator, environment, slope) : slope;
			}),
		};
	};
}

/** The sum of the terms; each is recorded, under its name where it has one. */
function objective(step: StepBuilder, node: ast.Minimize): IrValue {
	const { evaluator, environment } = step;
	const { builder } = evaluator;
	const [direction] = node.terms;
	if (node.sense === "descend" && direction)
		return evaluator.at("descend", () => alongDirection(evaluator, environment, direction.value, node.wrt));
	let total: IrValue | undefined;
	const recorded: StepBuilder["recorded"][number][] = [];
	for (const term of node.terms) {
		const name = term.name?.name ?? "minimize";
		const value = traced(
			evaluator,
			evaluator.at(name, () => evaluator.inMode(true, () => evaluate(evaluator, environment, term.value))),
			evaluator.realElement,
		);
		if (!value) throw new ElaborationError("E0601", "this is no number", environment.locate(term));
		// Where the term is a `let` of the turn, and this a branch of it, the branch has its own.
		const real = builder.capture(toReal(evaluator, value).value, name);
		if (term.name)
			recorded.push({ name: term.name.name, value: real, at: environment.locate(term), turns: [] });
		total = total ? sum(builder, total, real) : real;
	}
	const loss = total ?? builder.scalar(0, evaluator.realElement);
	// Of several steps in a turn, the last one's loss stands for the turn.
	step.recorded.push(...recorded, { name: "", value: loss, at: environment.locate(node), turns: [] });
	return loss;
}

/** Of terms of two formats, in the wider one. */
function sum(builder: Builder, a: IrValue, b: IrValue): IrValue {
	const element = joinElement(a.type.element, b.type.element);
	return builder.emit("add", [builder.cast(a, element), builder.cast(b, element)]);
}

/** What a step moves: leaves, and parts of them. */
function wrtTargets(step: StepBuilder, node: ast.Minimize): Target[] {
	if (node.wrt.length === 0) {
		const own = step.fit.leaves(true).map(({ path }) => ({ path }));
		if (own.length > 0) return own;
	}
	const targets = node.wrt.flatMap((place) =>
		placesAt(step.evaluator, step.environment, place).map(targetOf),
	);
	// What a function or an argument gives may be frozen where its type does not say so.
	if (targets.length === 0) {
		throw new ElaborationError(
			"E0601",
			"there is nothing to train here: all parameters are frozen",
			step.environment.locate(node.wrt[0] ?? node),
		);
	}
	const leaves = new Set(step.fit.leaves(true).map(({ path }) => path));
	const made = targets.find((target) => target.part && !leaves.has(wholeOf(target)));
	if (made)
		throw new ElaborationError(
			"E0601",
			`\`${wholeOf(made)}\` is frozen, or computed from other parameters: no step trains a part of it`,
			step.environment.locate(node.wrt[0] ?? node),
			"name all of it",
		);
	const seen = new Set<string>();
	const distinct = targets.filter(({ path }) => !seen.has(path) && seen.add(path));
	refuseOverlaps(step, distinct, step.environment.locate(node.wrt[0] ?? node));
	return distinct;
}

function tracedLeaf(step: StepBuilder, path: string): TracedValue {
	const value = traced(step.evaluator, step.fit.leaf(path));
	if (!value) throw new Error(`${path} is no tensor`);
	return value;
}
