import assert from "node:assert/strict";
import { evaluateProgram, runProgramText } from "../support/evaluate.js";

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

	const counter = `model Counter() {
  state count: real = 0;  param w: real = 1
  (x: real) -> real = {
    count <- count + x
    w * count
  }
}
`;

	it("a state that a call writes is the state after the step, of a minimize only", () => {
		const result = evaluateProgram(`${counter}
model Outer() { parts = [for i in 0..2: Counter()];  (x: real) -> real = parts[0](x) + parts[1](10 * x) }
fit f() {
  net = Outer()
  repeat 3 {
    minimize
      now:       net(1)
      evaluated: eval(net)(100) + 0 * net.parts[0].w
    using sgd(0)
    track seen = net(0)
  }
  track after = net(0.5)
}
let r = f()
let first = r.net.parts[0].count
let second = r.net.parts[1].count
let host = Counter()(2)
`);
		const { now, evaluated } = result.eventsOf("progress").at(-1)?.terms ?? {};
		// In the third step the counts are 2 and 20; what is written stands for the rest of the call.
		assert.deepEqual([now, evaluated], [3 + 30, 102 + 1020]);
		assert.deepEqual(
			["first", "second", "r.seen", "r.after", "host"].map((name) => result.number(name)),
			[3, 30, 33, 3.5 + 35, 2],
		);
	});

	it("a state is not written element by element", () => {
		const run = runProgramText(`${counter}
fit f() { net = Counter();  repeat 1 { minimize sum(for i in 3: net(1.0 * i))  using sgd(0) } }
let r = f()
`);
		assert.equal(run.eventsOf("problem")[0]?.diagnostic.code, "E0901");
	});
});
