import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import { evaluateProgram } from "../support/evaluate.js";

describe("examples of constraints", () => {
	it("the report says how each constraint is held, and whether exactly", () => {
		const text = readFileSync("examples/orthogonal-weights/orthogonal-weights.ansatz", "utf8");
		const told = evaluateProgram(text, { backend: wasmBackend })
			.eventsOf("fit-finished")
			.flatMap((e) => e.violations.map((v) => [e.label, v.name, v.method, v.guarantee]));
		assert.deepEqual(told, [
			["retracted()", "net.q", "retraction", "exact"],
			["projected()", "net.q", "projection", "exact"],
		]);
	});
});
