import assert from "node:assert/strict";
import { posix } from "node:path";
import type { DataRequest, ProgramHost } from "../../compiler/program/module.js";
import { Analysis } from "../../lsp/analysis.js";
import { NodeHost } from "../../runtime/node-host.js";

/** Files in memory, with the real standard library and one data set: `flowers.csv`, 150 rows of 4 features. */
export class MemoryHost implements ProgramHost {
	private readonly library = new NodeHost("none.ansatz");

	constructor(private readonly files: ReadonlyMap<string, string>) {}

	readSource(path: string): { readonly text: string } | undefined {
		const text = this.files.get(path);
		return text === undefined ? undefined : { text };
	}

	readLibrary(name: string): string | undefined {
		return this.library.readLibrary(name);
	}

	libraryNames(): readonly string[] {
		return this.library.libraryNames();
	}

	resolve(from: string, path: string): string {
		return posix.join(posix.dirname(from), path);
	}

	describeData({ path }: DataRequest): ReturnType<ProgramHost["describeData"]> {
		if (posix.basename(path) === "flowers.csv") {
			return {
				data: {
					arrays: [
						{ name: "x", element: "real", shape: [150, 4] },
						{ name: "y", element: "int", shape: [150], below: 3 },
					],
				},
			};
		}
		return { problem: { code: "E0501", message: `there is no data file ${path}` } };
	}
}

export interface Fixture {
	readonly analysis: Analysis;
	readonly text: string;
	/** Where `$0` stood. */
	readonly offset: number;
	readonly files: ReadonlyMap<string, string>;
}

/** One text with a `$0` in it; lines `//- /path` begin files, of which the one with the cursor is analysed. */
export function fixture(source: string): Fixture {
	const files = new Map<string, string>();
	let main = "/main.ansatz";
	let offset = 0;
	const parts = source.startsWith("//- ") ? source.split(/^\/\/- /m).slice(1) : [`${main}\n${source}`];
	for (const part of parts) {
		const newline = part.indexOf("\n");
		const path = part.slice(0, newline).trim();
		const marked = part.slice(newline + 1);
		const cursor = marked.indexOf("$0");
		if (cursor >= 0) {
			main = path;
			offset = cursor;
		}
		files.set(path, marked.replace("$0", ""));
	}
	const text = files.get(main);
	assert.ok(text !== undefined, "the fixture has a file");
	return { analysis: Analysis.of(main, text, new MemoryHost(files)), text, offset, files };
}
