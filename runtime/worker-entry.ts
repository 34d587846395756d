import { parentPort, workerData } from "node:worker_threads";
import { interpreterBackend } from "../compiler/backends/interpreter.js";
import { wasmBackend } from "../compiler/backends/wasm/index.js";
import { openProgram } from "./open.js";
import { runProgram } from "./run.js";
import { RunStore } from "./store/run-store.js";
import type { RunOptions } from "./worker.js";

/** The thread that a program runs in. */
const { options, flag } = workerData as { options: RunOptions; flag: SharedArrayBuffer };
const stop = new Int32Array(flag);
const emit = (event: unknown): void => parentPort?.postMessage(event);

const opened = openProgram(options.file, options.text);
const errors = opened.program?.diagnostics.filter((d) => d.severity === "error") ?? opened.diagnostics;
const told = errors.length > 0 || options.warnings ? opened.diagnostics : [];
for (const diagnostic of told) emit({ kind: "problem", diagnostic });
if (!opened.program || errors.length > 0) {
	emit({ kind: "finished", exitCode: 2, passed: 0, failed: 0, seconds: 0 });
} else {
	runProgram({
		program: opened.program,
		host: opened.host,
		backend: options.backend === "interpreter" ? interpreterBackend : wasmBackend,
		seed: options.seed ?? 0,
		emit,
		...(options.keep && { store: new RunStore(options.file, options.keep) }),
		histories: options.histories === true,
		stopRequested: () => Atomics.load(stop, 0) !== 0,
	});
}
