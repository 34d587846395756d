import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { assertClose } from "../support/values.js";

/** Programs of papers that are loops and derivatives, as they are written. */
describe("programs of loops and derivatives", () => {
	it("Burgers' equation by a physics-informed network", () => {
		const result = evaluateProgram(`import std.nn { MLP }
let nu = 0.01 / pi
model Field() {
  net = MLP([2, 20, 20, 20, 1], activation = tanh)
  (x: real, t: real) -> real = net([x, t])[0]
}
fit burgers() {
  u = Field()
  let u_x = grad(u, .x);  let u_t = grad(u, .t);  let u_xx = grad(u_x, .x)
  repeat 60 {
    let x = uniform([100], -1, 1);  let t = uniform([100], 0, 1)                    // new at each turn
    minimize
      equation: mean i: (u_t(x[i], t[i]) + u(x[i], t[i]) * u_x(x[i], t[i]) - nu * u_xx(x[i], t[i]))^2
      initial:  mean i: (u(x[i], 0) + sin(pi * x[i]))^2
      boundary: mean i: (u(-1, t[i])^2 + u(1, t[i])^2)
    using adam(1e-2)
  }
}
let loss = burgers().run.history.loss
`);
		const loss = result.numbers("loss");
		const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
		assert.ok(mean(loss.slice(-10)) < 0.7 * mean(loss.slice(0, 5)), `${loss}`);
	});

	it("the inversion of a sampler: a fold over pairs of fixed points, and its derivative", () => {
		const program = (start: string) => `precision f64
fn ddim_step(z: real[d], e: real[d], from: real, to: real) -> real[d] =
  sqrt(to / from) * z + (sqrt(1 - to) - sqrt(to * (1 - from) / from)) * e
fn invert(eps: (real[d], real) -> real[d], start: real[d], alphas: real[t]) -> real[d] =
  fold(pairs(alphas), start, |z, (from, to)|
    fixed_point(z, |guess| ddim_step(z, eps(guess, to), from, to), tolerance = 1e-12, limit = 50))
fn inverted(start: real[2]) -> real[2] = invert(|x, a| a * tanh(x), start, [0.9, 0.7, 0.5, 0.3])
let z = inverted(${start})
let slopes = jacobian(inverted)([0.3, -0.8])
`;
		const at = [0.3, -0.8];
		const alphas = [0.9, 0.7, 0.5, 0.3];
		const invert = (start: number): number =>
			alphas.slice(1).reduce((z, to, k) => {
				const from = alphas[k] as number;
				let guess = z;
				for (let i = 0; i < 200; i++) {
					const e = to * Math.tanh(guess);
					guess = Math.sqrt(to / from) * z + (Math.sqrt(1 - to) - Math.sqrt((to * (1 - from)) / from)) * e;
				}
				return guess;
			}, start);
		const result = evaluateProgram(program("[0.3, -0.8]"));
		assertClose(result.numbers("z"), at.map(invert), 1e-10, "z");
		const slope = (x: number) => (invert(x + 1e-5) - invert(x - 1e-5)) / 2e-5;
		assertClose(result.numbers("slopes"), [slope(0.3), 0, 0, slope(-0.8)], 1e-8, "slopes");
	});

	it("learning online: a scan over the rows of a data set in their order", () => {
		const rows = [
			[1, 2, 1],
			[0.5, 1, 0],
			[-1, 1, 1],
			[2, 0, 1],
		];
		const result = evaluateProgram(
			`precision f64
data stream = csv("d.csv", label = "y")
fn predict(w: real[n], x: real[n]) -> real = sum(w * x)
fn update(w: real[n], x: real[n], y: real) -> real[n] = w - 0.1 * grad(|v| (predict(v, x) - y)^2)(w)
let start = zeros([2])
let (last, losses) = scan(stream, start, |state, (x, y)| {               // a stream in its order
  let p = predict(state, x)
  (update(state, x, y), (p - y)^2)
})
`,
			{ files: { "d.csv": `a,b,y\n${rows.map((r) => r.join(",")).join("\n")}\n` } },
		);
		let w = [0, 0];
		const losses = rows.map(([a = 0, b = 0, y = 0]) => {
			const error = (w[0] as number) * a + (w[1] as number) * b - y;
			w = [(w[0] as number) - 0.2 * error * a, (w[1] as number) - 0.2 * error * b];
			return error ** 2;
		});
		assertClose(result.numbers("last"), w, 1e-12, "last");
		assertClose(result.numbers("losses"), losses, 1e-12, "losses");
	});

	it("a recurrent network by a fold over a tensor learns to remember the first input", () => {
		const result = evaluateProgram(`import std.nn { Linear }
model Recurrent(hidden: Int, classes: Int) {
  param recurrent: real[hidden, hidden] = identity()
  input = Linear(1, hidden);  head = Linear(hidden, classes)
  (x: real[t, b, 1]) -> real[b, classes] =
    head(fold(x, zeros([b, hidden]), |h, now| tanh(h @ recurrent + input(now))))
}
fit remembering() {
  net = Recurrent(8, 2)
  repeat 150 {
    let x = normal([6, 32, 1])
    let label = for i: if x[0, i, 0] > 0 then 1 else 0
    minimize mean i: (softplus(net(x)[i, 1]) - label[i] * net(x)[i, 1])  using adam(2e-2)
  }
}
let loss = remembering().run.history.loss
`);
		const loss = result.numbers("loss");
		const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
		assert.ok(mean(loss.slice(-10)) < 0.4, `${loss.slice(-10)}`);
	});

	it("checkpoints change no number", () => {
		const [plain, kept] = ["", ", checkpoint = true"].map((option) =>
			evaluateProgram(`precision f64
let xs = for i in 50: sin(1.0 * i)
fn f(w: real) -> real = fold(xs, 0.1, |h, x| tanh(w * h + x * w)${option})
fn g(w: real) -> real = iterate(30, w, |v| v - 0.1 * v^3${option})
fn h(w: real) -> real = loop(w, |v| v * 0.9, until = |v| v < 0.1, limit = 40${option}).last
let slopes = [grad(f)(0.7), grad(g)(0.7), grad(h)(0.7), grad(grad(f))(0.7)]
`).numbers("slopes"),
		);
		assertClose(kept ?? [], plain ?? [], 1e-13, "slopes");
	});
});
