import type { Executable } from "../compiler/backends/backend.js";
import { takenBranch } from "../compiler/elaborate/cases.js";
import { bindPattern, evaluate, evaluateLet, patternNames } from "../compiler/elaborate/evaluate.js";
import { ElaborationError, Evaluator, type RunTimeCheck } from "../compiler/elaborate/evaluator.js";
import type { StateWrites } from "../compiler/elaborate/state.js";
import { traced } from "../compiler/elaborate/tensors.js";
import { integer, type TableValue, type TracedValue, type Value } from "../compiler/elaborate/values.js";
import { type Func, type Value as IrValue, sizeOf, type TensorData } from "../compiler/ir/ir.js";
import { removeDead, simplify } from "../compiler/transform/simplify.js";
import type * as ast from "../grammar/ast.js";
import { branchStatements } from "../grammar/branches.js";
import { assignInStep } from "./assign.js";
import type { FitRun } from "./fit.js";
import { cannotRunYet } from "./later.js";
import { minimizeStep } from "./minimize.js";
import { carryLeaf, type Recorded, type StepBuilder, type TracedTrack } from "./step.js";
import { trainedNames } from "./trained-names.js";

/** How many numbers one call of the backend may record. */
const elementsPerCall = 2 ** 22;

export interface TracedLoop {
	readonly executable: Executable;
	/** Of all that is carried. */
	readonly starts: readonly TensorData[];
	/** Of the carried leaves, in the order of the parameters after the turn. */
	readonly paths: readonly string[];
	readonly recorded: readonly Recorded[];
	/** Those of each turn are recorded after these, in their order. */
	readonly tracks: readonly TracedTrack[];
	/** The record that says whether the loop ends. */
	readonly ends?: number;
	/** What is checked of computed numbers; its results are recorded from there on. */
	readonly checks: { readonly list: readonly RunTimeCheck[]; readonly from: number };
	readonly observer?: Observer;
	/** So many steps are recorded at most in one call. */
	readonly mostPerCall: number;
	/** The parameters that hold the permutations of the streams' epochs. */
	readonly orders: readonly number[];
}

/** As many turns of inner loops are unrolled. */
const mostUnrolled = 16;

export type { TracedTrack } from "./step.js";

/** Computes the tracks of the next turn from the state before it. */
export interface Observer {
	readonly executable: Executable;
	readonly tracks: readonly TracedTrack[];
	/** The loop's parameters that it needs, in the order of its own. */
	readonly states: readonly number[];
}

/** Where a turn takes rows from: one of the streams, side by side. */
export interface Batch {
	readonly pattern: ast.Pattern;
	readonly table: TableValue;
	/** Of one step. */
	readonly rows: number;
	readonly stepsPerEpoch: number;
}

/** Compiles the turn of a loop. The fit's values are as before. */
export function traceLoop(
	fit: FitRun,
	node: ast.Loop,
	number: number,
	batches: readonly Batch[],
): TracedLoop {
	return new LoopTracer(fit, node, number, batches).trace();
}

class LoopTracer {
	/** What is computed for training. */
	private readonly trained: ReadonlySet<string>;

	constructor(
		private readonly fit: FitRun,
		private readonly node: ast.Loop,
		private readonly number: number,
		private readonly batches: readonly Batch[],
	) {
		this.trained = trainedNames(node.body);
	}

	private writes: StateWrites | undefined;

	trace(): TracedLoop {
		const { fit } = this;
		const { machine } = fit.run;
		const draws = {
			...fit.draws,
			path: [...fit.draws.path, `loop ${this.number}`],
			counts: new Map<string, number>(),
		};
		const evaluator = new Evaluator(machine.realElement, machine.services, draws);
		const turn = evaluator.builder.parameter({ element: "i32", shape: [] });
		evaluator.draws = { ...draws, turn };
		const step: StepBuilder = {
			fit,
			evaluator,
			environment: fit.environment.inner(),
			turn,
			unrolled: 1,
			carried: [{ parameter: turn, start: { type: turn.type, data: Int32Array.of(0) }, result: turn }],
			recorded: [],
			tracks: [],
			optimizers: 0,
			states: new Map(),
		};
		const before = fit.leaves(false);
		for (const leaf of before) carryLeaf(step, leaf);
		const orders = this.batches.map((batch) => this.bindBatch(step, batch));
		this.bindTurn(step);
		for (const statement of this.node.body.statements) this.traceStatement(step, statement);
		const ends = this.traceUntil(step);
		const result = this.finishStep(
			step,
			before.map((l) => l.path),
			orders,
			ends,
		);
		fit.replace(new Map(before.map((l) => [l.path, l.value])));
		return result;
	}

	/** The rows of this turn: a window of the epoch's permutation. */
	private bindBatch(step: StepBuilder, batch: Batch): IrValue {
		const { evaluator } = step;
		const { pattern, table, rows: rowsPerStep, stepsPerEpoch } = batch;
		const { builder } = evaluator;
		const order = builder.parameter({ element: "i32", shape: [table.rows] });
		const inEpoch = builder.emit("mod", [step.turn, builder.scalar(stepsPerEpoch, "i32")]);
		const start = builder.emit("mul", [inEpoch, builder.scalar(rowsPerStep, "i32")]);
		const rows = builder.emit("dynamic_slice", [order, start], { axis: 0, size: rowsPerStep });
		bindPattern(step.environment, pattern, {
			kind: "tuple",
			elements: table.columns.map((c) => {
				const value = builder.emit("gather", [evaluator.lift(c.value.data), rows], { axis: 0, batch: 0 });
				return {
					name: c.name,
					value: {
						kind: "traced",
						value,
						lanes: [],
						...(c.value.below !== undefined && { below: c.value.below }),
					} satisfies TracedValue,
				};
			}),
		});
		return order;
	}

	/** What calls of models write to their states is kept for the next `minimize`. */
	private inStep(step: StepBuilder, body: () => void): void {
		const { evaluator } = step;
		evaluator.stateWrites = this.writes ??= { builder: evaluator.builder, values: new Map() };
		try {
			body();
		} finally {
			evaluator.stateWrites = undefined;
		}
	}

	private commitStates({ fit }: StepBuilder): void {
		const values = this.writes?.values;
		if (!values || values.size === 0) return;
		const states = fit.leaves(false).flatMap(({ path, value }) => {
			const next = values.get(value);
			return next ? [[path, next] as const] : [];
		});
		fit.replace(new Map(states));
		values.clear();
	}

	/** `for i in 0..100`: the name is the number of the turn. */
	private bindTurn(step: StepBuilder): void {
		const [binding] = this.node.bindings;
		if (this.batches.length > 0 || !binding?.source || binding.pattern.kind === "Rest") return;
		const { builder } = step.evaluator;
		const range = rangeOf(
			this.fit.peek((e) => evaluate(e, this.fit.environment, binding.source as ast.Expression)),
		);
		if (!range) return;
		const value = builder.emit("add", [step.turn, builder.scalar(range.from, "i32")]);
		const below = range.from >= 0 ? { below: range.to } : {};
		bindPattern(step.environment, binding.pattern, { kind: "traced", value, lanes: [], ...below });
	}

	private traceStatement(step: StepBuilder, node: ast.Statement): void {
		const { evaluator, environment } = step;
		switch (node.kind) {
			case "Let":
				evaluator.inMode(this.isTrained(node), () =>
					this.inStep(step, () => evaluateLet(evaluator, environment, node)),
				);
				return;
			case "Minimize":
				this.inStep(step, () => minimizeStep(step, node));
				this.commitStates(step);
				return;
			case "Assign":
				assignInStep(step, node);
				return;
			case "Loop":
				this.traceInner(step, node);
				return;
			case "Track":
				this.traceTrack(step, node);
				return;
			case "SubjectTo":
				cannotRunYet("a constraint inside a loop", environment.locate(node));
				return;
			case "IfStatement":
			case "ExpressionStatement": {
				const taken = takenBranch(evaluator, environment, node);
				if (!taken) return;
				const inner: StepBuilder = { ...step, environment: taken.scope };
				for (const statement of taken.statements) this.traceStatement(inner, statement);
				step.optimizers = inner.optimizers;
				return;
			}
			default:
				return;
		}
	}

	/** What a `minimize` of this turn uses is for training. */
	private isTrained(node: ast.Let): boolean {
		return patternNames(node.pattern).some((name) => this.trained.has(name));
	}

	/** Unrolled: each turn has names and draws of its own, and goes on with the optimizers of the one before. */
	private traceInner(step: StepBuilder, node: ast.Loop): void {
		const { evaluator, environment } = step;
		const { builder } = evaluator;
		const [binding] = node.bindings;
		const source = node.count ?? binding?.source;
		const range = source && rangeOf(evaluate(evaluator, environment, source));
		const count = range ? Math.max(0, range.to - range.from) : undefined;
		const unrolled = step.unrolled * (count ?? 1);
		if (!range || count === undefined || unrolled > mostUnrolled || node.clauses.length > 0)
			cannotRunYet("this inner loop", environment.locate(source ?? node));
		const first = builder.emit("mul", [step.turn, builder.scalar(count, "i32")]);
		let { optimizers } = step;
		for (let k = 0; k < count; k++) {
			const turn = builder.emit("add", [first, builder.scalar(k, "i32")]);
			const inner: StepBuilder = { ...step, turn, unrolled, environment: environment.inner() };
			if (binding && binding.pattern.kind !== "Rest")
				bindPattern(inner.environment, binding.pattern, integer(range.from + k));
			evaluator.at("repeat", () => {
				for (const statement of node.body.statements) this.traceStatement(inner, statement);
			});
			optimizers = inner.optimizers;
		}
		step.optimizers = optimizers;
	}

	private traceTrack(step: StepBuilder, node: ast.Track): void {
		if (node.name.kind === "Missing") return;
		const { evaluator, environment } = step;
		const { name } = node.name;
		const before = evaluator.checks.length;
		const value = traced(
			evaluator,
			evaluator.at(name, () => evaluate(evaluator, environment, node.value)),
		);
		if (!value) throw new ElaborationError("E0601", "this is no tensor", environment.locate(node));
		const below = value.below === undefined ? {} : { below: value.below };
		const checks = node.every ? { checks: evaluator.checks.splice(before) } : {};
		step.tracks.push({ name, node, value: value.value, at: environment.locate(node), ...below, ...checks });
	}

	/** Whether a condition that is asked after each turn holds. */
	private traceUntil(step: StepBuilder): IrValue | undefined {
		const { evaluator, environment } = step;
		let ends: IrValue | undefined;
		for (const { word, value } of this.node.clauses) {
			if (word !== "until" || isStalls(value)) continue;
			const condition = traced(
				evaluator,
				evaluator.at("until", () => evaluate(evaluator, environment, value)),
				"bool",
			);
			if (!condition) throw new ElaborationError("E0601", "this is no condition", environment.locate(value));
			ends = ends ? evaluator.builder.emit("or", [ends, condition.value]) : condition.value;
		}
		return ends;
	}

	private finishStep(
		step: StepBuilder,
		paths: readonly string[],
		orders: readonly IrValue[],
		ends: IrValue | undefined,
	): TracedLoop {
		const { evaluator, fit } = step;
		const { builder } = evaluator;
		const [turn] = step.carried;
		if (turn) turn.result = builder.emit("add", [step.turn, builder.scalar(1, "i32")]);
		paths.forEach((path, i) => {
			const carried = step.carried[i + 1];
			const value = traced(evaluator, fit.leaf(path));
			if (carried && value) carried.result = value.value;
		});
		const each = step.tracks.filter((t) => !t.node.every);
		const results = [
			...step.carried.map((c) => c.result),
			...step.recorded.map((r) => r.value),
			...each.map((t) => t.value),
			...(ends ? [ends] : []),
			...evaluator.checks.flatMap((c) => [c.least, c.most]),
		];
		const built = builder.build("step", results);
		const data = [...evaluator.lifted].filter(([, v]) => built.equations.some((e) => e.inputs.includes(v)));
		const parameters = [...step.carried.map((c) => c.parameter), ...orders, ...data.map(([, v]) => v)];
		const program: Func = simplify({ ...built, parameters });
		const executable = fit.run.machine.backend.compile(program, step.carried.length);
		step.carried.forEach((c, i) => {
			executable.write(i, c.start);
		});
		const firstData = step.carried.length + orders.length;
		data.forEach(([value], i) => {
			executable.write(firstData + i, value);
		});
		const starts = step.carried.map((c) => c.start);
		const states = [...step.carried.map((c) => c.parameter), ...orders];
		const observer = this.observer(step, states);
		const checked = 2 * evaluator.checks.length;
		const perStep = each.reduce((sum, t) => sum + sizeOf(t.value.type.shape), 1 + checked);
		return {
			executable,
			starts,
			paths,
			recorded: step.recorded,
			tracks: step.tracks,
			mostPerCall: Math.max(1, Math.floor(elementsPerCall / perStep)),
			...(ends && { ends: step.recorded.length + each.length }),
			checks: { list: evaluator.checks, from: step.recorded.length + each.length + (ends ? 1 : 0) },
			...(observer && { observer }),
			orders: orders.map((_, i) => step.carried.length + i),
		};
	}

	/** The same turn, for the tracks that are taken now and then: what only training needs is not computed. */
	private observer(step: StepBuilder, states: readonly IrValue[]): Observer | undefined {
		const tracks = step.tracks.filter((t) => t.node.every);
		if (tracks.length === 0) return undefined;
		const { evaluator, fit } = step;
		const built = removeDead(
			evaluator.builder.build("track", [
				...tracks.map((t) => t.value),
				...tracks.flatMap((t) => t.checks ?? []).flatMap((c) => [c.least, c.most]),
			]),
		);
		const used = new Set([...built.equations.flatMap((e) => e.inputs), ...built.results]);
		const data = [...evaluator.lifted].filter(([, v]) => used.has(v));
		const needed = [...states.keys()].filter((i) => used.has(states[i] as IrValue));
		const parameters = [...needed.map((i) => states[i] as IrValue), ...data.map(([, v]) => v)];
		const executable = fit.run.machine.backend.compile(simplify({ ...built, parameters }), 0);
		data.forEach(([value], i) => {
			executable.write(needed.length + i, value);
		});
		return { executable, tracks, states: needed };
	}
}

/** `stalls(.accuracy, 5)`. */
export function isStalls(node: ast.Expression): node is ast.Call {
	return node.kind === "Call" && node.callee.kind === "Name" && node.callee.name === "stalls";
}

/** The turns of a loop over a range or a size. */
export function rangeOf(value: Value): { readonly from: number; readonly to: number } | undefined {
	if (value.kind === "range") return value;
	return value.kind === "number" ? { from: 0, to: value.value } : undefined;
}

/** Whether its turns have a loss. */
export function holdsStep(node: ast.Statement): boolean {
	if (node.kind === "Minimize") return true;
	if (node.kind === "Loop") return node.body.statements.some(holdsStep);
	return branchStatements(node).some(holdsStep);
}
