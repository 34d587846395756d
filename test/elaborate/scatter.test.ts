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
`;
				const result = evaluateProgram(text);
				assertClose(result.numbers("scattered"), result.numbers("table"), 1e-12, text);
				assertClose(result.numbers("reads"), result.numbers("reads_table"), 1e-12, text);
			}),
			{ numRuns: 40 },
		);
	});
});
