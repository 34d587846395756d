import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { expectValues } from "../support/values.js";

const terms = `precision f64
type Term = Num(value: real) | Var | Sum(a: Term, b: Term) | Product(a: Term, b: Term)
fn value(term: Term, at: real) -> real = match term {
  Num(value) => value
  Var => at
  Sum(a, b) => value(a, at) + value(b, at)
  Product(a, b) => value(a, at) * value(b, at)
}
fn slope(term: Term) -> Term = match term {
  Num(_) => Num(0)
  Var => Num(1)
  Sum(a, b) => Sum(slope(a), slope(b))
  Product(a, b) => Sum(Product(slope(a), b), Product(a, slope(b)))
}
let cubic = Sum(Product(Var, Product(Var, Var)), Product(Num(3), Var))
`;

describe("functions that call themselves", () => {
	it("walk types that hold themselves, at the host level, in binders, in steps and under derivatives", () => {
		expectValues(
			`${terms}
let at_two = value(cubic, 2)
let by_rule = value(slope(cubic), 2)
let by_grad = grad(|x| value(cubic, x))(2.0)
let twice = grad(grad(|x| value(cubic, x)))(2.0)
let table = for i in 4: value(cubic, 0.5 * i)
fit root(goal: real) {
  param x: real = 1
  repeat 200 { minimize (value(cubic, x) - goal)^2  using sgd(0.002) }
}
let found = root(14).x
`,
			{
				at_two: 14,
				by_rule: 15,
				by_grad: 15,
				twice: 12,
				table: [0, 0.5, 1, 1.5].map((x) => x ** 3 + 3 * x),
				found: 2,
			},
			{ tolerance: 1e-9 },
		);
	});

	it("end by Ints, sizes and lists; each other, with type variables, and as methods", () => {
		expectValues(
			`precision f64
fn power(x: real, n: Int) -> real where n >= 0 = if n == 0 then 1 else x * power(x, n - 1)
fn even(n: Int) -> Bool where n >= 0 = if n == 0 then true else odd(n - 1)
fn odd(n: Int) -> Bool where n >= 0 = if n == 0 then false else even(n - 1)
fn total(list: List[Int]) -> Int = if len(list) == 1 then list[0] else list[0] + total(drop(list, 1))
fn pairwise(x: real[n]) -> real = if n == 1 then x[0] else pairwise(x[..floor(n / 2)]) + pairwise(x[floor(n / 2)..])
fn closer(a: T, b: T, k: Int) -> T where T: tree, k >= 0 =
  if k == 0 then a else closer(tree.map(a, b, |u, v| (u + v) / 2), b, k - 1)
fn noise(k: Int) -> real where k >= 0 = if k == 0 then 0 else normal([]) + noise(k - 1)
model Depth(depth: Int) where depth >= 0 {
  param w: real = 2
  (x: real) -> real = down(x, depth)
  down(x: real, k: Int) -> real where k >= 0 = if k == 0 then x else w * down(x, k - 1)
}
let powers = for i in 3: power(1.0 + i, 4)
let parity = [even(10), even(7), odd(7)]
let summed = total([1, 2, 3, 4])
let paired = pairwise([1, 2, 3, 4, 5])
let near = closer((x = 0.0, y = [0.0, 8.0]), (x = 8.0, y = [8.0, 8.0]), 2)
let fresh = noise(3) != 3 * noise(1)
let deep = Depth(3)(1)
let by_weight = grad(|net: Depth(3)| net(1))(Depth(3)).w
let single = grad(|x| power(x, 5))(f32(2.0)) == f32(80)
`,
			{
				powers: [1, 16, 81],
				parity: [1, 0, 1],
				summed: 10,
				paired: 15,
				"near.x": 6,
				"near.y": [6, 8],
				fresh: 1,
				deep: 8,
				by_weight: 12,
				single: 1,
			},
		);
	});

	it("one that nothing known before running ends is told, with what is called", () => {
		for (const body of ["endless(x - 1)", "if x < 0 then x else endless(x - 1)"])
			assert.throws(
				() =>
					evaluateProgram(`fn endless(x: real) -> real = ${body}\nlet all = for i in 3: endless(1.0 * i)`),
				/E0620: `endless` calls itself/,
			);
	});
});
