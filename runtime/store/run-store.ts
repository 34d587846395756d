import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readBytes } from "../node-host.js";
import { writeAtomically } from "./atomic.js";
import { fromFile, type LoopRecord, toFile } from "./loop-record.js";
import { decodeTensors, encodeTensors } from "./tensor-file.js";

/** How a program's runs are kept. */
export interface StoreOptions {
	/** Goes on from the checkpoint of the program. */
	readonly resume?: boolean;
	/** Uses nothing of what is kept, or of a checkpoint. */
	readonly fresh?: boolean;
	/** Between two checkpoints. */
	readonly checkpointSeconds?: number;
	/** What takes less time is computed again rather than kept. */
	readonly leastSeconds?: number;
	/** How a file is written; throws when it cannot be. */
	readonly write?: (path: string, bytes: Uint8Array) => void;
}

/** As much is kept on disk; the oldest goes first. */
const mostBytes = 2 ** 30;
const mostFiles = 2000;

/** The folder `.ansatz` beside a program: finished loops by their keys, and the one that was stopped. */
export class RunStore {
	readonly resume: boolean;
	readonly checkpointSeconds: number;
	readonly leastSeconds: number;
	/** Why something could not be written; told once. */
	problem: string | undefined;
	/** The loop that was stopped, until it goes on. */
	stopped: LoopRecord | undefined;
	private readonly fresh: boolean;
	private readonly folder: string;
	private readonly checkpointFile: string;
	private readonly write: (path: string, bytes: Uint8Array) => void;

	constructor(program: string, options: StoreOptions = {}) {
		this.folder = join(dirname(program), ".ansatz");
		this.checkpointFile = join(this.folder, `${basename(program, ".ansatz")}.checkpoint.safetensors`);
		this.resume = options.resume === true;
		this.fresh = options.fresh === true;
		this.checkpointSeconds = options.checkpointSeconds ?? 30;
		this.leastSeconds = options.leastSeconds ?? 0.02;
		this.write = options.write ?? writeAtomically;
	}

	/** A finished loop; undefined also where its file is damaged: then it runs again. */
	kept(key: string): LoopRecord | undefined {
		if (this.fresh) return undefined;
		const record = read(this.keptFile(key));
		return record && !("problem" in record) && record.key === key ? record : undefined;
	}

	keep(record: LoopRecord): void {
		this.attempt(this.keptFile(record.key), record);
		this.prune();
	}

	/** Reads the checkpoint to go on from. Returns why it cannot be used; undefined where it can. */
	open(): string | undefined {
		const record = read(this.checkpointFile);
		if (!record) return `there is no checkpoint ${this.checkpointFile}`;
		if ("problem" in record) return record.problem;
		this.stopped = record;
		return undefined;
	}

	get hasCheckpoint(): boolean {
		return readBytes(this.checkpointFile) !== undefined;
	}

	/** Whether it was written; if not, the old checkpoint is as it was. */
	saveCheckpoint(record: LoopRecord): boolean {
		return this.attempt(this.checkpointFile, record);
	}

	/** After a loop has ended, if the checkpoint is of that. */
	dropCheckpoint(): void {
		rmSync(this.checkpointFile, { force: true });
	}

	private keptFile(key: string): string {
		return join(this.folder, "kept", `${key}.safetensors`);
	}

	private attempt(path: string, record: LoopRecord): boolean {
		try {
			mkdirSync(dirname(path), { recursive: true });
			// What is kept is no source: version control leaves it out.
			if (readBytes(join(this.folder, ".gitignore")) === undefined)
				writeFileSync(join(this.folder, ".gitignore"), "*\n");
			this.write(path, encodeTensors(toFile(record)));
			return true;
		} catch (error) {
			if (!(error instanceof Error && "code" in error)) throw error;
			this.problem ??= `${path} cannot be written: ${error.message}`;
			return false;
		}
	}

	private prune(): void {
		const folder = join(this.folder, "kept");
		try {
			const files = readdirSync(folder).map((name) => {
				const path = join(folder, name);
				const { size, mtimeMs } = statSync(path);
				return { path, size, mtimeMs };
			});
			files.sort((a, b) => b.mtimeMs - a.mtimeMs);
			let bytes = 0;
			files.forEach(({ path, size }, i) => {
				bytes += size;
				if (i >= mostFiles || (i > 0 && bytes > mostBytes)) rmSync(path, { force: true });
			});
		} catch {
			// Another run may prune at the same time.
		}
	}
}

function read(path: string): LoopRecord | { readonly problem: string } | undefined {
	const bytes = readBytes(path);
	if (!bytes) return undefined;
	const file = decodeTensors(bytes);
	const record = "problem" in file ? file : fromFile(file);
	return "problem" in record ? { problem: `${path} cannot be used: ${record.problem}` } : record;
}
