import type { Environment } from "../../compiler/elaborate/environment.js";
import { ElaborationError, type Evaluator } from "../../compiler/elaborate/evaluator.js";
import { evaluate } from "../../compiler/elaborate/expressions/evaluate.js";
import {
	type ConstrainedLeaf,
	constrainedLeaves,
	ruleMember,
} from "../../compiler/elaborate/models/constrained.js";
import { constrainedAt, type Place, valuesAt } from "../../compiler/elaborate/models/places.js";
import { mapOf, reparametrizeEach } from "../../compiler/elaborate/models/reparam.js";
import { type Leaf, type RuleValue, unit, type Value } from "../../compiler/elaborate/values.js";
import {
	chosenMethod,
	isDual,
	isMethodName,
	type MethodName,
	methodOfNumbers,
	methods,
	offeredBy,
} from "../../compiler/program/constraint-methods.js";
import type { Location } from "../../compiler/source/diagnostic.js";
import type * as ast from "../../grammar/ast.js";
import { branchStatements } from "../../grammar/branches.js";
import type { RunEvent } from "../events.js";
import type { FitRun } from "../fit.js";
import { numberOf } from "../fit-values.js";
import { formatNumber } from "../format.js";
import { meet, replaced, type Target, taken, targetOf, wholeOf } from "../parts-of-leaves.js";
import {
	type Constraint,
	comparisonOf,
	type Holding,
	labelOf,
	type MemberConstraint,
	type NumberConstraint,
	namedMethod,
	optionOf,
} from "./constraint.js";
import { excess, violationOf } from "./measure.js";

type Reported = Extract<RunEvent, { kind: "fit-finished" }>["violations"][number];

/** How far from a constraint counts as holding it, where its method says nothing else; also for a start. */
const usualTolerance = 1e-3;

/** Those methods of which one alone may move a leaf. */
const movers: readonly MethodName[] = ["retraction", "frank_wolfe", "proximal"];

/** What a fit is subject to: from where a constraint stands, at each step that touches it. */
export class FitConstraints {
	/** Those before the loops, in their order. */
	readonly standing: Constraint[] = [];
	private readonly perTurn = new Map<ast.SubjectTo, NumberConstraint>();
	/** At each step with a loss, by name: nan where it did not stand. */
	private readonly histories: Readonly<Record<Measured, Map<string, number[]>>> = {
		violation: new Map(),
		multiplier: new Map(),
	};
	private readonly lastInTurn = new Map<NumberConstraint, number>();
	private count = 0;

	constructor(private readonly fit: FitRun) {}

	// ---------------------------------------------------------------- what stands

	/** `subject to ..` outside the loops. */
	stand(node: ast.SubjectTo, environment: Environment): void {
		const { fit } = this;
		const { constraint } = node;
		if (!constraint) {
			this.standing.push(this.number(node, environment, false));
			return;
		}
		const rule = fit.compute((e) => e.at("subject to", () => evaluate(e, environment, constraint)));
		if (rule.kind !== "rule") return;
		let places: readonly Place[] = [];
		fit.peek((e) => {
			places = constrainedAt(e, environment, node.subject);
			return unit;
		});
		const at = environment.locate(node);
		const made = places.find(({ value }) => value.kind === "frozen" || value.kind === "reparametrized");
		const holding = holdingOf(rule, node.by, at, made !== undefined);
		if (made && !isDual(holding.method)) {
			const how = made.value.kind === "frozen" ? "frozen" : "computed from other parameters";
			throw new ElaborationError("E0601", `\`${made.path}\` is ${how}: ${holding.method} cannot hold it`, at);
		}
		this.member({ ...node, made: made !== undefined }, rule, places.map(targetOf), environment, at, holding);
	}

	/** What is declared of a fit's own parameter. */
	declared(node: ast.Leaf, constraint: ast.Expression, path: string): void {
		const { environment } = this.fit;
		const rule = this.fit.compute((e) => evaluate(e, environment, constraint));
		if (rule.kind !== "rule") return;
		const at = environment.locate(constraint);
		this.member({}, rule, [{ path }], environment, at, holdingOf(rule, node.by, at));
	}

	/** What models declare of their parameters holds from the start and after each step. */
	declaredBelow(tree: Leaf): void {
		let found: readonly ConstrainedLeaf[] = [];
		const rules = this.fit.peek((e) => {
			found = constrainedLeaves(e, tree);
			return { kind: "tuple", elements: found.map(({ rule }) => ({ value: rule })) };
		});
		for (const [i, { path, at, by }] of found.entries()) {
			const rule = rules.kind === "tuple" ? rules.elements[i]?.value : undefined;
			if (rule?.kind === "rule")
				this.member({}, rule, [{ path }], this.fit.environment, at, holdingOf(rule, by, at));
		}
	}

	/** The constraint of a turn: made once, whatever loop reads it. */
	inTurn(node: ast.SubjectTo, environment: Environment): NumberConstraint {
		const known = this.perTurn.get(node);
		if (known) return known;
		const made = this.number(node, environment, true);
		this.perTurn.set(node, made);
		return made;
	}

	private number(node: ast.SubjectTo, environment: Environment, perTurn: boolean): NumberConstraint {
		const comparison = comparisonOf(node.subject);
		const at = environment.locate(node.subject);
		const named = namedMethod(node.by);
		if (!comparison || (named !== undefined && !isMethodName(named)))
			throw new ElaborationError("E0601", "this is no constraint on a number", at);
		const method = named ?? methodOfNumbers;
		return {
			kind: "number",
			name: node.name?.name,
			holding: { method, ...(node.by && { by: node.by }) },
			at,
			comparison,
			environment,
			perTurn,
			multiplier: this.newMultiplier(),
		};
	}

	private newMultiplier(): string {
		return this.fit.ownHidden(`multiplier ${this.count++}`, this.realNumber(0));
	}

	private realNumber(value: number): Value {
		const element = this.fit.run.machine.realElement;
		const data = element === "f32" ? Float32Array.of(value) : Float64Array.of(value);
		return { kind: "tensor", data: { type: { element, shape: [] }, data } };
	}

	private member(
		node: {
			readonly name?: ast.Identifier;
			readonly subject?: ast.Expression;
			/** Some of it is computed from other parameters. */
			readonly made?: boolean;
		},
		rule: RuleValue,
		targets: readonly Target[],
		environment: Environment,
		at: Location,
		holding: Holding,
	): void {
		const isRead = node.made || holding.method === "reparametrization";
		const constraint: MemberConstraint = {
			kind: "member",
			name: node.name?.name,
			holding,
			rule,
			targets,
			environment,
			at,
			...(isDual(holding.method) && { multiplier: this.newMultiplier() }),
			...(isRead && node.subject && { subject: node.subject }),
		};
		this.refuseTwoMovers(constraint);
		const isMap = isMapped(constraint);
		if (isMap) this.reparametrize(constraint);
		this.standing.push(constraint);
		if (isMap || isDual(holding.method)) return;
		for (const target of targets) this.start(constraint, target);
	}

	/** Parameters of its own take the place of what is constrained. */
	private reparametrize({ rule, targets, at }: MemberConstraint): void {
		const { fit } = this;
		for (const { path } of targets) {
			const value = fit.compute((e) => {
				const map = mapOf(e, rule);
				if (!map) throw new ElaborationError("E0601", "this constraint has no `reparam`", at);
				return e.at("reparametrization", () =>
					reparametrizeEach(e, map, fit.leaf(path), fit.stackedAbove(path)),
				);
			});
			fit.replace(new Map([[path, value]]));
		}
	}

	/** Steps along a manifold, towards a corner and by a proximal step each put the leaf where they want it. */
	private refuseTwoMovers(constraint: MemberConstraint): void {
		const isMap = isMapped(constraint);
		if (!isMap && !movers.includes(constraint.holding.method)) return;
		const other = this.standing.find(
			(s): s is MemberConstraint =>
				s.kind === "member" &&
				(isMap || movers.includes(s.holding.method)) &&
				this.shared(s, constraint) !== undefined,
		);
		if (!other) return;
		const path = this.shared(constraint, other)?.path ?? "";
		throw new ElaborationError(
			"E0609",
			isMap
				? `\`${path}\` is held by ${other.holding.method} already: a reparametrization has other parameters in its place`
				: `\`${path}\` is held by ${constraint.holding.method} and by ${other.holding.method} at once: each of them makes the step`,
			constraint.at,
			isMap ? "hold it by one of them" : "hold one of them by `projection`, `penalty` or `lagrangian`",
		);
	}

	/** What of the first constraint is held by the second one, too. */
	private shared(a: MemberConstraint, b: MemberConstraint): Target | undefined {
		const { fit } = this;
		const shapeOf = (path: string): readonly number[] => {
			const leaf = fit.leaf(path);
			return leaf.kind === "tensor" ? leaf.data.type.shape : [];
		};
		return a.targets.find((target) =>
			b.targets.some((other) => meet(fit, a.environment, shapeOf, target, other)),
		);
	}

	/** After `place <- value`: what was written holds its constraints again. */
	holdAgain(isWritten: (path: string) => boolean): void {
		for (const constraint of this.standing) {
			if (constraint.kind !== "member" || isDual(constraint.holding.method) || isMapped(constraint)) continue;
			for (const target of constraint.targets) if (isWritten(wholeOf(target))) this.start(constraint, target);
		}
	}

	/** A method that holds exactly begins at a point where the constraint holds. */
	private start(constraint: MemberConstraint, target: Target): void {
		const { fit } = this;
		const { rule, holding, environment } = constraint;
		const whole = wholeOf(target);
		const { path } = target;
		const name = holding.method === "proximal" ? undefined : "project";
		if (name && offeredBy(rule.node).has(name)) {
			const projected = fit.compute((e) => {
				const leaf = fit.leaf(whole);
				const own = ruleMember(e, rule, name, taken(e, environment, target, leaf) ?? unit, []);
				return own ? replaced(e, environment, target, leaf, own) : unit;
			});
			fit.replace(new Map([[whole, projected]]));
		}
		if (methods[holding.method].guarantee !== "exact" || !offeredBy(rule.node).has("violation")) return;
		const violation = numberOf(
			fit.peek((e) => violationOf(e, rule, taken(e, environment, target, fit.leaf(whole)) ?? unit) ?? unit),
		);
		// Of what a diverged fit has left nothing holds, and its status says so.
		if (violation === undefined || violation <= usualTolerance || fit.hasDiverged) return;
		const projects = offeredBy(rule.node).has("project");
		throw new ElaborationError(
			"E0615",
			projects
				? `the \`project\` of this constraint leads to a point that violates it by ${formatNumber(violation)}: \`${path}\``
				: `\`${path}\` begins outside of its constraint, which it violates by ${formatNumber(violation)}: ${holding.method} cannot begin there`,
			constraint.at,
			projects
				? "compare its `project` with its `violation`"
				: "begin at a point where it holds, or give the constraint a `project`",
		);
	}

	// ---------------------------------------------------------------- the best feasible iterate

	/** Where a constraint asks for it: the least loss so far within its tolerance, and the parameters of that step. */
	best: KeptBest | undefined;

	/** Before a loop, once. */
	prepareBest(): void {
		if (this.best || !this.all().some((c) => optionOf(c.holding, "best_within"))) return;
		this.best = {
			loss: this.fit.ownHidden("best loss", this.realNumber(Number.POSITIVE_INFINITY)),
			leaves: this.fit
				.leaves(true)
				.map(({ path, value }, i) => ({ path, kept: this.fit.ownHidden(`best ${i}`, value) })),
		};
	}

	/** After a loop: the parameters are those of the best step, if there was one within the tolerance. */
	restoreBest(): void {
		const { best, fit } = this;
		if (!best || !Number.isFinite(numberOf(fit.leaf(best.loss)))) return;
		fit.replace(new Map(best.leaves.map(({ path, kept }) => [path, fit.leaf(kept)])));
	}

	// ---------------------------------------------------------------- what it tells

	/** The names of all constraints of the fit, also of those that this run did not come to. */
	private namesIn(statements: readonly ast.Statement[]): string[] {
		return statements.flatMap((s) => {
			if (s.kind === "SubjectTo") return s.name ? [s.name.name] : [];
			if (s.kind === "Loop") return this.namesIn(s.body.statements);
			return this.namesIn(branchStatements(s));
		});
	}

	/** After some steps: what was recorded of constraints. Only steps with a loss have a place in the histories. */
	noteSteps(
		count: number,
		hasLoss: boolean,
		at: (constraint: Constraint, what: Measured, step: number) => number | undefined,
	): void {
		const stepsBefore = this.fit.history.length;
		for (const constraint of this.all()) {
			for (let step = 0; step < count; step++) {
				const violation = at(constraint, "violation", step);
				if (violation === undefined) continue;
				if (constraint.kind === "number" && constraint.perTurn) this.lastInTurn.set(constraint, violation);
				if (!constraint.name || !hasLoss) continue;
				const multiplier = at(constraint, "multiplier", step);
				this.history("violation", constraint.name)[stepsBefore + step] = violation;
				if (multiplier === undefined) continue;
				this.history("multiplier", constraint.name)[stepsBefore + step] = multiplier;
			}
		}
	}

	private history(what: Measured, name: string): number[] {
		const known = this.histories[what].get(name);
		if (known) return known;
		const made: number[] = [];
		this.histories[what].set(name, made);
		return made;
	}

	private all(): Constraint[] {
		return [...this.standing, ...this.perTurn.values()];
	}

	/** At the end: each with its violation, its method and its multiplier. */
	report(): Reported[] {
		return this.all().flatMap((constraint) => {
			const value = this.violation(constraint);
			if (value === undefined) return [];
			const { holding, at } = constraint;
			const found = this.multiplierOf(constraint);
			return {
				name: labelOf(constraint),
				value,
				...this.judged(constraint, value),
				guarantee: this.guarantee(constraint),
				method: holding.method,
				...(found !== undefined && { multiplier: found }),
				at,
			};
		});
	}

	/** Whether it holds, up to the tolerance of its method. */
	private judged(
		{ holding, environment }: Constraint,
		violation: number,
	): { tolerance: number; met: boolean } {
		const node = optionOf(holding, "tolerance") ?? optionOf(holding, "best_within");
		const given = node && numberOf(this.fit.peek((e) => evaluate(e, environment, node)));
		const tolerance = given ?? usualTolerance;
		return { tolerance, met: violation <= tolerance };
	}

	private multiplierOf({ multiplier }: Constraint): number | undefined {
		return multiplier === undefined ? undefined : numberOf(this.fit.leaf(multiplier));
	}

	private violation(constraint: Constraint): number | undefined {
		const { fit } = this;
		if (constraint.kind === "number") {
			if (constraint.perTurn) return this.lastInTurn.get(constraint);
			return numberOf(
				fit.peek((e) => ({
					kind: "traced",
					value: excess(e, constraint.comparison, constraint.environment).violation,
					lanes: [],
				})),
			);
		}
		const values = constraint.targets.map((_, i) =>
			numberOf(
				fit.peek((e) => {
					const leaf = memberValues(e, fit, constraint)[i];
					return (leaf && violationOf(e, constraint.rule, leaf)) ?? unit;
				}),
			),
		);
		return values.every((v) => v !== undefined) ? Math.max(...values) : undefined;
	}

	/** Two methods that hold exactly on one leaf: the later one may undo the earlier. */
	private guarantee(constraint: Constraint): "exact" | "asymptotic" {
		if (constraint.kind === "number") return "asymptotic";
		const shared = this.standing.some(
			(s) =>
				s !== constraint &&
				s.kind === "member" &&
				!isDual(s.holding.method) &&
				this.shared(s, constraint) !== undefined,
		);
		return shared ? "asymptotic" : methods[constraint.holding.method].guarantee;
	}

	/** By name: nan of a constraint that did not stand in this run. */
	named(statements: readonly ast.Statement[]): NamedConstraints {
		const byName = new Map(this.all().flatMap((c) => (c.name ? [[c.name, c] as const] : [])));
		const names = [...new Set(this.namesIn(statements))];
		const violations = new Map<string, number>();
		const multipliers = new Map<string, number>();
		for (const name of names) {
			const constraint = byName.get(name);
			violations.set(name, (constraint && this.violation(constraint)) ?? Number.NaN);
			if (constraint && constraint.multiplier === undefined) continue;
			multipliers.set(name, (constraint && this.multiplierOf(constraint)) ?? Number.NaN);
		}
		const steps = (which: Measured, of: ReadonlyMap<string, number>): Map<string, readonly number[]> =>
			new Map([...of.keys()].map((name) => [name, [...(this.histories[which].get(name) ?? [])].map(orNan)]));
		return {
			violations,
			multipliers,
			violationHistories: steps("violation", violations),
			multiplierHistories: steps("multiplier", multipliers),
		};
	}
}

/** What a constraint holds for, as it is now. */
export function memberValues(
	evaluator: Evaluator,
	fit: FitRun,
	{ subject, environment, targets }: MemberConstraint,
): Value[] {
	if (!subject)
		return targets.map((target) => taken(evaluator, environment, target, fit.leaf(wholeOf(target))) ?? unit);
	return valuesAt(evaluator, environment, subject).map((leaf) => leaf.value);
}

/** A leaf that a turn writes, and that nothing brings back. */
export function notHeld(path: string, { at, holding }: MemberConstraint): ElaborationError {
	return new ElaborationError(
		"E0615",
		`\`${path}\` is written in a turn, and its constraint has no \`project\`: by ${holding.method} alone it would not hold there`,
		at,
		"give the constraint a `project`",
	);
}

/** Under which the fit keeps the best step. */
export interface KeptBest {
	readonly loss: string;
	readonly leaves: readonly { readonly path: string; readonly kept: string }[];
}

export type Measured = "violation" | "multiplier";

export interface NamedConstraints {
	readonly violations: ReadonlyMap<string, number>;
	readonly multipliers: ReadonlyMap<string, number>;
	/** Of each step up to the last one at which they stood. */
	readonly violationHistories: ReadonlyMap<string, readonly number[]>;
	readonly multiplierHistories: ReadonlyMap<string, readonly number[]>;
}

function orNan(value: number | undefined): number {
	return value ?? Number.NaN;
}

/** Whether parameters of its own stand in the place of what is constrained. */
function isMapped({ holding, subject }: MemberConstraint): boolean {
	return holding.method === "reparametrization" && subject !== undefined;
}

/** Of what is `made` of other parameters, by a method that adds to the objective. */
function holdingOf(rule: RuleValue, by: ast.Expression | undefined, at: Location, made = false): Holding {
	const named = namedMethod(by);
	if (named !== undefined && isMethodName(named)) return { method: named, ...(by && { by }) };
	const method = chosenMethod(offeredBy(rule.node), made);
	if (!method) throw new ElaborationError("E0601", "this constraint offers nothing by which it is held", at);
	return { method };
}
