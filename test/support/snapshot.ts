import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Fixtures stand in the repository, not beside the compiled tests. */
export function fixturePath(...parts: string[]): string {
	return join(process.cwd(), "test", "fixtures", ...parts);
}

/** The files of a folder of fixtures with an ending, by name. */
export function fixtures(folder: string, ending = ".ansatz"): { name: string; path: string; text: string }[] {
	return readdirSync(fixturePath(folder))
		.filter((file) => file.endsWith(ending))
		.sort()
		.map((file) => {
			const path = fixturePath(folder, file);
			return { name: file.slice(0, -ending.length), path, text: readFileSync(path, "utf8") };
		});
}

/** Compares with the file; `UPDATE=1` rewrites it. */
export function matchSnapshot(path: string, actual: string): void {
	const text = actual.endsWith("\n") ? actual : `${actual}\n`;
	if (process.env.UPDATE === "1") {
		writeFileSync(path, text);
		return;
	}
	assert.ok(existsSync(path), `no snapshot ${path}: run with UPDATE=1`);
	assert.equal(text, readFileSync(path, "utf8"));
}
