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
});
