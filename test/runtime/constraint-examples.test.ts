import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import { type Evaluated, evaluateProgram } from "../support/evaluate.js";

function run(name: string, files: readonly string[] = []): Evaluated {
	const folder = `examples/${name}`;
	return evaluateProgram(readFileSync(`${folder}/${name}.ansatz`, "utf8"), {
		backend: wasmBackend,
		files: Object.fromEntries(files.map((file) => [file, readFileSync(`${folder}/${file}`)])),
	});
}

describe("examples of constraints", () => {
	const examples: readonly (readonly [name: string, checks: number, files?: readonly string[]])[] = [
		["kkt", 8],
		["bounded-norm", 5, ["breast_cancer.csv"]],
		["rate-constraint", 3, ["breast_cancer.csv"]],
		["orthogonal-weights", 6],
		["orthogonal-rnn", 3],
	];
	for (const [name, count, files] of examples) {
		it(`${name}: its checks hold`, () => {
			const result = run(name, files);
			const checks = result.eventsOf("check");
			assert.deepEqual(
				checks.filter((c) => !c.passed).map((c) => [c.message ?? c.source, c.compared]),
				[],
			);
			assert.equal(checks.length, count);
			assert.equal(result.exitCode, 0);
		});
	}

	it("the report says how each constraint is held, and whether exactly", () => {
		const told = run("orthogonal-weights")
			.eventsOf("fit-finished")
			.flatMap((e) => e.violations.map((v) => [e.label, v.name, v.method, v.guarantee]));
		assert.deepEqual(told, [
			["retracted()", "net.q", "retraction", "exact"],
			["projected()", "net.q", "projection", "exact"],
		]);
	});
});
