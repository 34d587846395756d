import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";

/** The mean square of 10,000 ones: 1 as they are, about 2 where half of them is left out and the rest doubled. */
const square = (call: string): string => `mean(${call}(ones([10_000]))^2)`;

describe("the mode goes with the call", () => {
	it("a minimize is for training, with what it uses of its turn; all else is for evaluation", () => {
		const result = evaluateProgram(`import std.nn { Dropout }
fn noisy(x: real[n]) -> real[n] = if training then for i: x[i] * 3 else x
fit f() {
  drop = Dropout(0.5);  param w: real = 1
  repeat 3 {
    let inside = ${square("drop")}
    let through = 2 * inside
    let outside = ${square("drop")}
    minimize
      own:     mean(drop(w * ones([10_000]))^2)
      named:   through + 0 * w
      by_eval: ${square("eval(drop)")} + 0 * w
      in_fn:   ${square("noisy")} + 0 * w
    using sgd(0)
    track seen = ${square("drop")}
    track kept = outside
  }
  track after = ${square("drop")}
}
let r = f()
let host = ${square("Dropout(0.5)")}
`);
		const [progress] = result.eventsOf("fit-finished");
		const last = result.eventsOf("progress").at(-1)?.terms ?? {};
		assert.ok(Math.abs((last.own ?? 0) - 2) < 0.1, `own ${last.own}`);
		assert.ok(Math.abs((last.named ?? 0) - 4) < 0.2, `named ${last.named}`);
		assert.equal(last.by_eval, 1);
		assert.equal(last.in_fn, 9);
		assert.deepEqual(
			["r.seen", "r.kept", "r.after", "host"].map((path) => result.number(path)),
			[1, 1, 1, 1],
		);
		// Each step has draws of its own.
		assert.equal(new Set(progress?.history).size, 3);
	});

	it("eval holds for the parts and the methods of a model, too", () => {
		const result = evaluateProgram(`import std.nn { Dropout }
model Inner() {
  parts = [for i in 0..2: Dropout(0.5)]
  squares(x: real[n]) -> real = mean(fold(parts, x, |h, part| part(h))^2)
}
model Outer() {
  inner = Inner();  param w: real = 1
  (x: real[n]) -> real = inner.squares(x)
}
fit f() {
  net = Outer()
  repeat 1 {
    minimize
      trained: net(ones([10_000])) + 0 * net.w
      call:    eval(net)(ones([10_000])) + 0 * net.w
      method:  eval(net.inner).squares(ones([10_000])) + 0 * net.w
      part:    ${square("eval(net).inner.parts[0]")} + 0 * net.w
    using sgd(0)
  }
}
let r = f()
`);
		const terms = result.eventsOf("progress").at(-1)?.terms ?? {};
		assert.ok(Math.abs((terms.trained ?? 0) - 4) < 0.4, `${terms.trained}`);
		assert.deepEqual([terms.call, terms.method, terms.part], [1, 1, 1]);
	});
});
