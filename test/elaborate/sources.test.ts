import { expectValues } from "../support/values.js";

describe("what binders run over", () => {
	it("ranges that do not begin at 0, and the position of an extremum in them", () => {
		expectValues(
			`precision f64
let x: real[5] = [1, 2, 3, 4, 5]
let inner = for i in 1..4: x[i] + i
let table = for i in 1..3, j in 2..5: 10 * i + j
let last = argmax i in 1..4: x[i]
let first = argmin i in 1..4: x[i]
let negative = for i in -1..2: i * i
let around = sum i in 1..4: x[i - 1] * x[i + 1]
`,
			{
				inner: [3, 5, 7],
				table: [
					[12, 13, 14],
					[22, 23, 24],
				],
				last: 3,
				first: 1,
				negative: [1, 0, 1],
				around: 3 + 8 + 15,
			},
		);
	});

	it("the rows of tensors, side by side, taken apart, with other names", () => {
		expectValues(
			`precision f64
let x: real[3, 2] = [[1, 2], [3, 4], [5, 6]]
let y: real[3] = [1, 0, -1]
fn first(r: real[k]) -> real where k >= 1 = r[0]
let products = for r in x: r[0] * r[1]
let dot = sum (r, w) in (x, y): r[1] * w
let named = for (r, w) in (rows = x, weights = y): first(r) + w
let cross = for r in x, i in 2: r[i] * 10
let largest = argmax w in y: w
let means = mean r in x: sum(r)
let seen = sum (r, w) in (x, y) where w > 0: r[0]
let labels: int<3>[2] = [2, 0]
let looked_up = for l in labels: y[l]
`,
			{
				products: [2, 12, 30],
				dot: 2 - 6,
				named: [2, 3, 4],
				cross: [
					[10, 20],
					[30, 40],
					[50, 60],
				],
				largest: 0,
				means: 7,
				seen: 1,
				looked_up: [-1, 1],
			},
		);
	});

	it("lists: with others, with a condition, of unknown length, in brackets", () => {
		expectValues(
			`precision f64
fn total(widths: List[Int]) -> real = sum w in widths: w
fn squares(widths: List[Int]) -> real = sum w in widths, i in 3: w * i
fn stacked(widths: List[Int]) -> real = sum(for w in widths: 1.0 * w)
let sum_of = total([2, 3, 4])
let both = squares([2, 3])
let side = stacked([5, 6])
let mixed = for i in 2, w in [1.0, 2, 5]: w + i
let turned = for w in [1.0, 2, 5], i in 2: w + i
let masked = mean w in [1.0, 2, 5], i in 2 where w > i + 1: w
let pairs_of = [for a in [1, 2], b in 0..2: 10 * a + b]
let some_of = [for a in [1, 2, 3, 4] where a > 2: a * a]
let inner = [for a in [1, 2], b in 0..a: b]
let size = [for i in 3: i]
let records = for s in [1.0, 2.0]: (twice = 2 * s, both = [s, -s])
let twice = records.twice
let both_of = records.both
`,
			{
				sum_of: 9,
				both: 15,
				side: 11,
				mixed: [
					[1, 2, 5],
					[2, 3, 6],
				],
				turned: [
					[1, 2],
					[2, 3],
					[5, 6],
				],
				masked: (2 + 5 + 5) / 3,
				pairs_of: [10, 11, 20, 21],
				some_of: [9, 16],
				inner: [0, 0, 1],
				size: [0, 1, 2],
				twice: [2, 4],
				both_of: [
					[1, -1],
					[2, -2],
				],
			},
		);
	});

	it("reductions over leading axes, alone and with names", () => {
		expectValues(
			`precision f64
fn power(x: real[...b]) -> real = sum ...b: x[...b]^2
fn columns(x: real[...b, k]) -> real[k] = for j: max ...b: x[...b, j]
fn all_of(x: real[...b, k]) -> real = sum ...b, j: x[...b, j]
fn positive(x: real[...b]) -> int = count ...b: x[...b] > 0
let x: real[2, 3] = [[1, -2, 3], [4, 5, -6]]
let powers = power(x)
let one = power(2.0)
let highest = columns(x)
let whole = all_of(x)
let number = positive(x)
`,
			{ powers: 91, one: 4, highest: [4, 5, 3], whole: 5, number: 4 },
		);
	});

	it("a name runs over the smallest of the axes that it indexes unguarded", () => {
		expectValues(
			`precision f64
fn together(x: real[n + 1], y: real[n]) -> real = sum i: x[i] * y[i]
fn head(x: real[n], y: real[m]) -> real[n] where n >= m = for i in n: if i < m then y[i] else x[i]
let sums = together([1, 2, 3], [10, 20])
let heads = head([1, 2, 3], [10, 20])
`,
			{ sums: 50, heads: [10, 20, 3] },
		);
	});
});
