import assert from "node:assert/strict";
import { onBackends } from "../support/values.js";

/** The checks of a program: where they stand, what they say, whether they hold. */
function checks(text: string): (string | boolean | undefined)[][] {
	const [first, ...others] = onBackends(text).map((result) =>
		result.eventsOf("check").map((e) => [e.turn, e.message ?? e.source, e.passed]),
	);
	for (const other of others) assert.deepEqual(other, first);
	return first ?? [];
}

describe("loops and `if` at the host level", () => {
	it("run over lists, ranges and tuples, and name the turn of a check", () => {
		assert.deepEqual(checks("for x in [1.5, -2] { check x > 0 }"), [
			["x = 1.5", "x > 0", true],
			["x = -2", "x > 0", false],
		]);
		assert.deepEqual(checks('for k in 2..4 { let twice = 2 * k\n check twice == 6 "twice {k}" }'), [
			["k = 2", "twice 2", false],
			["k = 3", "twice 3", true],
		]);
		assert.deepEqual(checks("for v in ([1.0, 2.0], [3.0]) { check sum(v) == 3 }"), [
			["v = [1, 2]", "sum(v) == 3", true],
			["v = [3]", "sum(v) == 3", true],
		]);
		assert.deepEqual(checks('for (name, x) in [("a", 1), ("b", 2)] { check x == 1 }'), [
			["name = a, x = 1", "x == 1", true],
			["name = b, x = 2", "x == 1", false],
		]);
		assert.deepEqual(
			checks("type K = A | B(rate: real, w: real[5])\nfor k in [A, B(0.5, zeros([5]))] { check true }"),
			[
				["k = A", "true", true],
				["k = B(0.5, ..)", "true", true],
			],
		);
		assert.deepEqual(checks("for v in (zeros([5]), zeros([6])) { check sum(v) == 0 }"), [
			["v: turn 0", "sum(v) == 0", true],
			["v: turn 1", "sum(v) == 0", true],
		]);
	});

	it("tell the figures of each comparison that `and` joins", () => {
		const text = `let x = sum([1.0, 2.0])
check x <= 4 and x >= 2
check x <= 2 and (x >= 1 and x != 5) "the second is told as well"
check x < 4 and x > 0 or x == 9
let t: real[2] = [1, 2]
check t > 0 and t < x
`;
		for (const result of onBackends(text))
			assert.deepEqual(
				result.eventsOf("check").map((e) => [e.passed, e.compared]),
				[
					[true, "3 <= 4 (by 1) and 3 >= 2 (by 1)"],
					[false, "3 <= 2 (off by 1) and 3 >= 1 (by 2) and 3 != 5"],
					[true, undefined],
					[true, "element 0: 1 > 0 (by 1) and element 1: 2 < 3 (by 1)"],
				],
			);
	});

	it("run over the first axis of what `for` stacked", () => {
		const text = `precision f64
let m: real[3, 2] = [[0, 1], [2, 3], [4, 5]]
let runs = for i in 3: (size = m[i, 0], inner = (row = m[i, :], high = m[i, 1] > 2))
for r in runs { check r.size == r.inner.row[0];  check r.inner.high }
for x in runs.size { check x > 0 }
for (row, k) in ((m[0, :], 0), (m[2, :], 4)) { check row[0] == k }
`;
		assert.deepEqual(
			checks(text).map((c) => c[2]),
			[true, false, true, true, true, true, false, true, true, true, true],
		);
	});

	it("nest, hold `if`s, and have names of their own in each turn", () => {
		const text = `let limit = sum([1.0, 1.0])
let x = 7
for a in 0..2 { for b in 0..2 {
  let x = 2 * a + b
  if x > limit { check false "above" } else if x == 0 { check x == 0 } else { let y = x;  check y <= limit }
} }
if limit > 1 { check x == 7 }
if x == 8 { check false }
`;
		assert.deepEqual(checks(text), [
			["a = 0, b = 0", "x == 0", true],
			["a = 0, b = 1", "y <= limit", true],
			["a = 1, b = 0", "y <= limit", true],
			["a = 1, b = 1", "above", false],
			[undefined, "x == 7", true],
		]);
	});

	it("fits run in each turn, once for equal options; each turn draws for itself", () => {
		const text = `fit f(turns: Int) {
  param w: real = 1
  repeat turns { minimize w  using sgd(1) }
}
for k in [1, 2, 1] { let r = f(turns = k);  check r.run.steps == k }
let start = normal([2])
for k in 0..3 { let x = normal([2]);  check x[0] > 100 }
for k in 0..2 { let x = normal([2]);  check x[0] > 100 }
`;
		for (const result of onBackends(text)) {
			assert.deepEqual(
				result.eventsOf("fit-started").map((e) => e.label),
				["f(turns = 1)", "f(turns = 2)"],
			);
			const compared = result
				.eventsOf("check")
				.slice(3)
				.map((e) => e.compared);
			assert.equal(compared.length, 5);
			assert.equal(new Set(compared).size, 5, "no two turns draw the same");
		}
	});

	it("run side by side, a number of times, and until a condition", () => {
		const text = `repeat 3 { check uniform([]) >= 0 }
for a in [1, 2, 3], (b, c) in zip([4, 5, 6], [7, 8, 9]) { check a + 3 == b and b + 3 == c }
for s in 0..10 until twice > 5 {
  let twice = 2 * s
  check twice == s + s
}
fn each(n: Int) -> real = {
  for i in 0..n, x in ones([n]) { check i < x + n }
  n
}
let four = each(4)
check four == 4
`;
		const told = checks(text).map(([turn, , passed]) => [passed, turn ?? ""]);
		assert.deepEqual(told, [
			[true, "turn 0"],
			[true, "turn 1"],
			[true, "turn 2"],
			[true, "a = 1, b = 4, c = 7"],
			[true, "a = 2, b = 5, c = 8"],
			[true, "a = 3, b = 6, c = 9"],
			[true, "s = 0"],
			[true, "s = 1"],
			[true, "s = 2"],
			[true, "s = 3"],
			[true, "i = 0, x = 1"],
			[true, "i = 1, x = 1"],
			[true, "i = 2, x = 1"],
			[true, "i = 3, x = 1"],
			[true, ""],
		]);
		assert.throws(
			() =>
				onBackends(`fn rows(x: real[n], m: Int) -> real = {
  for i in 0..m, y in x { check y > i - 10 }
  1
}
let a = rows([1, 2], 3)
`),
			/m and n/,
		);
	});
});
