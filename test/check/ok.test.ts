import assert from "node:assert/strict";
import { renderDiagnostics } from "../../cli/render.js";
import { plainPalette } from "../../cli/render-palette.js";
import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import type { CheckedProgram } from "../../compiler/check/check.js";
import type { RunEvent } from "../../runtime/events.js";
import { type Opened, openProgram } from "../../runtime/open.js";
import { runProgram } from "../../runtime/run.js";
import { showNames } from "../support/names.js";
import { fixturePath, fixtures, matchSnapshot } from "../support/snapshot.js";

function open(name: string): Opened & { readonly program: CheckedProgram } {
	const opened = openProgram(`test/fixtures/ok/${name}.ansatz`);
	assert.equal(renderDiagnostics(opened.diagnostics, opened.sources, { palette: plainPalette }), "");
	assert.ok(opened.program);
	return { ...opened, program: opened.program };
}

describe("programs without a mistake", () => {
	for (const { name } of fixtures("ok")) {
		it(`${name}: types`, () => {
			matchSnapshot(fixturePath("ok", `${name}.expected`), showNames(open(name).program));
		});

		it(`${name}: what is accepted can be computed`, () => {
			const { program, host } = open(name);
			const events: RunEvent[] = [];
			const exitCode = runProgram({
				program,
				host,
				backend: wasmBackend,
				seed: 0,
				emit: (event) => events.push(event),
				stopRequested: () => false,
			});
			const problems = events.flatMap((e) =>
				e.kind === "problem" ? [`${e.diagnostic.code} ${e.diagnostic.message}`] : [],
			);
			const failed = events.flatMap((e) =>
				e.kind === "check" && !e.passed ? [`${e.source}: ${e.compared ?? ""}`] : [],
			);
			assert.deepEqual({ exitCode, problems, failed }, { exitCode: 0, problems: [], failed: [] });
		});
	}
});
