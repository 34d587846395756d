import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { expectValues } from "../support/values.js";

describe("constraints on parts of tensors, and on what is computed from other parameters", () => {
	it("hold the rows that they name, each by its method, and no others", () => {
		expectValues(
			`precision f64
fit rows() {
  param w: real[4, 2] = [[1, 2], [3, 4], [5, 6], [7, 8]]
  subject to a: w[0, :] in simplex
  subject to b: w[1, :] in sphere by retraction
  subject to c: w[2, :] in l2_ball(1) by projection
  repeat 300 { minimize sum((w - 2)^2)  using sgd(0.1) }
}
fit set() {
  param w: real[2, 2] = [[1, 2], [3, 4]]
  subject to w[1, :] in l2_ball(1) by projection
  w <- [[5, 6], [3, 4]]
  repeat 1 { w <- w + [[1, 1], [0.6, 0.8]] }
}
let r = rows()
let w = r.w
let violated = [r.run.violations.a, r.run.violations.b, r.run.violations.c]
let after = set().w
`,
			{
				w: [
					[0.5, 0.5],
					[Math.SQRT1_2, Math.SQRT1_2],
					[Math.SQRT1_2, Math.SQRT1_2],
					[2, 2],
				],
				violated: [0, 0, 0],
				after: [
					[6, 7],
					[0.6, 0.8],
				],
			},
			{ tolerance: 1e-9 },
		);
	});

	it("a row of a matrix is as a parameter of its own, and one of several models as a model", () => {
		for (const method of ["retraction", "projection", "augmented(5)"]) {
			const text = `precision f64
fit own() {
  param a: real[2] in sphere by ${method} = [3, 4]
  repeat 7 { minimize sum((a - [3, 1])^2)  using adam(0.1) }
}
fit part() {
  param w: real[2, 2] = [[1, 2], [3, 4]]
  subject to w[1, :] in sphere by ${method}
  repeat 7 { minimize sum((w[1, :] - [3, 1])^2)  wrt w[1, :]  using adam(0.1) }
}
let apart = part().w - [[1, 2], own().a]
`;
			expectValues(text, { apart: [0, 0, 0, 0] }, { tolerance: 1e-14 });
		}
		expectValues(
			`precision f64
import std.nn { Linear }
fit members(held: Bool) {
  nets = for k in 2: Linear(2, 3)
  if held { subject to nets[1].weight in unit_rows by projection }
  repeat 3 { minimize sum(nets.weight^2)  wrt nets.weight  using sgd(0.1) }
}
let held = members(true).nets.weight
let free = members(false).nets.weight
let lengths = for i in 2: norm(held[1, i, :])
let others = held[0, :, :] - free[0, :, :]
`,
			{ lengths: [1, 1], others: [0, 0, 0, 0, 0, 0] },
		);
	});

	it("two that each make the step of one element are an error (E0609), of two rows they are not", () => {
		const text = (rows: string): string => `fit f() {
  param w: real[3, 2] = [[1, 2], [3, 4], [5, 6]]
  subject to w[0, :] in sphere by retraction
  subject to ${rows} in sphere by retraction
  repeat 1 { minimize sum(w)  using sgd(0.1) }
}
let w = f().w
`;
		assert.throws(() => evaluateProgram(text("w[..2, 0]")), /E0609/);
		evaluateProgram(text("w[1, :]"));
	});

	it("a penalty reaches through what is computed from other parameters", () => {
		// The value v = a b; of (v - 2)^2 + 50 (v - 1)^2 the slope is 0 at v = 104 / 102.
		expectValues(
			`precision f64
reparam product() for w: real[n] { param a: real[n] = w;  param b: real[n] = ones();  for i: a[i] * b[i] }
constraint below(most: real) for w: real[n] { violation = max(max(w) - most, 0) }
model Made() { param w: real[1] by product() = [3];  (x: real) -> real = x * w[0] }
fit f() {
  net = Made()
  subject to most: net.w in below(1) by penalty(100)
  repeat 2000 { minimize (net(1) - 2)^2  using sgd(0.004) }
}
let r = f()
let value = r.net.w[0]
let told = [r.run.violations.most]
`,
			{ value: 1 + 1 / 51, told: [1 / 51] },
			{ tolerance: 1e-9 },
		);
	});

	it("by reparametrization: several places at once, and below steps of the fit", () => {
		expectValues(
			`precision f64
import std.nn { Linear }
fit two() {
  net = Linear(2, 3);  param w: real[3] = [3, 4, 12]
  repeat 5 { minimize sum((net.weight - 1)^2) + sum((w - 2)^2)  using sgd(0.01) }
  let before = w
  subject to s: (w, net.bias) in simplex by reparametrization
  repeat 400 { minimize sum((w - [1, 0.6, 0.5])^2) + sum((net.bias - [0.2, 0.3, 0.5])^2) + 0 * sum(net.weight)  using adam(0.05) }
  track old = before
}
let r = two()
let held = concat([r.w, r.net.bias])
let old = r.old
let told = r.run.violations.s
`,
			{
				// The projection of (1, 0.6, 0.5) onto the simplex; (w - 2) shrinks by 0.98 in each of 5 steps.
				held: [19 / 30, 7 / 30, 4 / 30, 0.2, 0.3, 0.5],
				old: [2 + 0.98 ** 5, 2 + 2 * 0.98 ** 5, 2 + 10 * 0.98 ** 5],
				told: 0,
			},
			{ tolerance: 1e-6 },
		);
	});
});
