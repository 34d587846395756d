import assert from "node:assert/strict";
import { failing } from "./declarations.js";

/** What the declarations of the published systems must compute, by closed forms. */
function holds(name: string, probes: string, options: Parameters<typeof failing>[2] = {}): void {
	assert.deepEqual(failing(name, probes, options), []);
}

describe("oracles: ccdcov-fairness", () => {
	const f64 = { f64: true };
	it("the penalties of S1 S2 on a full factorial are 0, 1 - 1/sqrt(2) and 1", () => {
		holds(
			"ccdcov-fairness",
			`let s: real[4, 2] = [[1, 1], [1, -1], [-1, 1], [-1, -1]]
let f = for i in 4: [s[i, 0] * s[i, 1]]
check abs(dcov(f, s[:, ..1]) + dcov(f, s[:, 1..])) < 1e-14
check abs(dcov(f, s) - (1 - 1 / sqrt(2))) < 1e-14
check abs(jdcov(f, s) - 1) < 1e-14
check abs(dcov(f, f) - 1) < 1e-14
for c in [0, 1, 7.5] { check abs(jdcov(f, f, c) - dcov(f, f)) < 1e-14 "one attribute" }
`,
			f64,
		);
	});

	it("the distance covariance of normal numbers is that of Szekely, Rizzo and Bakirov, 2007, theorem 7", () => {
		holds(
			"ccdcov-fairness",
			`fn exact(r: real) -> real = 4 / pi * (r * asin(r) + sqrt(1 - r^2) - r * asin(r / 2) - sqrt(4 - r^2) + 1)
for r in [0.3, 0.6, 0.9] {
  let found = for k in 8: {
    let x = normal([400]);  let z = normal([400])
    dcov((for i in 400: [x[i]]), (for i in 400: [r * x[i] + sqrt(1 - r^2) * z[i]]))
  }
  check abs(mean(found) - exact(r)) < 4 * std(found, unbiased = true) / sqrt(8) + 2.0 / 400
}
`,
			f64,
		);
	});
});

describe("oracles: rae-score", () => {
	const options = { f64: true, kept: ["centres", "spread", "sigma"] };
	it("the score is that of the mixture, and its integral along a segment the difference of log p", () => {
		holds(
			"rae-score",
			`let x: real[2] = [0.3, -0.2]
let y: real[2] = [1.1, 0.4]
let weight = softmax(for k in 3: -sum((x - centres[k, :])^2) / 0.32)
let exact = for j in 2: sum k in 3: weight[k] * (centres[k, j] - x[j]) / 0.16
check norm(score(x, 0.16) - exact) < 1e-12
let rise = mean k in 200: dot(score(x + (k + 0.5) / 200 * (y - x), 0.16), y - x)
check abs(rise - (log_p(y, 0.16) - log_p(x, 0.16))) < 1e-4
check norm(score(root(|x| score(x, spread^2), [0, 0]), 0.16)) < 1e-12
`,
			options,
		);
	});

	it("the contractive loss is that of a Jacobian written by hand", () => {
		holds(
			"rae-score",
			`let net = Coder()
let x: real[2] = [0.3, -0.2]
let first = tanh(x @ net.a + net.p)
let second = tanh(first @ net.b + net.q)
let by_hand = net.a @ diag(1 - first^2) @ net.b @ diag(1 - second^2) @ net.c
check abs(objective(Contractive, net, x) - (objective(Plain, net, x) + sigma^2 * sum(by_hand^2))) < 1e-13
check norm(read(net, x) - (net(x) - x) / 0.04) < 1e-12
`,
			options,
		);
	});
});

describe("oracles: dexml", () => {
	it("the losses are their formulas, and the decoupled one is the cross-entropy of one positive", () => {
		holds(
			"dexml",
			`let s = 3 * normal([Labels])
let one = for j in Labels: j == 7
let some = for j in Labels: j < 3
check abs(decoupled(s, one) - (logsumexp(s) - s[7])) < 1e-12
check abs(info_nce(s, one) - decoupled(s, one)) < 1e-12
check abs(info_nce_mean(s, some) - info_nce(s, some) / 3) < 1e-12
let rest = sum j in Labels: (if j < 3 then 0 else exp(s[j]))
check abs(decoupled(s, some) + (sum j in 3: log(exp(s[j]) / (exp(s[j]) + rest)))) < 1e-10
check abs(one_for_all(s, some, -1) + (sum j in Labels: log(sigmoid(if j < 3 then s[j] - 1 else 1 - s[j])))) < 1e-9
`,
			{ f64: true },
		);
	});

	it("InfoNCE pushes a positive of more than its share down, the decoupled softmax none", () => {
		holds(
			"dexml",
			`let s = 3 * normal([Labels])
let some = for j in Labels: j < 5
let p = softmax(s)
let push = grad(|s| info_nce(s, some))(s)
check all j in 5: abs(push[j] - (5 * p[j] - 1)) < 1e-12
let decoupled_push = grad(|s| decoupled(s, some))(s)
check max(decoupled_push[..5]) <= 0
for k in [5, 20] { check abs(sum(grad(|s| soft_top_threshold(s, k))(s)) + 1) < 1e-12 }
`,
			{ f64: true },
		);
	});
});

describe("oracles: mos-lora", () => {
	it("pools of pieces that each layer has alone are LoRA, and the rank is at most r", () => {
		holds(
			"mos-lora",
			`import std.linalg { svdvals }
let given = Pool(12, 2, 1, alone(2), alone(2))
let pool = given with { b = normal([12, Width]) }
let delta = pool()
let lora = for k in Layers, i in Width, j in Width: sum r in 2: pool.a[2 * k + r, i] * pool.b[2 * k + r, j]
check max(abs(delta - lora)) < 1e-14
check sum(abs(given())) == 0 "it begins at no change"
let shards = Pool(48, 8, 4, random(42), random(42)) with { b = normal([48, Width/4]) }
let values = svdvals(shards()[3, :, :])
check values[7] > 1e-3
check values[8] < 1e-12 * values[0]
`,
			{ f64: true },
		);
	});

	it("a random table gives each layer its own piece, and the common ones almost equally often", () => {
		holds(
			"mos-lora",
			`let table: Choice(24, 8, 4) = random(18)
for k in 0..6 {
  let times = for n in 24: count j in 8, s in 4: table[k, j, s] == n
  check (all n in 6: times[18 + n] == (if n == k then 1 else 0))
  check max(times[..18]) - min(times[..18]) <= 1
  check sum(times) == 32
}
`,
		);
	});
});
