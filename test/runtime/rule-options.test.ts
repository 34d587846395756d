import { expectValues } from "../support/values.js";

/** Options that are constraints and optimizers, for the leaves that their default is for. */
describe("options that are rules", () => {
	it("hold what is given for them, by the best method of it", () => {
		expectValues(
			`precision f64
import std.weights { stiefel }
fit declared(goal: real[n, m], rule: Constraint = unit_rows) {
  param w: real[n, m] in rule = ones()
  repeat 400 { minimize sum((w - goal)^2)  using sgd(0.05) }
}
fit stated(goal: real[n, m], rule: Constraint = stiefel) where n >= m {
  param w: real[n, m] = ones()
  subject to w in rule
  repeat 400 { minimize sum((w - goal)^2)  using sgd(0.05) }
}
fn inside(w: real[n, m], rule: Constraint = unit_rows) -> real = rule.violation(w)
fn twice(w: real[n, m], rule: Constraint = unit_rows) -> real = 2 * inside(rule.project(w) + 1, rule)
let goal: real[2, 2] = [[3, 4], [0, 5]]
let rows = declared(goal).w
let positive = declared(-goal, nonnegative).w
let others = stated(goal, unit_rows).w
let q = stated(goal).w
let orthogonal = q.T @ q
let toward = sum(q * goal)
let numbers = [inside([[1, 0], [0, 3]]), inside([[-1, 1]], nonnegative), twice([[0, -3], [2, 0]], box(0, 1))]`,
			{
				rows: [0.6, 0.8, 0, 1],
				positive: [0, 0, 0, 0],
				others: [0.6, 0.8, 0, 1],
				orthogonal: [1, 0, 0, 1],
				// The nuclear norm of the goal: sqrt(|G|^2 + 2 det G).
				toward: Math.sqrt(50 + 2 * 15),
				numbers: [2, 1, 2],
			},
			{ tolerance: 1e-9 },
		);
	});

	it("step what is given for them, alone and within another optimizer", () => {
		expectValues(
			`precision f64
optimizer halved(inner: Optimizer = muon(0.1)) for w: real[n, m] { step(g) { inner.step(g / 2) } }
fit descended(opt: Optimizer = muon(0.1)) {
  param w: real[2, 2] = [[1, 2], [3, 4]]
  repeat 1 { minimize sum(w^2)  using opt }
}
let plain = descended(sgd(0.1)).w
let half = descended(halved(sgd(0.1))).w
let own = max(abs(descended().w - descended(muon(0.1)).w))`,
			{ plain: [0.8, 1.6, 2.4, 3.2], half: [0.9, 1.8, 2.7, 3.6], own: 0 },
		);
	});
});
