import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { expectValues } from "../support/values.js";

const declarations = `precision f64
model Affine(n: Int, m: Int, biased: Bool = true, gain: real = 1) {
  param weight: real[n, m] = for i in n, j in m: i + 2 * j
  param bias: real[m] if biased = ones()
  let total = sum(weight)
  (x: real[...b, n]) -> real[...b, m] = gain * (if biased then x @ weight + bias else x @ weight)
  energy() -> real = sum i, j: weight[i, j]^2
  shifted(x: real[n], by: real = 1) -> real = energy() + sum(x) + by
}
model Chain(widths: List[Int]) where len(widths) >= 2 {
  layers = [for (a, b) in pairs(widths): Affine(a, b)]
  head = Affine(last(widths), 1, biased = false)
  (x: real[first(widths)]) -> real[1] = head(last(layers)(fold(init(layers), x, |h, layer| layer(h))))
}
`;

describe("models", () => {
	it("parameters, optional ones, options, lets, methods", () => {
		expectValues(
			`${declarations}
let a = Affine(2, 2)
let y = a([[1.0, 2], [3, 4]])
let bare = Affine(2, 2, biased = false, gain = 10)
let z = bare([1.0, 2])
let e = a.energy()
let s = a.shifted([1.0, 2])
let t = a.total
let n = bare.n
let w = a.weight
let half = Affine(2, 2, gain = 0.5 * y[0, 0])
let h = half([1.0, 2])
`,
			{
				y: [
					[3, 9],
					[5, 19],
				],
				z: [20, 80],
				e: 0 + 4 + 1 + 9,
				s: 14 + 3 + 1,
				t: 6,
				n: 2,
				w: [0, 2, 1, 3],
				h: [4.5, 13.5],
			},
		);
	});

	it("a model in a model, a list of models, places in them", () => {
		// 2 -> 3 -> 2 -> 1, the last without bias
		const first = [
			[0, 2, 4],
			[1, 3, 5],
		];
		const second = [
			[0, 2],
			[1, 3],
			[2, 4],
		];
		const x = [1, 2];
		const h = [0, 1, 2].map(
			(j) => 1 + x.reduce((s, a, i) => s + a * ((first[i] as number[])[j] as number), 0),
		);
		const g = [0, 1].map((j) => 1 + h.reduce((s, a, i) => s + a * ((second[i] as number[])[j] as number), 0));
		const y = g[1] as number;
		const squares = (m: readonly number[][]) => m.flat().reduce((s, a) => s + a * a, 0);
		expectValues(
			`${declarations}
let net = Chain([2, 3, 2])
let y = net([1.0, 2])
let all = sum w in net.**.weight: sum(w^2)
let biases = sum b in net.**.bias: sum(b)
let one = sum(net.layers[1].bias)
let layers = sum w in net.layers.*.weight: sum(w^2)
let largest = max w in net.**.weight: max(w)
`,
			{
				y,
				all: squares(first) + squares(second) + 1,
				biases: 5,
				one: 2,
				layers: squares(first) + squares(second),
				largest: 5,
			},
		);
	});

	it("the standard MLP is its layers with the activation between", () => {
		const text = `precision f64
import std.nn { MLP }
let net = MLP([2, 3, 2], activation = tanh)
let x: real[2] = [0.5, -1]
let y = net(x)
let byhand = tanh(x @ net.layers[0].weight + net.layers[0].bias) @ net.layers[1].weight + net.layers[1].bias
let start = net.layers[0].bias
`;
		const result = evaluateProgram(text);
		assert.deepEqual(result.numbers("y"), result.numbers("byhand"));
		assert.deepEqual(result.numbers("start"), [0, 0, 0]);
	});

	it("leading axes are mapped over: a stack at once is each of its parts", () => {
		expectValues(
			`precision f64
import std.nn { Linear, MLP }
model Attention(d: Int) {
  query = Linear(d, d);  key = Linear(d, d, biased = false);  after = MLP([d, 2 * d, d])
  (x: real[...b, n, d]) -> real[...b, n, d] = {
    let q = query(x)
    let k = key(x)
    let scores = for ...b, i, j: (sum c: q[...b, i, c] * k[...b, j, c]) / sqrt(d)
    let weights = softmax(scores)
    let mixed = for ...b, i, c: sum j: weights[...b, i, j] * x[...b, j, c]
    x + after(mixed)
  }
}
let net = Attention(4)
let x = seed 1 { normal([2, 3, 4]) }
let whole = net(x)
let parts = for i: net(x[i, :, :])
let apart = max(abs(whole - parts))
let first = max(abs(whole[0, :, :] - net(x[0, :, :])))
let far = max(abs(whole - x)) > 0.01
`,
			{ apart: 0, first: 0, far: 1 },
		);
	});
});

describe("elaborate: parameters under conditions", () => {
	it("on entries and lengths of lists, and on texts", () => {
		expectValues(
			`precision f64
model Optional(widths: List[Int], kind: String = "plain") {
  param a: real[widths[0]] if len(widths) > 2 = ones()
  param b: real if kind == "scaled" = 2
  param c: real if widths[0] >= 4 = 3
  param d: real[2] if kind != "plain" and len(widths) == 1 = ones()
  () -> real = (if len(widths) > 2 then sum(a) else 0) + (if kind == "scaled" then b else 0) + (if widths[0] >= 4 then c else 0) + (if kind != "plain" and len(widths) == 1 then sum(d) else 0)
}
let values = [Optional([2, 3, 4])(), Optional([5])(), Optional([1], kind = "scaled")(), Optional([4, 2, 1], kind = "x")()]
let a = Optional([2, 3, 4]).a
let b = Optional([5], kind = "scaled").b`,
			{ values: [2, 3, 4, 7], a: [1, 1], b: 2 },
		);
	});
});
