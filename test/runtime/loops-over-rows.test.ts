import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { backends } from "../support/run.js";
import { expectValues } from "../support/values.js";

describe("a loop of a fit over rows", () => {
	it("takes them in their order, of several tensors side by side, and of numbers", () => {
		expectValues(
			`precision f64
fit online(xs: real[n, d], ys: real[n]) {
  param w: real[d] = zeros()
  for (x, y) in (xs, ys) {
    minimize (sum(w * x) - y)^2  using sgd(0.1)
    track miss = sum(w * x) - y
  }
}
fit phases(rates: real[k]) {
  param v: real = 1
  state seen: real = 0
  for rate in [0.25, 0.125] until v < 0.1 {
    repeat 2 { minimize v^2  using sgd(rate) }
    for z in [1, 2, 3] { seen <- seen * 10 + z }
  }
  for rate in rates { minimize v^2  using sgd(rate) }
}
let r = online([[1, 0], [0, 1], [1, 1]], [1, 2, 3])
let p = phases([0.25, 0.125])
let numbers = [r.w[0], r.w[1], p.v, p.seen]
let history = r.run.history.miss
`,
			{
				// w = [0.2, 0.4], which misses 3 by 2.4.
				numbers: [0.2 + 0.48, 0.4 + 0.48, 0.25 * 0.5625 * 0.5 * 0.75, 123123],
				history: [-0.8, -1.6, -1.44],
			},
		);
	});

	it("draws what it runs over once; each loop draws for itself", () => {
		const text = `precision f64
fit f() {
  state first: real[3] = zeros()
  state second: real[3] = zeros()
  state within: real[2, 3] = zeros()
  state at: int = 0
  for x in normal([3]) { first[at] <- x;  at <- at + 1 }
  at <- 0
  for x in normal([3]) { second[at] <- x;  at <- at + 1 }
  for i in 0..2 {
    at <- 0
    for x in normal([3]) { within[i, at] <- x;  at <- at + 1 }
  }
}
let r = f()
`;
		for (const backend of backends) {
			const result = evaluateProgram(text, { backend });
			const drawn = ["r.first", "r.second", "r.within"].flatMap((path) => result.numbers(path));
			assert.equal(new Set(drawn).size, 12);
		}
	});

	it("checks the indices of what it runs over", () => {
		const text = (at: number) => `precision f64
fit f(xs: real[n], places: int[2]) {
  state seen: real = 0
  repeat 2 { for x in xs[places] { seen <- seen + x } }
}
let r = f([1, 2, 3], [0, ${at}])
`;
		for (const backend of backends) {
			assert.equal(evaluateProgram(text(2), { backend }).number("r.seen"), 8);
			assert.throws(() => evaluateProgram(text(3), { backend }), /E0606: the index was 3/);
		}
	});
});
