import type { Environment } from "../compiler/elaborate/environment.js";
import {
	type CallValues,
	type DrawState,
	ElaborationError,
	type Evaluator,
} from "../compiler/elaborate/evaluator.js";
import { assigned } from "../compiler/elaborate/expressions/assign.js";
import { sideOf, takenBranch } from "../compiler/elaborate/expressions/cases.js";
import { evaluate, evaluateLet, patternNames } from "../compiler/elaborate/expressions/evaluate.js";
import { bindConditions, bindParameters } from "../compiler/elaborate/expressions/parameters.js";
import { fieldsOf } from "../compiler/elaborate/expressions/type-names.js";
import { replaceLeaves } from "../compiler/elaborate/models/member.js";
import { leafStart } from "../compiler/elaborate/models/model.js";
import { leavesBelow, stackedAbove, statesBelow } from "../compiler/elaborate/models/places.js";
import { traced } from "../compiler/elaborate/tensors.js";
import { type Leaf, unit, type Value } from "../compiler/elaborate/values.js";
import type { Location } from "../compiler/source/diagnostic.js";
import type * as ast from "../grammar/ast.js";
import { placeRoot } from "../grammar/places.js";
import { termNames } from "../grammar/term-names.js";
import { endsByTime, hasUntil } from "../grammar/until.js";
import { compute } from "./compute.js";
import { FitConstraints } from "./constraints/fit-constraints.js";
import { loopOfOne, stepsAhead } from "./fit-length.js";
import { historyEvent, runRecord } from "./fit-record.js";
import { equalValues, labelOf, numberOf, parameterNames, rootOf, showValue, thinned } from "./fit-values.js";
import { LoopRunner } from "./loop.js";
import type { ProgramRun } from "./run.js";
import { StopRun } from "./stop.js";
import type { TrackHistory } from "./tracks.js";

/** What a loop reports back: the last record of each term. */
export interface LoopOutcome {
	readonly steps: number;
	readonly loss: number;
	readonly terms: ReadonlyMap<string, number>;
	readonly diverged?: { readonly reason: string; readonly at: Location };
	readonly stopped: boolean;
	/** Its `until` held. */
	readonly converged: boolean;
}

/** What a fit was run with, and what it gave: an equal call is given the same. */
export interface FinishedFit {
	readonly node: ast.FitDeclaration;
	readonly seed: number;
	readonly options: Value;
	readonly result: Value;
}

/** `seed` is that of the block around the call. A run depends on nothing but its seed and its options. */
export function runFit(
	run: ProgramRun,
	fit: Value & { kind: "fit" },
	args: CallValues,
	seed: number,
	at: Location,
): Value {
	const fitRun = new FitRun(run, fit, args, seed, at);
	const { options } = fitRun;
	// A fit that ends by the clock is another each time.
	const isRepeatable = !endsByTime(fit.node.body);
	const known = run.finishedFits.find(
		(f) => f.node === fit.node && f.seed === fitRun.draws.seed && equalValues(f.options, options),
	);
	if (known) return known.result;
	const result = fitRun.result();
	if (isRepeatable) run.finishedFits.push({ node: fit.node, seed: fitRun.draws.seed, options, result });
	return result;
}

/** What a fit keeps from step to step: its parts and states, and what is the runtime's own (`hidden`). */
interface Root {
	readonly name: string;
	readonly trainable: boolean;
	readonly hidden?: boolean;
}

/** One run of a fit: lines outside loops run once; each loop is one compiled program. */
export class FitRun {
	/** The scope that runs: the fit's own, or that of a branch. */
	environment: Environment;
	private readonly outermost: Environment;
	readonly draws: DrawState;
	readonly constraints = new FitConstraints(this);
	/** For what its loops draw, turn by turn; equal names of all its loops are numbered. */
	readonly turnDraws: DrawState;
	/** How many streams over each data set there were in its loops. */
	readonly streams = new Map<string, number>();
	readonly history: number[] = [];
	id = 0;
	readonly label: string;
	/** The values of its parameters, defaults too. */
	readonly options: Value;
	totalSteps = 0;
	doneSteps = 0;
	private readonly roots: Root[] = [];
	private readonly tracks: { readonly name: string; readonly value: Value; readonly at: Location }[] = [];
	private readonly terms = new Map<string, number>();
	private readonly histories: { readonly name: string; readonly value: Value }[] = [];
	/** How long the history of the loss is, also where the fit does not get that far. */
	private planned = 0;
	private loss = Number.NaN;
	private diverged: LoopOutcome["diverged"];
	/** Whether all loops with an `until` ended by it: none did otherwise yet. */
	private converged: boolean | undefined;
	private loops = 0;
	/** How many of its loops had run before, in equal runs, and how many were worth being kept and ran now. */
	readonly loopsOf = { kept: 0, ran: 0 };
	/** What is told with its end. */
	readonly notes: string[] = [];

	constructor(
		readonly run: ProgramRun,
		private readonly fit: Value & { kind: "fit" },
		args: CallValues,
		outerSeed: number,
		readonly at: Location,
	) {
		const name = fit.node.name.kind === "Identifier" ? fit.node.name.name : "fit";
		this.label = labelOf(name, args);
		this.converged = hasUntil(fit.node.body) ? true : undefined;
		const seed = numberOf(args.named.get("seed") ?? unit) ?? outerSeed;
		this.draws = { seed, path: [name], counts: new Map() };
		this.turnDraws = { seed, path: [name, "turn"], counts: new Map() };
		this.environment = fit.environment.inner();
		this.outermost = this.environment;
		const own = new Map([...args.named].filter(([key]) => key !== "seed"));
		this.options = this.compute((evaluator) => {
			const inner = this.environment;
			bindParameters(evaluator, inner, fit.node.parameters, { positional: args.positional, named: own });
			bindConditions(evaluator, inner, fit.node.where);
			const names = parameterNames(fit.node);
			return {
				kind: "tuple",
				elements: names.map((n) => ({ name: n, value: inner.find(n) ?? { kind: "unit" } })),
			};
		});
		if (this.options.kind === "tuple")
			for (const e of this.options.elements) if (e.name) this.environment.set(e.name, e.value);
	}

	compute(body: (evaluator: Evaluator) => Value): Value {
		return compute(this.run.machine, this.draws, body);
	}

	/** Computes what is only looked at: it counts no draw. */
	peek(body: (evaluator: Evaluator) => Value): Value {
		return compute(this.run.machine, { ...this.draws, counts: new Map(this.draws.counts) }, body);
	}

	result(): Value {
		const started = performance.now();
		this.id = ++this.run.fits;
		const { statements } = this.fit.node.body;
		this.totalSteps = stepsAhead(this, statements);
		this.run.emit({
			kind: "fit-started",
			fit: this.id,
			label: this.label,
			at: this.at,
			steps: this.totalSteps,
		});
		let stopped = false;
		try {
			for (const statement of statements) this.execute(statement);
		} catch (error) {
			if (!(error instanceof StopRun)) throw error;
			stopped = true;
		}
		this.finish(started, stopped);
		if (stopped) throw new StopRun();
		return this.record();
	}

	private execute(node: ast.Statement): void {
		switch (node.kind) {
			case "Define": {
				const value = this.compute((e) =>
					e.at(node.name.name, () => evaluate(e, this.environment, node.value)),
				);
				this.own(node.name.name, value, true);
				return;
			}
			case "Leaf": {
				if (node.name.kind === "Missing") return;
				const value = this.compute((e) => leafStart(e, this.environment, node) ?? unit);
				// An option may leave it out.
				if (value.kind === "unit") return;
				this.own(node.name.name, value, node.role === "param");
				if (node.constraint && value.kind === "tensor")
					this.constraints.declared(node, node.constraint, node.name.name);
				return;
			}
			case "Let":
				this.executeLet(node);
				return;
			case "SubjectTo":
				this.constraints.stand(node, this.environment);
				return;
			case "IfStatement":
			case "ExpressionStatement":
				this.executeBranch(node);
				return;
			case "Assign":
				this.assign(node);
				return;
			case "Loop":
				this.loop(node);
				return;
			case "Minimize":
				this.loop(loopOfOne(node));
				return;
			case "Track":
				this.track(node);
				return;
			case "Check":
				this.run.check({ environment: this.environment, draws: this.draws, turns: [this.label] }, node);
				return;
			case "Plot":
				this.run.plot({ environment: this.environment, draws: this.draws, turns: [this.label] }, node);
				return;
			default:
				return;
		}
	}

	private own(name: string, value: Value, trainable: boolean): void {
		// What a branch owns is known below it, too.
		this.outermost.set(name, value);
		this.roots.push({ name, trainable });
		this.outermost.setParts(this.roots.filter((r) => r.trainable).map((r) => r.name));
		this.constraints.declaredBelow({ path: name, value });
	}

	/** A tensor that the steps carry along, under a name that no program can write. Returns its path. */
	ownHidden(name: string, value: Value): string {
		this.outermost.set(name, value);
		this.roots.push({ name, trainable: false, hidden: true });
		return name;
	}

	private executeLet(node: ast.Let): void {
		const inner = this.environment.inner();
		const value = this.compute((evaluator) => {
			evaluateLet(evaluator, inner, node);
			return {
				kind: "tuple",
				elements: patternNames(node.pattern).map((n) => ({
					name: n,
					value: inner.find(n) ?? { kind: "unit" },
				})),
			};
		});
		if (value.kind === "tuple")
			for (const e of value.elements) if (e.name) this.environment.set(e.name, e.value);
	}

	/** What a branch names is known in it only. */
	private executeBranch(node: ast.Statement): void {
		const outer = this.environment;
		let taken: ReturnType<typeof takenBranch>;
		const names = this.compute((e) => {
			taken = e.at("if", () => this.taken(e, node));
			const own = [...(taken?.scope.ownValues() ?? [])];
			return { kind: "tuple", elements: own.map(([name, value]) => ({ name, value })) };
		});
		if (!taken) return;
		if (names.kind === "tuple") for (const e of names.elements) taken.scope.set(e.name ?? "", e.value);
		this.environment = taken.scope;
		try {
			for (const statement of taken.statements) this.execute(statement);
		} finally {
			this.environment = outer;
		}
	}

	/** Outside the loops a condition has a value when its line is come to. */
	private taken(evaluator: Evaluator, node: ast.Statement): ReturnType<typeof takenBranch> {
		if (node.kind !== "IfStatement") return takenBranch(evaluator, this.environment, node);
		const asked = evaluate(evaluator, this.environment, node.condition);
		const condition = evaluator.services.computed(evaluator, asked);
		const holds = condition.kind === "bool" ? condition.value : numberOf(condition) === 1;
		// The result has the terms of both sides: which one is taken is no part of its type.
		if (asked.kind !== "bool")
			for (const name of sideOf(node, !holds).flatMap(termNames))
				if (!this.terms.has(name)) this.terms.set(name, Number.NaN);
		return { scope: this.environment.inner(), statements: sideOf(node, holds) };
	}

	/** `place <- value`; what is declared of what it wrote holds again. */
	private assign(node: ast.Assign): void {
		const name = placeRoot(node.place)?.name ?? "";
		const before = new Map(this.leaves(false).map((l) => [l.path, l.value]));
		this.environment.assign(
			name,
			this.compute((e) => assigned(e, this.environment, node).value),
		);
		this.constraints.holdAgain((path) => rootOf(path) === name && before.get(path) !== this.leaf(path));
	}

	// ---------------------------------------------------------------- the tree of parts

	/** Parameters, or all that a step may change, by path. */
	leaves(trainableOnly: boolean): Leaf[] {
		return this.roots
			.filter((r) => r.trainable || !trainableOnly)
			.flatMap((r) => {
				const tree = { path: r.name, value: this.environment.find(r.name) ?? unit };
				return trainableOnly ? leavesBelow(tree) : [...leavesBelow(tree), ...statesBelow(tree)];
			});
	}

	leaf(path: string): Value {
		const trees = this.roots.map(({ name }) => this.environment.find(name));
		// Values do not change, so that all paths are those of the last time as long as the trees are.
		if (!this.found || trees.some((tree, i) => tree !== this.found?.trees[i])) {
			const values = new Map<string, Value>();
			for (const leaf of this.leaves(false)) if (!values.has(leaf.path)) values.set(leaf.path, leaf.value);
			this.found = { trees, values };
		}
		const value = this.found.values.get(path);
		if (!value) throw new Error(`no leaf ${path}`);
		return value;
	}

	private found?: {
		readonly trees: readonly (Value | undefined)[];
		readonly values: ReadonlyMap<string, Value>;
	};

	/** How many first axes of a leaf are those of models side by side. */
	stackedAbove(path: string): number {
		const name = rootOf(path);
		return stackedAbove({ path: name, value: this.environment.find(name) ?? unit }, path);
	}

	replace(values: ReadonlyMap<string, Value>): void {
		for (const { name } of this.roots) {
			if (![...values.keys()].some((p) => rootOf(p) === name)) continue;
			const value = this.environment.find(name);
			if (value) this.environment.assign(name, replaceLeaves({ path: name, value }, values));
		}
	}

	// ---------------------------------------------------------------- loops

	private loop(node: ast.Loop): void {
		const runner = new LoopRunner(this, node, this.loops++);
		if (this.diverged) {
			for (const name of runner.skip()) if (!this.terms.has(name)) this.terms.set(name, Number.NaN);
			if (hasUntil(node)) this.converged = false;
			if (runner.hasLoss) this.planned += runner.certainSteps;
			return;
		}
		const outcome = runner.run();
		if (hasUntil(node) && !outcome.converged) this.converged = false;
		if (runner.hasLoss)
			this.planned += outcome.diverged ? Math.max(runner.certainSteps, outcome.steps) : outcome.steps;
		// Where the loop made no step, what was made before it stands.
		if (outcome.diverged || !Number.isNaN(outcome.loss)) this.loss = outcome.loss;
		for (const [name, value] of outcome.terms)
			if (outcome.diverged || !Number.isNaN(value) || !this.terms.has(name)) this.terms.set(name, value);
		if (outcome.diverged) {
			this.diverged = outcome.diverged;
			this.run.emit({
				kind: "problem",
				diagnostic: {
					code: "E0602",
					severity: "warning",
					message: `${this.label} diverged: ${outcome.diverged.reason}`,
					at: outcome.diverged.at,
					related: [{ at: this.at, label: "run from here" }],
					notes: [],
					hint: "lower the learning rate, or bound what grows",
					fixes: [],
				},
			});
		}
		if (outcome.stopped) throw new StopRun();
	}

	/** The tracks of a loop. It tells nan of the `missed` steps that it was to make, but did not come to. */
	endTracks(tracks: readonly TrackHistory[], missed: { readonly steps: number } | undefined): void {
		for (const history of tracks) {
			const { name, at } = history.track;
			if (missed) history.fill(Math.max(1, Math.floor(missed.steps / history.interval)));
			if (history.length === 0) {
				throw new ElaborationError(
					"E0604",
					`the loop ended before \`${name}\` was taken`,
					at,
					"take it more often, or at each turn: without `every`",
				);
			}
			this.tracks.push({ name, value: history.last(), at });
			this.histories.push({ name, value: history.all() });
		}
	}

	private track(node: ast.Track): void {
		if (node.name.kind === "Missing") return;
		const { name } = node.name;
		const value = this.compute((e) =>
			e.at(name, () => traced(e, evaluate(e, this.environment, node.value)) ?? unit),
		);
		this.tracks.push({ name, value, at: this.environment.locate(node) });
	}

	// ---------------------------------------------------------------- the result

	private finish(started: number, stopped: boolean): void {
		this.run.emit({
			kind: "fit-finished",
			fit: this.id,
			label: this.label,
			at: this.at,
			status: stopped ? "stopped" : this.status,
			...(this.diverged && { reason: this.diverged.reason }),
			steps: this.doneSteps,
			...(this.loopsOf.kept > 0 && this.loopsOf.ran === 0 && { kept: true }),
			...(this.notes.length > 0 && { notes: this.notes }),
			seconds: (performance.now() - started) / 1000,
			loss: this.loss,
			history: thinned(this.history, 200),
			tracks: this.tracks.map((t) => ({ name: t.name, value: showValue(t.value), at: t.at })),
			violations: this.constraints.report(),
		});
		if (this.run.settings.histories)
			this.run.emit(
				historyEvent(this.id, this.label, this.at, {
					losses: this.history,
					tracks: this.histories,
					constraints: this.constraints.named(this.fit.node.body.statements),
				}),
			);
	}

	get hasDiverged(): boolean {
		return this.diverged !== undefined;
	}

	private get status(): "diverged" | "unconverged" | "finished" {
		if (this.diverged) return "diverged";
		return this.converged === false ? "unconverged" : "finished";
	}

	/** The parts, states and tracks by name, and `.run`. */
	private record(): Value {
		const own = [
			...this.roots
				.filter((r) => !r.hidden)
				.map((r) => ({ name: r.name, value: this.environment.find(r.name) ?? unit })),
			...this.tracks.map((t) => ({ name: t.name, value: t.value })),
		];
		const declared = this.fit.node.result && fieldsOf(this.environment, this.fit.node.result);
		return {
			kind: "tuple",
			elements: [
				...(declared?.flatMap((name) => own.find((e) => e.name === name) ?? []) ?? own),
				{
					name: "run",
					value: runRecord(this.run.machine.realElement, {
						loss: this.loss,
						steps: this.doneSteps,
						diverged: this.diverged !== undefined,
						converged: this.converged,
						terms: this.terms,
						constraints: this.constraints.named(this.fit.node.body.statements),
						losses: this.history,
						planned: this.planned,
						histories: this.histories,
					}),
				},
			],
		};
	}
}
