import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { evaluateProgram } from "../support/evaluate.js";
import { fixturePath } from "../support/snapshot.js";
import { assertClose, expectValues, onBackends } from "../support/values.js";

describe("optimizers of one's own", () => {
	it("`if` on options, methods, states that begin with options and the leaf, gradients elsewhere", () => {
		const text = (careful: boolean): string => `precision f64
optimizer ahead(lr: Rate, careful: Bool) for p {
  let twice = 2 * lr
  state rate = twice
  state anchor = p
  state seen: int = 0
  direction(g) = if careful then 2 * g else g
  step(g, gradient) {
    seen <- seen + 1
    if careful { rate <- 0.5 * rate } else { rate <- 0.9 * rate }
    let there = p - lr * direction(g)
    p - rate * gradient(there) + 0.1 * (anchor - p)
  }
}
fit f() {
  param a: real[2] = [1, 2]
  param b: real = 0.5
  repeat 3 {
    let error = a - b
    minimize sum(error^2) + sum(a)^2  using ahead(|t| 0.05 / (1 + t), ${careful})
  }
}
let r = f()
let a = r.a
let b = r.b
`;
		for (const careful of [true, false]) {
			let [a, b] = [[1, 2], 0.5];
			const slopes = (a: readonly number[], b: number): [number[], number] => {
				const total = a.reduce((s, v) => s + v, 0);
				return [a.map((v) => 2 * (v - b) + 2 * total), a.reduce((s, v) => s - 2 * (v - b), 0)];
			};
			let rate = 0.1;
			for (let t = 0; t < 3; t++) {
				const lr = 0.05 / (1 + t);
				rate *= careful ? 0.5 : 0.9;
				const factor = careful ? 2 : 1;
				const [ga, gb] = slopes(a, b);
				// Each leaf looks ahead by itself.
				const [da] = slopes(
					a.map((v, i) => v - lr * factor * (ga[i] as number)),
					b,
				);
				const [, db] = slopes(a, b - lr * factor * gb);
				a = a.map((v, i) => v - rate * (da[i] as number) + 0.1 * ([1, 2][i] as number) - 0.1 * v);
				b = b - rate * db + 0.1 * (0.5 - b);
			}
			expectValues(text(careful), { a, b }, { tolerance: 1e-13 });
		}
	});

	it("a rate, by whatever name, is its value at the step; another function as an option stays one", () => {
		expectValues(
			`precision f64
type Speed = Rate
optimizer shaped(lr: Speed, shape: (int) -> real) for p {
  state first = lr * shape(0)
  step(g) = p - lr * shape(2) * g - first
}
fit f() {
  param a: real = 0
  repeat 2 { minimize a  using shaped(|t| 1 + t, |k| 10 + k) }
}
let a = f().a
`,
			{ a: -(12 + 10 + 24 + 10) },
		);
	});

	it("a line search asks for the objective elsewhere, in a loop of its step", () => {
		const text = `precision f64
optimizer backtracking(first: real) for params {
  step(g, objective, value_and_gradient) {
    let (now, again) = value_and_gradient(params)
    let size = tree.dot(g, again)
    let at = |t| tree.map(params, g, |p, d| p - t * d)
    let found = loop(first, |t| t / 2, until = |t| objective(at(t)) <= now - 0.5 * t * size, limit = 30)
    at(found.last)
  }
}
fit f() {
  param a: real[2] = [1, 2]
  param b: real = 0.5
  repeat 3 { minimize sum((a - b)^4) + 3 * sum(a)^2  using backtracking(1.0) }
}
let r = f()
let a = r.a
let b = r.b
`;
		type Point = readonly [number, number, number];
		let p: Point = [1, 2, 0.5];
		const value = ([x, y, z]: Point): number => (x - z) ** 4 + (y - z) ** 4 + 3 * (x + y) ** 2;
		const slope = ([x, y, z]: Point): Point => {
			const [u, v, w] = [4 * (x - z) ** 3, 4 * (y - z) ** 3, 6 * (x + y)];
			return [u + w, v + w, -u - v];
		};
		for (let k = 0; k < 3; k++) {
			const [from, g]: readonly [Point, Point] = [p, slope(p)];
			const size = g[0] ** 2 + g[1] ** 2 + g[2] ** 2;
			const at = (t: number): Point => [from[0] - t * g[0], from[1] - t * g[1], from[2] - t * g[2]];
			let t = 1;
			while (value(at(t)) > value(from) - 0.5 * t * size) t /= 2;
			p = at(t);
		}
		expectValues(text, { a: [p[0], p[1]], b: p[2] }, { tolerance: 1e-12 });
	});

	it("a step of an inner optimizer inside an expression is made once", () => {
		const declared = (name: string, body: string, subject = "p"): string =>
			`optimizer ${name}(inner: Optimizer, rate: real = 0.5) for ${subject} { step(g) { ${body} } }`;
		const text = (use: string): string => `precision f64
${declared("slow", "p + rate * (inner.step(g) - p)")}
${declared("slow_let", "let there = inner.step(g);  p + rate * (there - p)")}
${declared("whole", "tree.map(params, inner.step(g), |a, b| lerp(a, b, rate))", "params")}
${declared("looped", "0.5 * (p + fold(0..2, (inner.step(g), p).0, |x, _i| -x))")}
${declared("nested", "lerp(p, inner.step(g), rate)")}
fit f(opt: Optimizer) {
  param w: real[3] = [1, -2, 0.5]
  param v: real[2, 2] = [[1, 2], [3, 4]]
  repeat 7 { minimize sum(w^4) + sum(v^2 * w[0])  using opt }
}
let r = f(${use})
let all = concat([r.w, reshape(r.v, [4])])
`;
		for (const inner of ["adam(0.1)", "momentum(0.01)"]) {
			const wanted = evaluateProgram(text(`slow_let(${inner})`)).numbers("all");
			assert.notDeepEqual(wanted, evaluateProgram(text(inner)).numbers("all"));
			for (const outer of ["slow", "whole", "looped", "nested"])
				for (const result of onBackends(text(`${outer}(${inner})`)))
					assertClose(result.numbers("all"), wanted, 1e-14, `${outer} of ${inner}`);
		}
	});

	it("of all parameters together, with steps of inner optimizers: the checks of the fixture", () => {
		const text = readFileSync(fixturePath("ok", "whole-optimizers.ansatz"), "utf8");
		for (const result of onBackends(text)) {
			const checks = result.eventsOf("check");
			assert.equal(checks.length, 8);
			for (const check of checks) assert.ok(check.passed, check.source);
		}
	});

	it("a state that begins with the leaf does so at the first step, as does one that begins with what a turn computes", () => {
		expectValues(
			`precision f64
optimizer anchored() for p {
  state anchor = p
  step(g) = p + 0.5 * (anchor - p) + 0 * g
}
optimizer outer(inner: Optimizer) for params { step(g) = inner.step(g) }
optimizer lasting(lr: Rate) for p {
  state last: real = lr
  step(g) { last <- 0.5 * last + lr;  p - last * g }
}
fit behind(opt: Optimizer) {
  param w: real = 1
  repeat 1 {
    minimize w^2  using sgd(0.25)
    minimize w^2  using opt
  }
}
fit later(opt: Optimizer) {
  param w: real = 1
  for i in 0..3 {
    if i == 0 { w <- 0.5 } else { minimize w^2  using opt }
    w <- 2 * w
  }
}
fit nested() {
  param w: real[2] = [1, 3]
  repeat 2 {
    repeat 2 { minimize 0 * w[0]  wrt w[0]  using anchored() }
    w <- 2 * w
  }
}
fit computed() {
  param w: real = 1
  for i in 0..3 { minimize w^2  using lasting(0.1 / (1 + i)) }
}
let a = [behind(anchored()).w, behind(outer(anchored())).w]
let b = [later(anchored()).w, later(outer(anchored())).w]
let c = nested().w
let d = computed().w
`,
			{
				a: [0.5, 0.5],
				// 0.5, 1; the anchor is 1: 1, 2; 1.5, 3.
				b: [3, 3],
				// 1, 1, 2; the anchor is 1: 1.5, 1.25, 2.5.
				c: [2.5, 12],
				// By hand: rates 0.1, 0.05, 1/30; sums 0.15, 0.125, 0.0958333.
				d: 0.7 * 0.75 * (1 - 2 * (0.0625 + 0.1 / 3)),
			},
		);
	});
});
