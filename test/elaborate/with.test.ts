import { expectValues, gradientProgram } from "../support/values.js";

describe("`with`", () => {
	it("changes fields of records, and leaves the rest and the original", () => {
		expectValues(
			`precision f64
let state = (x = exp([0, 0]), inner = (count = 1, rate = 0.5), mode = "a")
let changed = state with { x = 3; inner.count += 2; inner.rate |> |r| 2 * r }
fn scaled(p: (a: real[n], b: real)) -> (a: real[n], b: real) = p with { a += p.b; b = sum(p.a) }
let both = scaled((a = [1, 2], b = 10))
let x = changed.x
let count = changed.inner.count
let rate = changed.inner.rate
let before = state.x
`,
			{ x: [3, 3], count: 3, rate: 1, before: [1, 1], both: [11, 12, 3] },
		);
	});

	it("changes tensors at positions, rows, columns and ranges", () => {
		expectValues(
			`precision f64
fn one(x: real[n]) -> real[n] where n >= 1 = x with { [0] = 1 }
fn at(x: real[n], i: int<n>) -> real[n] = x with { [i] += 10 }
let x = exp(zeros([3, 2]))
let row = x with { [1, :] = [5, 6] }
let column = x with { [:, 1] = [7, 8, 9] }
let part = x with { [1..3, 0] = [3, 4]; [0, 1] = 2 }
let filled = x with { [..2, :] += 1 }
let several = [at([1, 2, 3], 2), one([4, 5, 6])]
let diagonal = for i in 3: zeros([3]) with { [i] = 1 + i }
let piped = x with { [2, :] |> log }
let record = (w = x, b = 0.5) with { w[0, 0] = 9 }
`,
			{
				row: [1, 1, 5, 6, 1, 1],
				column: [1, 7, 1, 8, 1, 9],
				part: [1, 2, 3, 1, 4, 1],
				filled: [2, 2, 2, 2, 1, 1],
				several: [1, 2, 13, 1, 5, 6],
				diagonal: [1, 0, 0, 0, 2, 0, 0, 0, 3],
				piped: [1, 1, 1, 1, 0, 0],
				record: [9, 1, 1, 1, 1, 1, 0.5],
			},
		);
	});

	it("changes tensors at several indices of an axis, of which the last of equal ones counts", () => {
		expectValues(
			`precision f64
fn rows(x: real[n, d], p: int<n>[k], y: real[k, d]) -> real[n, d] = x with { [p, :] = y }
fn parts(x: real[3, 2], p: int<3>[3]) -> real[3, 2] = x with { [p, 0] = [10, 20, 30];  [p, 1] |> |v| -v }
fn filled(x: real[n], p: int<n>[k]) -> real[n] = x with { [p] = 7 }
let x: real[3, 2] = [[1, 2], [3, 4], [5, 6]]
let a = rows(x, [2, 0], [[10, 20], [30, 40]])
let b = rows(x, [1, 1], [[10, 20], [30, 40]])
let c = parts(x, [2, 0, 2])
let d = filled([1, 2, 3, 4], [3, 1])
let turned = rows(x, argsort([3.0, 1, 2]), x)
`,
			{
				a: [30, 40, 3, 4, 10, 20],
				b: [1, 2, 30, 40, 5, 6],
				c: [20, -2, 3, 4, 30, -6],
				d: [1, 7, 3, 7],
				turned: [5, 6, 1, 2, 3, 4],
			},
		);
	});

	it("all right sides see the value as it was", () => {
		expectValues(
			`precision f64
let x = exp(zeros([2]))
let y = x with { [0] += 1; [1] = x[0] + 5 }
let swapped = (a = 1, b = 2) with { a += 10; b += 20 }
`,
			{ y: [2, 6], swapped: [11, 22] },
		);
	});

	it("what is replaced has no derivative, what replaces it does", () => {
		expectValues(gradientProgram("sum((w with { [0] = w[1] * w[2] })^2)", [2, 3, 4]), {
			gradient: [0, 2 * 12 * 4 + 6, 2 * 12 * 3 + 8],
		});
	});

	it("adds up what is added at equal indices, as NumPy's `add.at`", () => {
		expectValues(
			`let x: real[4] = [1, 2, 3, 4]
let order: int<4>[3] = [0, 2, 0]
let twos: int<3>[2] = [2, 2]
let ones_of: int<2>[2] = [1, 1]
let t = ones([3, 2])
let added = x with { [order] += [10, 20, 30] }
let counted = x with { [order] += 1 }
let rows = t with { [twos, :] += [[1, 2], [10, 20]] }
let columns = t with { [:, ones_of] += [[1, 2], [10, 20], [100, 200]] }
let corner = t with { [1, ones_of] += [5, 7] }
let part = t with { [0..2, ones_of] += 1 }
let record = ((m = t, k = 1) with { m[twos, :] += 1 }).m
fn squares(v: real[3], s: int<4>[3]) -> real = sum k: (x with { [s] += v })[k]^2
let slope = grad(squares)([1, 2, 3], order)
let turns = for r in 2: sum q: (x with { [order] += real(r) * ones([3]) })[q]
`,
			{
				added: [41, 2, 23, 4],
				counted: [3, 2, 4, 4],
				rows: [1, 1, 1, 1, 12, 23],
				columns: [1, 4, 1, 31, 1, 301],
				corner: [1, 1, 1, 13, 1, 1],
				part: [1, 3, 1, 3, 1, 1],
				record: [1, 1, 1, 1, 3, 3],
				slope: [10, 10, 10],
				turns: [10, 13],
			},
		);
	});

	it("takes indices with several axes, and lists of them: equal ones add up, or the last one counts", () => {
		expectValues(
			`precision f64
fn add(x: real[n, m], at: int<n>[a, b], v: real[a, b, m]) -> real[n, m] = x with { [at, :] += v }
fn set(x: real[n, m], at: int<n>[a, b], v: real[a, b, m]) -> real[n, m] = x with { [at, :] = v }
fn lanes(x: real[n, m], at: int<m>[k, l], v: real[n, k, l]) -> real[n, m] = for i: x[i, :] with { [at] += v[i, :, :] }
let at: int<4>[2, 2] = [[0, 3], [3, 1]]
let v = for i in 2, j in 2, k in 2: 100 * i + 10 * j + k + 1.0
let slopes: real[4, 2] = [[1, 2], [3, 4], [5, 6], [7, 8]]
let added = add(zeros([4, 2]), at, v)
let last = set(zeros([4, 2]), at, v)
let of_added = grad(|v| sum(add(zeros([4, 2]), at, v) * slopes))(v)
let of_last = grad(|v| sum(set(zeros([4, 2]), at, v) * slopes))(v)
let each = lanes(zeros([2, 4]), at, v)
let listed = zeros([5]) with { [[0, 2, 2]] += [1.0, 2, 3];  [[1]] = 7 }
let rows = zeros([2, 5]) with { [1, [0, 2, 2]] += [1.0, 2, 3];  [:, [[1, 3]]] += 7 }
let m = for i in 3, j in 4: 10.0 * i + j
let read = [m[:, [3, 0]][2, 0], m[[[0, 1], [2, 2]], 1][1, 0], m[[2, 0], :][1, 3], [5, 6, 7][[2, 1]][0]]`,
			{
				added: [1, 2, 111, 112, 0, 0, 112, 114],
				last: [1, 2, 111, 112, 0, 0, 101, 102],
				of_added: [1, 2, 7, 8, 7, 8, 3, 4],
				of_last: [1, 2, 0, 0, 7, 8, 3, 4],
				each: [1, 12, 0, 13, 101, 112, 0, 213],
				listed: [1, 7, 5, 0, 0],
				rows: [0, 7, 0, 7, 0, 1, 7, 5, 7, 0],
				read: [23, 21, 3, 7],
			},
		);
	});

	it("an index of what an index leaves is part of it", () => {
		expectValues(
			`precision f64
let row = ones([2, 2]) with { [0, :][1] = 5 }
let field = (x = ones([2, 2])) with { x[0, :][1] += 5 }
let range = ones([3, 2]) with { [1..3, :][0, 1] = 5 }
let sums = ones([3, 2]) with { [[0, 0], :][:, 1] += [1, 2] }
let applied = ones([3, 2]) with { [:, 1][2] |> |x| x + 1 }
let slopes = grad(|x: real[2, 2]| sum((x with { [0, :][1] = 3 * x[1, 1] })^2))(ones([2, 2]))
`,
			{
				row: [1, 5, 1, 1],
				field: [1, 6, 1, 1],
				range: [1, 1, 1, 5, 1, 1],
				sums: [1, 4, 1, 1, 1, 1],
				applied: [1, 1, 1, 1, 1, 2],
				slopes: [2, 0, 2, 20],
			},
		);
	});

	it("adds up at equal indices of stacks and records of stacked tensors", () => {
		expectValues(
			`precision f64
import std.nn { MLP }
let nets = for k in 4: MLP([2, 3, 1])
let rows = for k in 4: (a = 1.0 * k, b = ones([2]))
let same = (nets with { [[0, 2, 0]].layers[0].bias += 1 }).layers[0].bias[:, 0]
let each = (nets with { [[0, 0]].layers[0].bias += [[1, 2, 3], [10, 20, 30]] }).layers[0].bias[0, :]
let fields = rows with { [[0, 2]].a += 1;  [[3, 3]].b += [[1, 2], [3, 4]];  [[1, 1]].b[:, 0] += [10, 20] }
let a = fields.a
let b = fields.b
let slopes = grad(|x: real[2]| sum(((for k in 3: (a = 1.0 * k, b = x)) with { [[1, 1]].b += [x, 2 * x] }).b))([1.0, 2.0])
`,
			{
				same: [2, 0, 1, 0],
				each: [11, 22, 33],
				a: [1, 1, 3, 3],
				b: [1, 1, 31, 1, 1, 1, 5, 7],
				slopes: [6, 6],
			},
		);
	});

	it("changes columns of data sets, which stay data sets", () => {
		expectValues(
			`precision f64
data rows = (x = for i in 10: [1.0 * i, 2.0], y = for i in 10: 1.0 * i)
data parts = rows |> split(train = 6, test = 4)
data halved = parts with { train.x |> |x| 0.5 * x }
data doubled = halved |> scale(2)
let columns = (rows with { y = 0;  x[:, 1] += 1 }).x[3, :]
let train = max(abs(halved.train.x - 0.5 * parts.train.x))
let test = max(abs(halved.test.x - parts.test.x))
let again = max(abs(doubled.train.x - parts.train.x)) + max(abs(doubled.test.x - 2 * parts.test.x))
fn raised(d: (x: real[n, 2], y: real[n])) -> real = sum((d with { y |> |y| y + 1 }).y)
let sums = raised(rows)
fit cold() {
  param w: real[2] = ones()
  repeat 2 { let none = parts.train with { x = 0 }
    minimize mse(none.x @ w, none.y)  using sgd(0.1) }
}
let w = cold().w
`,
			{ columns: [3, 3], train: 0, test: 0, again: 0, sums: 55, w: [1, 1] },
		);
	});
});
