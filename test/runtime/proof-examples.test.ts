import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import { evaluateProgram } from "../support/evaluate.js";

describe("examples of models, optimizers and claims", () => {
	const examples: readonly (readonly [name: string, data: string, checks: number])[] = [
		["adapting", "digits.csv", 9],
		["optimizers", "digits.csv", 5],
		["claims", "digits.csv", 3],
		["ridge-lasso", "diabetes.csv", 15],
	];
	for (const [name, data, count] of examples) {
		it(`${name}: its checks hold`, () => {
			const folder = `examples/${name}`;
			const run = evaluateProgram(readFileSync(`${folder}/${name}.ansatz`, "utf8"), {
				backend: wasmBackend,
				files: { [data]: readFileSync(`${folder}/${data}`) },
			});
			const checks = run.eventsOf("check");
			assert.deepEqual(
				checks.filter((c) => !c.passed).map((c) => [c.message ?? c.source, c.compared]),
				[],
			);
			assert.equal(checks.length, count);
			assert.equal(run.exitCode, 0);
		});
	}
});
