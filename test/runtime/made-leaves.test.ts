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

	it("frozen, where it is put together with one that is trained", () => {
		const message =
			problem(`fn blend(a: Linear(3, 2), b: Linear(3, 2)) -> Linear(3, 2) = tree.map(a, b, |x, y| x + y)
let a = blend(Linear(3, 2), frozen(Linear(3, 2)))
check a.bias == 0
`);
		assert.match(message, /these trees have different structures/);
	});

	it("reparametrized, where it is put together with one that is not", () => {
		const message = problem(`fn distance(a: Linear(3, 2), b: Linear(3, 2)) -> real = tree.dot(a, b)
check distance(Linear(3, 2), Linear(3, 2) with { weight by lora(1) }) >= 0
`);
		assert.match(message, /these trees have different structures/);
	});

	it("with other options, where a turn would set it", () => {
		const message = problem(`fit f(a: Linear(3, 2), b: Linear(3, 2)) {
  net = a
  repeat 2 {
    net <- b
    minimize sum(net([1.0, 2, 3])^2)  using sgd(0.1)
  }
}
let net = Linear(3, 2)
let a = f(net with { bias by box_map(0, 1) }, net with { bias by box_map(0, 2) })
`);
		assert.match(message, /`net.bias.high` is no parameter/);
	});

	it("set, where what computes it cannot begin at a value", () => {
		const message = problem(`reparam fixed() for w: real[n] { param a: real = 1;  for i in n: a * i }
fn shifted(a: Linear(3, 2)) -> Linear(3, 2) = a with { bias = 1 }
check shifted(Linear(3, 2) with { bias by fixed }).bias == 1
`);
		assert.match(message, /is set, and neither its value nor a start reads it/);
	});

	it("reparametrized, where a part is to be trained", () => {
		const message = problem(`fit f(start: Linear(3, 2)) {
  net = start
  repeat 2 { minimize sum(net([1.0, 2, 3])^2)  wrt net.weight[0, :]  using sgd(0.1) }
}
let a = f(Linear(3, 2) with { weight by lora(1) })
`);
		assert.match(message, /`net.weight` is frozen, or computed from other parameters/);
	});

	it("reparametrized, where an optimizer is for other shapes", () => {
		const message = problem(`fit f(start: Linear(3, 2)) {
  net = start
  repeat 2 { minimize sum(net([1.0, 2, 3])^2)  using muon(0.1) on net.weight, sgd(0.1) on rest }
}
reparam polar() for w: real[n, m] { param length: real[m] = ones();  for i, j: w[i, j] * length[j] }
let a = f(Linear(3, 2) with { weight by polar })
`);
		assert.match(message, /muon is for tensors with 2 axes, and `net.weight.length` has 1/);
	});
});
