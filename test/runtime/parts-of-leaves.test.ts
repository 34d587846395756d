import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { backends } from "../support/run.js";
import { assertClose, expectValues } from "../support/values.js";

describe("a step by a part of a tensor", () => {
	it("moves this part, and what is around it stays", () => {
		expectValues(
			`precision f64
fit rows(k: Int = 1) where k < 3 {
  param w: real[3, 2] = [[1, 2], [3, 4], [5, 6]]
  repeat 2 {
    minimize sum(w^2)  wrt w[k, :]  using sgd(0.25)
    minimize sum(w^2)  wrt w[2, 0]  using sgd(0.25)
    descend [1, 1] wrt w[0, :]  using sgd(0.5)
  }
}
fit held() {
  param w: real[3] in nonnegative by projection = [1, 2, 3]
  repeat 1 { minimize sum(w)  wrt w[1..]  using sgd(2.5) }
}
let w = rows().w
let projected = held().w
`,
			{
				w: [
					[0, 1],
					[0.75, 1],
					[1.25, 6],
				],
				projected: [1, 0, 0.5],
			},
		);
	});

	it("moves several parts of one tensor, each by its optimizer, and one of what is stacked", () => {
		expectValues(
			`precision f64
import std.nn { MLP }
fit several() {
  param v: real[5] = [1, 2, 3, 4, 5]
  let places = [1, 4]
  repeat 2 {
    minimize sum(v^2)  wrt v[0], v[2..4]  using sgd(0.25) on v[0], sgd(0.5) on rest
    minimize sum(v^2)  wrt v[places[0]], v[places[1]]  using sgd(0.25) on v
  }
}
fit some(turns: Int) where turns >= 0 {
  members = for k in 3: MLP([2, 3, 1])
  repeat turns { minimize sum m in members.**.weight: sum(m^2)  wrt members[0], members[1].layers[1].weight[1.., :]  using sgd(0.25) }
}
let v = several().v
let start = some(0).members.layers
let end = some(2).members.layers
let first = end[0].weight - start[0].weight * (for i in 3, _j in 2, _k in 3: if i == 0 then 0.25 else 1)
let last = end[1].weight - start[1].weight * (for i in 3, j in 3, _k in 1: if i == 0 or i == 1 and j > 0 then 0.25 else 1)
`,
			{
				v: [0.25, 0.5, 0, 0, 1.25],
				first: new Array<number>(18).fill(0),
				last: new Array<number>(9).fill(0),
			},
		);
	});

	it("several parts together are as several parameters together", () => {
		for (const using of ["adam(0.1)", "lbfgs()", "sharpness_aware(momentum(0.1), 0.05)"]) {
			const text = `precision f64
fit part() {
  param v: real[5] = [1, 2, 3, 4, 5]
  repeat 5 { minimize sum((v - 1)^4) + prod(v)  wrt v[1..3], v[4]  using ${using} }
}
fit own() {
  param a: real[2] = [2, 3]
  param b: real = 5
  repeat 5 { minimize sum((a - 1)^4) + (b - 1)^4 + 3^4 + 1 * prod(a) * 4 * b  wrt a, b  using ${using} }
}
let v = part().v
let r = own()
let both = concat([r.a, [r.b]])
`;
			for (const backend of backends) {
				const result = evaluateProgram(text, { backend });
				const [first, second, third, fourth, fifth] = result.numbers("v");
				assert.deepEqual([first, fourth], [1, 4]);
				assertClose([second, third, fifth].map(Number), result.numbers("both"), 1e-12, using);
				assert.notEqual(second, 2);
			}
		}
	});

	it("an element that two parts have is an error, where only the run tells, too (E0466)", () => {
		const text = `fit f(k: Int = 1) where k < 3 {
  param v: real[4] = ones()
  repeat 2 { minimize sum(v^2)  wrt v[k], v[..3]  using sgd(0.1) }
}
let v = f().v
`;
		assert.throws(() => evaluateProgram(text), /E0466.*v\[k\]` and `v\[..3\]/);
	});

	it("what is known before running chooses the places", () => {
		expectValues(
			`precision f64
type Which = First | Second(at: Int)
fit f(which: Which = First, wide: Bool = false) {
  param u: real[2] = [1, 2]
  param v: real[2, 2] = [[1, 2], [3, 4]]
  minimize sum(u^2) + sum(v^2)  wrt match which { First => u; Second(_at) => v }  using sgd(0.25)
  minimize sum(u^2) + sum(v^2)  wrt (if wide then (u, v) else u)  using sgd(0.25) on u, sgd(0.5) on rest
}
let a = f()
let b = f(Second(1), true)
let moved = v_of([1, 2, 3, 4])
fn v_of(x: real[4]) -> real[4] = x with { ([0], [2]) = 5 }
`,
			{
				"a.u": [0.25, 0.5],
				"a.v": [1, 2, 3, 4],
				"b.u": [0.5, 1],
				"b.v": [0, 0, 0, 0],
				moved: [5, 2, 5, 4],
			},
		);
	});

	it("is the same as a step of a parameter of its own: states, starts, other points, branches", () => {
		const anchored = `optimizer anchored(lr: Rate) for p {
  state anchor = p
  state speed = zeros()
  step(g, gradient) {
    speed <- 0.5 * speed + gradient(p - lr * g)
    p - lr * speed + 0.1 * (anchor - p)
  }
}`;
		const steps = (what: string, using: string): string =>
			`for i in 0..6 { if i != 3 { minimize sum((${what} - 1)^4) + prod(${what})  wrt ${what}  using ${using} } }`;
		for (const using of [
			"adam(0.1)",
			"momentum(0.05)",
			"anchored(0.02)",
			"lbfgs()",
			"clipped(sgd(0.1), 0.5)",
		]) {
			const text = `precision f64
${anchored}
fit part() {
  param v: real[4] = [1, 2, 3, 4]
  ${steps("v[1..3]", using)}
}
fit own() {
  param v: real[2] = [2, 3]
  ${steps("v", using)}
}
let of_part = part().v
let of_own = own().v
`;
			for (const backend of backends) {
				const result = evaluateProgram(text, { backend });
				const [first, ...others] = result.numbers("of_part");
				assert.equal(first, 1);
				assert.equal(others.pop(), 4);
				assert.deepEqual(others, result.numbers("of_own"), using);
				assert.notDeepEqual(others, [2, 3]);
			}
		}
	});
});
