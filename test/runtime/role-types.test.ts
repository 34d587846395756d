import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { backends } from "../support/run.js";
import { expectValues } from "../support/values.js";

describe("options by their roles", () => {
	it("optimizers of matrices: given, by default, and inside others", () => {
		// w - lr g with g = 2 w; twice as fast by `twice`; the bias by the rest.
		expectValues(
			`precision f64
optimizer plain(lr: Rate) for w: real[n, m] { step(g) = w - lr * g }
optimizer twice(inner: Optimizer(real[a, b])) for w: real[n, m] {
  state steps: int = 0
  step(g) {
    steps <- steps + 1
    inner.step(2 * g)
  }
}
fit f(opt: Optimizer(real[a, b]) = plain(0.25)) {
  param w: real[2, 2] = ones()
  param b: real[2] = ones()
  repeat 2 { minimize sum(w^2) + sum(b^2)  using opt on w, sgd(0.1) on rest }
}
let a = f();  let b = f(twice(plain(0.125)));  let c = f(twice(plain(|t| 0.05 * (1 + t))))
let ends = [a.w[0, 0], b.w[1, 1], c.w[0, 1]]
let rest = a.b
`,
			{ ends: [0.25, 0.25, 0.8 * 0.6], rest: [0.64, 0.64] },
		);
	});

	it("losses, regularizers, metrics, schedules and constraints; a list of them", () => {
		expectValues(
			`precision f64
loss half(x: real[...s], y: real[...s]) -> real = sum((x - y)^2) / 2
regularizer rows(w: real[n, m]) -> real = n * sum(w^2)
constraint small() for w: real[n, m] { violation = max(norm(w) - 1, 0);  project = w / max(norm(w), 1) }
fit f(goal: real[n], l: Loss = mse, rate: Schedule = 0.5, more: List[Regularizer] = [|w| 0 * sum(w)], m: Metric(real[a], real[a]) = mse) {
  param w: real[n] = zeros()
  repeat 1 { minimize l(w, goal) + sum r in more: r(w)  using sgd(rate) }
  track off = m(w, goal)
}
fit g(r: Regularizer(real[a, b]) = rows, rule: Constraint(real[a, b]) = unit_rows) {
  param w: real[2, 1] in rule by projection = [[3], [4]]
  repeat 1 { minimize r(w)  using sgd(0) }
  track size = r(w)
}
let a = f([2, 4]);  let b = f([2, 4], half, |t| 0.25 + t, [|w| sum(w), |w| 2 * sum(w)], m = |x, y| sum(x - y))
let c = g();  let d = g(|w| sum(w), small())
let ends = [a.w[0], a.w[1], a.off, b.w[0], b.w[1], b.off, c.size, d.size]
`,
			// By mse: g = w - goal; by half and the two: w - goal + 3; rows of norm 1, then 3/5 + 4/5.
			{ ends: [1, 2, 2.5, -0.25, 0.25, -6, 4, 1.4] },
		);
	});
});

describe("the types that a step declares", () => {
	it("change nothing of what it computes", () => {
		// w - 0.1 (2 w + 2 w), three times.
		expectValues(
			`precision f64
optimizer typed(lr: Rate) for w: real[n, m] {
  step(g: real[n, m], gradient: (real[n, m]) -> real[n, m]) -> real[n, m] = w - lr * (g + gradient(w))
}
fit f() {
  param w: real[2, 1] = ones()
  repeat 3 { minimize sum(w^2)  using typed(0.1) }
}
let w = f().w
`,
			{ w: [[0.6 ** 3], [0.6 ** 3]] },
		);
	});
});

describe("the declared result of a fit", () => {
	it("is what others see, in its order, and `.run`", () => {
		const text = `precision f64
type Pair(d) = (last: real, w: real[d])
fit plain(d: Int = 2) -> (last: real, w: real[d]) {
  param w: real[d] = ones()
  param hidden: real = 1
  state seen: int = 0
  repeat 3 {
    minimize sum(w^2) + hidden^2  using sgd(0.25)
    seen <- seen + 1
    track last = sum(w)
  }
}
fit named(d: Int = 2) -> Pair(d) {
  param w: real[d] = ones()
  repeat 3 {
    minimize sum(w^2)  using sgd(0.25)
    track last = sum(w)
  }
}
fn first(r: plain(d = 2)) -> real = r.0 + r.w[1]
fn any(r: named) -> real = sum(r.w)
type Arm = (r: named(d = 3), name: String)
let arm: Arm = (r = named(3), name = "three")
let r = plain()
let numbers = [first(r), any(named(4)), any(arm.r), r.run.loss]
let stacked = for s in 0..2: plain(seed = s)
let sums = for s in 2: sum(stacked.w[s, :])
`;
		for (const backend of backends) {
			const result = evaluateProgram(text, { backend });
			assert.deepEqual(result.numbers("numbers"), [0.25 + 0.125, 0.5, 0.375, 3 / 16]);
			assert.deepEqual(result.numbers("sums"), [0.25, 0.25]);
			const r = result.value("r");
			assert.deepEqual(r.kind === "tuple" && r.elements.map((e) => e.name), ["last", "w", "run"]);
		}
	});
});
