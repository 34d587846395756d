import { expectValues } from "../support/values.js";

/** Models side by side: what is said of one holds for each by itself. */

const two = `precision f64
import std.weights { cayley, weight_norm, lora }
import std.nn { MLP, Linear }
constraint unit() for w: real[n] { violation = abs(norm(w) - 1);  project = w / norm(w) }
constraint within(radius: real) for w: real[n] { violation = relu(norm(w) - radius);  project = w * min(1, radius / norm(w)) }
reparam summed() for w: real[n, m] { param g: real[n, m] = w;  g / sum(g^2) }
let members = for k in 4: MLP([2, 8, 1])
fn near(a: real[...s], b: real[...s]) -> bool = all(abs(a - b) < 1e-12)
`;

describe("elaborate: stacks of models", () => {
	it("computes a reparametrized weight of each by itself", () => {
		expectValues(
			`${two}
model Two() { param a: real[3, 3] by cayley = identity();  param b: real[2, 3] by weight_norm = normal();  () -> real = sum(a) + sum(b) }
let whole = for k in 4: Linear(2, 3) with { weight by summed() }
let apart = max(abs(whole.weight - for k in 4, i in 2, j in 3: whole[k].weight[i, j]))
let merged = max(abs(merge(whole).weight - whole.weight))
fn made(k: int) -> Two = { let t = Two();  check k >= 0;  t }
let host = for k in 0..3: made(k)
let again = max(abs(host.b - for k in 3, i in 2, j in 3: host[k].b[i, j]))
let cold = for k in 0..3: frozen(made(k))
let colder = max(abs(cold.a - for k in 3, i in 3, j in 3: cold[k].a[i, j]))
fit moved() {
  nets = for k in 4: Two()
  repeat 5 { minimize (sum k in 4: nets[k]())  using sgd(0.1) }
  track apart = max(abs(nets.b - for k in 4, i in 2, j in 3: nets[k].b[i, j]))
}
let late = moved().apart`,
			{ apart: 0, merged: 0, again: 0, colder: 0, late: 0 },
		);
	});

	it("holds a declared constraint in each by itself, with the options of each", () => {
		expectValues(
			`${two}
model One() { param a: real[3] in unit = normal();  (x: real[3]) -> real = sum i: a[i] * x[i] }
model Ball(r: real) { param a: real[3] in within(r) = ones();  (x: real[3]) -> real = sum i: a[i] * x[i] }
fit f() {
  ones_ = for k in 4: One();  balls = for k in 3: Ball(1 + k)
  repeat 200 { minimize (sum k in 4: ones_[k]([1, 2, 3])) - (sum k in 3: balls[k]([1, 2, 3]))  using sgd(0.5) }
}
let r = f()
let norms = for k in 4: norm(r.ones_.a[k, :])
let radii = for k in 3: norm(r.balls.a[k, :])
let direction = r.ones_.a[2, :] * sqrt(14)`,
			{ norms: [1, 1, 1, 1], radii: [1, 2, 3], direction: [-1, -2, -3] },
			// The projected steps draw near to the optimum.
		);
	});

	it("replaces parts of all, and of some", () => {
		expectValues(
			`${two}
let one = MLP([2, 8, 1])
let a = members with { [0] = one }
let a0 = near(a.layers[0].weight[0, :, :], one.layers[0].weight)
let a1 = near(a.layers[0].weight[1.., :, :], members.layers[0].weight[1.., :, :])
let b = members with { [1].layers[0].bias = 1;  [2..4].layers[1].bias += 2 }
let b0 = for k in 4: sum(b.layers[0].bias[k, :])
let b1 = for k in 4: sum(b.layers[1].bias[k, :])
let c = members with { [0..2] = members[2..4] }
let c0 = near(c.layers[1].weight[0, :, :], members.layers[1].weight[2, :, :]) and near(c.layers[1].weight[3, :, :], members.layers[1].weight[3, :, :])
let d = members with { layers[0].weight by weight_norm;  .**.bias |> |b| b + 1 }
let d0 = near(d.layers[0].weight, members.layers[0].weight)
let d1 = sum(d.layers[0].bias)
let e = members with { layers[0] = for k in 4: Linear(2, 8) }
let e0 = near(e[2]([1, 2]), relu([1.0, 2.0] @ e.layers[0].weight[2, :, :]) @ members.layers[1].weight[2, :, :])
let at = argmax(for k in 4: -abs(k - 3))
let f = members with { [at].layers[1].bias = 5 }
let f0 = for k in 4: sum(f.layers[1].bias[k, :])
let runs = for s in 0..3: (loss = 1.0 * s, net = members[s])
let g = runs with { [1].loss = 7;  [2].net.layers[0].bias = 3 }
let g0 = for k in 3: sum(g.net.layers[0].bias[k, :])`,
			{
				a0: 1,
				a1: 1,
				b0: [0, 8, 0, 0],
				b1: [0, 0, 2, 2],
				c0: 1,
				d0: 1,
				d1: 32,
				e0: 1,
				f0: [0, 0, 0, 5],
				"g.loss": [0, 7, 2],
				g0: [0, 0, 24],
			},
		);
	});

	it("trains what is put on a stack, and not what is frozen", () => {
		expectValues(
			`${two}
fit tuned() {
  nets = members with { layers[0].weight by lora(2) }
  fixed = frozen(members)
  repeat 3 { minimize (sum k in 4: (nets[k]([1, 2])[0] - fixed[k]([1, 2])[0] - k)^2)  wrt nets.layers[0].weight.{a, b}  using sgd(0.1) }
}
let r = tuned()
let base = near(r.nets.layers[0].weight.base, members.layers[0].weight)
let moved = for k in 4: near(r.nets.layers[0].weight[k, :, :], members.layers[0].weight[k, :, :])
let still = near(r.fixed.layers[1].weight, members.layers[1].weight) and near(r.nets.layers[1].weight, members.layers[1].weight)`,
			{ base: 1, moved: [1, 0, 0, 0], still: 1 },
		);
	});

	it("changes stacks of stacks, and evaluates stacks for no training", () => {
		expectValues(
			`${two}
model Noisy(scale: real) { param w: real[2] = ones();  (x: real[2]) -> real = if training then 100 * sum(x * w) else scale * sum(x * w) }
let nested = for i in 2, j in 3: Linear(2, 2)
let a = nested with { [1, 2].bias = 5;  [0, :].bias += 1 }
let a0 = for i in 2, j in 3: sum(a[i, j].bias)
let b = nested with { weight by weight_norm }
let b0 = near(b.weight, nested.weight)
let c = nested with { [1] = for j in 3: Linear(2, 2) }
let c0 = near(c[0].weight, nested[0].weight)
let d = nested[1] with { [2].bias = 1 }
let d0 = d.bias
fit f() {
  nets = for k in 3: Noisy(1 + k)
  repeat 1 {
    let calm = eval(nets)
    minimize (sum k in 3: nets[k]([1, 1])) - (sum k in 3: calm[k]([1, 1]))  using sgd(0.01)
  }
}
let w = f().nets.w`,
			{
				a0: [2, 2, 2, 0, 0, 10],
				b0: 1,
				c0: 1,
				d0: [0, 0, 0, 0, 1, 1],
				w: [0.01, 0.01, 0.02, 0.02, 0.03, 0.03],
			},
		);
	});

	it("takes several entries of a list as places", () => {
		expectValues(
			`${two}
let listed = [Linear(2, 3), Linear(3, 4), Linear(4, 2)]
let a = listed with { [0].bias = 1;  [1..3].weight |> |w| 2 * w }
let a0 = for k in 1: sum(a[0].bias)
let a1 = near(a[1].weight, 2 * listed[1].weight) and near(a[0].weight, listed[0].weight)
let b = frozen(listed) with { .**.bias = 3 }
let b0 = sum(b[2].bias)
let net = MLP([2, 3, 4, 1])
let c = net with { init(layers).*.weight by lora(1);  drop(layers, 2).*.bias = 3 }
let c0 = [sum(c.layers[2].bias), sum(c.layers[1].bias), count(c.**.a), count(c.**.b)]`,
			{ a0: [3], a1: 1, b0: 6, c0: [3, 0, 5, 7] },
		);
	});

	it("has as many axes as what was put side by side, in models, records and results of fits", () => {
		expectValues(
			`precision f64
import std.nn { Linear }
fit run(e: real, a: real) {
  param theta: real[2] = [e, a]
  net = Linear(2, 1)
  repeat 1 { minimize sum(theta^2) + mean(net([e, a])^2)  using sgd(0) }
}
let ours = for e in [1.0, 2.0, 3.0], a in [10.0, 20.0]: run(e, a)
let one = [ours[1, 1].theta, ours[1][1].theta, ours.theta[1, 1, :]]
let table = for e in 3, a in 2: ours[e, a].theta[0] + ours[e][a].theta[1]
let rows = ours[1.., 0].theta
let called = [ours[2, 1].net([3, 4])[0], ours[2][1].net([3, 4])[0], ours.net[2, 1]([3, 4])[0]]
let wanted = ours.net[2, 1].weight[0, 0] * 3 + ours.net[2, 1].weight[1, 0] * 4
let apart = max(abs(called - wanted))`,
			{
				one: [2, 20, 2, 20, 2, 20],
				table: [11, 21, 12, 22, 13, 23],
				rows: [2, 10, 3, 10],
				apart: 0,
			},
		);
	});

	it("has a default outside, of which nothing is seen inside", () => {
		expectValues(
			`${two}
fn log_of(a: real) -> (x: real, y: real[2]) = (x = log(a), y = [a, a])
let runs = for k in 3, j in 2: (x = 10.0 * k + j, y = [1.0 * k, 1.0 * j])
let near_end = for k in 4: runs[k - 1, 1 else (x = -1, y = [0, 0])].x
let pairs_of = for k in 4: sum(runs[k, 2 - k else (x = -1, y = [5, 5])].y)
let whole = runs[7 else runs[2]].x
let slope = grad(|a| sum k in 3: runs[k, 0 else log_of(a)].x)(0.0)
let slopes = grad(|a| sum k in 4: runs[k, 0 else log_of(a)].x)(2.0)
let before = for k in 4: members[k - 1 else members[3]]([1, 2])[0]
let direct = for k in 4: members[(k + 3) % 4]([1, 2])[0]
let last = members[9 else members[1]]([1, 2]) - members[1]([1, 2])
let apart = max(abs(before - direct))`,
			{
				near_end: [-1, 1, 11, 21],
				pairs_of: [10, 2, 2, 10],
				whole: [20, 21],
				slope: 0,
				slopes: 0.5,
				last: [0],
				apart: 0,
			},
		);
	});

	it("a computed condition chooses between models, and only the chosen one has a derivative", () => {
		expectValues(
			`${two}
fn better(c: real, a: MLP([2, 8, 1]), b: MLP([2, 8, 1])) -> MLP([2, 8, 1]) = if c > 0 then a else b
fn value(c: real, a: MLP([2, 8, 1])) -> real = better(c, a, members[1])([1, 2])[0]
let values = [value(1, members[0]) - members[0]([1, 2])[0], value(-1, members[0]) - members[1]([1, 2])[0]]
let taken = grad(value, .a)(1, members[0]).layers[1].bias
let left = grad(value, .a)(-1, members[0]).layers[1].bias
let several = for k in 4: better(k - 1.5, members[k], members[0])([1, 2])[0]
let direct = for k in 4: members[if k >= 2 then k else 0]([1, 2])[0]
let apart = max(abs(several - direct))`,
			{ values: [0, 0], taken: [1], left: [0], apart: 0 },
		);
	});

	it("of models that own stacks: options, methods and parts of each", () => {
		expectValues(
			`precision f64
model A(s: real) {
  param w: real[2] = for i in 2: s + i
  v() -> real = sum(w) + s
}
model B(s: real, frozen_one: Bool = false) {
  p = for k in 2: A(s + 10 * k)
  q = frozen(A(2 * s))
  total() -> real = sum c in p: c.v()
  second() -> real = p[1].v()
}
let bs = for k in 3: B(100 * k)
fn of_all(bs: B[3]) -> real[3] = for b in bs: b.total()
let one = bs[2].p[1].w
let across = bs.p[1].w
let both = bs.p[1, 0].w
let totals = of_all(bs)
let second = bs[1].second()
let seconds = for b in bs, j in 2: b.p[j].w[1]
let options = for b in bs: b.p[1].s
let inner = bs[2].p.s
let frozen_options = bs[1].q.s
let chosen = (if inner[0] > 5 then bs[1] else bs[2]).total()
let listed = for b in [B(1), B(2)]: b.total()
`,
			{
				one: [210, 211],
				across: [
					[100, 101],
					[110, 111],
				],
				both: [100, 101],
				totals: [32, 632, 1232],
				second: 331,
				seconds: [
					[1, 11],
					[101, 111],
					[201, 211],
				],
				options: [10, 110, 210],
				inner: [200, 210],
				frozen_options: 200,
				chosen: 632,
				listed: [38, 44],
			},
		);
	});
});
