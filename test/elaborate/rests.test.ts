import { expectValues } from "../support/values.js";

/** A rest (`...b`) anywhere in a shape: what is computed is that of the same function with its axes written out. */

const functions = `precision f64
import std.nn { Linear }
fn scaled(x: real[n, ...b, d], s: real[n]) -> real[n, ...b, d] = for i, ...b, j: s[i] * x[i, ...b, j]
fn means(x: real[n, ...b]) -> real[...b] = mean(x, axis = 0)
fn rows(x: real[n, ...b]) -> real[...b] = sum r in x: r
fn folded(x: real[n, ...b]) -> real[...b] = fold(x, zeros([...b]), |s, r| s + r)
fn centred(x: real[n, ...b]) -> real[n, ...b] = x - mean(x, axis = 0)
fn twice(x: real[...b, d]) -> real[2, ...b, d] = [x, 2 * x]
fn turns(x: real[...b, d], k: Int) -> real[k, ...b, d] = for i in k: i * x
fn scanned(x: real[...b], k: Int) -> real[k, ...b] = scan(0..k, x, |s, i| (s + 1, s)).1
fn product(x: real[n, ...b, d], w: real[d, k]) -> real[n, ...b, k] = x @ w
fn forward(x: real[...b, t, d]) -> real[t, ...b, d] = rearrange(x, "... t d -> t ... d")
fn back(x: real[t, ...b, d]) -> real[...b, t, d] = rearrange(x, "t ... d -> ... t d")
fn taken(x: real[n, m], at: int<m>[...b]) -> real[n, ...b] = x[:, at]
fn gathered(x: real[n, m], at: int<m>[...b]) -> real[n, ...b] = gather(x, at, axis = 1)
fn parts(x: real[n, ...b, h * k], h: Int) -> real[n, ...b, h, k] = reshape(x, [n, ...b, h, _])
fn joined(x: real[...b, n], y: real[...b, m]) -> real[...b, n + m] = concat([x, y], axis = -1)
fn beside(x: real[n, ...b], y: real[n, ...b]) -> real[n, 2, ...b] = stack([x, y], axis = 1)
fn last_first(x: real[...b, n]) -> real[n, ...b] = for i, ...b: x[...b, i]
fn reversed(x: real[n, ...b]) -> real[n, ...b] = for i in n, ...b: x[n - 1 - i, ...b]
fn added(x: real[n, ...b, d], y: real[...b, d]) -> real[n, ...b, d] = x + y
fn layered(net: Linear(n, m), x: real[t, ...b, n]) -> real[t, ...b, m] = net(x)
let x = for i in 2, j in 3, k in 4: 1.0 * i + 10 * j + 100 * k
let y = for i in 2, j in 3, l in 2, k in 4: i + 10 * j + 100 * k + 0.5 * l
let v = [1.0, 2, 3, 4]
fn apart(a: real[...s], b: real[...s]) -> real = max(abs(a - b))
`;

/** The names of programs whose values are all 0. */
function expectNone(program: string): void {
	const names = [...program.matchAll(/^let (\w+) =/gm)]
		.map((m) => m[1] as string)
		.filter((name) => name !== "points");
	expectValues(functions + program, Object.fromEntries(names.map((name) => [name, 0])));
}

describe("elaborate: a rest anywhere in a shape", () => {
	it("binders, rows and reductions along the axes beside it", () => {
		expectNone(`let two = apart(scaled(y, [1, 2]), for i, j, l, k: (i + 1) * y[i, j, l, k])
let none = apart(scaled([v, v], [1, 2]), [v, 2 * v])
let mean2 = apart(means(y), for j, l, k: (y[0, j, l, k] + y[1, j, l, k]) / 2)
let mean0 = means([1, 2.0]) - 1.5
let rows2 = apart(rows(y), 2 * means(y))
let rows0 = rows([1, 2.5]) - 3.5
let folded2 = apart(folded(y), 2 * means(y))
let middle = apart(centred(y), for i in 2, j in 3, l in 2, k in 4: i - 0.5)
let order = apart(last_first(y), for k, i, j, l: y[i, j, l, k])
let other = apart(reversed(y), for i in 2, j, l, k: y[1 - i, j, l, k])
let sums = apart(added(y, y[1, :, :, :]), for i, j, l, k: y[i, j, l, k] + y[1, j, l, k])`);
	});

	it("values side by side, in lists, binders and scans", () => {
		expectNone(`let listed = apart(twice(x), for i in 2, a, b, c: (i + 1) * x[a, b, c])
let one = apart(twice(v), for i in 2, c: (i + 1) * v[c])
let bound = apart(turns(x, 3), for i in 3, a, b, c: i * x[a, b, c])
let scan2 = apart(scanned(x, 3), for i in 3, a, b, c: i + x[a, b, c])
let scan0 = apart(scanned(1.5, 3), [1.5, 2.5, 3.5])
let stacked = apart(beside(x, -x), for i, s in 2, j, k: (1 - 2 * s) * x[i, j, k])
let longer = apart(joined(x, x[:, :, ..2])[:, :, 4..], x[:, :, ..2])`);
	});

	it("movement, lookup, products and layers", () => {
		expectNone(`let there = apart(forward(y), for l, i, j, k: y[i, j, l, k])
let again = apart(back(forward(y)), y)
let picked = apart(taken(x[0, :, :], [[0, 1], [3, 2]]), for j, a in 2, b in 2: x[0, j, [[0, 1], [3, 2]][a, b]])
let same = apart(gathered(x[0, :, :], [[0, 1], [3, 2]]), taken(x[0, :, :], [[0, 1], [3, 2]]))
let whole = apart(reshape(parts(y, 2), [2, 3, 2, 4]), y)
let sums = apart(product(y, ones([4, 2]))[:, :, :, 1], for i, j, l: sum k: y[i, j, l, k])
fn deep(net: Linear(4, 2)) -> real = apart(layered(net, y), for i, j, l: net(y[i, j, l, :]))
let layer = deep(Linear(4, 2))`);
	});

	it("records, functions as arguments, models", () => {
		expectNone(`type Point = (x: real, y: real[2])
type Pair = (p: Point[2], s: bool)
fn total(p: Point[...b]) -> real[...b] = for ...b: p.x[...b] + sum(p.y[...b, :])
fn nested(p: Pair[...b]) -> real[...b, 2] = for ...b, k: p.p.x[...b, k] + sum(p.p.y[...b, k, :])
fn middle(p: Point[k, ...b]) -> real[...b] = for ...b: sum i: p.x[i, ...b] * p.y[i, ...b, 0]
let points = for i in 2, j in 3: (x = i + 10.0 * j, y = [j, 1.0])
let record2 = apart(total(points), for i in 2, j in 3: i + 11.0 * j + 1)
let record1 = apart(total(points[0]), for j in 3: 11.0 * j + 1)
let record0 = total(points[1, 2]) - 24
let within = apart(nested(for i in 2: (p = for k in 2: (x = 10.0 * i + k, y = [k, 1.0]), s = true)), for i in 2, k in 2: 10.0 * i + 2 * k + 1)
let middle2 = apart(middle(points), for j in 3: (1 + 20.0 * j) * j)
let middle1 = middle(points[:, 2]) - 82
fn apply(f: (real[n, ...b]) -> real[...b], x: real[n, ...b]) -> real[...b] = f(x) / n
fn each(f: [...s] (real[k, ...s]) -> real[...s], x: real[k, ...b, m]) -> real[...b, m] = f(x)
fn two(x: real[a, b, c]) -> real[b, c] = sum(x, axis = 0)
fn at(p: Point[n, ...b, m]) -> real[...b, n] = for ...b, i: sum j: p[i, ...b, j].x * p[i, ...b, j].y[0]
fn picked(p: Point[n], places: int<n>[...b]) -> Point[...b] = p[places]
fn column(p: Point[n, ...b]) -> real[...b, n] = for ...b: p[:, ...b].x
let index2 = apart(at(for i in 2, j in 3, k in 2: (x = i + 10.0 * j + 100 * k, y = [k, 1.0])), for j in 3, i in 2: i + 10.0 * j + 100)
let index1 = apart(column(points), for j in 3, i in 2: i + 10.0 * j)
let places2 = apart(picked(points[:, 1], [[1, 0], [0, 0]]).x, [[11.0, 10], [10, 10]])
let places0 = picked(points[:, 1], 1).y[0] - 1
let named = apart(apply(rows, y), means(y))
let known = apart(apply(two, x), means(x))
let lambda = apart(apply(|a| sum(a, axis = 0), y), means(y))
let quantified = apart(each(means, y), means(y))
model Mixed(n: Int) { param w: real[n, n] = identity();  (x: real[n, ...b]) -> real[n, ...b] = for i, ...b: sum j: w[i, j] * x[j, ...b] }
fn through(net: Mixed(2)) -> real = apart(net(y), y)
let mixed = through(Mixed(2))
let label = apart(labelled(y), for j, l: sum i: sum k: y[i, j, l, k])
fn labelled(x: real[n, ...b, d]) -> real[...b] = sum(sum(x, axis = .n), axis = .d)`);
	});

	it("fits of any axes, and batches of their rows", () => {
		expectValues(
			`${functions}
fit slope(x: real[n, ...s], y: real[n]) {
  param w: real[...s] = zeros()
  for (a, b) in (a = x, b = y).batches(3) epochs 400 {
    minimize mean i: ((sum ...s: a[i, ...s] * w[...s]) - b[i])^2  using sgd(0.5)
  }
}
let inputs = for i in 12, j in 2, k in 2: sin(1.7 * i + 2.9 * j + 5.3 * i * k)
let weights = [[1.0, -2], [0.5, 3]]
let two = slope(inputs, for i: sum j, k: inputs[i, j, k] * weights[j, k]).w - weights
let none = slope(inputs[:, 0, 0], 3 * inputs[:, 0, 0]).w - 3`,
			{ two: [0, 0, 0, 0], none: 0 },
			{ tolerance: 1e-3 },
		);
	});

	it("derivatives", () => {
		expectNone(`let bound = apart(grad(|a| sum(scaled(a, [1, 2])^2))(y), for i, j, l, k: 2 * (i + 1)^2 * y[i, j, l, k])
let moved = apart(grad(|a| sum(back(forward(a) * forward(a)) * 3))(y), 6 * y)
let middle = apart(grad(|a| sum(centred(a)^2))(y), 2 * centred(y))
let sides = apart(grad(|a| sum(beside(a, a * a)))(x), 1 + 2 * x)
let matrix = apart(jacobian(|a| means(a))(x[:, 0, :]), for k in 4, i in 2, l in 4: if k == l then 0.5 else 0)`);
	});
});
