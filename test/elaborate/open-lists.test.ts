import { expectValues } from "../support/values.js";

/** Lists whose length, or whose entries, only a call tells. */
describe("elaborate: lists of unknown length", () => {
	it("are mapped, scanned and filtered", () => {
		expectValues(
			`precision f64
fn scanned(widths: List[Int]) -> real = {
  let (last, all) = scan(widths, 0.0, |s, w| (s + w, s))
  last + 10 * sum(all)
}
fn mapped(widths: List[Int]) -> real = sum x in map(widths, |w| 2.0 * w): x
fn shaped(widths: List[Int]) -> real = sum x in map(widths, |w| ones([w])): sum(x)
fn filtered(widths: List[Int]) -> real = sum w in [for w in widths where w > 2: 2 * w]: w
fn paired(widths: List[Int], heads: List[Int]) -> real = sum (a, b) in [for w in widths, h in heads: (w, h)]: a * b
fn lower(widths: List[Int]) -> real = sum (a, b) in [for w in widths, h in [1, 3] where h < w: (w, h)]: sum(ones([a, b]))
fn some(k: Int) -> real = {
  let kept = [for w in [1, 2, 3] where k > w: w]
  sum w in kept: sum(ones([w]))
}
let numbers = [scanned([2, 3, 4]), mapped([2, 3, 4]), shaped([2, 5]), filtered([2, 3, 4]), paired([2, 3, 4], [1, 2]), lower([2, 3, 4]), some(1), some(3), some(9)]`,
			{ numbers: [9 + 10 * 7, 18, 7, 14, 27, 21, 0, 3, 6] },
		);
	});

	it("are parts of models, each instance with a length of its own", () => {
		expectValues(
			`precision f64
import std.nn { Linear }
model Some(widths: List[Int], least: Int) {
  layers = [for w in widths where w > least: Linear(w, 1)]
  (x: real) -> real = x + sum l in layers: sum(l.weight * 0 + 1)
}
let (a, b) = (Some([2, 3, 4], 2), Some([2, 3, 4], 3))
let values = [a(1), b(1)]
fit trained(net: Some) { own = net;  repeat 1 { minimize own(1) + sum w in own.**.weight: sum(w^2)  using sgd(0.5) } }
let zero = sum w in trained(a).own.**.weight: sum(w^2)`,
			{ values: [8, 5], zero: 0 },
		);
	});

	it("an entry that a call selects has what all of them have", () => {
		expectValues(
			`precision f64
type Rule = Plain | Scaled(rate: real)
fn width(k: Int) -> real where k >= 0, k <= 1 = sum(ones([[(1, 2), (3, 4)][k].1]))
fn inner(k: Int) -> real where k >= 0, k <= 1 = sum(ones([[[2, 3], [4, 5]][k][0]]))
fn applied(k: Int) -> real where k >= 0, k <= 1 = [relu, tanh][k](-1)
fn chosen(k: Int) -> real where k >= 0, k <= 1 = match [Plain, Scaled(3)][k] { Plain => 1; Scaled(rate) => rate }
let numbers = [width(0), width(1), inner(0), inner(1), applied(0), applied(1), chosen(0), chosen(1)]`,
			{ numbers: [2, 4, 2, 4, 0, Math.tanh(-1), 1, 3] },
		);
	});

	it("are entries of lists, ragged", () => {
		expectValues(
			`precision f64
fn total(stages: List[List[Int]]) -> real = sum s in stages: sum x in s: x
fn products(stages: List[List[(c: Int, k: Int)]]) -> List[List[Int]] = [for s in stages: [for b in s: b.c * b.k]]
fn chained(stages: List[List[Int]], x: real[first(first(stages))]) -> real = sum(x) + sum s in stages: sum (a, b) in pairs(s): sum(ones([a, b]))
fn deep(stages: List[List[List[Int]]]) -> real = sum(ones([last(first(last(stages)))]))
fn entry(stages: List[List[Int]], i: Int) -> Int where len(stages) >= i + 1, len(stages[i]) >= 2 = stages[i][1]
let numbers = [total([[1, 2], [3], [4, 5, 6]]), total(products([[(c = 2, k = 3)], [(c = 1, k = 1), (c = 4, k = 2)]])), chained([[2, 3], [4], [5, 6, 7]], [1, 2]), deep([[[2, 3]], [[4, 5], [6]]]), entry([[1], [3, 4]], 1)]`,
			{ numbers: [21, 15, 3 + 6 + 30 + 42, 5, 4] },
		);
	});

	it("are put together with others, entry by entry", () => {
		expectValues(
			`precision f64
fn product(d: Int, hidden: List[Int], x: real[d]) -> real = {
  let mats = [for (a, b) in pairs([d, ..hidden, ..reverse(hidden), 1]): ones([a, b])]
  sum(fold(mats, x, |h, m| h @ m))
}
fn staged(d: Int, stages: List[List[Int]], x: real[d]) -> real = {
  let widen = [for (a, b) in pairs([d, ..[for s in stages: first(s)]]): ones([a, b])]
  let inner = [for s in stages: [for w in s: full([first(s), w], 0.5) @ full([w, first(s)], 0.5)]]
  sum(fold(zip(widen, inner), x, |h, (m, ms)| fold(ms, h @ m, |h, m| h @ m)))
}
let numbers = [product(2, [3, 4], [1, 1]), staged(2, [[3, 2], [1]], [1, 1])]`,
			// Row sums: 2 * 3 * 4 * 4 * 3; then 2, times 3/4 * 3 and 2/4 * 3, summed by 3 to one, times 1/4.
			{ numbers: [2 * 3 * 4 * 4 * 3, 2 * ((3 * 3) / 4) * ((2 * 3) / 4) * 3 * 0.25] },
		);
	});
});
