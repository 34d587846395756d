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
});
