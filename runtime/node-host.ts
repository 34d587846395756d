import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { preludeFiles } from "../compiler/program/load.js";
import type { DataDescription, DataProblem, ProgramHost } from "../compiler/program/module.js";
import { readCsv, type Table } from "./data/csv.js";
import type { DataProblem as CsvProblem } from "./data/problem.js";
import { firstInvalidByte } from "./data/utf8.js";

/** The package's root: this file is `dist/runtime/node-host.js`. */
const packageRoot = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
/** The standard library, in Ansatz. */
export const libraryFolder = join(packageRoot, "stdlib");

/** Files of the machine, as a program may see them: those in the folder of its root file, and below. */
export class NodeHost implements ProgramHost {
	private readonly tables = new Map<string, { readonly stamp: string; readonly table: CsvAnswer }>();
	private readonly root: string;

	/** `open` gives texts that are newer than the files: what an editor holds. */
	constructor(
		rootFile: string,
		private readonly open: (path: string) => string | undefined = () => undefined,
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

	describeCsv(
		path: string,
		label: string | undefined,
	): { readonly data: DataDescription } | { readonly problem: DataProblem } {
		const answer = this.readTable(path, label);
		if ("problem" in answer) return answer;
		const { table } = answer;
		return {
			data: {
				rows: table.rows,
				features: table.featureNames.length,
				...(table.classes !== undefined && { classes: table.classes }),
				hasLabel: label !== undefined,
			},
		};
	}

	/** Reads a table, or takes it from memory where the file has not changed. */
	readTable(path: string, label: string | undefined): CsvAnswer {
		const stamp = stampOf(path);
		if (stamp === undefined) return { problem: { code: "E0501", message: `there is no data file ${path}` } };
		const key = label === undefined ? path : `${path}\n${label}`;
		const known = this.tables.get(key);
		if (known?.stamp === stamp) return known.table;
		const bytes = readBytes(path);
		if (!bytes) return { problem: { code: "E0501", message: `the data file ${path} cannot be read` } };
		const answer = readCsv(bytes, { file: path, ...(label !== undefined && { label }) });
		const table: CsvAnswer = "ok" in answer ? { table: answer.ok } : { problem: flat(answer.problem) };
		this.tables.set(key, { stamp, table });
		return table;
	}
}

export type CsvAnswer = { readonly table: Table } | { readonly problem: DataProblem };

function flat(problem: CsvProblem): DataProblem {
	const { code, message, at, hint } = problem;
	return { code, message, line: at.line, column: at.column, ...(hint !== undefined && { hint }) };
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
