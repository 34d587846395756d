import assert from "node:assert/strict";
import { runProgramText } from "../support/evaluate.js";

/** The code and the message of the problem that ends a run, and the text at its place. */
function problemOf(text: string): readonly string[] {
	const result = runProgramText(text);
	assert.equal(result.exitCode, 2);
	const [problem] = result.eventsOf("problem").filter((e) => e.diagnostic.severity === "error");
	const { code = "", message = "", at } = problem?.diagnostic ?? {};
	return [code, message, text.slice(at?.start, at?.end)];
}

describe("more memory than there is", () => {
	it("is told where it is asked for, with the largest tensor", () => {
		const table = "for p in 100000: max i in 200000: (sin(i * 0.1) * cos(p * 0.2) + exp(i * p * 0.01))";
		const [code, message, at] = problemOf(`let n = 3\nlet far = ${table}\n`);
		assert.equal(code, "E0614");
		assert.match(message ?? "", /needs [\d.]+ GiB of memory, .* largest tensor is real\[100000, 200000\]/);
		assert.equal(at, table);
	});

	it("of a step is told at its loop", () => {
		const [code, , at] = problemOf(`fit run() {
  param w: real[100000] = zeros()
  repeat 2 {
    minimize sum i, j: exp(-(w[i] - w[j])^2) using sgd(0.1)
  }
}
let result = run()
`);
		assert.equal(code, "E0614");
		assert.ok(at?.startsWith("repeat 2"), at);
	});
});
