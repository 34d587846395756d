import assert from "node:assert/strict";
import { onBackends } from "../support/values.js";

const fit = `precision f64
fit f(start: real = 1, turns: Int = 2, rate: Rate = 0.25) {
  param w: real[2] = start * normal([2])
  repeat turns { minimize sum(w)  using sgd(rate) }
}
fit g(start: real[2]) { param w: real[2] = start }
`;

function started(calls: readonly string[]): string[][] {
	const text = `${fit}${calls.map((call, i) => `let r${i} = ${call}`).join("\n")}\n`;
	return onBackends(text).map((result) => {
		assert.equal(result.eventsOf("fit-finished").length, result.eventsOf("fit-started").length);
		return result.eventsOf("fit-started").map((e) => e.label);
	});
}

describe("equal runs of a fit", () => {
	it("happen once, and give the same result", () => {
		for (const result of onBackends(`${fit}let a = f(2)\nlet b = f(start = 2)\n`)) {
			assert.equal(result.eventsOf("fit-started").length, 1);
			assert.deepEqual(result.numbers("b.w"), result.numbers("a.w"));
		}
	});

	it("are those with equal options, defaults among them, and the same seed", () => {
		for (const labels of started(["f()", "f(turns = 2)", "f(turns = 3)", "f(seed = 0)", "f(seed = 1)"]))
			assert.deepEqual(labels, ["f()", "f(turns = 3)", "f(seed = 1)"]);
		for (const labels of started(["f()", "seed 7 { f() }", "seed 7 { f() }", "f(seed = 7)"]))
			assert.equal(labels.length, 2);
	});

	it("compares tensors by their elements", () => {
		const calls = [
			"g([1.0, 2.0])",
			"g([1.0, 1 + 1.0])",
			"g([1.0, 3.0])",
			"g([0 / 0.0, 1])",
			"g([0 / 0.0, 1])",
		];
		for (const labels of started(calls)) assert.equal(labels.length, 3);
	});

	it("functions are equal where they are the same one", () => {
		const text = `${fit}let fall = |t| 1 / (1 + t)\nlet a = f(rate = fall)\nlet b = f(rate = fall)\nlet c = f(rate = |t| 1 / (1 + t))\n`;
		for (const result of onBackends(text)) assert.equal(result.eventsOf("fit-started").length, 2);
	});
});
