import { assertClose, expectValues, gradientProgram, valuesOf } from "../support/values.js";

const x = [
	[1, -2, 3, 0.5],
	[4, 5.5, -6, -0.25],
	[0, 2, -1, 7],
];
const m = [
	[true, false, true, true],
	[false, false, true, false],
	[false, false, false, false],
];
const v = [0.5, -1, 2, 1.5];
const data = `precision f64
let x: real[3, 4] = ${JSON.stringify(x)}
let m: bool[3, 4] = ${JSON.stringify(m)}
let v: real[4] = ${JSON.stringify(v)}
`;

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const logSumExp = (values: readonly number[]) => Math.log(sum(values.map(Math.exp)));
/** What each word makes of the values that its condition leaves. */
const words: Readonly<Record<string, (values: readonly number[]) => number>> = {
	sum,
	prod: (values) => values.reduce((a, b) => a * b, 1),
	max: (values) => Math.max(...values),
	min: (values) => Math.min(...values),
	mean: (values) => sum(values) / values.length,
	logsumexp: logSumExp,
};
const kept = (row: readonly number[], i: number): number[] => row.filter((_, j) => m[i]?.[j]);
const value = (i: number, j: number): number => x[i]?.[j] as number;
const rows = [0, 1, 2];
const columns = [0, 1, 2, 3];

describe("binders", () => {
	for (const [word, reduce] of Object.entries(words)) {
		it(`${word}: over one name, both, another binder's, with and without where`, () => {
			expectValues(
				`${data}
let all = ${word} i, j: x[i, j]
let rows = for i: ${word} j: x[i, j]
let columns = for j: ${word} i: x[i, j]
let kept = for i: ${word} j where m[i, j]: x[i, j]
let some = ${word} i, j where m[i, j] and x[i, j] > 0: x[i, j]
let scaled = for i: ${word} j: x[i, j] * v[j]
`,
				{
					all: reduce(x.flat()),
					rows: x.map(reduce),
					columns: columns.map((j) => reduce(rows.map((i) => value(i, j)))),
					kept: x.map((row, i) => reduce(kept(row, i))),
					some: reduce(rows.flatMap((i) => kept(x[i] as number[], i).filter((a) => a > 0))),
					scaled: x.map((row) => reduce(row.map((a, j) => a * (v[j] as number)))),
				},
			);
		});
	}

	it("argmax, argmin: the lowest of equal ones, among those that the condition leaves", () => {
		expectValues(
			`${data}
let highest = for i: argmax j: x[i, j]
let lowest = for j: argmin i: x[i, j]
let kept = for i in 2: argmin j where m[i, j]: x[i, j]
let ties = argmax j: 0 * v[j]
let within = argmax j where v[j] > 1: 0 * v[j]
let truth = argmax j: (v[j] > 1)
`,
			{ highest: [2, 1, 3], lowest: [2, 0, 1, 1], kept: [3, 2], ties: 0, within: 2, truth: 2 },
		);
	});

	it("all, any, count", () => {
		expectValues(
			`${data}
let everything = for i: all j: x[i, j] > -3
let something = for i: any j: x[i, j] > 6
let number = for j: count i: x[i, j] > 0
let masked_all = for i: all j where m[i, j]: x[i, j] > 0
let masked_any = for i: any j where m[i, j]: x[i, j] < 0
let masked_count = for i: count j where m[i, j]: x[i, j] > 0
let highest = max i, j: (x[i, j] > 6)
let lowest = min i, j: (x[i, j] > 6)
`,
			{
				everything: [1, 0, 1],
				something: [0, 0, 1],
				number: [2, 2, 1, 2],
				masked_all: [1, 0, 1],
				masked_any: [0, 1, 0],
				masked_count: [3, 0, 0],
				highest: 1,
				lowest: 0,
			},
		);
	});

	it("nest, and run over sizes, ranges, lists and nothing", () => {
		expectValues(
			`${data}
let gram = for i, j: sum k: x[i, k] * x[j, k]
let table = for i in 2: for j in 0..3: 10 * i + j
let cube = for i in 2, j in 3: for k in 2: i + 10 * j + 100 * k
let dual = sum i: x[i, 0] * x[i, 1] + sum j: v[j] * v[j]
let listed = sum a in [1, 2.5, -3]: a^2
let pairwise = for i in 3, j in 4: (sum k: x[k, j]) * (max l: x[i, l])
let empty_sum = sum i in 0: 1.5
let empty_list = prod a in []: a
let outer_only = for i in 2: for j: v[j]
let constant = sum i in 3, j in 5: 2
`,
			{
				gram: x.map((a) => x.map((b) => sum(a.map((p, k) => p * (b[k] as number))))),
				table: [
					[0, 1, 2],
					[10, 11, 12],
				],
				cube: [0, 1].map((i) => [0, 1, 2].map((j) => [0, 1].map((k) => i + 10 * j + 100 * k))),
				dual: sum(x.map((r) => (r[0] as number) * (r[1] as number))) + sum(v.map((a) => a * a)),
				listed: 1 + 6.25 + 9,
				pairwise: rows.map((i) =>
					columns.map((j) => sum(rows.map((k) => value(k, j))) * Math.max(...(x[i] as number[]))),
				),
				empty_sum: 0,
				empty_list: 1,
				outer_only: [v, v],
				constant: 30,
			},
		);
	});

	it("find ranges through calls, blocks, lambdas and inner binders", () => {
		expectValues(
			`${data}
fn twice(y: real[...b, k]) -> real[...b, k] = for ...b, j: 2 * y[...b, j]
let through_call = for i, j: twice(x[i, :])[j]
let through_block = for i: { let y = twice(x);  y[i, 1] }
let through_lambda = for i: { let f = |k| x[k, 0] + v[i];  f(0) }
let through_inner = for i: sum j: twice(x[:, j])[i]
let shadowed = for i: x[i, 0] + (sum i: v[i])
let twofold = for i, j: (for k: x[i, k] + v[k])[j]
`,
			{
				through_call: x.map((r) => r.map((a) => 2 * a)),
				through_block: x.map((r) => 2 * (r[1] as number)),
				through_lambda: v.map((a) => 1 + a),
				through_inner: x.map((r) => 2 * sum(r)),
				shadowed: x.map((r) => (r[0] as number) + sum(v)),
				twofold: x.map((r) => r.map((a, k) => a + (v[k] as number))),
			},
		);
	});

	it("`...b` maps over leading axes, also of a function within that names its own alike", () => {
		expectValues(
			`precision f64
fn inner(y: real[...b, k]) -> real[...b, k] = for ...b, j: y[...b, j] - max i: y[...b, i]
fn outer(y: real[...b, n, k]) -> real[...b, n, k] = for ...b: inner(y[...b, :, :])
fn whole(y: real[...b, n, k]) -> real[...b] = for ...b: sum(inner(y[...b, :, :]))
let y = for a in 2, b in 2, c in 3: a + 2 * b - c^2
let flat = inner([1.0, 5, 2])
let deep = outer(y)
let sums = whole(y)
let scalar = whole([[1.0, 2]])
`,
			{
				flat: [-4, 0, -3],
				deep: [0, 1].map(() => [0, 1].map(() => [0, -1, -4])),
				sums: [-10, -10],
				scalar: -1,
			},
		);
	});

	it("a name that is called in a turn is not one of the file that stands below", () => {
		const text = `precision f64
fn rows(v: real[n, m]) -> real[n] = for i in n: {
  let product = |x: real[m]| 2 * sum j: v[i, j] * x[j]
  product(v[i, :])
}
let squares = rows([[1, 2], [3, 4]])
let product = squares + 1
`;
		expectValues(text, { squares: [10, 50], product: [11, 51] });
	});

	it("an `if` per element has no nan from the branch not taken, nor has its gradient", () => {
		const point = [4, 0, -1, 2.25];
		const positive = point.filter((w) => w > 0);
		const cases: [string, (w: number) => number][] = [
			["sum i: (if w[i] > 0 then sqrt(w[i]) else 0)", (w) => (w > 0 ? 0.5 / Math.sqrt(w) : 0)],
			["sum i: (if w[i] == 0 then 0 else 1 / w[i])", (w) => (w === 0 ? 0 : -1 / w ** 2)],
			["sum i: (if w[i] > 0 then log(w[i]) else w[i])", (w) => (w > 0 ? 1 / w : 1)],
			[
				"sum i: (if w[i] > 0 then { let u = 1 / w[i];  u * log(w[i]) } else 0)",
				(w) => (w > 0 ? (1 - Math.log(w)) / w ** 2 : 0),
			],
			["sum i in 4: (if w[i] > 0 then part(w, i) else 0)", (w) => (w > 0 ? -2 / w ** 3 : 0)],
			[
				"{ let f = |i| 1 / w[i];  sum i in 4: (if w[i] > 0 then f(i) else 0) }",
				(w) => (w > 0 ? -1 / w ** 2 : 0),
			],
			["sum i where w[i] > 0: log(w[i])", (w) => (w > 0 ? 1 / w : 0)],
			["mean i where w[i] > 0: 1 / w[i]", (w) => (w > 0 ? -1 / w ** 2 / positive.length : 0)],
			["logsumexp i where w[i] > 0: log(w[i])", (w) => (w > 0 ? 1 / sum(positive) : 0)],
			["max i where w[i] > 0: sqrt(w[i])", (w) => (w === 4 ? 0.25 : 0)],
			["prod i where w[i] > 0: 1 / w[i]", (w) => (w > 0 ? -1 / (9 * w) : 0)],
		];
		const setup = "fn part(u: real[n], i: int<n>) -> real = 1 / u[i]^2";
		for (const [term, slope] of cases) {
			assertClose(valuesOf(gradientProgram(term, point, setup), "gradient"), point.map(slope), 1e-12, term);
		}
	});

	it("a gradient through every word", () => {
		const point = [0.5, -1.25, 2];
		const total = sum(point.map(Math.exp));
		const cases: Record<string, (w: number, i: number) => number> = {
			"sum i: w[i]^3": (w) => 3 * w * w,
			"prod i: w[i]": (w) => (0.5 * -1.25 * 2) / w,
			"max i: w[i]": (w) => (w === 2 ? 1 : 0),
			"min i: w[i]^2": (w) => (w === 0.5 ? 1 : 0),
			"mean i: w[i]^2": (w) => (2 * w) / 3,
			"logsumexp i: w[i]": (w) => Math.exp(w) / total,
			"sum i, j: w[i] * w[j] * (i - j)": () => 0,
			"sum i: w[i] * (argmax j: w[j])": () => 2,
			"sum i in 2: w[i] * w[i + 1]": (_, i) => (point[i - 1] ?? 0) + (point[i + 1] ?? 0),
		};
		for (const [term, slope] of Object.entries(cases)) {
			assertClose(valuesOf(gradientProgram(term, point), "gradient"), point.map(slope), 1e-12, term);
		}
	});
});
