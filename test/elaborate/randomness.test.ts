import assert from "node:assert/strict";
import { permutation } from "../../runtime/data/permutation.js";
import { type Evaluated, evaluateProgram } from "../support/evaluate.js";
import { onBackends } from "../support/values.js";

const digits = (result: Evaluated, ...paths: string[]): number[][] => paths.map((p) => result.numbers(p));

/** The values of these names are the same in both programs. */
function sameDraws(before: string, after: string, ...paths: string[]): void {
	const [a, b] = [evaluateProgram(before), evaluateProgram(after)];
	assert.deepEqual(digits(a, ...paths), digits(b, ...paths), after);
}

const layers = `model Noisy(n: Int) {
  param weight: real[n, n] = normal(scale = 0.5)
  (x: real[n]) -> real[n] = x @ weight + normal([n])
}
`;

describe("draws", () => {
	it("the same seed gives the same digits on every backend; another seed gives others", () => {
		const text = "let a = normal([5])\nlet b = for i in 3: uniform([2])\n";
		const [first, second] = onBackends(text);
		assert.ok(first && second);
		assert.deepEqual(first.numbers("b"), second.numbers("b"));
		assert.deepEqual(evaluateProgram(text).numbers("a"), evaluateProgram(text).numbers("a"));
		const other = evaluateProgram(text, { seed: 1 });
		assert.ok(other.numbers("a").every((v, i) => v !== first.numbers("a")[i]));
	});

	it("a draw, a comment, a let, a call or a function more changes no other", () => {
		const before = `fn noise(n: Int) -> real[n] = normal([n])
let a = noise(3)
let c = { let inner = uniform([2]);  inner + noise(2) }
let d = normal([2]) + uniform([2])
let (p, q) = (noise(1), normal([1]))
check sum(noise(2)) < 100
`;
		const after = `// a comment
fn other(n: Int) -> real[n] = { let z = normal([n]);  z + uniform([n]) }
fn noise(n: Int) -> real[n] = normal([n])
let first = other(3) + noise(3)
let a = noise(3)
let b = a + normal([3])
let c = { let before = normal([7]);  let inner = uniform([2]);  inner + noise(2) }
let (x, y) = (noise(1), noise(1))
check sum(normal([2])) < 100
let d = normal([2]) + uniform([2])
let (p, q) = (noise(1), normal([1]))
check sum(noise(2)) < 100
`;
		sameDraws(before, after, "a", "c", "d", "p", "q");
		const compared = (text: string) => evaluateProgram(text).eventsOf("check").at(-1)?.compared;
		assert.equal(compared(before), compared(after));
	});

	it("draws of one binding are numbered by name: another kind of draw does not change them", () => {
		const alone = evaluateProgram("let a = { let s = uniform([2]);  s }\nlet b = uniform([2])");
		const together = evaluateProgram(
			"let a = { let t = normal([2]);  let s = uniform([2]);  s }\nlet b = 0 * normal([2]) + uniform([2])",
		);
		assert.deepEqual(digits(alone, "a", "b"), digits(together, "a", "b"));
		const twice = evaluateProgram("let a = uniform([2]) - uniform([2])");
		assert.ok(twice.numbers("a").every((v) => v !== 0));
	});

	it("a layer more changes neither the other layers nor the noise in their calls", () => {
		const before = `${layers}model Net() {
  up = Noisy(2);  down = Noisy(2)
  (x: real[2]) -> real[2] = down(up(x))
}
let net = Net()
let weights = [net.up.weight, net.down.weight]
let parts = (net.up([0.0, 0]), net.down([0.0, 0]))
`;
		const after = `${layers}model Net() {
  up = Noisy(2);  extra = Noisy(2);  down = Noisy(2)
  (x: real[2]) -> real[2] = down(extra(up(x)))
}
let net = Net()
let weights = [net.up.weight, net.down.weight]
let parts = (net.up([0.0, 0]), 0 * net.extra([0.0, 0]) + net.down([0.0, 0]))
`;
		sameDraws(before, after, "weights", "parts");
		const list = (widths: string) =>
			`import std.nn { MLP }\nlet net = MLP([${widths}])\nlet w = net.layers[0].weight`;
		sameDraws(list("2, 3, 4"), list("2, 3, 4, 5"), "w");
		const bias = (option: string) => `import std.nn { Linear }\nlet w = Linear(2, 3${option}).weight`;
		sameDraws(bias(""), bias(", biased = false"), "w");
	});

	it("looking for the range of a name draws nothing", () => {
		const [a, b] = [
			evaluateProgram("fn f() -> real[3] = normal([3])\nlet a = { let x = for i: f()[i] * 1;  f() }"),
			evaluateProgram("fn f() -> real[3] = normal([3])\nlet a = { let x = for i in 3: f()[i] * 1;  f() }"),
		];
		assert.deepEqual(a.numbers("a"), b.numbers("a"));
		const ranged = evaluateProgram(
			"fn f() -> real[3] = normal([3])\nlet a = for i: f()[i]\nlet b = for i in 3: f()[i]",
		);
		assert.equal(new Set([...ranged.numbers("a"), ...ranged.numbers("b")]).size, 6);
	});

	it("a draw inside a binder is fresh for each element, one outside is shared", () => {
		const result = evaluateProgram(`let fresh = for i in 20: normal([])
let shared = { let z = normal([]);  for i in 20: z + 0 * i }
let both = for i in 4, j in 5: { let z = uniform([2]);  z }
fn jitter(x: real) -> real = x + uniform([])
let called = for i in 20: jitter(0)
`);
		assert.equal(new Set(result.numbers("fresh")).size, 20);
		assert.equal(new Set(result.numbers("shared")).size, 1);
		assert.equal(new Set(result.numbers("both")).size, 40);
		assert.equal(new Set(result.numbers("called")).size, 20);
	});

	it("`seed s { .. }` gives the same numbers wherever it stands", () => {
		const result = evaluateProgram(`fn draw() -> real[2] = normal([2])
let here = seed 3 { draw() }
let there = { let x = normal([5]);  seed 3 { draw() } }
let lanes = for i in 3: seed 3 { draw() }
let other = seed 4 { draw() }
let numbered = for k in 0..2: seed (k + 3) { draw() }
let nested = seed 9 { uniform([1]) + seed 3 { sum(draw()) } - uniform([1]) }
`);
		const here = result.numbers("here");
		assert.deepEqual(result.numbers("there"), here);
		assert.deepEqual(result.numbers("lanes"), [...here, ...here, ...here]);
		assert.deepEqual(result.numbers("numbered"), [...here, ...result.numbers("other")]);
		assert.notDeepEqual(result.numbers("other"), here);
	});

	it("uniform and normal numbers have their moments", () => {
		const count = 40000;
		const result = evaluateProgram(`precision f64
let u = uniform([${count}], -1, 3)
let n = normal([${count}], 2, 0.5)
let s = normal([${count}])
`);
		const moment = (values: readonly number[], power: number, about: number) =>
			values.reduce((sum, v) => sum + (v - about) ** power, 0) / values.length;
		const near = (value: number, expected: number, deviation: number, what: string) =>
			assert.ok(
				Math.abs(value - expected) < 4 * (deviation / Math.sqrt(count)),
				`${what}: ${value}, not ${expected}`,
			);
		const u = result.numbers("u");
		assert.ok(u.every((v) => v >= -1 && v < 3));
		near(moment(u, 1, 0), 1, Math.sqrt(4 / 3), "mean of uniform");
		near(moment(u, 2, 1), 4 / 3, Math.sqrt(16 / 5 - 16 / 9), "variance of uniform");
		const n = result.numbers("n");
		near(moment(n, 1, 0), 2, 0.5, "mean of normal");
		near(moment(n, 2, 2), 0.25, 0.25 * Math.SQRT2, "variance of normal");
		const s = result.numbers("s");
		near(moment(s, 3, 0), 0, Math.sqrt(15), "third moment");
		near(moment(s, 4, 0), 3, Math.sqrt(96), "fourth moment");
		const lag = s.slice(1).reduce((sum, v, i) => sum + v * (s[i] as number), 0) / (count - 1);
		near(lag, 0, 1, "correlation of neighbours");
		near(s.filter((v) => v < -1).length / count, 0.158655254, 0.3654, "share below -1");
	});

	it("a permutation holds every row once, each place being equally likely", () => {
		const rows = 6;
		const trials = 12000;
		const counts = Array.from({ length: rows * rows }, () => 0);
		for (let seed = 0; seed < trials; seed++) {
			const order = permutation(rows, seed, ["test"]);
			assert.deepEqual([...order].sort(), [0, 1, 2, 3, 4, 5]);
			order.forEach((row, place) => {
				counts[row * rows + place] = (counts[row * rows + place] as number) + 1;
			});
		}
		const expected = trials / rows;
		const chiSquare = counts.reduce((sum, c) => sum + (c - expected) ** 2 / expected, 0);
		// 25 degrees of freedom: above 52.6 once in a thousand.
		assert.ok(chiSquare < 52.6, `chi-square ${chiSquare}`);
	});
});

describe("draws in fits", () => {
	const rows = Array.from({ length: 12 }, (_, i) => `${i},${i % 2}`);
	const files = { "d.csv": `a,y\n${rows.join("\n")}\n` };
	const fitOf = (
		options: string,
		body: string,
	) => `data d = csv("d.csv", label = "y") |> split(train = 1.0, seed = 0)
fit f(${options}) {
  param w: real[3] = normal()
  param sum_of_rows: real = 0
${body}
}
`;
	const loop = (more = "") => `  for (x, y) in d.train.batches(3) epochs 2 {
    minimize seen: sum_of_rows * mean(x)${more}  using sgd(1)
  }`;

	it("two fits under one seed share start and batches; an option that does nothing changes no digit", () => {
		const text = `${fitOf("extra: Bool = false, rate: real = 0", loop(" + rate * sum(w)"))}
let a = f()
let b = f(extra = true)
let c = f(rate = 0.5)
let d1 = f(seed = 1)
let e = seed 1 { f() }
`;
		const result = evaluateProgram(text, { files });
		assert.deepEqual(digits(result, "a.w", "a.sum_of_rows"), digits(result, "b.w", "b.sum_of_rows"));
		assert.deepEqual(result.numbers("c.sum_of_rows"), result.numbers("a.sum_of_rows"));
		assert.notDeepEqual(result.numbers("d1.w"), result.numbers("a.w"));
		assert.deepEqual(digits(result, "d1.w", "d1.sum_of_rows"), digits(result, "e.w", "e.sum_of_rows"));
		const [first, second] = result.eventsOf("fit-finished");
		assert.deepEqual(first?.history, second?.history);
	});

	it("what stands around a fit, and what is tracked in it, changes nothing", () => {
		const before = `${fitOf("", loop())}let r = f()\n`;
		const after = `let z = normal([3])\n${fitOf("", `  let noise = normal([4])\n${loop()}\n  track t = sum(noise) + uniform([])`)}let other = f(seed = 2)\nlet r = f()\n`;
		const [a, b] = [evaluateProgram(before, { files }), evaluateProgram(after, { files })];
		assert.deepEqual(digits(a, "r.w", "r.sum_of_rows"), digits(b, "r.w", "r.sum_of_rows"));
	});

	it("draws of a step are fresh at each turn and for each element, and named by their term", () => {
		const drawn = (before: string, count: number) => `fit f() {
  param p: real[4] = zeros()
  state last: real = 0
  repeat ${count} {
    let z = uniform([])
    minimize${before}
      noisy: sum i: p[i] * normal([])
    using sgd(1)
    last <- z
  }
}
let r = f()
`;
		const runs = [1, 2, 3, 4].map((count) => evaluateProgram(drawn("", count)));
		const sums = runs.map((r) => r.numbers("r.p"));
		const steps = sums.map((sum, k) => sum.map((v, i) => v - (sums[k - 1]?.[i] ?? 0)));
		assert.equal(new Set(steps.flat().map((v) => v.toFixed(6))).size, 16);
		assert.equal(new Set(runs.map((r) => r.number("r.last"))).size, 4);
		const more = evaluateProgram(drawn("\n      other: mean(uniform([3])) + sum(normal([2]))", 4));
		assert.deepEqual(
			digits(more, "r.p", "r.last"),
			runs.at(-1) && digits(runs.at(-1) as Evaluated, "r.p", "r.last"),
		);
		for (const result of onBackends(drawn("", 3))) {
			assert.equal(result.number("r.last"), runs[2]?.number("r.last"));
		}
	});

	it("a batch of each epoch is another, and loops one after another take other orders", () => {
		const order = (head: string) => `data d = csv("d.csv", label = "y") |> split(train = 1.0, seed = 0)
fit f() {
  param p: real[12] = zeros()
  ${head} { minimize sum(p) * 0 + p[0] * mean(x)  using sgd(1) }
  for (x, y) in d.train.batches(4) epochs 1 { minimize sum(p) * 0 + p[1] * mean(x)  using sgd(1) }
}
let r = f()
`;
		const history = (text: string) => evaluateProgram(text, { files }).numbers("r.p");
		const [one, two] = [1, 2].map((n) => history(order(`for (x, y) in d.train.batches(4) steps ${n}`)));
		assert.ok(one && two);
		// The sum over an epoch is that of all rows: 3 batches with mean 5.5.
		assert.ok(Math.abs((one[1] as number) + 16.5) < 1e-5);
		assert.notEqual(one[0], (two[0] as number) - (one[0] as number));
	});
});
