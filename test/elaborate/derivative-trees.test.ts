import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { backends } from "../support/run.js";
import { assertClose, expectValues } from "../support/values.js";

describe("derivatives of trees by trees", () => {
	it("are trees of matrices, by rows and by columns, under binders", () => {
		expectValues(
			`precision f64
import std.nn { Linear }
let wide = jacobian(|w: (a: real[2], b: real)| (u = w.a * w.b, v = w.b))((a = [1.0, 2], b = 3.0))
let narrow = jacobian(|w: (real[2], real)| sum(w.0) * w.1)(([1.0, 2], 3.0))
let curved = hessian(|w: (a: real[2], b: real)| sum(w.a^2) * w.b)((a = [1.0, 2], b = 3.0))
let many = for k in 3: jacobian(|w: (a: real[2], b: real)| (u = w.a * w.b, v = w.b * k))((a = [1.0 * k, 2], b = 3.0))
let net = Linear(2, 2)
let by_model = jacobian(|n: Linear(2, 2)| n([1.0, 2]))(net)
let of_model = hessian(|n: Linear(2, 2)| sum(n([1.0, 2])^2) / 2)(net)
let third = jacobian(hessian(|w: (a: real, b: real)| w.a^2 * w.b^3))((a = 2.0, b = 3.0))
`,
			{
				"wide.u.a": [3, 0, 0, 3],
				"wide.u.b": [1, 2],
				"wide.v.a": [0, 0],
				"wide.v.b": 1,
				"narrow.0": [3, 3],
				"narrow.1": 3,
				"curved.a.a": [6, 0, 0, 6],
				"curved.a.b": [2, 4],
				"curved.b.a": [2, 4],
				"curved.b.b": 0,
				"many.u.a": [3, 0, 0, 3, 3, 0, 0, 3, 3, 0, 0, 3],
				"many.u.b": [0, 2, 1, 2, 2, 2],
				"many.v.b": [0, 1, 2],
				"by_model.weight": [1, 0, 2, 0, 0, 1, 0, 2],
				"by_model.bias": [1, 0, 0, 1],
				// x_i x_j for each output by itself
				"of_model.weight.weight": [1, 0, 2, 0, 0, 1, 0, 2, 2, 0, 4, 0, 0, 2, 0, 4],
				"of_model.weight.bias": [1, 0, 0, 1, 2, 0, 0, 2],
				"third.a.a.b": 2 * 3 * 9,
				"third.a.b.a": 2 * 3 * 9,
				"third.b.b.b": 4 * 6,
				"third.a.b.b": 2 * 2 * 6 * 3,
			},
			{ tolerance: 1e-12 },
		);
	});

	it("are in the format of what they are by", () => {
		for (const backend of backends) {
			const result = evaluateProgram(
				`fn f(w: (a: f64[2], b: f32)) -> f64 = sum(w.a^2) * f64(w.b)
let h = hessian(f)((a = f64([1.0, 2]), b = f32(3.0)))
let ab = h.a.b;  let ba = h.b.a;  let aa = h.a.a
let narrowed = jacobian(|x: f64[2]| f32(x^2))(f64([1.0, 2]))
let widened = jacobian(|x: f32[2]| f64(x^3))(f32([1.0, 2]))`,
				{ backend },
			);
			const formats = ["ab", "ba", "aa", "narrowed", "widened"].map((name) => result.element(name));
			assert.deepEqual(formats, ["f32", "f64", "f64", "f64", "f32"]);
			assertClose(result.numbers("ab"), [2, 4], 1e-6, "ab");
			assertClose(result.numbers("ba"), [2, 4], 1e-6, "ba");
			assertClose(result.numbers("aa"), [6, 0, 0, 6], 1e-12, "aa");
			assertClose(result.numbers("narrowed"), [2, 0, 0, 4], 1e-6, "narrowed");
			assertClose(result.numbers("widened"), [3, 0, 0, 12], 1e-6, "widened");
		}
	});

	it("go by lists, stacks, tuples of parts, and what a reparametrization computes a weight from", () => {
		expectValues(
			`precision f64
import std.nn { Linear }
import std.weights { cayley, lora, orthogonal }
let list = grad(|ws| sum(ws[0]^2) + sum(ws[1]))([ones([2]), ones([3])])
let pulled = vjp(|x: real| [x * ones([2]), x^2 * ones([3])], 2.0).1([ones([2]), ones([3])])
fn weighted(ms: Linear(2, 1)[3]) -> real = sum k in 3: k * ms[k]([1, 2])[0]
let stacked = grad(weighted)(for k in 3: Linear(2, 1))
fn growing(ls: [for i in 0..3: Linear(i + 1, i + 2)]) -> real = sum(ls[0]([1.0])) + 2 * sum(ls[2]([1.0, 2, 3]))
let family = grad(growing)([for i in 0..3: Linear(i + 1, i + 2)])
model Parts() {
  pair = (Linear(2, 1), relu, Linear(2, 1))
  op = choice [relu, tanh]
  param w: real[2] = [1, 2]
  (x: real[2]) -> real = pair.0(x)[0] + 2 * pair.2(x)[0] + sum(mixed(op)(w))
}
let parts = grad(|m: Parts| m([1, 2]))(Parts())
let by_logits = (relu([1, 2]) - tanh([1, 2])) |> sum
let low = Linear(2, 2) with { weight by lora(2) }
let slope = grad(|m| sum(m([1, 2])^2))(low)
let along = (sum(assemble(low, tree.map(trainable(low), slope, |p, d| p + 1e-6 * d))([1, 2])^2)
  - sum(assemble(low, tree.map(trainable(low), slope, |p, d| p - 1e-6 * d))([1, 2])^2)) / 2e-6
let gap = along / tree.dot(slope, slope) - 1
model Turned() {
  param w: real[3, 3] in orthogonal by cayley = identity()
  param b: real[2] in nonnegative by reparametrization = [1, 2]
  (x: real[3]) -> real = sum k in 3: (k + 1) * sin((w @ x)[k] + sum(b))
}
let turned = Turned()
let slopes = grad(|m: Turned| m([3, 1, 2]))(turned)
let there = (assemble(turned, tree.map(trainable(turned), slopes, |p, d| p + 1e-6 * d))([3, 1, 2])
  - assemble(turned, tree.map(trainable(turned), slopes, |p, d| p - 1e-6 * d))([3, 1, 2])) / 2e-6
let gap_turned = there / tree.dot(slopes, slopes) - 1
`,
			{
				list: [2, 2, 1, 1, 1],
				pulled: 2 + 3 * 4,
				"stacked.weight": [0, 0, 1, 2, 2, 4],
				"stacked.bias": [0, 1, 2],
				"family.0.weight": [1, 1],
				"family.1.bias": [0, 0, 0],
				"family.2.weight": [2, 2, 2, 2, 4, 4, 4, 4, 6, 6, 6, 6],
				"parts.pair.0.weight": [1, 2],
				"parts.pair.2.weight": [2, 4],
				// the derivative of the mean of both branches by the logits at equal probabilities
				"parts.op.logits": [(3 - Math.tanh(1) - Math.tanh(2)) / 4, -(3 - Math.tanh(1) - Math.tanh(2)) / 4],
				gap: 0,
				gap_turned: 0,
			},
			{ tolerance: 1e-7 },
		);
	});

	it("go by what a signature leaves open, and nest", () => {
		expectValues(
			`precision f64
import std.nn { Linear }
fn descended(f: (T) -> real, w: T) -> T where T: tree =
  assemble(w, tree.map(trainable(w), grad(f)(w), |p, d| p - 0.1 * d))
fn steepness(f: (T) -> real, w: T) -> real where T: tree = { let d = grad(f)(w);  tree.dot(d, d) }
fn slope(f: (T) -> real, w: T) where T: tree = grad(f)(w)
fn both(f: (T, real) -> real, w: T) -> real where T: tree = grad(|(v, t)| f(v, t))((w, 2.0)).1
let number = descended(|x| x^2, 3.0)
let record = descended(|x| sum(x.a^2) * x.b, (a = [1.0, 2], b = 2.0))
let net = Linear(2, 1)
let moved = descended(|n| n([1.0, 2])[0], net).weight - net.weight
fn weighted(ms: Linear(2, 1)[3]) -> real = sum k in 3: k * ms[k]([1, 2])[0]
let members = for k in 3: Linear(2, 1)
let stacked = descended(weighted, members).weight - members.weight
let steep = steepness(|v| sum(v^3), [1.0, 2])
let nested = grad(|w| steepness(|v| sum(v^3), w))([1.0, 2])
let lanes = for k in 3: descended(|x| x^2 * k, 1.0)
let bias = slope(|n: Linear(2, 1)| n([1.0, 2])[0], net).bias
let part = both(|x, t| sum(x) * t, [1.0, 2])
`,
			{
				number: 2.4,
				"record.a": [0.6, 1.2],
				"record.b": 1.5,
				moved: [-0.1, -0.2],
				stacked: [0, 0, -0.1, -0.2, -0.2, -0.4],
				steep: 9 + 144,
				nested: [36, 288],
				lanes: [1, 0.8, 0.6],
				bias: 1,
				part: 3,
			},
			{ tolerance: 1e-12 },
		);
	});

	it("of a flattened tree of any structure", () => {
		expectValues(
			`precision f64
import std.nn { Linear, MLP }
fn moved(net: T, f: (T) -> real) -> T where T: tree = {
  let g = tree.flatten(grad(f)(net))
  tree.unflatten(tree.flatten(net) - 0.1 * g / norm(g), net)
}
fn dot(a: T, b: T) -> real where T: tree = sum i: tree.flatten(a)[i] * tree.flatten(b)[i]
fn with_more(a: T) -> real where T: tree = sum(tree.flatten((a, ones([3]))))
fn squares(s: T[k]) -> real where T: tree = sum(tree.flatten(s)^2)
fn newton(f: (T) -> real, w: T) -> T where T: tree = {
  let g = |v| f(tree.unflatten(v, w))
  let at = tree.flatten(w)
  let h = hessian(g)(at)
  let slope = grad(g)(at)
  tree.unflatten(at - for i: sum j: h[i, j] * slope[j] / 4, w)
}
let net = MLP([2, 3, 1])
let step = norm(tree.flatten(moved(net, |n| n([1.0, 2])[0])) - tree.flatten(net))
let product = dot((x = [1.0, 2], y = 3.0), (x = [4.0, 5], y = 6.0))
let more = with_more([1.0, 2])
let members = for k in 3: Linear(2, 1)
let gap = squares(members) - sum(tree.flatten(members)^2)
let least = newton(|w| sum(w.a^2) + w.b^2, (a = [1.0, 2], b = 3.0))
`,
			{ step: 0.1, product: 32, more: 6, gap: 0, "least.a": [0, 0], "least.b": 0 },
			{ tolerance: 1e-12 },
		);
	});

	it("a minimum may have leaves of several formats", () => {
		for (const backend of backends) {
			const result = evaluateProgram(
				`let start = (a = f64([1.0, 2]), b = f32(3.0))
fn loss(w: (a: f64[2], b: f32), p: f32) -> f64 = sum((w.a - [3, 4])^2) + f64((w.b - p)^2 + 0.1 * w.b^4)
let steps = argmin(start, |w| loss(w, f32(2.0)), using = sgd(0.05), steps = 200)
let quick = argmin(start, |w| loss(w, f32(2.0)), using = lbfgs(), steps = 30)
let (b, a) = (steps.b, steps.a)
let unrolled = grad(|p| argmin(start, |w| loss(w, p), using = sgd(0.05), steps = 200).b)(f32(2.0))
let implicitly = grad(|p| argmin(start, |w| loss(w, p), using = sgd(0.05), steps = 200, gradient = implicit(cg(20))).b)(f32(2.0))`,
				{ backend },
			);
			assert.deepEqual([result.element("a"), result.element("b")], ["f64", "f32"]);
			// 2 (b - 2) + 0.4 b^3 = 0
			const root = 1.4233182942;
			assertClose(result.numbers("a"), [3, 4], 1e-8, "a");
			assertClose(result.numbers("b"), [root], 1e-6, "b");
			assertClose(result.numbers("quick"), [3, 4, root], 1e-6, "quick");
			const slope = 1 / (1 + 0.6 * root ** 2);
			assertClose(result.numbers("unrolled"), [slope], 1e-6, "unrolled");
			assertClose(result.numbers("implicitly"), [slope], 1e-6, "implicitly");
		}
	});
});
