import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { preludeFiles } from "../compiler/program/load.js";
import type { DataDescription, DataProblem, DataRequest, ProgramHost } from "../compiler/program/module.js";
import type { DataArray } from "./data/array.js";
import { type Answer, attempt } from "./data/attempt.js";
import { type Descriptions, isLong } from "./data/descriptions.js";
import { digestOf, type LockedData, type LockFile, lockName, readLock, requestKey } from "./data/lock.js";
import { describeArrays, readArrays } from "./data/read.js";
import { firstInvalidByte } from "./data/utf8.js";

/** The package's root: this file is `dist/runtime/node-host.js`. */
const packageRoot = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
/** The standard library, in Ansatz. */
export const libraryFolder = join(packageRoot, "stdlib");

interface Stamped<T> {
	readonly stamp: string;
	readonly answer: Answer<T>;
}

/** Files of the machine, as a program may see them: those in the folder of its root file, and below. */
export class NodeHost implements ProgramHost {
	private readonly root: string;
	/** By request: what was read, and of which state of the file. */
	private readonly tables = new Map<string, Stamped<readonly DataArray[]>>();
	private readonly described = new Map<string, Stamped<DataDescription>>();
	private readonly digests = new Map<string, string>();
	private readonly requests = new Map<string, DataRequest>();
	private lockFile: { readonly stamp: string; readonly lock: LockFile | undefined } | undefined;

	/** `open` gives texts that are newer than the files: what an editor holds. */
	constructor(
		rootFile: string,
		private readonly open: (path: string) => string | undefined = () => undefined,
		/** Large data files are read by threads, and are `pending` by then. */
		private readonly threads?: Descriptions,
	) {
		this.root = dirname(resolve(rootFile));
	}

	readSource(path: string): { readonly text: string } | { readonly problem: string } | undefined {
		const text = this.open(path);
		if (text !== undefined) return { text };
		const bytes = readBytes(path);
		if (!bytes) return undefined;
		const invalid = firstInvalidByte(bytes);
		if (invalid !== undefined) return { problem: `it is not UTF-8 (byte ${invalid})` };
		return { text: new TextDecoder().decode(bytes) };
	}

	readLibrary(name: string): string | undefined {
		if (!/^[a-z_]+$/.test(name)) return undefined;
		const bytes = readBytes(join(libraryFolder, `${name}.ansatz`));
		return bytes && new TextDecoder().decode(bytes);
	}

	libraryNames(): readonly string[] {
		return readdirSync(libraryFolder)
			.filter((f) => f.endsWith(".ansatz"))
			.map((f) => f.replace(/\.ansatz$/, ""))
			.filter((name) => !preludeFiles.includes(name));
	}

	resolve(from: string, path: string): string | undefined {
		const target = resolve(dirname(resolve(from)), path);
		if (!isInside(this.root, target)) return undefined;
		try {
			if (!isInside(realpathSync(this.root), realpathSync(target))) return undefined;
		} catch {
			// The file does not exist: reading it says so.
		}
		return relative(process.cwd(), target) || target;
	}

	describeData(
		request: DataRequest,
	): { readonly data: DataDescription } | { readonly problem: DataProblem } | { readonly pending: true } {
		const key = requestKey(this.root, request);
		this.requests.set(key, request);
		const locked = this.lock()?.data[key];
		const stamp = stampsOf(request);
		const unreadableLock = this.lockFile !== undefined && this.lockFile.lock === undefined;
		if (stamp === undefined) {
			if (locked) return { data: { arrays: locked.arrays, locked: true } };
			const hint = `${lockName}, which might tell of it, is no lock file`;
			return { problem: { ...missing(request), ...(unreadableLock && { hint }) } };
		}
		const known = this.described.get(key);
		if (known?.stamp !== stamp && this.threads && isLong(request)) {
			this.threads.ask(key, stamp, request, ({ answer, digest }) => {
				this.described.set(key, { stamp, answer });
				if (digest !== undefined) this.digests.set(digestKey(key, stamp), digest);
			});
			return { pending: true };
		}
		const answer =
			known?.stamp === stamp ? known.answer : attempt(() => ({ arrays: describeArrays(request) }));
		this.described.set(key, { stamp, answer });
		if ("problem" in answer) return answer;
		const changed = locked !== undefined && this.digest(request, stamp) !== locked.digest;
		return {
			data: {
				arrays: answer.ok.arrays,
				...(changed && { changed }),
				...(unreadableLock && { unreadableLock }),
			},
		};
	}

	/** Reads arrays, or takes them from memory where the file has not changed. */
	readData(request: DataRequest): { readonly ok: readonly DataArray[] } | { readonly problem: DataProblem } {
		const stamp = stampsOf(request);
		if (stamp === undefined) return { problem: missing(request) };
		const key = requestKey(this.root, request);
		const known = this.tables.get(key);
		if (known?.stamp === stamp) return known.answer;
		const checked = this.described.get(key)?.stamp;
		const answer = attempt(() => readArrays(request));
		// What was checked, and what other parts of the run read, must be what is read here.
		if ((checked !== undefined && checked !== stamp) || stampsOf(request) !== stamp)
			return { problem: changed(request) };
		this.tables.set(key, { stamp, answer });
		return answer;
	}

	/** What a lock file would hold of all that was asked for; what is missing keeps its entry. */
	lockData(): { readonly file: string; readonly lock: LockFile; readonly missing: readonly string[] } {
		const before = this.lock();
		const data: Record<string, LockedData> = {};
		const absent: string[] = [];
		for (const [key, request] of [...this.requests].sort(([a], [b]) => (a < b ? -1 : 1))) {
			const stamp = stampsOf(request);
			const known = stamp === undefined ? before?.data[key] : undefined;
			if (known) data[key] = known;
			if (stamp === undefined) absent.push(request.path);
			const described = this.describeData(request);
			if (stamp === undefined || !("data" in described)) continue;
			data[key] = { digest: this.digest(request, stamp), arrays: described.data.arrays };
		}
		const file = join(this.root, lockName);
		return { file: relative(process.cwd(), file) || file, lock: { version: 1, data }, missing: absent };
	}

	private lock(): LockFile | undefined {
		const path = join(this.root, lockName);
		const stamp = stampOf(path);
		if (stamp === undefined) {
			this.lockFile = undefined;
			return undefined;
		}
		if (this.lockFile?.stamp !== stamp) {
			const bytes = readBytes(path);
			this.lockFile = { stamp, lock: bytes && readLock(new TextDecoder().decode(bytes)) };
		}
		return this.lockFile.lock;
	}

	private digest(request: DataRequest, stamp: string): string {
		const key = digestKey(requestKey(this.root, request), stamp);
		const known = this.digests.get(key) ?? digestOf(request);
		this.digests.set(key, known);
		return known;
	}
}

function digestKey(key: string, stamp: string): string {
	return `${key}\n${stamp}`;
}

function filesOf({ path, labels }: DataRequest): string[] {
	return labels === undefined ? [path] : [path, labels];
}

function missing(request: DataRequest): DataProblem {
	const path = filesOf(request).find((file) => stampOf(file) === undefined) ?? request.path;
	return { code: "E0501", message: `there is no data file ${path}` };
}

function changed(request: DataRequest): DataProblem {
	return {
		code: "E0523",
		message: `${filesOf(request).join(" or ")} changed while the program was running`,
		hint: "run again when the file is complete: what was checked is not what would be read",
	};
}

function stampsOf(request: DataRequest): string | undefined {
	const stamps = filesOf(request).map(stampOf);
	return stamps.includes(undefined) ? undefined : stamps.join("\n");
}

function isInside(folder: string, path: string): boolean {
	return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function stampOf(path: string): string | undefined {
	try {
		const { mtimeMs, size } = statSync(path);
		return `${mtimeMs} ${size}`;
	} catch {
		return undefined;
	}
}

export function readBytes(path: string): Uint8Array | undefined {
	try {
		return readFileSync(path);
	} catch {
		return undefined;
	}
}
