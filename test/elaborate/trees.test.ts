import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { expectValues } from "../support/values.js";

describe("trees and sizes that are born", () => {
	it("a computed `if` chooses in every tensor of a tree, lane by lane, in chains", () => {
		expectValues(
			`precision f64
let x: real[4] = [1, -2, 0, 3]
let parts = for i: if x[i] > 0 then (a = x[i], b = (i, [x[i], 1])) else if x[i] < 0 then (a = -x[i], b = (0, [0, 2])) else (a = 9, b = (7, [3, 3]))
let a = parts.a
let first = parts.b.0
let second = parts.b.1
fn split(x: real) -> (up: real, down: real) = if x > 0 then (up = x, down = 0) else (up = 0, down = x)
let up = split(2).up
let slope = for i: split(x[i]).down
let labels: int<3>[4] = [0, 2, 1, 1]
let picked = for i: x[if x[i] > 0 then labels[i] else 0]
`,
			{
				a: [1, 2, 9, 3],
				first: [0, 0, 7, 3],
				second: [
					[1, 1],
					[0, 2],
					[3, 3],
					[3, 1],
				],
				up: 2,
				slope: [0, -2, 0, 0],
				picked: [1, 1, 1, -2],
			},
		);
	});

	it("nonzero gives the places of a mask, and their number is a size from there on", () => {
		expectValues(
			`precision f64
let x: real[5] = [1, -2, 3, -4, 5]
let kept: int[some Kept] = nonzero(x > 0)
fn twice(v: real[Kept]) -> real[Kept] = 2 * v
let y: real[Kept] = x[kept]
let z = twice(y)
let n = Kept
let none: int[some None] = nonzero(x > 9)
let empty = sum(x[none])
`,
			{ kept: [0, 2, 4], y: [1, 3, 5], z: [2, 6, 10], n: 3, empty: 0 },
		);
	});

	it("defaults outside: several indices, whole axes, gathers, an axis without elements; their derivatives are 0", () => {
		expectValues(
			`precision f64
let x: real[2, 3] = [[1, 2, 3], [4, 5, 6]]
let around = for i in -1..3, j in -1..4: x[i, j else 0]
let rows = for i in 3: x[i, : else -1]
let replaced = for i in 3: x[i, : else [7, 8, 9]]
let places: int[4] = [-1, 0, 1, 2]
let gathered = x[places, 1 else 0.5]
fn of_any(v: real[n], i: int) -> real where n >= 0 = v[i else 4]
let of_none = of_any(zeros([0]), 0)
fit probe() {
  param w: real[3] = [1, 2, 3]
  repeat 1 { minimize sum i in 3: w[i - 1 else 100] * w[i]  using sgd(1) }
}
let gradient = [1, 2, 3] - probe().w
`,
			{
				around: [0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 4, 5, 6, 0, 0, 0, 0, 0, 0],
				rows: [
					[1, 2, 3],
					[4, 5, 6],
					[-1, -1, -1],
				],
				replaced: [
					[1, 2, 3],
					[4, 5, 6],
					[7, 8, 9],
				],
				gathered: [0.5, 2, 5, 0.5],
				of_none: 4,
				gradient: [100 + 2, 1 + 3, 2],
			},
		);
	});

	it("a check while running, in the turns of a loop", () => {
		const program = (last: number) => `let x: real[3] = [1, 2, 3]
fn along(x: real[n], at: int[m]) -> real = fold(at, 0.0, |s, t| s + x[t])
let total = along(x, [0, 1, 2, ${last}])
`;
		assert.equal(evaluateProgram(program(1)).number("total"), 8);
		assert.throws(() => evaluateProgram(program(3)), /E0606: the index was 3, and the axis has 3 \(t\)/);
	});
});
