import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import { evaluateProgram } from "../support/evaluate.js";
import { fixturePath } from "../support/snapshot.js";

const files = { "diabetes.csv": readFileSync("examples/bilevel/diabetes.csv") };

describe("problems within problems", () => {
	it("target program 9 runs: the decays lower the error on the rows held out", () => {
		const text = readFileSync(fixturePath("targets", "09-decay-per-feature.ansatz"), "utf8");
		const run = evaluateProgram(text, { backend: wasmBackend, files });
		const losses = run.numbers("decay.run.history.loss");
		assert.equal(losses.length, 100);
		assert.ok((losses[99] as number) < 0.97 * (losses[0] as number));
		assert.ok(losses.every((loss, k) => k === 0 || loss <= 1.001 * (losses[k - 1] as number)));
	});
});
