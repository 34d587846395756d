import type { Environment } from "../../compiler/elaborate/environment.js";
import { ElaborationError } from "../../compiler/elaborate/evaluator.js";
import { callValue } from "../../compiler/elaborate/expressions/call.js";
import { evaluate } from "../../compiler/elaborate/expressions/evaluate.js";
import { ruleMember } from "../../compiler/elaborate/models/constrained.js";
import { castTo, laneless, traced } from "../../compiler/elaborate/tensors.js";
import type { TracedValue, Value } from "../../compiler/elaborate/values.js";
import type { Value as IrValue } from "../../compiler/ir/ir.js";
import { methodNames, methods, refusedValue } from "../../compiler/program/constraint-methods.js";
import { reaches } from "../../compiler/transform/reaches.js";
import type * as ast from "../../grammar/ast.js";
import { branchStatements } from "../../grammar/branches.js";
import type { FitRun } from "../fit.js";
import { replaced, type Target, taken, wholeOf } from "../parts-of-leaves.js";
import { type StepBuilder, setLeaves } from "../step.js";
import { type Constraint, labelOf, type MemberConstraint, optionOf } from "./constraint.js";
import { type Measured, memberValues, notHeld } from "./fit-constraints.js";
import { type Excess, excess, positive, violationOf } from "./measure.js";

/** What constraints make of a step: more terms, other directions, the way back, and new multipliers. */

/** A constraint, and what its expressions see in this turn. */
export interface Held {
	readonly constraint: Constraint;
	readonly environment: Environment;
}

const defaultRate = 0.01;
const defaultWeight = 10;

/**
 * Of the weight of `augmented`. The whole weight is right after a minimum by the parameters; with one step between two
 * moves of the multiplier, nothing would damp their oscillation but the curvature of the objective.
 */
const shareOfWeight = 0.5;

/** The multipliers of a turn's own constraints are states of the fit before the turn is built. */
export function prepareTurn(fit: FitRun, statements: readonly ast.Statement[]): void {
	for (const statement of statements) {
		if (statement.kind === "SubjectTo") fit.constraints.inTurn(statement, fit.environment);
		if (statement.kind === "Loop") prepareTurn(fit, statement.body.statements);
		prepareTurn(fit, branchStatements(statement));
	}
}

/** `subject to h <= c` inside a turn: it concerns the steps below it. */
export function holdInTurn(step: StepBuilder, node: ast.SubjectTo): void {
	const { environment } = step;
	step.held.push({ constraint: step.fit.constraints.inTurn(node, environment), environment });
}

export function standingConstraints(fit: FitRun): Held[] {
	return fit.constraints.standing.map((constraint) => ({
		constraint,
		environment: constraint.environment,
	}));
}

// ---------------------------------------------------------------- terms and multipliers

export interface Constrained {
	/** The objective and what the constraints add to it. */
	readonly descended: IrValue;
	/** Moves the multipliers, once the gradients are taken. */
	readonly update: () => void;
}

/** Adds the terms of penalties and multipliers of all constraints that `leaves` can change. */
export function withConstraints(
	step: StepBuilder,
	objective: IrValue,
	leaves: ReadonlyMap<string, TracedValue>,
): Constrained {
	const { evaluator } = step;
	const { builder } = evaluator;
	const moved = new Set([...leaves.values()].map((leaf) => leaf.value));
	const updates: (() => void)[] = [];
	let descended = objective;
	let feasible: IrValue | undefined;
	for (const held of step.held) {
		const { multiplier } = held.constraint;
		if (multiplier === undefined) continue;
		const measured = evaluator.at(multiplier, () => inTraining(step, () => measure(step, held)));
		const tolerance = optionOf(held.constraint.holding, "best_within");
		if (tolerance) {
			const within = builder.emit("le", [measured.truth.violation, option(step, held, "best_within", 0)]);
			feasible = feasible ? builder.emit("and", [feasible, within]) : within;
		}
		const depends = [measured.truth.signed, measured.slope.signed].some((v) =>
			reaches(builder.equations, v, moved),
		);
		if (!depends) continue;
		const { term, next } = dual(step, held, measured, multiplier);
		descended = builder.emit("add", [descended, term]);
		updates.push(() => {
			setLeaves(step, new Map([[multiplier, laneless(next)]]));
			record(step, held.constraint, "violation", measured.truth.violation);
			record(step, held.constraint, "multiplier", next);
		});
	}
	if (feasible) updates.push(keepBest(step, feasible, objective));
	return {
		descended,
		update: () => {
			for (const update of updates) update();
		},
	};
}

/** Keeps the parameters before this step, if they are feasible and their loss is the least so far. */
function keepBest(step: StepBuilder, feasible: IrValue, loss: IrValue): () => void {
	const { evaluator, fit } = step;
	const { builder } = evaluator;
	const { best } = fit.constraints;
	const least = best && traced(evaluator, fit.leaf(best.loss));
	if (!best || !least) return () => {};
	const isBetter = builder.emit("and", [feasible, builder.emit("lt", [loss, least.value])]);
	const kept = new Map<string, Value>([
		[best.loss, laneless(builder.emit("select", [isBetter, loss, least.value]))],
	]);
	for (const { path, kept: name } of best.leaves) {
		const [now, before] = [fit.leaf(path), fit.leaf(name)].map((leaf) => traced(evaluator, leaf));
		if (!now || !before) continue;
		const chosen = builder.broadcast(isBetter, now.value.type.shape, []);
		kept.set(name, laneless(builder.emit("select", [chosen, now.value, before.value])));
	}
	return () => setLeaves(step, kept);
}

/** A constraint writes no states of models: the objective does. */
function inTraining<T>({ evaluator }: StepBuilder, body: () => T): T {
	const writes = evaluator.stateWrites;
	evaluator.stateWrites = undefined;
	try {
		return evaluator.inMode(true, body);
	} finally {
		evaluator.stateWrites = writes;
	}
}

interface MeasuredExcess {
	readonly truth: Excess;
	/** Of which the gradient is taken: the proxy's, where there is one. */
	readonly slope: Excess;
}

function measure(step: StepBuilder, { constraint, environment }: Held): MeasuredExcess {
	const { evaluator } = step;
	if (constraint.kind === "member") {
		const truth = memberExcess(step, constraint);
		return { truth, slope: truth };
	}
	const truth = excess(evaluator, constraint.comparison, environment);
	const proxy = optionOf(constraint.holding, "proxy");
	return { truth, slope: proxy ? excess(evaluator, constraint.comparison, environment, proxy) : truth };
}

/**
 * Of a set: half the sum of the squared violations of its leaves, as a violation has a bend where it holds, and no slope
 * tells how far to go. Its multiplier is the weight of this penalty. The largest violation is told.
 */
function memberExcess(step: StepBuilder, constraint: MemberConstraint): Excess {
	const { evaluator, fit } = step;
	const { builder, realElement } = evaluator;
	let signed = builder.scalar(0, realElement);
	let violation = signed;
	for (const leaf of memberValues(evaluator, fit, constraint)) {
		const own = violationOf(evaluator, constraint.rule, leaf);
		if (!own) throw new ElaborationError("E0601", "this constraint has no violation", constraint.at);
		const square = builder.emit("mul", [own.value, own.value]);
		signed = builder.emit("add", [signed, builder.emit("mul", [square, builder.scalar(0.5, realElement)])]);
		violation = builder.emit("max", [violation, own.value]);
	}
	return { signed, violation };
}

/** What a constraint adds to the objective, and its multiplier after the step. */
function dual(
	step: StepBuilder,
	held: Held,
	{ truth, slope }: MeasuredExcess,
	path: string,
): { readonly term: IrValue; readonly next: IrValue } {
	const { evaluator } = step;
	const { builder, realElement } = evaluator;
	const { constraint } = held;
	const isEquality = constraint.kind === "number" && constraint.comparison.operator === "==";
	const bounded = (value: IrValue): IrValue => (isEquality ? value : positive(evaluator, value));
	const times = (a: IrValue, b: IrValue): IrValue => builder.emit("mul", [a, b]);
	const half = (value: IrValue): IrValue => times(value, builder.scalar(0.5, realElement));
	const now = traced(evaluator, step.fit.leaf(path));
	if (!now) throw new Error("a multiplier is a number");
	const multiplier = now.value;
	switch (constraint.holding.method) {
		case "penalty": {
			// w max(h - c, 0)^2 / 2, whose slope by h is the multiplier.
			const weight = option(step, held, "weight", defaultWeight);
			if (constraint.kind === "member") return { term: times(weight, slope.signed), next: weight };
			const excess = bounded(slope.signed);
			return { term: half(times(weight, times(excess, excess))), next: times(weight, bounded(truth.signed)) };
		}
		case "lagrangian": {
			const rate = option(step, held, "rate", defaultRate);
			const next = bounded(builder.emit("add", [multiplier, times(rate, truth.signed)]));
			return { term: times(multiplier, slope.signed), next };
		}
		default: {
			// (max(m + w (h - c), 0)^2 - m^2) / 2w (Rockafellar, 1973).
			const weight = option(step, held, "weight", defaultWeight);
			const share = constraint.kind === "member" ? 1 : shareOfWeight;
			const rate = optionOf(constraint.holding, "rate")
				? option(step, held, "rate", 0)
				: times(weight, builder.scalar(share, realElement));
			const next = bounded(builder.emit("add", [multiplier, times(rate, truth.signed)]));
			if (constraint.kind === "member")
				return { term: times(builder.emit("add", [multiplier, weight]), slope.signed), next };
			const moved = bounded(builder.emit("add", [multiplier, times(weight, slope.signed)]));
			const squares = builder.emit("sub", [times(moved, moved), times(multiplier, multiplier)]);
			return { term: builder.emit("div", [half(squares), weight]), next };
		}
	}
}

/** An option of a method at this step: a number, or what its function gives for the number of the step. */
function option(
	step: StepBuilder,
	{ constraint, environment }: Held,
	name: string,
	fallback: number,
): IrValue {
	const { evaluator } = step;
	const { builder, realElement } = evaluator;
	const node = optionOf(constraint.holding, name);
	if (!node) return builder.scalar(fallback, realElement);
	const given = evaluate(evaluator, environment, node);
	const { method } = constraint.holding;
	const range = given.kind === "number" ? refusedValue(method, name, given.value) : undefined;
	if (range !== undefined && given.kind === "number")
		throw new ElaborationError(
			"E0471",
			`\`${name}\` of \`${method}\` is ${range}, and here it is ${given.value}`,
			environment.locate(node),
		);
	const turn = laneless(step.turn);
	const value =
		given.kind === "closure" || given.kind === "function"
			? callValue(evaluator, environment, node, given, { positional: [turn], named: new Map() })
			: given;
	const number = traced(evaluator, value, realElement);
	if (!number) throw new ElaborationError("E0601", `\`${name}\` is no number`, environment.locate(node));
	return castTo(evaluator, number, realElement).value;
}

function record(step: StepBuilder, constraint: Constraint, what: Measured, value: IrValue): void {
	step.recorded.push({
		name: labelOf(constraint),
		value,
		at: constraint.at,
		constraint: { constraint, what },
		turns: [],
	});
}

// ---------------------------------------------------------------- moves

function membersBy(step: StepBuilder, ...methods: readonly string[]): { held: Held; of: MemberConstraint }[] {
	return step.held.flatMap((held) =>
		held.constraint.kind === "member" && methods.includes(held.constraint.holding.method)
			? [{ held, of: held.constraint }]
			: [],
	);
}

/** On a manifold the gradient is the part of it along the manifold. */
export function tangentSlopes(
	step: StepBuilder,
	leaves: ReadonlyMap<string, TracedValue>,
	slopes: Map<string, TracedValue>,
): void {
	for (const { of } of membersBy(step, "retraction")) {
		for (const target of of.targets) {
			const path = wholeOf(target);
			const [leaf, slope] = [leaves.get(path), slopes.get(path)];
			if (!leaf || !slope) continue;
			const [at, along] = [leaf, slope].map((whole) => partOf(step, of, target, whole)) as [
				TracedValue,
				TracedValue,
			];
			const tangent = asked(step, of, "tangent", at, along);
			slopes.set(path, replaced(step.evaluator, of.environment, target, slope, tangent));
		}
	}
}

/** Where the leaves come to that the optimizers moved. What one method does to a step is in its order. */
export function heldMoves(
	step: StepBuilder,
	leaves: ReadonlyMap<string, TracedValue>,
	updated: Map<string, Value>,
): void {
	const { evaluator } = step;
	const order = [
		...membersBy(step, "retraction", "frank_wolfe", "proximal"),
		...membersBy(step, "projection"),
	];
	for (const { held, of } of order) {
		for (const target of of.targets) {
			const path = wholeOf(target);
			const leaf = leaves.get(path);
			const value = updated.get(path);
			const to = value && traced(evaluator, value, leaf?.value.type.element);
			if (!leaf || !to) continue;
			const [before, after] = [leaf, to].map((whole) => partOf(step, of, target, whole)) as [
				TracedValue,
				TracedValue,
			];
			const there = moved(step, held, of, before, after);
			updated.set(path, replaced(evaluator, of.environment, target, to, there));
		}
	}
	for (const { of } of order)
		if (of.name)
			recordMember(
				step,
				of,
				of.targets.map((target) => {
					const leaf = leaves.get(wholeOf(target));
					return leaf && taken(evaluator, of.environment, target, leaf);
				}),
			);
	for (const { of } of membersBy(step, "reparametrization"))
		if (of.name) recordMember(step, of, memberValues(evaluator, step.fit, of));
}

/** What is written by `<-` is projected; without a `project` nothing says that a constraint still holds. */
export function holdWritten(step: StepBuilder, written: readonly string[]): void {
	const exact = membersBy(step, ...methodNames.filter((m) => methods[m].guarantee === "exact"));
	for (const { of } of exact) {
		for (const target of of.targets) {
			const path = wholeOf(target);
			if (!written.includes(path)) continue;
			const leaf = step.fit.leaf(path);
			const part = taken(step.evaluator, of.environment, target, leaf);
			const projected = part && ruleMember(step.evaluator, of.rule, "project", part, []);
			if (!projected) throw notHeld(target.path, of);
			setLeaves(step, new Map([[path, replaced(step.evaluator, of.environment, target, leaf, projected)]]));
		}
	}
}

function partOf(
	{ evaluator }: StepBuilder,
	{ environment }: MemberConstraint,
	target: Target,
	whole: TracedValue,
): TracedValue {
	return taken(evaluator, environment, target, whole) ?? whole;
}

function moved(
	step: StepBuilder,
	held: Held,
	constraint: MemberConstraint,
	leaf: TracedValue,
	to: TracedValue,
): TracedValue {
	const { evaluator } = step;
	const { builder } = evaluator;
	const { element, shape } = leaf.value.type;
	const everywhere = (number: IrValue): IrValue =>
		builder.broadcast(builder.cast(number, element), shape, []);
	switch (constraint.holding.method) {
		case "retraction": {
			// An optimizer with a memory leaves the tangent space: only its part along the manifold counts.
			const step1 = builder.emit("sub", [to.value, leaf.value]);
			return asked(
				step,
				constraint,
				"retract",
				leaf,
				asked(step, constraint, "tangent", leaf, laneless(step1)),
			);
		}
		case "frank_wolfe": {
			const against = builder.emit("sub", [leaf.value, to.value]);
			const corner = asked(step, constraint, "lmo", leaf, laneless(against));
			const share = everywhere(frankWolfeRate(step, held));
			const way = builder.emit("sub", [corner.value, leaf.value]);
			return laneless(builder.emit("add", [leaf.value, builder.emit("mul", [share, way])]));
		}
		case "proximal":
			return asked(step, constraint, "prox", to, laneless(option(step, held, "weight", 1)));
		default:
			return asked(step, constraint, "project", to);
	}
}

/** $2 / (t + 2)$ (Jaggi, 2013), unless it is given. */
function frankWolfeRate(step: StepBuilder, held: Held): IrValue {
	if (optionOf(held.constraint.holding, "rate")) return option(step, held, "rate", 0);
	const { builder, realElement } = step.evaluator;
	const two = builder.scalar(2, realElement);
	return builder.emit("div", [two, builder.emit("add", [builder.cast(step.turn, realElement), two])]);
}

function recordMember(
	step: StepBuilder,
	constraint: MemberConstraint,
	leaves: readonly (Value | undefined)[],
): void {
	const { builder } = step.evaluator;
	let most: IrValue | undefined;
	for (const leaf of leaves) {
		const own = leaf && violationOf(step.evaluator, constraint.rule, leaf);
		if (own) most = most ? builder.emit("max", [most, own.value]) : own.value;
	}
	if (most) record(step, constraint, "violation", most);
}

function asked(
	{ evaluator }: StepBuilder,
	constraint: MemberConstraint,
	name: string,
	leaf: TracedValue,
	...args: readonly Value[]
): TracedValue {
	const value = ruleMember(evaluator, constraint.rule, name, leaf, args);
	if (!value) throw new ElaborationError("E0601", `this constraint has no \`${name}\``, constraint.at);
	return value;
}
