import { Worker } from "node:worker_threads";
import type { RunEvent } from "./events.js";
import type { StoreOptions } from "./store/run-store.js";

export interface RunOptions {
	/** The program's file. */
	readonly file: string;
	/** The text to run instead of the file's, where an editor holds a newer one. */
	readonly text?: string;
	/** The seed of fits that are given none; 0 by default. */
	readonly seed?: number;
	readonly backend?: "wasm" | "interpreter";
	/** Whether warnings are told too, before the run; an editor shows them already. */
	readonly warnings?: boolean;
	/** Keeps finished runs and checkpoints in the folder `.ansatz` beside the file. */
	readonly keep?: Pick<StoreOptions, "resume" | "fresh" | "checkpointSeconds">;
	/** So many milliseconds a run that is asked to stop may go on with what it computes; 3000 by default. */
	readonly patience?: number;
	/** Whether the histories of fits are told in full. */
	readonly histories?: boolean;
}

export interface Run {
	/** Resolves with the last event's exit code; always after that event. */
	readonly finished: Promise<number>;
	/** Asks the run to stop after the steps that it is doing; where that takes long, or at a second call, it ends at once. */
	stop(): void;
}

/** Runs a program in a worker thread, so that the caller's thread stays free. Events come in order. */
export function startRun(options: RunOptions, onEvent: (event: RunEvent) => void): Run {
	const flag = new SharedArrayBuffer(4);
	const worker = new Worker(new URL("./worker-entry.js", import.meta.url), { workerData: { options, flag } });
	let stops = 0;
	const finished = new Promise<number>((resolve) => {
		let done = false;
		const finish = (exitCode: 0 | 1 | 2 | 130, event?: RunEvent): void => {
			if (done) return;
			done = true;
			onEvent(event ?? { kind: "finished", exitCode, passed: 0, failed: 0, seconds: 0 });
			resolve(exitCode);
			void worker.terminate();
		};
		worker.on("message", (event: RunEvent) => {
			if (event.kind === "finished") finish(event.exitCode, event);
			else onEvent(event);
		});
		worker.on("error", (error) => {
			onEvent({
				kind: "problem",
				diagnostic: {
					code: "E0699",
					severity: "error",
					message: `internal error: ${error instanceof Error ? error.message : String(error)}`,
					at: { file: options.file, start: 0, end: 0 },
					related: [],
					notes: ["this is a mistake in Ansatz, not in the program"],
					fixes: [],
				},
			});
			finish(2);
		});
		worker.on("exit", () => finish(stops > 0 ? 130 : 2));
	});
	return {
		finished,
		stop() {
			stops++;
			Atomics.store(new Int32Array(flag), 0, 1);
			if (stops > 1) void worker.terminate();
			else setTimeout(() => void worker.terminate(), options.patience ?? 3000).unref();
		},
	};
}
