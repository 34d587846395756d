import assert from "node:assert/strict";
import type { Backend } from "../../compiler/backends/backend.js";
import { interpreterBackend } from "../../compiler/backends/interpreter.js";
import type { Func } from "../../compiler/ir/ir.js";
import { evaluateProgram } from "../support/evaluate.js";
import { assertClose, expectValues } from "../support/values.js";

const ridge = `precision f64
import std.linalg { solve }
let x: real[3, 2] = [[1, 2], [3, 4], [5, 7]]
let y: real[3] = [1, 2, 4]
fn objective(w: real[2], penalty: real) -> real = sum((x @ w - y)^2) + penalty * sum(w^2)
fn closed(penalty: real) -> real[2] = solve(x.T @ x + penalty * eye(2), x.T @ y)
fn unrolledly(penalty: real) -> real[2] = argmin(zeros([2]), |w| objective(w, penalty), using = sgd(0.009), steps = 2500)
fn implicitly(penalty: real) -> real[2] =
  argmin(zeros([2]), |w| objective(w, penalty), using = sgd(0.009), steps = 2500, gradient = implicit(cg(20, tolerance = 1e-13)))
fn stopped(penalty: real) -> real[2] = argmin(zeros([2]), |w| objective(w, penalty), using = sgd(0.009), steps = 9, gradient = stop)
fn of(f: (real) -> real[2]) -> (real) -> real = |p| sum(f(p)^2)
`;

/** The minimum of (w - p)^2 + w^4: its slope by p. */
function quartic(p: number): { readonly w: number; readonly slope: number } {
	let w = 0;
	for (let k = 0; k < 100; k++) w -= (2 * (w - p) + 4 * w ** 3) / (2 + 12 * w * w);
	return { w, slope: 2 / (2 + 12 * w * w) };
}

const quarticText = `precision f64
fn s(p: real) -> real = argmin(0.0, |w| (w - p)^2 + w^4, using = sgd(0.1), steps = 400, gradient = implicit(cg(5, tolerance = 1e-13)))
let p = [0.1, 0.5, 2.0]
`;
const points = [0.1, 0.5, 2].map(quartic);
const goal = quartic(0.5).w;

describe("argmin of a function", () => {
	it("ridge regression: implicit, unrolled and closed derivatives, of three orders, backwards and forwards", () => {
		const text = `${ridge}
let value = norm(closed(0.5) - implicitly(0.5)) + norm(closed(0.5) - unrolledly(0.5))
let slope = grad(of(closed))(0.5) - [grad(of(implicitly))(0.5), grad(of(unrolledly))(0.5)]
let forward = for f in [implicitly, unrolledly]: norm(jvp(closed, 0.5, 1.0).1 - jvp(f, 0.5, 1.0).1)
let second = grad(grad(of(closed)))(0.5) - [grad(grad(of(implicitly)))(0.5), hessian(of(implicitly))(0.5)]
let third = grad(grad(grad(of(closed))))(0.5) - [grad(grad(grad(of(implicitly))))(0.5), jvp(hessian(of(implicitly)), 0.5, 1.0).1]
let none = grad(of(stopped))(0.5)
`;
		expectValues(
			text,
			{ value: 0, slope: [0, 0], forward: [0, 0], second: [0, 0], third: [0, 0], none: 0 },
			{ tolerance: 1e-8 },
		);
	});

	it("stands in binders, each element with its own problem, and in their derivatives", () => {
		expectValues(
			`${quarticText}
let many = for k: s(p[k])
let slopes = for k: grad(s)(p[k])
let outer = grad(|p: real[3]| sum k: s(p[k]))(p)
let early = for k in 3: argmin((a = 1.0, b = [1.0, 2.0]), |w| (w.a - p[k])^2 + sum((w.b - w.a)^2), using = sgd(0.1), steps = 2000, tolerance = 1e-12)
let mapped = map(p, |q| argmin([q, 1.0], |w| sum((w - q)^2), using = momentum(0.1), steps = 400))
`,
			{
				many: points.map((q) => q.w),
				slopes: points.map((q) => q.slope),
				outer: points.map((q) => q.slope),
				"early.a": [0.1, 0.5, 2],
				"early.b": [
					[0.1, 0.1],
					[0.5, 0.5],
					[2, 2],
				],
				mapped: [
					[0.1, 0.1],
					[0.5, 0.5],
					[2, 2],
				],
			},
			{ tolerance: 1e-8 },
		);
	});

	it("stands in another argmin, in scans and in losses", () => {
		const along = (q: readonly number[]): number => {
			let sum = 0;
			for (const p of q) sum += quartic(p + sum).w;
			return sum;
		};
		const base = [0.1, 0.5, 2];
		const moved = (k: number, by: number): number => along(base.map((v, i) => (i === k ? v + by : v)));
		expectValues(
			`${quarticText}
let goal = argmin(1.0, |p| (s(p) - ${goal})^2, using = sgd(0.5), steps = 100)
let newton = argmin(0.6, |p| (s(p) - ${goal})^2, using = newtonian(), steps = 6)
optimizer newtonian() for p { step(g, gradient) = p - g * 1e-4 / (gradient(p + 1e-4) - g) }
fn total(p: real[3]) -> real = fold(p, 0.0, |sum, q| sum + s(q + sum))
let value = total(p)
let slopes = grad(total)(p)
fit f() {
  param q: real = 0
  repeat 60 { minimize (s(q) - ${goal})^2  using sgd(0.5) }
}
let fitted = f().q
`,
			{
				goal: 0.5,
				newton: 0.5,
				value: along(base),
				slopes: base.map((_, k) => (moved(k, 1e-5) - moved(k, -1e-5)) / 2e-5),
				fitted: 0.5,
			},
			{ tolerance: 1e-7 },
		);
	});

	it("a model, an early end, no steps, a rate that is learned, and optimizers of all parameters", () => {
		expectValues(
			`precision f64
import std.nn { Linear }
let x: real[4, 2] = [[1, 2], [3, 4], [5, 7], [0, 1]]
let y: real[4] = [1, 2, 4, -1]
let start = seed 1 { Linear(2, 1) }
fn loss_of(net: Linear(2, 1)) -> real = mse(net(x)[:, 0], y)
let net = argmin(start, loss_of, using = sgd(0.02), steps = 20000, tolerance = 1e-11)
let flat = tree.norm(grad(loss_of)(net))
let same = norm(argmin(start, loss_of, using = adam(0.1), steps = 0).weight - start.weight)
let rate = grad(|lr| argmin(3.0, |w| w^2, using = sgd(lr), steps = 2))(0.1)
let decreasing = argmin(1.0, |w| w, using = sgd(|t| 1 / (1 + t)), steps = 3)
let clipped_one = argmin((zeros([2]) + 3, 4.0), |(w, b)| sum(w^2) + b^2, using = clipped(momentum(0.1), 0.5), steps = 500)
let size = tree.norm(clipped_one)
`,
			// w after two steps is 3 (1 - 2 lr)^2; 1 - (1 + 1/2 + 1/3).
			{ flat: 0, same: 0, rate: -12 * 0.8, decreasing: 1 - 11 / 6, size: 0 },
			{ tolerance: 1e-7 },
		);
	});

	it("of models in records only the parameters move, and equal ones apart", () => {
		expectValues(
			`precision f64
import std.nn { Linear }
model Kept() {
  state seen: real[2] = [5, 6]
  param w: real[2] = [1, 2]
  (x: real) -> real = sum((w - seen * x)^2)
}
let r = argmin((net = Kept(), other = Kept(), x = 1.0), |p| p.net(1.0) + p.other(2.0) + (p.x - 3)^2, using = lbfgs(), steps = 9)
let slope = grad(|p: (net: Linear(2, 1), s: real)| p.s * p.net([1, 2])[0])((net = Linear(2, 1), s = 2.0))
fn moved(p: (net: Linear(2, 1), s: real), t: real) -> (net: Linear(2, 1), s: real) =
  at_root(p, |q| (net = assemble(q.net, tree.map(trainable(q.net), |v| v - t)), s = q.s - t), gmres(5))
let start = (net = Linear(2, 1), s = 1.0)
let d = grad(|t: real| sum(moved(start, t).net.weight) + 3 * moved(start, t).s)(1.0)
`,
			{
				"r.net.seen": [5, 6],
				"r.net.w": [5, 6],
				"r.other.w": [10, 12],
				"r.x": 3,
				"slope.net.weight": [2, 4],
				"slope.net.bias": 2,
				d: 5,
			},
			{ tolerance: 1e-9 },
		);
	});

	it("an optimizer of all parameters as one vector", () => {
		expectValues(
			`precision f64
optimizer whole(lr: Rate) for params: real[n] {
  state m = zeros()
  state seen: real[2, n] = zeros()
  step(g, objective, gradient) {
    m <- 0.9 * m + gradient(params)
    seen <- for k in 2, i: if k == 0 then g[i] else seen[0, i]
    params - lr * (m + seen[0, :] - g + 0 * objective(seen[1, :]))
  }
}
fn one(p: (real[2], real), shift: real) -> real = sum((p.0 - p.1 - shift)^2) + p.1^2
let a = argmin((zeros([2]), 1.0), |p| one(p, 1), using = whole(0.05), steps = 30)
let b = argmin((zeros([2]), 1.0), |p| one(p, 1), using = momentum(0.05), steps = 30)
let lanes = for k in 3: argmin((zeros([2]), 1.0), |p| one(p, k), using = whole(0.05), steps = 30)
let gap = (a.0 - b.0, a.1 - b.1, lanes.0[1, :] - b.0)
`,
			{ "gap.0": [0, 0], "gap.1": 0, "gap.2": [0, 0] },
		);
	});

	it("what the function draws is drawn once", () => {
		const run = evaluateProgram(`precision f64
fn drawn(rate: real, steps: Int) -> real[2] = argmin(zeros([2]), |w| sum((w - normal([2]))^2), using = sgd(rate), steps = steps)
let once = seed 1 { drawn(0.5, 1) }
let often = seed 1 { drawn(0.25, 200) }
let rows = for k in 2: argmin(0.0, |w| (w - normal([]))^2, using = sgd(0.5), steps = 4)
`);
		const [once, often, rows] = ["once", "often", "rows"].map((name) => run.numbers(name));
		assert.ok(once && often && rows);
		assert.notEqual(once[0], once[1]);
		assert.notEqual(rows[0], rows[1]);
		assertClose(often, once, 1e-12, "after many steps");
	});

	it("many under a binder are one loop, each the one alone, draws included", () => {
		const loops: number[] = [];
		const spy: Backend = {
			name: "spy",
			compile(program, carried) {
				const count = (func: Func): number =>
					func.equations.reduce(
						(sum, { operation, regions }) =>
							regions.reduce(
								(inner, region) => inner + count(region),
								sum + Number(/^(while|scan)$/.test(operation)),
							),
						0,
					);
				loops.push(count(program));
				return interpreterBackend.compile(program, carried);
			},
		};
		const run = evaluateProgram(
			`precision f64
fn solved(goal: real[2], start: real) -> real[2] =
  argmin(full([2], start), |w| sum((w - goal)^2) + sum(w)^2 + 0.1 * sum(w^4), using = adam(0.05), steps = 60)
fn problem(k: int) -> (goal: real[2], w: real[2]) = {
  let goal: real[2] = normal([2])
  (goal = goal, w = solved(goal, 0.1 * k))
}
let many = for k in 5: problem(k)
let apart = for k in [0, 1, 2, 3, 4]: solved(many.goal[k, :], 0.1 * k)
let different = norm(many.w[0, :] - many.w[1, :])
`,
			{ backend: spy },
		);
		assert.ok(run.number("different") > 0.01);
		// Digit by digit.
		assert.deepEqual(run.numbers("many.w"), run.numbers("apart"));
		const together = loops.find((n) => n > 0);
		assert.equal(together, 1, `loops: ${loops}`);
	});

	it("a derivative of too high an order is told", () => {
		const orders = "grad(".repeat(7);
		assert.throws(
			() => evaluateProgram(`${quarticText}let d = ${orders}s${")".repeat(7)}(0.5)`),
			/E0901: a derivative of so high an order/,
		);
	});
});
