import { evaluate } from "../compiler/elaborate/expressions/evaluate.js";
import type { Value } from "../compiler/elaborate/values.js";
import type { TensorData } from "../compiler/ir/ir.js";
import type { Location } from "../compiler/source/diagnostic.js";
import type * as ast from "../grammar/ast.js";
import { requireInside } from "./compute.js";
import type { Measured } from "./constraints/fit-constraints.js";
import type { FitRun, LoopOutcome } from "./fit.js";
import { formatNumber } from "./format.js";
import { type Batch, type LoopExtent, loopExtent, timeLimit } from "./loop-length.js";
import { LoopMemory, type LoopProgress } from "./loop-memory.js";
import type { Recorded } from "./step.js";
import type { LoopRecord } from "./store/loop-record.js";
import { type TracedLoop, type TracedTrack, traceLoop } from "./trace-loop.js";
import { observe, Stops, stepsUntilNext, TrackHistory } from "./tracks.js";
import { holdsStep, watchedTracks } from "./turn.js";

/** How long one call of the backend may take: between calls, progress is shown and a stop is heard. */
const millisecondsPerCall = 60;

/** How much of a loop is at most run again, to stop at the step that diverged. */
const millisecondsPerCheckpoint = 1000;

/** One loop of a fit: its turn is compiled to one function, and the backend runs many turns in one call. */
export class LoopRunner {
	readonly steps: number;
	private readonly extent: LoopExtent;
	/** How long it may take. */
	private readonly seconds: number;

	constructor(
		private readonly fit: FitRun,
		private readonly node: ast.Loop,
		/** Which of the fit's loops it is, from 0. */
		private readonly number: number,
	) {
		const place = {
			look: (e: ast.Expression) => this.look(e),
			locate: (n: { readonly span: ast.Loop["span"] }) => fit.environment.locate(n),
		};
		this.extent = loopExtent(node, place);
		this.seconds = timeLimit(node, place);
		this.steps = this.extent.turns;
	}

	private look(node: ast.Expression): Value {
		return this.fit.peek((e) => e.at(`loop ${this.number}`, () => evaluate(e, this.fit.environment, node)));
	}

	/** How many steps it makes; one that may end early has none for certain. */
	get certainSteps(): number {
		return this.node.clauses.some((c) => c.word === "until") ? 0 : this.steps;
	}

	private get endsByTime(): boolean {
		return Number.isFinite(this.seconds);
	}

	/** Whether each step has a loss. */
	get hasLoss(): boolean {
		return this.node.body.statements.some(holdsStep);
	}

	/** What is recorded of a loop that does not run, as the fit diverged before. Gives the names of its terms. */
	skip(): readonly string[] {
		const program = this.trace();
		this.fit.endTracks(this.newTracks(program), { steps: this.certainSteps });
		return [...recordAt(program.recorded, []).terms.keys()];
	}

	run(): LoopOutcome {
		const program = this.trace();
		const tracks = this.newTracks(program);
		const watched = watchedTracks(this.node, (e) => this.look(e));
		const { store } = this.fit.run.settings;
		const rules = {
			steps: this.steps,
			tracks: tracks.map((t) => [t.track.name, t.interval, t.track.node.every !== undefined]),
			watched: [...watched],
			streams: this.extent.streams.map((s) => s.stepsPerEpoch),
			loss: this.hasLoss,
		};
		const memory = store && new LoopMemory(store, this.fit, this.number, program, rules, !this.endsByTime);
		const kept = memory?.kept();
		const { outcome, states } = kept
			? this.reuse(program, tracks, kept)
			: this.runSteps(program, tracks, watched, memory);
		const values = new Map<string, Value>();
		for (const [i, path] of program.paths.entries()) {
			const data = states[i + 1];
			if (data) values.set(path, { kind: "tensor", data });
		}
		this.fit.replace(values);
		if (this.hasLoss) this.fit.constraints.restoreBest();
		return outcome;
	}

	private newTracks(program: TracedLoop): TrackHistory[] {
		return program.tracks.map((t) => new TrackHistory(t, this.interval(t)));
	}

	/** An equal loop ran before. */
	private reuse(program: TracedLoop, tracks: readonly TrackHistory[], record: LoopRecord): Ended {
		const { fit } = this;
		this.restore(program, tracks, record);
		fit.loopsOf.kept++;
		const { diverged } = record;
		fit.endTracks(tracks, diverged ? { steps: this.certainSteps } : undefined);
		const last = recordAt(program.recorded, [...record.last]);
		const at = diverged && program.recorded[diverged.term]?.at;
		return {
			states: program.names.flatMap((name) => record.states.get(name) ?? []),
			outcome: {
				steps: record.done,
				loss: last.loss,
				terms: last.terms,
				stopped: false,
				converged: record.converged === true,
				...(diverged && at && { diverged: { reason: diverged.reason, at } }),
			},
		};
	}

	private restore(program: TracedLoop, tracks: readonly TrackHistory[], record: LoopRecord): void {
		for (const history of tracks) {
			const values = record.tracks.get(history.track.name);
			if (values) history.restore(values);
		}
		this.tellConstraints(program, record.done, (k, step) => {
			const value = record.measures.get(String(k))?.data[step];
			// What a condition left out is kept as nan.
			const isLeftOut = program.made[k] !== undefined && Number.isNaN(value);
			return isLeftOut ? undefined : value;
		});
		for (const loss of record.losses) this.fit.history.push(loss);
		this.fit.doneSteps += record.done;
	}

	private trace(): TracedLoop {
		return traceLoop(this.fit, this.node, this.extent);
	}

	/** In steps. */
	private interval({ node }: TracedTrack): number {
		const { every } = node;
		if (!every) return 1;
		const amount = every.amount && this.look(every.amount);
		const times = amount?.kind === "number" ? amount.value : 1;
		return every.unit.name.startsWith("epoch") ? times * this.extent.stepsPerEpoch : times;
	}

	// ---------------------------------------------------------------- running it

	private runSteps(
		program: TracedLoop,
		tracks: readonly TrackHistory[],
		watched: ReadonlyMap<string, number>,
		memory: LoopMemory | undefined,
	): Ended {
		const { fit } = this;
		const file = fit.run.settings.program.program.root.path;
		const started = performance.now();
		const stops = new Stops(program, tracks, watched);
		const before = fit.history.length;
		const resumed = memory?.unfinished();
		const spent = (): number => (resumed?.seconds ?? 0) + (performance.now() - started) / 1000;
		let done = resumed?.done ?? 0;
		let last: readonly number[] = resumed ? [...resumed.last] : program.recorded.map(() => Number.NaN);
		if (resumed) {
			this.restore(program, tracks, resumed);
			fit.notes.push(`went on from step ${done}`);
			program.names.forEach((name, i) => {
				const state = resumed.states.get(name);
				if (state) program.executable.write(i, state);
			});
		}
		const measures = new Map(
			[...program.recorded.keys()]
				.filter((k) => program.recorded[k]?.constraint)
				.map((k): [number, number[]] => [k, [...(resumed?.measures.get(String(k))?.data ?? [])]]),
		);
		let again = resumed !== undefined;
		let perCall = 1;
		let reported = Number.NEGATIVE_INFINITY;
		let checkpoint: Checkpoint = {
			done,
			states: resumed ? statesOf(program) : program.starts,
			time: started,
		};
		const progress = (diverged?: NotFinite, converged = false): LoopProgress => ({
			done,
			states: statesOf(program),
			losses: fit.history.slice(before),
			measures,
			tracks,
			last,
			converged,
			seconds: spent(),
			...(diverged && { diverged: { term: diverged.term, reason: diverged.reason } }),
		});
		const ended = (more: Pick<LoopOutcome, "stopped" | "converged"> & { diverged?: NotFinite }): Ended => {
			const reached = progress(more.diverged, more.converged);
			const seconds = (performance.now() - started) / 1000;
			if (more.stopped || memory?.keep(reached, seconds)) fit.loopsOf.ran++;
			if (more.stopped && memory?.save(reached))
				fit.notes.push(`saved at step ${done}: go on with \`ansatz run ${file} --resume\``);
			fit.endTracks(tracks, more.diverged || more.stopped ? { steps: this.certainSteps } : undefined);
			const { loss, terms } = recordAt(program.recorded, last);
			return { states: reached.states, outcome: { steps: done, loss, terms, ...more } };
		};
		while (done < this.steps) {
			const room = this.writeEpochs(program, done, again);
			again = false;
			observe(program, tracks, done);
			const count = Math.min(
				perCall,
				room,
				this.steps - done,
				stepsUntilNext(tracks, done),
				this.stepsUntilMilestone(),
				program.mostPerCall,
			);
			const milestone = count === this.stepsUntilMilestone();
			const called = performance.now();
			const records = program.executable.run(count);
			const elapsed = performance.now() - called;
			const bad = firstNotFinite(program, records, count, done);
			const end = stops.first(records, bad ? bad.index + 1 : count);
			const kept = end ?? (bad ? bad.index + 1 : count);
			const checked = records.slice(program.checks.from);
			const made = (k: number, step: number): number | undefined => madeAt(program, records, k, step);
			for (let row = 0; row < kept; row++) requireInside(program.checks.list, checked, row);
			const loss = lastLoss(program, records, kept);
			last = last.map((before, k) =>
				program.recorded[k]?.name === "" ? (loss ?? before) : (lastMade(program, records, k, kept) ?? before),
			);
			done += kept;
			fit.doneSteps += kept;
			this.tellConstraints(program, kept, made);
			for (const [k, values] of measures)
				for (let step = 0; step < kept; step++) values.push(made(k, step) ?? Number.NaN);
			if (this.hasLoss) this.noteHistory(program, records, kept);
			const report = (): void =>
				this.report(
					recordAt(program.recorded, last),
					(done - (resumed?.done ?? 0)) / ((performance.now() - started) / 1000),
					this.seconds - spent(),
				);
			if (bad || end !== undefined) {
				if (kept < count) this.runAgain(program, checkpoint, done);
				report();
				const diverged = bad && kept === bad.index + 1 ? bad : undefined;
				return ended({ stopped: false, converged: !diverged, ...(diverged && { diverged }) });
			}
			const stopped = fit.run.settings.stopRequested();
			const now = performance.now();
			const isOver = spent() >= this.seconds && done < this.steps;
			if (now - reported > millisecondsPerCall || milestone || done === this.steps || stopped || isOver) {
				reported = now;
				report();
			}
			if (stopped && done < this.steps) return ended({ stopped: true, converged: false });
			if (isOver) {
				fit.notes.push(`its time was over after ${done} steps`);
				return ended({ stopped: false, converged: false });
			}
			if (memory?.isDue && done < this.steps) memory.save(progress());
			if (now - checkpoint.time > millisecondsPerCheckpoint)
				checkpoint = { done, states: statesOf(program), time: now };
			perCall = Math.max(
				1,
				Math.min(10_000, Math.round((count * millisecondsPerCall) / Math.max(0.05, elapsed))),
			);
		}
		return ended({ stopped: false, converged: false });
	}

	/** Progress is always told at tenths of the fit, so that a log of plain lines has the same steps in every run. */
	private stepsUntilMilestone(): number {
		const { doneSteps, totalSteps } = this.fit;
		if (totalSteps <= doneSteps) return Number.POSITIVE_INFINITY;
		const passed = Math.floor((doneSteps * 10) / totalSteps);
		return Math.ceil(((passed + 1) * totalSteps) / 10) - doneSteps;
	}

	/** Each epoch of a stream takes the rows in an order of its own. Returns how many steps there are until the next. */
	private writeEpochs(program: TracedLoop, done: number, again = false): number {
		const { streams } = this.extent;
		return Math.min(this.steps, ...streams.map((s, k) => this.writeEpoch(program, s, k, done, again)));
	}

	private writeEpoch(program: TracedLoop, stream: Batch, k: number, done: number, again: boolean): number {
		const order = program.orders[k];
		if (!order) return this.steps;
		const within = done % stream.stepsPerEpoch;
		if (within === 0 || again) {
			const epoch = Int32Array.of(Math.floor(done / stream.stepsPerEpoch));
			order.executable.write(0, { type: { element: "i32", shape: [] }, data: epoch });
			const [rows] = order.executable.run(1);
			const type = { element: "i32", shape: [stream.table.rows] } as const;
			if (rows) program.executable.write(order.parameter, { type, data: rows.data });
		}
		return stream.stepsPerEpoch - within;
	}

	/** The state right after a step that was run over, whatever the lengths of calls are. */
	private runAgain(program: TracedLoop, checkpoint: Checkpoint, steps: number): void {
		checkpoint.states.forEach((state, i) => {
			program.executable.write(i, state);
		});
		for (let done = checkpoint.done; done < steps; ) {
			const count = Math.min(this.writeEpochs(program, done, true), steps - done);
			program.executable.run(count);
			done += count;
		}
	}

	private tellConstraints(
		program: TracedLoop,
		count: number,
		at: (record: number, step: number) => number | undefined,
	): void {
		this.fit.constraints.noteSteps(count, this.hasLoss, (constraint, what, step) => {
			const k = program.recorded.findLastIndex(
				({ constraint: c }) => c?.constraint === constraint && c.what === what,
			);
			return at(k, step);
		});
	}

	private noteHistory(program: TracedLoop, records: readonly TensorData[], count: number): void {
		for (let i = 0; i < count; i++) this.fit.history.push(lossAt(program, records, i) ?? Number.NaN);
	}

	private report(record: StepRecord, stepsPerSecond: number, mostSeconds: number): void {
		const { fit } = this;
		fit.run.emit({
			kind: "progress",
			fit: fit.id,
			step: fit.doneSteps,
			steps: Math.max(fit.totalSteps, fit.doneSteps),
			loss: record.loss,
			terms: Object.fromEntries(record.terms),
			violations: Object.fromEntries(record.measured.violation),
			multipliers: Object.fromEntries(record.measured.multiplier),
			stepsPerSecond,
			secondsLeft: Math.min(
				Math.max(0, fit.totalSteps - fit.doneSteps) / stepsPerSecond,
				Math.max(0, mostSeconds),
			),
		});
	}
}

interface NotFinite {
	/** Of the step, within its call. */
	readonly index: number;
	/** Which of the terms. */
	readonly term: number;
	readonly reason: string;
	readonly at: Location;
}

interface Ended {
	readonly outcome: LoopOutcome;
	/** All that is carried. */
	readonly states: readonly TensorData[];
}

/** The carried state after so many steps. */
interface Checkpoint {
	readonly done: number;
	readonly states: readonly TensorData[];
	readonly time: number;
}

/** What a step recorded; undefined where a condition left it out. */
function madeAt(
	program: TracedLoop,
	records: readonly TensorData[],
	k: number,
	step: number,
): number | undefined {
	const made = program.made[k];
	return made === undefined || records[made]?.data[step] === 1 ? records[k]?.data[step] : undefined;
}

/** What the last of so many steps that made it recorded. */
function lastMade(
	program: TracedLoop,
	records: readonly TensorData[],
	k: number,
	steps: number,
): number | undefined {
	for (let step = steps - 1; step >= 0; step--) {
		const value = madeAt(program, records, k, step);
		if (value !== undefined) return value;
	}
	return undefined;
}

/** Of several steps in a turn, the loss of the last one that was made. */
function lossAt(program: TracedLoop, records: readonly TensorData[], step: number): number | undefined {
	for (let k = program.recorded.length - 1; k >= 0; k--) {
		const loss = program.recorded[k]?.name === "" ? madeAt(program, records, k, step) : undefined;
		if (loss !== undefined) return loss;
	}
	return undefined;
}

function lastLoss(program: TracedLoop, records: readonly TensorData[], steps: number): number | undefined {
	for (let step = steps - 1; step >= 0; step--) {
		const loss = lossAt(program, records, step);
		if (loss !== undefined) return loss;
	}
	return undefined;
}

function firstNotFinite(
	program: TracedLoop,
	records: readonly TensorData[],
	count: number,
	done: number,
): NotFinite | undefined {
	// Terms before the loss, which is their sum.
	const rank = (k: number): number => Number(program.recorded[k]?.name === "");
	const order = [...program.recorded.keys()].sort((a, b) => rank(a) - rank(b));
	const turnsOf = (k: number): readonly TensorData[] => {
		const from = program.recorded.slice(0, k).reduce((sum, r) => sum + r.turns.length, program.turnsFrom);
		return records.slice(from, from + (program.recorded[k]?.turns.length ?? 0));
	};
	for (let index = 0; index < count; index++) {
		for (const k of order) {
			const value = madeAt(program, records, k, index) ?? 0;
			const recorded = program.recorded[k];
			if (Number.isFinite(value) || !recorded) continue;
			const part = recorded.constraint ? `the ${recorded.constraint.what} of` : "the term";
			const what = recorded.name === "" ? "the loss" : `${part} \`${recorded.name}\``;
			const turns = turnsOf(k).map((row) => `, turn ${(row.data[index] ?? 0) + 1} of the loop inside`);
			return {
				index,
				term: k,
				reason: `${what} was ${formatNumber(value)} at step ${done + index + 1}${turns.join("")}`,
				at: recorded.at,
			};
		}
	}
	return undefined;
}

function statesOf(program: TracedLoop): TensorData[] {
	return program.starts.map((_, i) => program.executable.read(i));
}

interface StepRecord {
	readonly loss: number;
	readonly terms: ReadonlyMap<string, number>;
	/** What constraints tell. */
	readonly measured: Readonly<Record<Measured, ReadonlyMap<string, number>>>;
}

function recordAt(recorded: readonly Recorded[], values: readonly number[]): StepRecord {
	const terms = new Map<string, number>();
	const measured = { violation: new Map<string, number>(), multiplier: new Map<string, number>() };
	let loss = Number.NaN;
	recorded.forEach((r, k) => {
		const value = values[k] ?? Number.NaN;
		if (r.name === "") loss = value;
		else if (r.constraint) measured[r.constraint.what].set(r.name, value);
		else terms.set(r.name, value);
	});
	return { loss, terms, measured };
}
