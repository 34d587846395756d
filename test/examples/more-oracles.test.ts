import assert from "node:assert/strict";
import { beside, failing } from "./declarations.js";

/** What the declarations of the published systems must compute: of the solvers, mergings and networks. */
function holds(name: string, probes: string, options: Parameters<typeof failing>[2] = {}): void {
	assert.deepEqual(failing(name, probes, options), []);
}

describe("oracles: pcb-merging", () => {
	const digits = {
		f64: true,
		kept: ["digits"],
		files: { "digits.csv": beside("pcb-merging", "digits.csv") },
	};
	it("one task keeps its signs, equal ones merge to themselves, TIES takes the elected sign", () => {
		holds(
			"pcb-merging",
			`let one = normal([1, 40])
let merged = balanced(one, 1)
let most = quantile(abs(one[0, :]), 0.9999)
check all j: merged[j] == 0 or abs(merged[j] - clip(one[0, j], -most, most)) < 1e-12
check (count j: merged[j] == 0) <= 1 "only the least score is 0"
let equal = for i in 3, j in 40: one[0, j]
check norm(balanced(equal, 1) - merged) < 1e-12
let t: real[3, 4] = [[3, 1, -2, 5], [1, -4, -1, 0.5], [-1, 2, -4, 4]]
check norm(ties(t, 1) - [2, -4, -7/3, 9.5/3]) < 1e-14
check norm(task_arithmetic(t) - [3, -1, -7, 9.5]) < 1e-14
`,
			digits,
		);
	});

	it("the tasks are quarter turns in the four quarters of the image", () => {
		holds(
			"pcb-merging",
			`let flat = for _i in 1, k in 64: 1.0 * k
let (a, b, c, d) = (reshape(placed(flat, 0), [16, 16]), reshape(placed(flat, 1), [16, 16]), reshape(placed(flat, 2), [16, 16]), reshape(placed(flat, 3), [16, 16]))
for m in [a, b, c, d] { check sum(m) == 63 * 32 }
check all i in 8, j in 8: a[i, j] == 8 * i + j
check all i in 8, j in 8: b[i, 8 + j] == 8 * j + 7 - i
check all i in 8, j in 8: c[8 + i, j] == 8 * (7 - i) + 7 - j
check all i in 8, j in 8: d[8 + i, 8 + j] == 8 * (7 - j) + i
`,
			digits,
		);
	});
});

describe("oracles: online-odl-fw", () => {
	it("the linear problem over the ball has the nuclear norm as its value, and iterates stay in the ball", () => {
		holds(
			"online-odl-fw",
			`import std.linalg { nuclear_norm, svdvals }
let s = normal([N, N])
check abs(sum(polar(s) * s) - nuclear_norm(s)) < 1e-10
let d = dictionary(FrankWolfe(true), steps = 40).d
check max(svdvals(d)) <= 1 + 1e-6
check min(svdvals(d)) < 0.99 "inside"
let r = dictionary(Projected(0.5), steps = 40)
check max(abs(svdvals(r.d) - 1)) < 1e-10 "a retraction stays orthogonal"
check dictionary(Projected(0.5), steps = 40).run.history.error[0] > 0.5
`,
		);
	});

	it("two steps are those of the formulas", () => {
		holds(
			"online-odl-fw",
			`fit steps(averaging: Bool) {
  param d: real[3, 3] = eye(3)
  repeat 2 { maximize sum(d * weight(d))  using averaged_frank_wolfe(averaging) }
}
fn weight(d: real[3, 3]) -> real[3, 3] = for i, j: (1 + i) * d[j, i] + 2.0 * i - j
fn slope(d: real[3, 3]) -> real[3, 3] = grad(|z| sum(z * weight(z)))(d)
let start = eye(3)
let g1 = slope(start)
let d1 = start + min(1, 2 / 3^0.75) * (polar(min(1, 2 / sqrt(2)) * g1) - start)
let g2 = slope(d1)
let rho = min(1, 2 / sqrt(3))
let d2 = d1 + 2 / 4^0.75 * (polar((1 - rho) * g1 + rho * g2) - d1)
check norm(steps(true).d - d2) < 1e-12
`,
		);
	});
});

describe("oracles: overparam-matrix-sensing", () => {
	it("the step keeps the product and makes the factors imbalanced", () => {
		holds(
			"overparam-matrix-sensing",
			`let before = asymmetric(tolerance = 1e-2)
let after = asymmetric(balanced = false, tolerance = 1e-2)
// One more step of descent, of 0.05 times a slope of at most 0.2, follows each time.
check norm(after.f @ after.g.T - before.f @ before.g.T) < 0.01 * norm(before.f @ before.g.T) "the product stays"
check norm(before.f.T @ before.f - before.g.T @ before.g) < 0.3
check norm(after.f.T @ after.f - eye(4)) < 0.01 "orthonormal columns"
check norm(after.f.T @ after.f - after.g.T @ after.g) > 1 "imbalanced"
`,
		);
	});

	it("the loss is that of the measurements, and the target has the singular values 1 and 0.8", () => {
		holds(
			"overparam-matrix-sensing",
			`import std.linalg { svdvals }
let t = task()
let p = normal([N, N])
let slope = grad(|p| sensing(t, p))(p)
let by_hand = for i in N, j in N: sum k in N, l in N: t.normal_matrix[i, j, k, l] * (p[k, l] - t.target[k, l])
check norm(slope - by_hand) < 1e-10 * norm(slope)
check abs(sensing(t, p) - sum(by_hand * (p - t.target)) / 2) < 1e-9 * sensing(t, p)
let values = svdvals(t.target)
check abs(values[0] - 1) < 1e-12 and abs(values[1] - 0.8) < 1e-12 and values[2] < 1e-12
check sensing(t, t.target) == 0
`,
		);
	});
});

describe("oracles: maid-bilevel", () => {
	it("the gradient is that of central differences of the problem solved exactly", () => {
		holds(
			"maid-bilevel",
			`let t = task()
let theta: real[2] = [-2.5, -2]
let f = |theta| upper(t, solved(t, t.noisy, theta, 1e-11).x)
let x = solved(t, t.noisy, theta, 1e-11).x
let h = hypergradient(t, x, theta, 1e-12)
let differences: real[2] = [(f([-2.5 + 1e-4, -2]) - f([-2.5 - 1e-4, -2])) / 2e-4, (f([-2.5, -2 + 1e-4]) - f([-2.5, -2 - 1e-4])) / 2e-4]
check norm(h.z - differences) < 1e-5 * norm(differences)
check norm(slope(t, x, theta)) <= 1e-11
`,
		);
	});

	it("the lower gradient is that of the smoothed total variation", () => {
		holds(
			"maid-bilevel",
			`let t = task()
let theta: real[2] = [-2.5, -2]
let x = t.noisy
let step = for s in Signals, i in N - 1: (x[s, i + 1] - x[s, i]) / sqrt((x[s, i + 1] - x[s, i])^2 + exp(-4))
let by_hand = for s in Signals, i in N: x[s, i] - t.noisy[s, i] + exp(-2.5) * ((step[s, i - 1 else 0]) - (step[s, i else 0]))
check norm(slope(t, x, theta) - by_hand) < 1e-12
check abs(upper(t, t.noisy) - sum((t.noisy - t.clean)^2) / 16) < 1e-14
`,
		);
	});
});

describe("oracles: mf-rpn", () => {
	it("priors stay as they began while the networks are trained", () => {
		holds(
			"mf-rpn",
			`fit trained(steps: Int) {
  members = for k in Members: Member(2)
  let x = domain(20, -1, 1)
  repeat steps { minimize sum k in Members: mse(members[k](x), for i: low(x[i, :]))  using adam(5e-3) }
}
let x = domain(5, -1, 1)
let (a, b) = (trained(1).members, trained(30).members)
check all k in Members: a[k].prior(x) == b[k].prior(x) "bit by bit"
check all k in Members: norm(a[k].net(x) - b[k].net(x)) > 1e-3
check all k in Members: norm(b[k](x) - b[k].net(x) - b[k].prior(x)) < 1e-6
check norm(a[0].prior(x) - a[1].prior(x)) > 1e-2 "each has its own"
`,
		);
	});

	it("the mean and the coverage of an ensemble are their formulas", () => {
		holds(
			"mf-rpn",
			`let p: real[Members, 2] = [[0, 1], [2, 1], [4, 1], [0, 1], [2, 1], [4, 1]]
check mean_of(p) == [2, 1]
check error(p, [2, 3]) == sqrt(2)
// The deviation of the first is sqrt(16 / 5), that of the second 0.
check coverage(p, [2 + 1.95 * sqrt(3.2), 1.01]) == 0.5
check coverage(p, [2 + 1.97 * sqrt(3.2), 1.01]) == 0
`,
			{ f64: true },
		);
	});
});

describe("oracles: matformer", () => {
	const options = { f64: true, kept: ["widths", "next"] };
	it("the mask is the slice, and what is outside of it has no influence", () => {
		holds(
			"matformer",
			`let layer = Layer()
let x = normal([2, Length, D])
let all_of_it = layer(x, F)
for m in widths {
  let outside = for i in D, j in F: if j >= m then 5.0 else 0
  let other = layer with { up = layer.up + outside;  down = layer.down - outside.T }
  check layer(x, m) == other(x, m) "prefix"
}
let slope = grad(|up| sum((layer with { up = up })(x, 16)^2))(layer.up)
check sum(abs(slope[:, 16..])) == 0 and sum(abs(slope[:, ..16])) > 1e-3
let none = layer(x, 0)
let first = none + gelu(normalized(none) @ layer.up[:, ..8]) @ layer.down[..8, :]
check norm(layer(x, 8) - first) < 1e-12 "slice"
check norm(all_of_it - none) > 1e-3
`,
			options,
		);
	});

	it("a token sees none behind it, and no predictor beats the entropy of the chain", () => {
		holds(
			"matformer",
			`let net = Transformer()
let text = texts(64)
let other = for i in 64, t in Length: if t < 10 then text[i, t] else text[63 - i, t]
let a = net(text[:, ..Length], (64, 8))
let b = net(other, (64, 8))
check max(abs(a[:, ..10, :] - b[:, ..10, :])) == 0
check max(abs(a[:, 10.., :] - b[:, 10.., :])) > 1e-3
let entropy = mean i in 64, t in Length - 1: -log(next[text[i, t], text[i, t + 1], text[i, t + 2]])
check nats(net, text, (64, 64)) > entropy
`,
			options,
		);
	});
});
