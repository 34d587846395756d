import assert from "node:assert/strict";
import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import type { RunEvent } from "../../runtime/events.js";
import { openProgram } from "../../runtime/open.js";
import { runProgram } from "../../runtime/run.js";

/** Runs an example with its checks. */
function checksOf(file: string): { readonly failed: readonly string[]; readonly count: number } {
	const opened = openProgram(file);
	assert.deepEqual(opened.diagnostics, []);
	assert.ok(opened.program);
	const events: RunEvent[] = [];
	runProgram({
		program: opened.program,
		host: opened.host,
		backend: wasmBackend,
		seed: 0,
		emit: (event) => events.push(event),
		stopRequested: () => false,
	});
	const problems = events.flatMap((e) => (e.kind === "problem" ? [e.diagnostic.message] : []));
	assert.deepEqual(problems, []);
	const checks = events.flatMap((e) => (e.kind === "check" ? [e] : []));
	const failed = checks.filter((c) => !c.passed).map((c) => `${c.message ?? c.source}: ${c.compared ?? ""}`);
	return { failed, count: checks.length };
}

describe("examples", function () {
	this.timeout(120_000);

	for (const [name, count] of [
		["gan", 3],
		["alternating", 2],
		["ensemble", 5],
		["adapting", 9],
		["optimizers", 5],
		["claims", 3],
		["ridge-lasso", 15],
	] as const) {
		it(`${name}: its checks hold`, () => {
			assert.deepEqual(checksOf(`examples/${name}/${name}.ansatz`), { failed: [], count });
		});
	}
});
