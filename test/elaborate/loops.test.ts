import assert from "node:assert/strict";
import fc from "fast-check";
import { hashKey, streamWord, uniform24 } from "../../compiler/ir/philox.js";
import { evaluateProgram, runProgramText } from "../support/evaluate.js";
import { assertClose, onBackends } from "../support/values.js";

const near = (actual: readonly number[], expected: readonly number[], tolerance = 1e-5): void =>
	assertClose(actual, expected, tolerance, "value");

describe("loops as expressions", () => {
	it("fold, scan, map and iterate are what they say, on every backend", () => {
		const text = `let total = fold(0..5, 0, |s, k| s + k * k)
let (last, sums) = scan([1.5, 2, 4] + 0, 0, |s, x| (s + x, s * x))
let squares = map(2..5, |k| k * k)
let fibonacci = iterate(10, (0, 1), |(a, b)| (b, a + b)).0
let steps = map(pairs([1.0, 4, 9] + 0), |(a, b)| b - a)
let backwards = fold(reverse([1.0, 2, 3] + 0), 0, |s, v| 10 * s + v)
let down = map(reverse(1..4), |k| k)
let zipped = fold(zip(0..3, [1.0, 2, 4] + 0), 0, |s, (k, x)| s + k * x)
let rows = map((x = [1.0, 2] + 0, y = [[1, 2], [3, 4]]), |row| (sum = row.x + row.y[1], first = row.y[0]))
`;
		for (const result of onBackends(text)) {
			assert.equal(result.number("total"), 30);
			assert.equal(result.element("total"), "i32");
			near(result.numbers("last"), [7.5]);
			near(result.numbers("sums"), [0, 3, 14]);
			assert.deepEqual(result.numbers("squares"), [4, 9, 16]);
			assert.equal(result.number("fibonacci"), 55);
			near(result.numbers("steps"), [3, 5]);
			near(result.numbers("backwards"), [321]);
			assert.deepEqual(result.numbers("down"), [3, 2, 1]);
			near(result.numbers("zipped"), [10]);
			near(result.numbers("rows.sum"), [3, 6]);
			assert.deepEqual(result.numbers("rows.first"), [1, 3]);
		}
	});

	it("a loop asks first, stops at its limit, and tells which", () => {
		const text = `let none = loop(0.05, |x| x / 2, until = |x| x < 0.1, limit = 9)
let some = loop(1.0, |x| x / 2, until = |x| x < 0.1, limit = 9)
let cut = loop(1.0, |x| x / 2, until = |x| x < 0.1, limit = 2)
let open = loop((n = 0, x = 1.0), |s| (x = s.x / 2, n = s.n + 2), until = |s| s.x < 0.1)
let traced = loop(1.0, |x| x / 2, until = |x| x < 0.3, limit = 4, trace = true)
let never = loop(1.0, |x| x / 2, until = |x| x < 0.1, limit = 0)
`;
		for (const result of onBackends(text)) {
			const parts = (name: string) =>
				["last", "count", "done"].map((part) => result.number(`${name}.${part}`));
			near(parts("none"), [0.05, 0, 1]);
			near(parts("some"), [0.0625, 4, 1]);
			near(parts("cut"), [0.25, 2, 0]);
			near(result.numbers("open.last"), [8, 0.0625]);
			near(parts("traced"), [0.25, 2, 1]);
			near(result.numbers("traced.trace"), [0.5, 0.25, 0.25, 0.25]);
			near(parts("never"), [1, 0, 0]);
		}
	});

	it("the state has the join of its start's and its turns' types; fields may come in another order", () => {
		const result = evaluateProgram(`let widened = iterate(3, 1, |x| x / 2)
let ordered = iterate(1, (a = 1, b = 2), |s| (b = s.a, a = s.b))
let annotated = fold(0..2, 1, |s: real, k| s * 2)
let truth = fold([true, false] , true, |s, c| s and c)
let largest = fold([0.5, 0.25] + 0, (at = 0, value = 0), |s, x| (at = s.at + 1, value = max(s.value, x)))
model Pair() { param w: real[2] = ones() }
let model = iterate(2, (1.0, Pair()), |(x, pair)| (x + pair.w[0], pair)).0
`);
		assert.equal(result.element("widened"), "f32");
		near(result.numbers("widened"), [0.125]);
		assert.equal(result.element("annotated"), "f32");
		assert.deepEqual(result.numbers("ordered"), [2, 1]);
		assert.deepEqual(result.numbers("truth"), [0]);
		near(result.numbers("largest"), [2, 0.5]);
		near(result.numbers("model"), [3]);
	});

	it("under binders each element has its own loop, and stops by itself", () => {
		const text = `let sums = for i in 3, j in 2: fold(0..4, 0.0, |s, k| s + i * k + j)
let outputs = for i in 2: scan(0..3, i, |s, k| (s + k, s * k)).1
let counts = for i in 4: loop(1.0 * i, |x| x / 2, until = |x| x < 0.5, limit = 64).count
let lasts = for i in 4: loop(1.0 * i, |x| x / 2, until = |x| x < 0.5).last
let cut = for i in 3: loop(0, |n| n + 1, until = |n| n >= i, limit = 1).done
let mapped = for i in 2: map(0..3, |k| 10 * i + k)
let nested = fold(0..3, 0, |s, i| s + fold(0..3, 0, |t, k| t + i * k))
let guarded = for i in 3: if i > 0 then loop(1.0 * i, |x| x - i, until = |x| x <= 0).count else 7
`;
		for (const result of onBackends(text)) {
			near(result.numbers("sums"), [0, 4, 6, 10, 12, 16]);
			assert.deepEqual(result.numbers("outputs"), [0, 0, 2, 0, 1, 4]);
			assert.deepEqual(result.shape("outputs"), [2, 3]);
			assert.deepEqual(result.numbers("counts"), [0, 2, 3, 3]);
			near(result.numbers("lasts"), [0, 0.25, 0.25, 0.375]);
			assert.deepEqual(result.numbers("cut"), [1, 1, 0]);
			assert.deepEqual(result.numbers("mapped"), [0, 1, 2, 10, 11, 12]);
			assert.equal(result.number("nested"), 9);
			assert.deepEqual(result.numbers("guarded"), [7, 1, 1]);
		}
	});

	it("a fold that runs is the fold that unrolls", () => {
		fc.assert(
			fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 6 }), (numbers) => {
				const list = `[${numbers.map((n) => n.toFixed(1)).join(", ")}]`;
				const result = evaluateProgram(`let a = fold(${list}, (0.5, 1), |(s, t), x| (s * 0.5 + x, t - s))
let b = fold(${list} + 0, (0.5, 1), |(s, t), x| (s * 0.5 + x, t - s))
`);
				near(result.numbers("a"), result.numbers("b"));
			}),
			{ numRuns: 15 },
		);
	});

	it("draws are fresh in each turn of each loop around, for each element, and named by where they stand", () => {
		const text = `let turns = scan(5, 0, |s, k| (s, uniform([2]))).1
let nested = scan(3, 0, |s, k| (s, scan(4, 0, |t, j| (t, uniform([]))).1)).1
let lanes = for i in 3: scan(4, 0, |s, k| (s, uniform([]))).1
let mapped = map(0..6, |k| uniform([]))
let walk = loop(0.0, |x| x + uniform([]), until = |x| x > 3, limit = 20, trace = true)
let same = scan(5, 0, |s, k| (s, seed 3 { uniform([]) })).1
let two = scan(3, 0, |s, k| (s, (uniform([]), uniform([])))).1
let open = scan(3, 0, |s, k| (s, loop((0.0, 0.0), |(x, y)| (x + 1, y + uniform([])), until = |(x, y)| x >= 2).last.1)).1
`;
		const [first, second] = onBackends(text);
		assert.ok(first && second);
		const distinct = (name: string) => new Set(first.numbers(name)).size;
		assert.deepEqual(
			["turns", "nested", "lanes", "mapped", "two", "open"].map(distinct),
			[10, 12, 12, 6, 6, 3],
		);
		assert.equal(distinct("same"), 1);
		const trace = [0, ...first.numbers("walk.trace")].slice(0, first.number("walk.count") + 1);
		const steps = trace.slice(1).map((v, i) => v - (trace[i] as number));
		assert.equal(new Set(steps.map((v) => v.toFixed(4))).size, steps.length);
		for (const name of ["turns", "nested", "lanes", "walk", "two"])
			assert.deepEqual(second.numbers(name), first.numbers(name));
		// The trace does not change the numbers, nor does a turn more those before it.
		const plain = evaluateProgram(text.replace(", trace = true", ""));
		assert.equal(plain.number("walk.last"), first.number("walk.last"));
		const longer = evaluateProgram(
			text.replace("scan(5, 0, |s, k| (s, uniform", "scan(7, 0, |s, k| (s, uniform"),
		);
		assert.deepEqual(longer.numbers("turns").slice(0, 10), first.numbers("turns"));
	});

	it("turn k of n turns, in turn t of the loop around, draws with the counter t n + k", () => {
		const result =
			evaluateProgram(`let nested = scan(3, 0, |s, t| (s, scan(4, 0, |z, k| (z, uniform([]))).1)).1
let until = scan(3, 0, |s, t| (s, loop((0, 0.0), |(n, x)| (n + 1, uniform([])), until = |(n, x)| n > t, limit = 5).last.1)).1
`);
		const drawn = (path: readonly string[], counter: number): number =>
			uniform24(streamWord(hashKey(0, path), counter, 0));
		assert.deepEqual(
			result.numbers("nested"),
			Array.from({ length: 12 }, (_, i) => drawn(["nested", "scan", "scan", "uniform"], i)),
		);
		// The last turn that is made is turn t.
		assert.deepEqual(
			result.numbers("until"),
			[0, 1, 2].map((t) => drawn(["until", "scan", "loop", "uniform"], 5 * t + t)),
		);
	});

	it("the fixed point of cos", () => {
		const result = evaluateProgram(`precision f64
let x = fixed_point([0.0, 1.0] + 0, |x| cos(x), tolerance = 1e-10, limit = 200)
let cut = fixed_point(0.0, |x| cos(x), limit = 2)
`);
		near(result.numbers("x"), [0.7390851332151607, 0.7390851332151607], 1e-9);
		near(result.numbers("cut"), [Math.cos(1)], 1e-12);
	});

	it("a fit trains through loops", () => {
		const result = evaluateProgram(`precision f64
fit recurrent() {
  param w: real = 0.5
  param u: real[2] = [0.5, 0.5]
  repeat 1 {
    minimize
      scan: fold([0.5, -1, 2] + 0, 0.1, |h, x| tanh(w * h + x))
      steps: iterate(3, u, |v| v * v)[0]
      until: loop(u[1], |x| x * w, until = |x| x < 0.1, limit = 8).last
    using sgd(1)
  }
}
let r = recurrent()
`);
		const scanned = (w: number) => [0.5, -1, 2].reduce((h, x) => Math.tanh(w * h + x), 0.1);
		const slope = (scanned(0.5 + 1e-6) - scanned(0.5 - 1e-6)) / 2e-6;
		// u1 w^3 after three turns; u0^8.
		near(result.numbers("r.w"), [0.5 - slope - 0.5 * 3 * 0.25], 1e-8);
		near(result.numbers("r.u"), [0.5 - 8 * 0.5 ** 7, 0.5 - 0.125], 1e-10);
	});

	it("a gradient through a loop without a limit is refused at the loop", () => {
		const text = `fit endless() {
  param w: real = 0.5
  repeat 1 { minimize fold(0..2, 0.0, |s, k| s + loop(w, |x| x * w, until = |x| x < 0.1).last)  using sgd(1) }
}
let r = endless()
`;
		const [problem] = runProgramText(text).eventsOf("problem");
		assert.equal(problem?.diagnostic.code, "E0605");
		const { start = 0, end = 0 } = problem?.diagnostic.at ?? {};
		assert.equal(text.slice(start, end), "loop(w, |x| x * w, until = |x| x < 0.1)");
	});
});
