import { holds } from "./declarations.js";

describe("oracle: ccdcov-fairness", () => {
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

	it("it is S1 + S2 - 2 S3 of the distances, scales with both, and has finite gradients at ties", () => {
		holds(
			"ccdcov-fairness",
			`let x = normal([60, 1]);  let y = normal([60, 2])
let a = for i in 60, j in 60: abs(x[i, 0] - x[j, 0])
let b = for i in 60, j in 60: norm(y[i, :] - y[j, :])
let s1 = mean(a * b)
let s2 = mean(a) * mean(b)
let s3 = mean i in 60: (mean j in 60: a[i, j]) * (mean j in 60: b[i, j])
check abs(dcov(x, y) - (s1 + s2 - 2 * s3)) < 1e-13
check abs(dcov(3 * x, -2 * y) - 6 * dcov(x, y)) < 1e-13
let signs = for i in 50: [if i % 2 == 0 then 1.0 else -1.0]
check abs(dcov(signs, signs) - 1) < 1e-14 "the variance of +1 and -1"
let tied = grad(|f: real[60, 1]| dcov(f, y))(zeros([60, 1]))
check all(isfinite(tied))
`,
			f64,
		);
	});

	it("of independent samples the statistic without bias has mean 0, and that with bias has not", () => {
		holds(
			"ccdcov-fairness",
			`import std.stats { unbiased_distance_covariance }
let both = for _k in 300: {
  let (x, y) = (normal([30, 1]), normal([30, 1]))
  [unbiased_distance_covariance(x, y), dcov(x, y)]
}
let free = mean(both[:, 0]) / (std(both[:, 0], unbiased = true) / sqrt(300))
let biased = mean(both[:, 1]) / (std(both[:, 1], unbiased = true) / sqrt(300))
check abs(free) <= 3.5
check biased > 10
`,
			f64,
		);
	});

	it("a permutation test finds dependence, and none where there is none", () => {
		holds(
			"ccdcov-fairness",
			`fn p_value(x: real[n, 1], y: real[n, 1]) -> real = {
  let observed = dcov(x, y)
  let larger = count k in 199: {
    let order = permutation(n)
    dcov(x, for i, j: y[order[i], j]) >= observed
  }
  (1 + larger) / 200
}
let x = normal([60, 1])
check p_value(x, x^2 + 0.3 * normal([60, 1])) <= 0.05
let free = for _k in 5: p_value(x, normal([60, 1]))
check mean(free) >= 0.1 and mean(free) <= 0.9
`,
		);
	});

	it("the terms without f that are left out of the joint one do not depend on it", () => {
		holds(
			"ccdcov-fairness",
			`// E (U_f + c) prod (U_j + c) - c^(d + 1), of three attributes: c times what is free of f is left out.
let s = normal([40, 3])
let u = for k in 3: -centred_distances(for i in 40: [s[i, k]])
let free = mean(for i in 40, j in 40: prod k in 3: (u[k, i, j] + 1)) - 1
for _k in 0..2 {
  let f = normal([40, 1])
  let whole = mean(for i in 40, j in 40: (1 - centred_distances(f)[i, j]) * prod k in 3: (u[k, i, j] + 1)) - 1
  check abs(whole - jdcov(f, s) - free) < 1e-12
}
`,
			f64,
		);
	});
});
