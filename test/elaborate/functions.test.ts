import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { expectValues, onBackends } from "../support/values.js";

describe("functions, blocks and static code", () => {
	it("named arguments, defaults, pipes, static `if`", () => {
		expectValues(
			`precision f64
fn line(x: real[n], slope: real = 2, shift: real = 1, doubled: Bool = false) -> real[n] =
  if doubled then 2 * (slope * x + shift) else slope * x + shift
fn chosen(k: Int) -> real = if k > 2 then 1 else if k == 2 then 0.5 else 0
let x: real[2] = [1, 2]
let plain = line(x)
let named = line(shift = 0, x = x)
let mixed = line(x, 3, doubled = true)
let piped = x |> line(shift = 5) |> exp |> log
let cases = [chosen(1), chosen(2), chosen(3)]
`,
			{ plain: [3, 5], named: [2, 4], mixed: [8, 14], piped: [7, 9], cases: [0, 0.5, 1] },
		);
	});

	it("sizes of a signature are Ints of its body; halves are solved for", () => {
		expectValues(
			`precision f64
fn average(x: real[n, d]) -> real[d] = for j: (sum i: x[i, j]) / n
fn pairs_of(x: real[2 * k]) -> real[k] = for i in k: x[i] + x[i + k]
fn classes(label: int<k>[n]) -> real[k] = for c in k: mean i: (label[i] == c)
let a = average([[1.0, 2], [3, 5]])
let b = pairs_of([1.0, 2, 3, 4, 5, 6])
let c = classes(argmax(eye(3), axis = 0))
let d = classes(for i in 5: (i + 1) % 4)
`,
			{ a: [2, 3.5], b: [5, 7, 9], c: [1 / 3, 1 / 3, 1 / 3], d: [0.2, 0.4, 0.2, 0.2] },
		);
	});

	it("lambdas capture names, also a binder's; they are values of the host, too", () => {
		expectValues(
			`precision f64
let x: real[3] = [1, 2, 3]
let within = for i: { let f = |y| y * x[i];  f(10) + f(i) }
let outside = { let a = exp(x[0]);  |y| a * y }
let used = outside(2)
fn twice(f: (real) -> real, y: real) -> real = f(f(y))
let applied = twice(|y| y^2 + x[1], 2)
let compose = |f, g| |y| f(g(y))
let composed = compose(|a| a + 1, |a| a * 10)
let both = composed(2)
let folded = fold([1, 2, 3], 0.5, |s, k| s * k + x[0])
`,
			{ within: [10, 22, 36], used: 2 * Math.E, applied: 38, both: 21, folded: 13 },
		);
	});

	it("blocks hide names, lets inside binders are per element", () => {
		expectValues(
			`precision f64
let x: real[2, 3] = [[1, 2, 3], [4, 5, 6]]
let s = 3
let hidden = { let s = 4;  { let s = s + 1;  s * 10 } + s }
let centred = for i: { let m = mean j: x[i, j];  for j: x[i, j] - m }
let (low, high) = (min(x), max(x))
`,
			{ hidden: 54, centred: [-1, 0, 1, -1, 0, 1], low: 1, high: 6, s: 3 },
		);
	});

	it("lists: first, last, init, drop, pairs, indices, zip, len, spreading", () => {
		const result = evaluateProgram(`let xs = [2, 3, 5]
let ends = [first(xs), last(xs), len(xs)]
let parts = [init(xs), drop(xs, 1)]
let neighbours = [for (a, b) in pairs(xs): a * b]
let numbered = [for (i, x) in zip(indices(xs), xs): 10 * i + x]
let spread = [1, ..xs, 7]
let ranged = [for k in 1..4: k^2]
let nested = [for a in [1, 2]: [for b in [10, 20]: a * b]]
`);
		const expected = {
			ends: [2, 5, 3],
			parts: [2, 3, 3, 5],
			neighbours: [6, 15],
			numbered: [2, 13, 25],
			spread: [1, 2, 3, 5, 7],
			ranged: [1, 4, 9],
			nested: [10, 20, 20, 40],
		};
		for (const [name, numbers] of Object.entries(expected))
			assert.deepEqual(result.numbers(name), numbers, name);
	});

	it("tensors from shapes: zeros, ones, full, eye, from a declared type or their argument", () => {
		expectValues(
			`let z: real[2, 2] = zeros()
let o = ones([3])
let f: real[2] = full(2.5)
let g = full([1, 2], value = 3)
let e = eye(2)
let i: int[2] = ones()
`,
			{ z: [0, 0, 0, 0], o: [1, 1, 1], f: [2.5, 2.5], g: [3, 3], e: [1, 0, 0, 1], i: [1, 1] },
		);
		for (const result of onBackends("let i: int[2] = ones()")) assert.equal(result.element("i"), "i32");
	});

	it("imported files: functions, values and what they import", () => {
		const files = {
			"parts.ansatz":
				'import "deep/base.ansatz" { base }\nexport let rate = base * 2\nexport fn scaled(x: real[n]) -> real[n] = rate * x\n',
			"deep/base.ansatz": "export let base = 1.5\n",
		};
		expectValues(
			'import "parts.ansatz" { scaled, rate as speed }\nlet y = scaled([1.0, 2])\nlet r = speed',
			{ y: [3, 6], r: 3 },
			{ files },
		);
	});

	it("one of two lambdas, where what is known before running selects", () => {
		expectValues(
			`precision f64
fn pick(k: Int) -> (real) -> real where k >= 0 = if k == 0 then |x| x else |x| -x
fn act(name: String) -> (real) -> real = match name { "relu" => relu; "square" => |x| x^2; "abs" => abs; _ => |x| x }
let f = if 2 > 1 then |x, y| x - y else |x, y| y
model Power(kind: String) {
  let g = if kind == "square" then |x| x^2 else tanh
  (x: real) -> real = g(x)
}
fn middle(a: T, b: T) -> T where T: tree = { let start: T = a;  tree.map(start, b, |u, v| (u + v) / 2) }
let list = [for k in 0..3: if k == 0 then |x| x + 1 else |x| x * k]
let values = [pick(0)(3), pick(1)(3), act("square")(3), act("relu")(-2), act("abs")(-4), act("none")(2), f(5, 3), f(y = 3, x = 5), Power("square")(3), list[2](5.0), middle(1.0, 3.0), grad(pick(1))(3.0)]
`,
			{ values: [3, -3, 9, 0, 4, 2, 2, 2, 9, 10, 2, -1] },
		);
	});
});
