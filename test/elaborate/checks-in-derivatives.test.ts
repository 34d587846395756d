import assert from "node:assert/strict";
import { runProgramText } from "../support/evaluate.js";
import { expectValues } from "../support/values.js";

/** What ends a run, and the text at its place. */
function problemOf(text: string): { readonly code: string; readonly message: string; readonly at: string } {
	const problem = runProgramText(text).events.find((e) => e.kind === "problem");
	assert.ok(problem, "the run has no problem");
	const { code, message, at } = problem.diagnostic;
	return { code, message, at: text.slice(at.start, at.end) };
}

const rule = `precision f64
fn own(x: real[n], t: int) -> real = x[t]^2
  with vjp (x, t, y, dy) => (for i in n: (if i == t then 2 * x[t] * dy else 0), ())
fn all(x: real[n], at: int[m]) -> real = scan(at, 0.0, |s, t| (s + own(x, t), s)).0
fn rows(x: real[n], at: int[m]) -> real = sum k: own(x, at[k])
fn near(x: real[n], t: int) -> real = if t < 3 then own(x, t) else 7.0 * x[0]
fn again(x: real[n], t: int) -> real = loop(0.0, |s| s + own(x, t), until = |s| s > 60, limit = 5).last
let at: int[4] = [0, 2, 2, 1]
let x = [1.0, 2, 5]
`;

const shifted = (at: string) => `fn own(x: real[n], t: int) -> real = x[t]^2
  with vjp (x, t, y, dy) => (for i in n: (if i == t then 2 * x[${at}] * dy else 0), ())
let t = int(sum([1.0, 1.0]))
`;

describe("checks while running in functions that a derivative calls", () => {
	it("of a rule: in loops, binders, branches, and forwards", () => {
		expectValues(
			`${rule}
let values = [all(x, at), rows(x, at), near(x, at[1]), near(x, at[1] + 1), again(x, at[1])]
let slopes = for f in [all, rows]: grad(f)(x, at)
let taken = grad(near)(x, at[1])
let left = grad(near)(x, at[1] + 1)
let looped = grad(again)(x, at[1])
let forward = for k in 3: jvp(|v| own(v, at[1]), x, for i in 3: if i == k then 1.0 else 0.0).1
let jacobians = jacobian(|v| [own(v, at[1]), own(v, at[0])])(x)
`,
			{
				values: [55, 55, 25, 7, 75],
				slopes: [
					[2, 4, 20],
					[2, 4, 20],
				],
				taken: [0, 0, 10],
				left: [7, 0, 0],
				looped: [0, 0, 30],
				forward: [0, 0, 10],
				jacobians: [
					[0, 0, 10],
					[2, 0, 0],
				],
			},
		);
		for (const use of ["own(x, at[1] + 1)", "all(x, [0, 3])", "rows(x, [3, 1])", "again(x, at[1] + 1)"])
			assert.deepEqual(problemOf(`${rule}let y = ${use}\ncheck y > 0\n`), {
				code: "E0606",
				message: "the index was 3, and the axis has 3",
				at: "t",
			});
	});

	it("what the rule alone reads is checked where a derivative is taken, and only there", () => {
		const value = `${shifted("t + 1")}let y = own([1, 2, 5], t)\n`;
		expectValues(value, { y: 25 }, { tolerance: 1e-6 });
		const outside = { code: "E0606", message: "the index was 3, and the axis has 3", at: "t + 1" };
		const slope = `${shifted("t + 1")}let g = grad(|x| own(x, t))([1, 2, 5])\ncheck g[0] == 0\n`;
		assert.deepEqual(problemOf(slope), outside);
		const trained = (call: string) => `${shifted("t + 1")}model M() {
  param w: real[3] = ones()
  (t: int) -> real = own(w, t)
}
fit f(t: int) {
  net = M()
  repeat 3 { minimize ${call}  using sgd(0.1) }
}
check f(t).run.loss > 0
`;
		for (const call of ["net(t)", "eval(net)(t)"]) assert.deepEqual(problemOf(trained(call)), outside);
	});

	it("of a cotangent nothing is checked: that is told before anything runs", () => {
		const { code, at } = problemOf(`${shifted("int(floor(dy))")}let g = grad(|x| own(x, t))([1, 2, 5])
check g[0] == 0
`);
		assert.deepEqual([code, at], ["E0622", "int(floor(dy))"]);
	});

	it("of a minimum and a fixed point with implicit derivatives", () => {
		expectValues(
			`precision f64
fn best(p: real[n], t: int) -> real =
  argmin(0.0, |w| (w - p[t]^2)^2, using = sgd(0.5), steps = 3, gradient = implicit(cg(5)))
fn settled(a: real[n, n], order: int[n]) -> real[n] =
  fixed_point(ones([n]), |v| for i: 1 + 0.1 * sum j: a[i, j] * v[order[j]], tolerance = 1e-12, limit = 200, gradient = implicit(gmres(20, tolerance = 1e-12)))
let order: int[3] = [2, 0, 1]
let a = [[1, 2, 0.5], [0, 1, 3], [0.2, 0.1, 1]]
fn size(a: real[3, 3]) -> real = sum(settled(a, order)^2)
let value = best([1, 2, 3], order[0])
let slope = grad(best)([1, 2, 3], order[0])
let many = for k in 3: grad(best)([1, 2, 3], order[k])[order[k]]
let by_steps = for i in 3, j in 3: (size(a with { [i, j] += 1e-5 }) - size(a with { [i, j] += -1e-5 })) / 2e-5
let apart = max(abs(grad(size)(a) - by_steps))
`,
			{ value: 9, slope: [0, 0, 6], many: [6, 2, 4], apart: 0 },
			{ tolerance: 1e-6 },
		);
	});

	it("at the minimum itself, where only its derivative is computed", () => {
		const text = (line: string) => `fn best(p: real[n]) -> real =
  argmin(0.0, |w| (w - p[0])^2 + 0 * p[int(floor(1.5 * w))], using = sgd(0.5), steps = 1, gradient = implicit(cg(5)))
${line}
`;
		expectValues(text("let y = best([2, 1, 1])"), { y: 2 }, { tolerance: 1e-6 });
		const { code, message } = problemOf(text("let g = grad(|p| best(p))([2, 1, 1])\ncheck g[0] > 0"));
		assert.deepEqual([code, message], ["E0606", "the index was 3, and the axis has 3"]);
	});

	it("in a solver: of its turns, and not of what it solves for", () => {
		const text = (next: string, start: string) => `precision f64
fn by_coordinates(y: real[n], f: (real[n]) -> real[n]) -> real[n] = iterate(80, (x = 0 * y, k = 0), |s| {
  let r = y - f(s.x)
  (x = s.x with { [s.k] += 0.5 * r[s.k] }, k = ${next})
}).x
fn total(p: real[n]) -> real =
  sum(argmin(zeros([n]), |w| sum((w - p^2)^2) / 2, using = sgd(1), steps = 2, gradient = implicit(by_coordinates)))
let g = grad(total)(${start})
check g[0] == g[0]
`;
		const turned = "if s.k == 1 then 0 else s.k + 1";
		expectValues(text(turned, "[1, 2]"), { g: [2, 4] }, { tolerance: 1e-8 });
		assert.deepEqual(problemOf(text(turned, "[1]")), {
			code: "E0606",
			message: "the index was 1, and the axis has 1",
			at: "s.k",
		});
		assert.equal(problemOf(text("int(sum(r))", "[1, 2]")).code, "E0622");
	});

	it("with a tolerance, and in a line search", () => {
		for (const how of ["using = sgd(0.4), steps = 100, tolerance = 1e-6", "using = lbfgs(), steps = 10"]) {
			const text = (t: number) => `fn best(p: real[n], t: int) -> real = argmin(0.0, |w| (w - p[t])^2, ${how})
let t = int(sum([1.0, ${t}]))
let y = best([1, 2, 5], t)
check y > 0
`;
			expectValues(text(1), { y: 5 }, { tolerance: 1e-5 });
			assert.equal(problemOf(text(2)).message, "the index was 3, and the axis has 3");
		}
	});
});
