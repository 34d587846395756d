import assert from "node:assert/strict";
import { runProgramText } from "../support/evaluate.js";

/** What a signature does not tell of a model, the run does: nothing is trained or held in silence. */
describe("models whose weights are made otherwise, as arguments", () => {
	const problem = (text: string): string => {
		const result = runProgramText(`import std.nn { Linear }
import std.weights { lora, stiefel }
${text}`);
		return result
			.eventsOf("problem")
			.map((e) => e.diagnostic.message)
			.join("\n");
	};

	it("frozen, where all is to be trained", () => {
		const message = problem(`fit f(start: Linear(3, 2)) {
  net = start
  repeat 2 { minimize sum(net([1.0, 2, 3])^2)  using sgd(0.1) }
}
let a = f(frozen(Linear(3, 2)))
`);
		assert.match(message, /nothing to train/);
	});

	it("frozen, where a part is to be trained", () => {
		const message = problem(`fit f(start: Linear(3, 2)) {
  net = start
  param other: real = 1
  repeat 2 { minimize sum(net([1.0, 2, 3])^2) + other^2  wrt net.weight  using sgd(0.1) }
}
let a = f(frozen(Linear(3, 2)))
`);
		assert.match(message, /nothing to train/);
	});

	it("reparametrized, where a constraint is to hold", () => {
		const message = problem(`fit f(start: Linear(3, 2)) {
  net = start
  subject to net.weight in stiefel by projection
  repeat 2 { minimize sum(net([1.0, 2, 3])^2)  using sgd(0.1) }
}
let a = f(Linear(3, 2) with { weight by lora(1) })
`);
		assert.match(message, /`net.weight` is computed from other parameters: projection cannot hold it/);
	});
});
