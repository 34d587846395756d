import assert from "node:assert/strict";
import fc from "fast-check";
import { evaluateProgram } from "../support/evaluate.js";
import { largest } from "../support/largest.js";
import { assertClose, expectValues, gradientProgram } from "../support/values.js";

describe("equalities with a binder around scatter", () => {
	const data = `precision f64
let x: real[5] = [1, -2, 3, -4, 5]
let slot: int<3>[5] = [0, 2, 2, 0, 1]
let w: real[2, 5] = [[1, 2, 3, 4, 5], [10, 20, 30, 40, 50]]
`;

	it("sum, count, mean, max, min; other conditions, other names, ranges that do not begin at 0", () => {
		expectValues(
			`${data}
let sums = for k in 3: sum i where slot[i] == k: x[i]
let turned = for k in 3: sum i where k == slot[i]: x[i]
let counts = for k in 3: count i where slot[i] == k and x[i] > 0: true
let means = for k in 3: mean i where slot[i] == k: x[i]
let highest = for k in 4: max i where slot[i] == k: x[i]
let lowest = for k in 3: min i where slot[i] == k: x[i]
let rows = for r in 2, k in 1..4: sum i where slot[i] == k: w[r, i]
let both = for k in 3: sum i, r where slot[i] == k: w[r, i]
let vectors = for k in 3: sum i where slot[i] == k: w[:, i]
let of_name = for k in 3: sum i where slot[i] == k: x[i] * k
let of_both = for k in 3: sum i where slot[i] == k and x[i] > x[k]: x[i] * x[k]
let shifted = for k in 1..4: sum i where slot[i] + 1 == k: (x[i] * x[k] + k)
let beyond = for k in 2: mean i where slot[i] == k: x[i] * x[k + 1]
let slices = for k in 2: sum i where slot[i] == k: w[k, :] * x[i]
let inner_sums = for k in 3: sum i where slot[i] == k: sum j in 2: w[j, k] * x[i]
let safe = for k in 3: sum i where slot[i] == k and x[i] > 0: log(x[i])
`,
			{
				sums: [-3, 5, 1],
				turned: [-3, 5, 1],
				counts: [1, 1, 1],
				means: [-1.5, 5, 0.5],
				highest: [1, 5, 3, Number.NEGATIVE_INFINITY],
				lowest: [-4, 5, -2],
				rows: [
					[5, 5, 0],
					[50, 50, 0],
				],
				both: [55, 55, 55],
				vectors: [
					[5, 50],
					[5, 50],
					[5, 50],
				],
				of_name: [0, 5, 2],
				of_both: [0, -10, 0],
				shifted: [8, 17, 2],
				beyond: [3, 15],
				slices: [
					[-3, -6, -9, -12, -15],
					[50, 100, 150, 200, 250],
				],
				inner_sums: [-33, 110, 33],
				safe: [0, Math.log(5), Math.log(3)],
			},
		);
	});

	it("builds no table of all pairs, in its gradient neither", () => {
		const many = `let slot = for i in 200: (7 * i) % 50
`;
		const term = "sum k in 50: (sum i where slot[i] == k: w[i])^2";
		const reading =
			"sum k in 50: (sum i where slot[i] == k and w[i] > w[k] - 3: (w[i] * w[3 * k + 2] + k))^2";
		const point = Array.from({ length: 200 }, (_, i) => i / 100);
		assert.ok(largest(gradientProgram(reading, point, many)) <= 200);
		assert.ok(largest(gradientProgram(term, point, many)) <= 200);
		const result = evaluateProgram(gradientProgram(term, point, many)).numbers("gradient");
		const totals = Array.from({ length: 50 }, (_, k) =>
			point.reduce((sum, v, i) => ((7 * i) % 50 === k ? sum + v : sum), 0),
		);
		const expected = point.map((_, i) => 2 * (totals[(7 * i) % 50] as number));
		assertClose(result, expected, 1e-9, "the gradient");
	});

	it("two equalities give a matrix; values made of the names and complex ones are read at the places", () => {
		expectValues(
			`precision f64
let tri: int<4>[2, 3] = [[0, 1, 2], [1, 3, 2]]
let a: real[2] = [2, 3]
let u: real[4] = [1, 10, 100, 1000]
let v: real[5] = [1, -2, 3, -4, 5]
let slot: int<3>[5] = [0, 2, 2, 0, 1]
let z: complex[5] = complex(v, [10, 20, 30, 40, 50])
let near = for p in 4, q in 4: sum t, c, d where tri[t, c] == p and tri[t, d] == q: (if p == q then 0 else a[t])
let turned = for q in 4, p in 4: max t, c, d where p == tri[t, c] and tri[t, d] == q and c != d: a[t] * u[p] - q
let part = for p in 2, q in 1..4: count t where tri[t, 0] == p and tri[t, 1] == q: true
let again = for p in 4: sum t, c where tri[t, c] == p and tri[1 - t, 0] == p: a[t]
let made = for k in 3: { let d = u[k + 1] / 10;  let both = (d, [k, 2 * k]);  sum i where slot[i] == k: v[i] * both.0 + both.1[1] }
let deviation = for k in 3: { let m = mean i where slot[i] == k: v[i];  sum i where slot[i] == k: { let r = v[i] - m;  r^2 } }
let function = for k in 3: { let scaled = |x| x * u[k];  sum i where slot[i] == k: scaled(v[i]) }
let complex_sum = for k in 3: sum i where slot[i] == k: z[i] * complex(0, k)
let complex_mean = for k in 3: mean i where slot[i] == k: z[i]
let parts = concat([complex_sum.re, complex_sum.im, complex_mean.re, complex_mean.im])
let branch = for k in 3: if u[k] > 5 then (sum i where slot[i] == k: v[i]) / (count i where slot[i] == k: true) else -1
`,
			{
				near: [
					[0, 2, 2, 0],
					[2, 0, 5, 3],
					[2, 5, 0, 3],
					[0, 3, 3, 0],
				],
				turned: [
					[-Infinity, 20, 200, -Infinity],
					[1, -Infinity, 299, 2999],
					[0, 28, -Infinity, 2998],
					[-Infinity, 27, 297, -Infinity],
				],
				part: [
					[1, 0, 0],
					[0, 0, 1],
				],
				again: [0, 2, 0, 0],
				made: [-3, 52, 104],
				deviation: [12.5, 0, 12.5],
				function: [-3, 50, 100],
				parts: [0, -50, -100, 0, 5, 2, -1.5, 5, 0.5, 25, 50, 25],
				branch: [-1, 5, 0.5],
			},
		);
	});

	it("no table for a value made of the name, and for two equalities only the matrix", () => {
		const setup = `let slot = for i in 200: (7 * i) % 50
let tri = for t in 30, c in 3: (7 * t + 3 * c) % 20
`;
		const point = Array.from({ length: 200 }, (_, i) => i / 100);
		const derived =
			"sum k in 50: { let m = mean i where slot[i] == k: w[i];  sum i where slot[i] == k: (w[i] - m)^2 }";
		assert.ok(largest(gradientProgram(derived, point, setup)) <= 200);
		const matrix =
			"sum((for p in 20, q in 20: sum t, c, d where tri[t, c] == p and tri[t, d] == q: w[t] * w[p] * w[d])^2)";
		assert.ok(largest(gradientProgram(matrix, point, setup)) <= 400);
		const table = matrix.replace("tri[t, d] == q", "tri[t, d] >= q and tri[t, d] <= q");
		assert.ok(largest(gradientProgram(table, point, setup)) >= 30 * 9 * 20);
		const [fast, slow] = [matrix, table].map((term) =>
			evaluateProgram(gradientProgram(term, point, setup)).numbers("gradient"),
		);
		assertClose(fast ?? [], slow ?? [], 1e-9, "the gradient");
	});

	it("is what the table would give, for random places", () => {
		const places = fc.array(fc.integer({ min: -1, max: 4 }), { minLength: 1, maxLength: 7 });
		fc.assert(
			fc.property(places, fc.constantFrom("sum", "mean", "max", "min"), (slots, word) => {
				const n = slots.length;
				const text = `precision f64
let slot: int[${n}] = [${slots.join(", ")}]
let v: real[${n}] = [${slots.map((s, i) => `${i * 1.5 - s}`).join(", ")}]
let u: real[5] = [0.5, -1, 2, 1.25, 3]
let scattered = for k in 4: ${word} i where slot[i] == k: v[i]
let table = for k in 4: ${word} i where slot[i] <= k and slot[i] >= k: v[i]
let reads = for k in 4: ${word} i where slot[i] == k and v[i] < u[k] + 4: (v[i] * u[k + 1] - k)
let reads_table = for k in 4: ${word} i where slot[i] <= k and slot[i] >= k and v[i] < u[k] + 4: (v[i] * u[k + 1] - k)
let pairs = for p in 3, q in 1..5: { let d = u[p] - q;  ${word} i, j where slot[i] == p and slot[j] + i == q: (v[i] * d - v[j] + u[q - 1]) }
let pairs_table = for p in 3, q in 1..5: { let d = u[p] - q;  ${word} i, j where slot[i] <= p and slot[i] >= p and slot[j] + i <= q and slot[j] + i >= q: (v[i] * d - v[j] + u[q - 1]) }
`;
				const result = evaluateProgram(text);
				assertClose(result.numbers("scattered"), result.numbers("table"), 1e-12, text);
				assertClose(result.numbers("reads"), result.numbers("reads_table"), 1e-12, text);
				assertClose(result.numbers("pairs"), result.numbers("pairs_table"), 1e-12, text);
			}),
			{ numRuns: 40 },
		);
	});
});
