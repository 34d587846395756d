import type { Executable } from "../compiler/backends/backend.js";
import { bindPattern, evaluate, evaluateLet } from "../compiler/elaborate/evaluate.js";
import { ElaborationError, Evaluator } from "../compiler/elaborate/evaluator.js";
import { castTo, traced } from "../compiler/elaborate/tensors.js";
import type { TableValue, TracedValue, Value } from "../compiler/elaborate/values.js";
import type { Func, Value as IrValue, TensorData } from "../compiler/ir/ir.js";
import type { Location } from "../compiler/source/diagnostic.js";
import { simplify } from "../compiler/transform/simplify.js";
import type * as ast from "../grammar/ast.js";
import { permutation } from "./data/permutation.js";
import type { FitRun, LoopOutcome } from "./fit.js";
import { formatNumber } from "./format.js";
import { minimizeStep } from "./minimize.js";
import { carryLeaf, type Recorded, type StepBuilder } from "./step.js";

/** How long one call of the backend may take: between calls, progress is shown and a stop is heard. */
const millisecondsPerCall = 60;

/** How much of a loop is at most run again, to stop at the step that diverged. */
const millisecondsPerCheckpoint = 1000;

/** One loop of a fit: its turn is compiled to one function, and the backend runs many turns in one call. */
export class LoopRunner {
	readonly steps: number;
	private readonly table: TableValue | undefined;
	private readonly rowsPerStep: number = 0;
	private readonly stepsPerEpoch: number;

	constructor(
		private readonly fit: FitRun,
		private readonly node: ast.Loop,
		private readonly number: number,
	) {
		const stream = this.stream();
		this.table = stream?.table;
		this.rowsPerStep = stream?.rows ?? 0;
		this.stepsPerEpoch = stream ? Math.max(1, Math.floor(stream.table.rows / stream.rows)) : 0;
		if (stream && stream.rows > stream.table.rows) {
			throw new ElaborationError(
				"E0511",
				`a batch of ${stream.rows} rows is larger than \`${stream.table.name}\`, which has ${stream.table.rows}`,
				fit.environment.locate(node.bindings[0] ?? node),
			);
		}
		this.steps = this.countSteps();
	}

	private stream(): (Value & { kind: "stream" }) | undefined {
		const source = this.node.bindings[0]?.source;
		const value = source && this.fit.peek((e) => evaluate(e, this.fit.environment, source));
		return value?.kind === "stream" ? value : undefined;
	}

	private countSteps(): number {
		const count = (node: ast.Expression | undefined): number | undefined => {
			const value = node && this.fit.peek((e) => evaluate(e, this.fit.environment, node));
			return value?.kind === "number" ? value.value : undefined;
		};
		const clause = (word: string) => count(this.node.clauses.find((c) => c.word === word)?.value);
		if (this.node.head === "repeat") return count(this.node.count) ?? 0;
		const epochs = clause("epochs");
		return epochs === undefined ? (clause("steps") ?? 0) : epochs * this.stepsPerEpoch;
	}

	run(): LoopOutcome {
		const program = this.trace();
		const { executable } = program;
		const outcome = this.runSteps(program);
		const values = new Map<string, Value>();
		for (const [i, path] of program.paths.entries()) {
			values.set(path, { kind: "tensor", data: executable.read(i + 1) });
		}
		this.fit.replace(values);
		return outcome;
	}

	// ---------------------------------------------------------------- building the step

	private trace(): TracedLoop {
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
			carried: [{ parameter: turn, start: { type: turn.type, data: Int32Array.of(0) }, result: turn }],
			recorded: [],
			optimizers: 0,
		};
		const before = fit.leaves(false);
		for (const leaf of before) carryLeaf(step, leaf);
		const order = this.bindBatch(step);
		for (const statement of this.node.body.statements) this.traceStatement(step, statement);
		const result = this.finishStep(
			step,
			before.map((l) => l.path),
			order,
		);
		fit.replace(new Map(before.map((l) => [l.path, l.value])));
		return result;
	}

	/** The rows of this turn: a window of the epoch's permutation. */
	private bindBatch(step: StepBuilder): IrValue | undefined {
		const { table, evaluator } = { table: this.table, evaluator: step.evaluator };
		const pattern = this.node.bindings[0]?.pattern;
		if (!table || !pattern || pattern.kind === "Rest") return undefined;
		const { builder } = evaluator;
		const order = builder.parameter({ element: "i32", shape: [table.rows] });
		const inEpoch = builder.emit("mod", [step.turn, builder.scalar(this.stepsPerEpoch, "i32")]);
		const start = builder.emit("mul", [inEpoch, builder.scalar(this.rowsPerStep, "i32")]);
		const rows = builder.emit("dynamic_slice", [order, start], { axis: 0, size: this.rowsPerStep });
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

	private traceStatement(step: StepBuilder, node: ast.Statement): void {
		const { evaluator, environment } = step;
		switch (node.kind) {
			case "Let":
				evaluateLet(evaluator, environment, node);
				return;
			case "Minimize":
				minimizeStep(step, node);
				return;
			case "Assign":
				this.traceAssign(step, node);
				return;
			case "IfStatement": {
				const condition = evaluate(evaluator, environment, node.condition);
				const taken = condition.kind === "bool" && condition.value ? node.then : node.else;
				if (taken?.kind === "IfStatement") this.traceStatement(step, taken);
				else for (const statement of taken?.statements ?? []) this.traceStatement(step, statement);
				return;
			}
			default:
				return;
		}
	}

	/** `state <- value` takes effect at once, detached. */
	private traceAssign(step: StepBuilder, node: ast.Assign): void {
		const { evaluator, environment, fit } = step;
		if (node.place.kind !== "Name") return;
		const old = traced(evaluator, fit.leaf(node.place.name));
		const { name } = node.place;
		const value = traced(
			evaluator,
			evaluator.at(name, () => evaluate(evaluator, environment, node.value)),
			old?.value.type.element,
		);
		if (!old || !value) throw new ElaborationError("E0601", "this is no tensor", environment.locate(node));
		const cast = castTo(evaluator, value, old.value.type.element);
		const detached = { ...cast, value: evaluator.builder.emit("stop_gradient", [cast.value]) };
		fit.replace(new Map([[node.place.name, detached]]));
	}

	private finishStep(step: StepBuilder, paths: readonly string[], order: IrValue | undefined): TracedLoop {
		const { evaluator, fit } = step;
		const { builder } = evaluator;
		const [turn] = step.carried;
		if (turn) turn.result = builder.emit("add", [step.turn, builder.scalar(1, "i32")]);
		paths.forEach((path, i) => {
			const carried = step.carried[i + 1];
			const value = traced(evaluator, fit.leaf(path));
			if (carried && value) carried.result = value.value;
		});
		const results = [...step.carried.map((c) => c.result), ...step.recorded.map((r) => r.value)];
		const built = builder.build("step", results);
		const data = [...evaluator.lifted].filter(([, v]) => built.equations.some((e) => e.inputs.includes(v)));
		const parameters = [
			...step.carried.map((c) => c.parameter),
			...(order ? [order] : []),
			...data.map(([, v]) => v),
		];
		const program: Func = simplify({ ...built, parameters });
		const executable = fit.run.machine.backend.compile(program, step.carried.length);
		step.carried.forEach((c, i) => {
			executable.write(i, c.start);
		});
		const firstData = step.carried.length + (order ? 1 : 0);
		data.forEach(([value], i) => {
			executable.write(firstData + i, value);
		});
		const starts = step.carried.map((c) => c.start);
		return {
			executable,
			starts,
			paths,
			recorded: step.recorded,
			...(order && { order: step.carried.length }),
		};
	}

	// ---------------------------------------------------------------- running it

	private runSteps(program: TracedLoop): LoopOutcome {
		const { fit } = this;
		const started = performance.now();
		let done = 0;
		let perCall = 1;
		let reported = Number.NEGATIVE_INFINITY;
		let last: StepRecord = { loss: Number.NaN, terms: new Map() };
		let checkpoint: Checkpoint = { done: 0, states: program.starts, time: started };
		while (done < this.steps) {
			const room = this.writeEpoch(program, done);
			const count = Math.min(perCall, room, this.steps - done);
			const before = performance.now();
			const records = program.executable.run(count);
			const elapsed = performance.now() - before;
			const bad = this.firstNotFinite(program, records, count, done);
			const kept = bad ? bad.index + 1 : count;
			last = recordAt(program.recorded, records, kept - 1);
			done += kept;
			fit.doneSteps += kept;
			this.noteHistory(program, records, kept);
			if (bad) {
				if (kept < count) this.runAgain(program, checkpoint, done);
				this.report(last, done / ((performance.now() - started) / 1000));
				return { steps: done, loss: last.loss, terms: last.terms, diverged: bad, stopped: false };
			}
			const stopped = fit.run.settings.stopRequested();
			const now = performance.now();
			if (now - reported > millisecondsPerCall || done === this.steps || stopped) {
				reported = now;
				this.report(last, done / ((now - started) / 1000));
			}
			if (stopped) return { steps: done, loss: last.loss, terms: last.terms, stopped: true };
			if (now - checkpoint.time > millisecondsPerCheckpoint)
				checkpoint = { done, states: statesOf(program), time: now };
			perCall = Math.max(
				1,
				Math.min(10_000, Math.round((count * millisecondsPerCall) / Math.max(0.05, elapsed))),
			);
		}
		return { steps: done, loss: last.loss, terms: last.terms, stopped: false };
	}

	/** Each epoch takes the rows in an order of its own. Returns how many steps there are until the next epoch. */
	private writeEpoch(program: TracedLoop, done: number, again = false): number {
		if (program.order === undefined || !this.table) return this.steps;
		const within = done % this.stepsPerEpoch;
		if (within === 0 || again) {
			const epoch = Math.floor(done / this.stepsPerEpoch);
			const { seed, path } = this.fit.draws;
			const rows = permutation(this.table.rows, seed, [
				...path,
				`loop ${this.number}`,
				"epoch",
				String(epoch),
			]);
			program.executable.write(program.order, {
				type: { element: "i32", shape: [this.table.rows] },
				data: rows,
			});
		}
		return this.stepsPerEpoch - within;
	}

	/** The state right after a step that was run over, whatever the lengths of calls are. */
	private runAgain(program: TracedLoop, checkpoint: Checkpoint, steps: number): void {
		checkpoint.states.forEach((state, i) => {
			program.executable.write(i, state);
		});
		for (let done = checkpoint.done; done < steps; ) {
			const count = Math.min(this.writeEpoch(program, done, true), steps - done);
			program.executable.run(count);
			done += count;
		}
	}

	private noteHistory(program: TracedLoop, records: readonly TensorData[], count: number): void {
		const loss = program.recorded.findLastIndex((r) => r.name === "");
		const row = records[loss];
		for (let i = 0; row && i < count; i++) this.fit.history.push(row.data[i] ?? Number.NaN);
	}

	private firstNotFinite(
		program: TracedLoop,
		records: readonly TensorData[],
		count: number,
		done: number,
	): NotFinite | undefined {
		// Terms before the loss, which is their sum.
		const rank = (k: number): number => Number(program.recorded[k]?.name === "");
		const order = [...program.recorded.keys()].sort((a, b) => rank(a) - rank(b));
		for (let index = 0; index < count; index++) {
			for (const k of order) {
				const value = records[k]?.data[index] ?? 0;
				const recorded = program.recorded[k];
				if (Number.isFinite(value) || !recorded) continue;
				const what = recorded.name === "" ? "the loss" : `the term \`${recorded.name}\``;
				return {
					index,
					reason: `${what} was ${formatNumber(value)} at step ${done + index + 1}`,
					at: recorded.at,
				};
			}
		}
		return undefined;
	}

	private report(record: StepRecord, stepsPerSecond: number): void {
		const { fit } = this;
		fit.run.emit({
			kind: "progress",
			fit: fit.id,
			step: fit.doneSteps,
			steps: Math.max(fit.totalSteps, fit.doneSteps),
			loss: record.loss,
			terms: Object.fromEntries(record.terms),
			stepsPerSecond,
			secondsLeft: Math.max(0, fit.totalSteps - fit.doneSteps) / stepsPerSecond,
		});
	}
}

interface NotFinite {
	/** Of the step, within its call. */
	readonly index: number;
	readonly reason: string;
	readonly at: Location;
}

/** The carried state after so many steps. */
interface Checkpoint {
	readonly done: number;
	readonly states: readonly TensorData[];
	readonly time: number;
}

function statesOf(program: TracedLoop): TensorData[] {
	return program.starts.map((_, i) => program.executable.read(i));
}

interface TracedLoop {
	readonly executable: Executable;
	/** Of all that is carried. */
	readonly starts: readonly TensorData[];
	/** Of the carried leaves, in the order of the parameters after the turn. */
	readonly paths: readonly string[];
	readonly recorded: readonly Recorded[];
	/** The parameter that holds the epoch's permutation. */
	readonly order?: number;
}

interface StepRecord {
	readonly loss: number;
	readonly terms: ReadonlyMap<string, number>;
}

function recordAt(recorded: readonly Recorded[], records: readonly TensorData[], step: number): StepRecord {
	const terms = new Map<string, number>();
	let loss = Number.NaN;
	recorded.forEach((r, k) => {
		const value = records[k]?.data[step] ?? Number.NaN;
		if (r.name === "") loss = value;
		else terms.set(r.name, value);
	});
	return { loss, terms };
}
