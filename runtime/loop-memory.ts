import { ElaborationError } from "../compiler/elaborate/evaluator.js";
import type { TensorData } from "../compiler/ir/ir.js";
import type { FitRun } from "./fit.js";
import { keyOf, loopParts } from "./store/loop-parts.js";
import { differences, type LoopParts, type LoopRecord, vector } from "./store/loop-record.js";
import type { RunStore } from "./store/run-store.js";
import type { TracedLoop } from "./trace-loop.js";
import type { TrackHistory } from "./tracks.js";

/** How far a loop has come. */
export interface LoopProgress {
	readonly done: number;
	/** All that is carried. */
	readonly states: readonly TensorData[];
	readonly losses: readonly number[];
	/** What constraints tell at each step, by their places among the terms. */
	readonly measures: ReadonlyMap<number, readonly number[]>;
	readonly tracks: readonly TrackHistory[];
	/** The terms of the last step, in the order of the loop. */
	readonly last: readonly number[];
	/** Whether the `until` of the loop held. */
	readonly converged: boolean;
	/** How long it has run, also before it was stopped. */
	readonly seconds: number;
	readonly diverged?: { readonly term: number; readonly reason: string };
}

const mostNamed = 4;

/** What is on disk of one loop of a fit: its result, if an equal loop was run before, or where it was stopped. */
export class LoopMemory {
	private readonly parts: LoopParts;
	private readonly key: string;
	/** Whether the checkpoint of the program is this loop's. */
	private hasCheckpoint = false;
	private savedAt = performance.now();

	constructor(
		private readonly store: RunStore,
		private readonly fit: FitRun,
		private readonly loop: number,
		private readonly program: TracedLoop,
		rules: unknown,
		/** A loop that ends by the clock is another each time: its result is not kept. */
		private readonly isRepeatable: boolean,
	) {
		this.parts = loopParts(program, fit.run.machine.backend.name, rules);
		this.key = keyOf(this.parts);
	}

	kept(): LoopRecord | undefined {
		if (!this.isRepeatable) return undefined;
		const record = this.store.kept(this.key);
		if (!record || !this.program.names.every((name) => record.states.has(name))) return undefined;
		if (this.store.stopped?.key === this.key) {
			this.store.stopped = undefined;
			this.store.dropCheckpoint();
		}
		return record;
	}

	/** Where this loop was stopped. Throws where another loop was stopped at its place in the program. */
	unfinished(): LoopRecord | undefined {
		const record = this.store.stopped;
		if (!record) return undefined;
		if (record.key === this.key) {
			this.hasCheckpoint = true;
			this.store.stopped = undefined;
			return record;
		}
		if (record.fit !== this.fit.label || record.loop !== this.loop || record.run !== this.fit.id)
			return undefined;
		const found = differences(record.parts, this.parts);
		const rest = found.length - mostNamed;
		const named = [...found.slice(0, mostNamed), ...(rest > 0 ? [`${rest} more`] : [])];
		throw new ElaborationError(
			"E0610",
			`the checkpoint is of another program: ${named.join(", ")}`,
			this.fit.at,
			"run without `--resume` to begin anew, or go back to the program that was stopped",
		);
	}

	get isDue(): boolean {
		return performance.now() - this.savedAt > this.store.checkpointSeconds * 1000;
	}

	/** Whether the checkpoint was written. */
	save(progress: LoopProgress): boolean {
		this.savedAt = performance.now();
		const isSaved = this.store.saveCheckpoint(this.record(progress));
		this.hasCheckpoint ||= isSaved;
		this.fit.run.tellStore();
		return isSaved;
	}

	/** The loop has ended. Returns whether it took long enough to be kept. */
	keep(progress: LoopProgress, seconds: number): boolean {
		const wasStopped = this.hasCheckpoint;
		const isLong = wasStopped || seconds >= this.store.leastSeconds;
		if (isLong && this.isRepeatable) this.store.keep(this.record(progress));
		if (wasStopped) this.store.dropCheckpoint();
		this.fit.run.tellStore();
		return isLong;
	}

	private record(progress: LoopProgress): LoopRecord {
		const { states, losses, measures, tracks, last, done, converged, seconds, diverged } = progress;
		return {
			key: this.key,
			parts: this.parts,
			fit: this.fit.label,
			run: this.fit.id,
			loop: this.loop,
			done,
			converged,
			...(!this.isRepeatable && { seconds }),
			states: new Map(this.program.names.flatMap((name, i) => (states[i] ? [[name, states[i]]] : []))),
			losses: Float64Array.from(losses),
			measures: new Map([...measures].map(([k, values]) => [String(k), vector(Float64Array.from(values))])),
			tracks: new Map(tracks.map((t) => [t.track.name, t.values()])),
			last: Float64Array.from(last),
			...(diverged && { diverged }),
		};
	}
}
