import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { assertClose, expectValues, gradientProgram, onBackends, valuesOf } from "../support/values.js";

const n = [0, 1, 2, 3];
const cell = (i: number, j: number): number => 10 * i + j;
const data = "precision f64\nlet x = for i in 4, j in 4: 10 * i + j\n";

describe("indices", () => {
	it("diagonals, transposes, affine indices, slices", () => {
		expectValues(
			`${data}
let diagonal = for i: x[i, i]
let trace = sum i: x[i, i]
let transposed = for i, j: x[j, i]
let method = x.T
let next = for i in 3: x[i + 1, i]
let reversed = for i in 4: x[3 - i, 0]
let strided = for i in 2: x[2 * i + 1, i]
let windows = for i in 3: sum k in 2: x[0, i + k]
let row = x[1, :]
let column = x[:, 2]
let block = x[1..3, 2..]
let top = x[..2, :]
let mixed = for i: x[i, 1..3]
let pages = for i, j in 2: x[i, :][j]
`,
			{
				diagonal: n.map((i) => cell(i, i)),
				trace: 66,
				transposed: n.map((i) => n.map((j) => cell(j, i))),
				method: n.map((i) => n.map((j) => cell(j, i))),
				next: [10, 21, 32],
				reversed: [30, 20, 10, 0],
				strided: [10, 31],
				windows: [1, 3, 5],
				row: n.map((j) => cell(1, j)),
				column: n.map((i) => cell(i, 2)),
				block: [
					[12, 13],
					[22, 23],
				],
				top: [n.map((j) => cell(0, j)), n.map((j) => cell(1, j))],
				mixed: n.map((i) => [cell(i, 1), cell(i, 2)]),
				pages: n.map((i) => [cell(i, 0), cell(i, 1)]),
			},
		);
	});

	it("gathers by an int<k>, its derivative a scatter that adds up", () => {
		expectValues(
			`precision f64
let x: real[3, 4] = [[1, 9, 2, 3], [7, 4, 5, 6], [0, 1, 8, 8]]
let at = for i: argmax j: x[i, j]
let picked = for i: x[i, at[i]]
let rows = for i: x.T[at[i], :]
let lanes = for i, j: x[j, at[i]]
let remainder = for i in 3: x[i, (2 * i) % 4]
let counted = for k in 4: count i: at[i] == k
`,
			{
				at: [1, 0, 2],
				picked: [9, 7, 8],
				rows: [
					[9, 4, 1],
					[1, 7, 0],
					[2, 5, 8],
				],
				lanes: [
					[9, 4, 1],
					[1, 7, 0],
					[2, 5, 8],
				],
				remainder: [1, 5, 0],
				counted: [1, 1, 1, 0],
			},
		);
		const setup = `let keys: real[4, 3] = [[9, 0, 0], [0, 0, 1], [5, 0, 0], [0, 2, 0]]
let at = for i: argmax j: keys[i, j]`;
		const gradient = valuesOf(gradientProgram("sum i in 4: w[at[i]]^2", [1, 2, 3], setup), "gradient");
		assertClose(gradient, [4, 4, 6], 1e-12, "gather");
	});

	it("reductions along axes, broadcasting, matrix products", () => {
		const all = n.flatMap((i) => n.map((j) => cell(i, j)));
		expectValues(
			`${data}
let y = for a in 2, b in 3, c in 4: 100 * a + 10 * b + c
let down = sum(x, axis = 0)
let across = sum(x, axis = 1)
let largest = max(x, axis = 1)
let middle = mean(y, axis = 1)
let place = argmin(x, axis = 1)
let total = mean(x)
let soft = logsumexp(y, axis = 2)
let shifted = y + [1, 2, 3, 4]
let columns = (for i in 4: for j in 1: i) + (for i in 1: for j in 3: 10 * j)
let product = x @ x
let vectors = x @ [1, 0, 0, 1]
let left = [1, 0, 0, 1] @ x
let batched = y @ (for i in 4, j in 2: i * j)
let shaped = reshape(x, [2, _])
let sizes = shape(y)
let larger = max(x, 12)
`,
			{
				down: [60, 64, 68, 72],
				across: [6, 46, 86, 126],
				largest: [3, 13, 23, 33],
				middle: [0, 1].map((a) => n.map((c) => 100 * a + 10 + c)),
				place: [0, 0, 0, 0],
				total: 16.5,
				soft: [0, 1].map((a) =>
					[0, 1, 2].map((b) => 100 * a + 10 * b + Math.log(n.reduce((s, c) => s + Math.exp(c), 0))),
				),
				shifted: [0, 1].map((a) => [0, 1, 2].map((b) => n.map((c) => 100 * a + 10 * b + 2 * c + 1))),
				columns: n.map((i) => [0, 1, 2].map((j) => i + 10 * j)),
				product: n.map((i) => n.map((j) => n.reduce((s, k) => s + cell(i, k) * cell(k, j), 0))),
				vectors: n.map((i) => cell(i, 0) + cell(i, 3)),
				left: n.map((j) => cell(0, j) + cell(3, j)),
				batched: [0, 1].map((a) =>
					[0, 1, 2].map((b) => [0, 1].map((j) => n.reduce((s, c) => s + (100 * a + 10 * b + c) * c * j, 0))),
				),
				shaped: all,
				sizes: [2, 3, 4],
				larger: all.map((a) => Math.max(a, 12)),
			},
		);
	});

	it("stack lists and tuples", () => {
		const result = evaluateProgram(`precision f64
let nested: real[2, 2] = [[1, 2], [3, 4.5]]
let stacked: real[2, 3] = [for k in [1, 2]: for i in 3: k * i]
let both = for i in 3: (square = i^2, half = i / 2)
let parts = (first = [1, 2], second = (3, true))
let turns = for k in [1, 2]: k + [0.5, 1.5]
`);
		assert.deepEqual(result.numbers("nested"), [1, 2, 3, 4.5]);
		assert.deepEqual(result.numbers("stacked"), [0, 1, 2, 0, 2, 4]);
		assert.deepEqual(result.numbers("both.square"), [0, 1, 4]);
		assert.deepEqual(result.numbers("both.half"), [0, 0.5, 1]);
		assert.deepEqual(result.numbers("parts.second.0"), [3]);
		assert.deepEqual(result.numbers("turns"), [1.5, 2.5, 2.5, 3.5]);
		assert.deepEqual(result.shape("stacked"), [2, 3]);
	});

	it("the first of equal uses sets the range; a smaller one is a prefix", () => {
		expectValues("let a: real[3] = [1, 2, 3]\nlet b: real[5] = [1, 1, 1, 1, 1]\nlet s = for i: a[i] * b[i]", {
			s: [1, 2, 3],
		});
	});

	it("keep the precision: f32 unless the program says f64", () => {
		for (const [header, element] of [
			["", "f32"],
			["precision f64\n", "f64"],
		] as const) {
			for (const result of onBackends(`${header}let y = exp([0.1, 0.2])\nlet i = argmax(y)`)) {
				assert.equal(result.element("y"), element);
				assert.equal(result.element("i"), "i32");
			}
		}
	});

	it("complex numbers have defaults, complex or real, and sums turn by turn", () => {
		expectValues(
			`precision f64
let z = complex([1.0, 2.0, 3.0], [0.0, 1.0, 0.5])
let own = for i in 3: z[i - 1 else complex(7, 8)]
let whole = for i in 3: z[i - 1 else 5]
let m = complex(ones([2, 3]), 2 * ones([2, 3]))
let rows = (for i in 4: m[i - 1, : else complex(0, 9)]).im[:, 0]
let places = z[[0, 5, 2] else 1]
fn after(z: complex[n]) -> complex[n] = for i in n: z[i + 1 else 0]
let slopes = grad(|x| sum(abs(after(complex(x, [0.0, 0, 0])))))([1.0, 2, 3])
let drawn = (for i in 2: z[i + 3 else complex(normal([]), 1)]).re
let draws = drawn[0] != drawn[1]
fit halved(start: real) { param w: real = start;  repeat 1 { minimize w^2  using sgd(0.25) } }
let sums = sum k in [1, 2]: complex(halved(1.0 * k).w, [2.0 * k, 1])
`,
			{
				"own.re": [7, 1, 2],
				"own.im": [8, 0, 1],
				"whole.re": [5, 1, 2],
				"whole.im": [0, 0, 1],
				rows: [9, 2, 2, 9],
				"places.re": [1, 1, 3],
				"places.im": [0, 0, 0.5],
				slopes: [0, 1, 1],
				draws: 1,
				"sums.re": [1.5, 1.5],
				"sums.im": [6, 2],
			},
		);
	});
});
