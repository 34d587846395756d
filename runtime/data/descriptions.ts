import { statSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { DataDescription, DataRequest } from "../../compiler/program/module.js";
import type { Answer } from "./attempt.js";

/** What a data file holds, and its digest. */
export interface Described {
	readonly answer: Answer<DataDescription>;
	readonly digest?: string;
}

/** Files up to this size are read at once, in some 50 ms: a thread would not answer much earlier. */
const readAtOnce = 1_000_000;

/** Whether all of the file has to be read to know what it holds, and that is much. */
export function isLong({ format, path, label, labels }: DataRequest): boolean {
	if (format === "npy" || (format === "safetensors" && label === undefined)) return false;
	try {
		return [path, labels].some((file) => file !== undefined && statSync(file).size > readAtOnce);
	} catch {
		return false;
	}
}

interface Task {
	/** Which state of the file is read. */
	readonly stamp: string;
	readonly worker: Worker;
	readonly done: Promise<void>;
}

/** Data files that threads read, so that whoever asks may do something else by then. */
export class Descriptions {
	private readonly tasks = new Map<string, Task>();
	/** Those that were asked for since someone waited last. */
	private asked = new Set<string>();

	/** Has the file read, unless that is under way; `told` is given what it holds. */
	ask(key: string, stamp: string, request: DataRequest, told: (described: Described) => void): void {
		this.asked.add(key);
		const known = this.tasks.get(key);
		if (known?.stamp === stamp) return;
		void known?.worker.terminate();
		const worker = new Worker(new URL("./describe-worker.js", import.meta.url), {
			workerData: request,
			resourceLimits: { maxOldGenerationSizeMb: 4096 },
		});
		const done = new Promise<void>((resolve) => {
			const end = (described: Described | undefined): void => {
				if (this.tasks.get(key)?.worker === worker) {
					this.tasks.delete(key);
					if (described) told(described);
				}
				resolve();
			};
			worker.once("message", end);
			worker.once("error", (error) =>
				end({
					answer: { problem: { code: "E0516", message: `a data file cannot be read: ${error.message}` } },
				}),
			);
			worker.once("exit", () => end(undefined));
		});
		worker.unref();
		this.tasks.set(key, { stamp, worker, done });
	}

	/** Resolves when what was asked for since the last time is known; undefined where nothing is awaited. */
	awaited(): Promise<unknown> | undefined {
		const tasks = [...this.asked].flatMap((key) => this.tasks.get(key) ?? []);
		this.asked = new Set();
		return tasks.length > 0 ? Promise.all(tasks.map((task) => task.done)) : undefined;
	}

	close(): void {
		for (const { worker } of this.tasks.values()) void worker.terminate();
		this.tasks.clear();
	}
}
