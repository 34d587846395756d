import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Compares a text with the file that has what is expected; `UPDATE=1` rewrites the file. */
export function assertExpectedText(path: string, actual: string): void {
	if (process.env.UPDATE === "1") {
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, actual);
		return;
	}
	assert.ok(existsSync(path), `${path} is missing; UPDATE=1 writes it`);
	assert.equal(actual, readFileSync(path, "utf8"));
}
