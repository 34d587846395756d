import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { assertClose, expectValues, onBackends } from "../support/values.js";

/** Rows of y = 2 a - 3 b + 1 with a bend, so that the line does not fit them exactly. */
const table = Array.from({ length: 24 }, (_, i) => {
	const [a, b] = [Math.sin(i), Math.cos(2 * i)];
	return [a, b, 2 * a - 3 * b + 1 + 0.1 * Math.sin(7 * i)] as const;
});
const line = `precision f64
let x: real[24, 2] = ${JSON.stringify(table.map(([a, b]) => [a, b]))}
let y: real[24] = ${JSON.stringify(table.map((row) => row[2]))}
`;

/** Solves the normal equations of least squares with a constant column. */
function leastSquares(): number[] {
	const rows = table.map(([a, b, y]) => ({ x: [a, b, 1], y }));
	const system = [0, 1, 2].map((i) => [
		...[0, 1, 2].map((j) => rows.reduce((s, r) => s + (r.x[i] as number) * (r.x[j] as number), 0)),
		rows.reduce((s, r) => s + (r.x[i] as number) * r.y, 0),
	]);
	for (let k = 0; k < 3; k++) {
		const pivot = system[k] as number[];
		for (let i = 0; i < 3; i++) {
			if (i === k) continue;
			const row = system[i] as number[];
			const factor = (row[k] as number) / (pivot[k] as number);
			for (let j = 0; j < 4; j++) row[j] = (row[j] as number) - factor * (pivot[j] as number);
		}
	}
	return system.map((row, k) => (row[3] as number) / (row[k] as number));
}

const csv = (rows: number) =>
	`v,label\n${Array.from({ length: rows }, (_, i) => `${2 ** (i % 20)},${i % 2}`).join("\n")}\n`;

describe("fits", () => {
	it("a linear regression converges to the closed form", () => {
		const text = `${line}
fit regression() {
  param w: real[2] = zeros()
  param b: real = 0
  repeat 600 { minimize mse(x @ w + b, y)  using sgd(0.4) }
}
let r = regression()
`;
		for (const result of onBackends(text)) {
			assertClose([...result.numbers("r.w"), result.number("r.b")], leastSquares(), 1e-9, "least squares");
		}
	});

	it("a projection holds from the start and after each step that touches its subject", () => {
		const text = (turns: number) => `precision f64
fit f() {
  net = normal([3, 2])
  param free: real[3] = [3, 4, 0]
  subject to rows: net in unit_rows by projection
  subject to free in nonnegative
  ${turns === 0 ? "" : `repeat ${turns} { minimize sum(net) + sum(free) using sgd(2) }`}
  track violation = unit_rows.violation(net)
}
let r = f()
`;
		for (const turns of [0, 1, 2, 7]) {
			for (const result of onBackends(text(turns))) {
				assert.ok(result.number("r.violation") < 1e-15);
				assert.ok(result.number("r.run.violations.rows") < 1e-15);
				assert.deepEqual(
					result.numbers("r.free"),
					turns === 0 ? [3, 4, 0] : turns === 1 ? [1, 2, 0] : [0, 0, 0],
				);
				const [finished] = result.eventsOf("fit-finished");
				assert.deepEqual(
					finished?.violations.map((v) => [v.name, v.guarantee]),
					[
						["rows", "exact"],
						["free", "exact"],
					],
				);
			}
		}
	});

	it("steps in a turn see each other; `wrt` moves only its places; maximize goes up", () => {
		// a: 1 -> 1 - 0.5 * 2 = 0; then b sees the new a: 2 + 0.5 * (0 + 1) = 2.5.
		expectValues(
			`precision f64
fit f() {
  param a: real = 1
  param b: real = 2
  repeat 1 {
    minimize a^2 + 0 * b  wrt a  using sgd(0.5)
    maximize (a + 1) * b  wrt b  using sgd(0.5)
  }
}
let r = f()
let out = (r.a, r.b, r.run.loss)
`,
			{ out: [0, 2.5, 2] },
		);
	});

	it("`using A on PLACES, B on rest`, rates as functions of the step", () => {
		expectValues(
			`precision f64
import std.nn { Linear }
fit f() {
  layer = Linear(1, 1)
  param s: real = 1
  let before = layer.weight
  repeat 3 {
    minimize sum(layer.weight) + sum(layer.bias) + s
    using sgd(1) on layer.weight, sgd(|t| 0.5 / (1 + t)) on rest
  }
  track moved = sum(before - layer.weight)
  track bias = layer.bias
}
let r = f()
let out = (r.moved, r.bias, r.s)
`,
			{ out: [3, -(0.5 + 0.25 + 0.5 / 3), 1 - (0.5 + 0.25 + 0.5 / 3)] },
		);
	});

	it("loops one after another go on from where the last one ended; an optimizer's state is its own", () => {
		expectValues(
			`precision f64
fit f(warm: Bool = true) {
  param w: real = 0
  if warm { repeat 2 { minimize w  using momentum(1, beta = 0.5) } }
  repeat 2 { minimize w  using momentum(1, beta = 0.5) }
  w <- 10 * w
  repeat 1 { minimize w  using sgd(1) }
}
let r = f()
let out = (r.w, r.run.steps)
let cold = f(warm = false).w
`,
			{ out: [-51, 5], cold: -26 },
		);
	});

	it("states: a moving average by `<-`, detached, in and outside loops", () => {
		// w: 1, 0.8, 0.64, 0.512; the average takes the new w of each turn.
		const w = [0.8, 0.64, 0.512];
		const average = w.reduce((m, v) => 0.5 * m + 0.5 * v, 1);
		expectValues(
			`precision f64
fit f() {
  param w: real = 1
  state average: real = w
  state turns: int = 0
  repeat 3 {
    minimize w^2 + 0 * average  using sgd(0.1)
    average <- 0.5 * average + 0.5 * w
    turns <- turns + 1
  }
  turns <- turns * 10
}
let r = f()
let out = (r.w, r.average, r.turns)
`,
			{ out: [0.512, average, 30] },
		);
	});

	it("batches take each row once per epoch and drop the remainder; epochs and steps count alike", () => {
		const text = (head: string, rows: number) => `precision f64
data d = csv("d.csv", label = "label") |> split(train = ${rows}, seed = 0)
fit f() {
  param p: real = 0
  for (x, y) in d.train.batches(5) ${head} { minimize p * sum(x)  using sgd(1) }
}
let r = f()
`;
		// The features of 20 rows are different powers of two: their sum says which rows were seen.
		const files = { "d.csv": csv(20) };
		for (const [head, steps, sum] of [
			["epochs 1", 4, 2 ** 20 - 1],
			["epochs 3", 12, 3 * (2 ** 20 - 1)],
			["steps 8", 8, 2 * (2 ** 20 - 1)],
		] as const) {
			for (const result of onBackends(text(head, 20), { files })) {
				assert.equal(-result.number("r.p"), sum, head);
				assert.equal(result.number("r.run.steps"), steps);
			}
		}
		const few = evaluateProgram(text("epochs 1", 18), { files: { "d.csv": csv(18) } });
		const seen = (-few.number("r.p")).toString(2).replaceAll("0", "").length;
		assert.deepEqual([seen, few.number("r.run.steps")], [15, 3]);
	});

	it("a batch's rows keep together: features and label of one row", () => {
		const text = `data d = csv("d.csv", label = "label") |> split(train = 20, seed = 0)
fit f() {
  param p: real = 0
  for (x, y) in d.train.batches(4) epochs 2 {
    let odd = sum i where y[i] == 1: x[i, 0]
    minimize p * odd  using sgd(1)
  }
}
let r = f()
`;
		const odd = Array.from({ length: 20 }, (_, i) => (i % 2 === 1 ? 2 ** i : 0)).reduce((a, b) => a + b);
		expectValues(`precision f64\n${text}let out = -r.p`, { out: 2 * odd }, { files: { "d.csv": csv(20) } });
	});

	it("options of all kinds", () => {
		expectValues(
			`precision f64
import std.nn { MLP }
fit f(target: real[k], label: int<c>[n], scores: real[n, c], turns: Int = 2, by: real = 1, flag: Bool = false, name: String = "a",
    act: [...s] (real[...s]) -> real[...s] = relu, rate: Rate = 0.5, widths: List[Int] = [2, 3], pair: (real, int) = (0.5, 2), hits: bool[2] = [true, false]) {
  param w: real[k] = zeros()
  param s: real[n, c] = scores
  repeat turns {
    minimize
      first: by * sum((act(w) - target)^2) + (if flag then sum(w) else 0)
      second: pair.0 * cross_entropy(s, label)
    using sgd(rate)
  }
  track wide = len(widths) + pair.1 + (if name == "a" then 10 else 0)
  track hit = (count i: hits[i]) + k + c
}
let r = f([1.0, 2], argmax(eye(3), axis = 0), eye(3), act = |x| x)
let q = f([1.0, 2], argmax(eye(3), axis = 0), eye(3), turns = 1, act = softplus, rate = |t| 0.25, flag = true, name = "b", by = 2 * r.w[0])
let out = (r.w, r.wide, r.hit, q.wide)
let q_by_hand = for i in 2: -0.25 * (2 * 2 * (log(2) - (i + 1)) * 0.5 + 1)
let q_w = q.w - q_by_hand
`,
			{ out: [1, 2, 14, 6, 4], q_w: [0, 0] },
		);
	});

	it("the result: parts, states, tracks, and `.run`", () => {
		const text = `precision f64
fit f() {
  param w: real = 3
  state s: int = 4
  repeat 2 {
    minimize
      square: w^2
      line: 2 * w
    using sgd(0.25)
  }
  track t = for i in 2: (i + 1) * w
}
let r = f()
`;
		// w: 3 -> 3 - 0.25 * 8 = 1 -> 1 - 0.25 * 4 = 0; the loss is that of before the last step.
		for (const result of onBackends(text)) {
			assert.deepEqual(
				[
					"r.w",
					"r.s",
					"r.t",
					"r.run.loss",
					"r.run.steps",
					"r.run.diverged",
					"r.run.terms.square",
					"r.run.terms.line",
				].map((path) => result.numbers(path)),
				[[0], [4], [0, 0], [3], [2], [0], [1], [2]],
			);
			const [finished] = result.eventsOf("fit-finished");
			assert.deepEqual([finished?.status, finished?.loss, finished?.steps], ["finished", 3, 2]);
			assert.deepEqual(finished?.history, [15, 3]);
			assert.deepEqual(
				finished?.tracks.map((t) => [t.name, t.value]),
				[["t", "[0, 0]"]],
			);
		}
	});

	it("a fit goes on from another's parts, and its arguments may be computed", () => {
		expectValues(
			`precision f64
fit first(start: real[2]) {
  param w: real[2] = start
  repeat 1 { minimize sum(w)  using sgd(1) }
}
let x: real[2] = [1, 2]
let a = first(2 * x)
let b = first(first(a.w + exp(0 * x)).w)
let swept = for s in [10, 20]: first(s * x).w[0]
let cases = [for s in [1, 2]: first(s * x)]
let both = sum c in cases: sum(c.w)
let out = (a.w, b.w, swept, both)
`,
			{ out: [1, 3, 0, 2, 9, 19, 0 + 1 + 1 + 3] },
		);
	});

	it("the loss and the terms are the last that were made; of steps that are not made they are nan", () => {
		const text = `precision f64
fit f(rate: real) {
  param w: real = 1
  repeat 2 {
    minimize
      first: exp(w^4)
    using sgd(rate)
  }
  minimize
    second: w^2
  using sgd(0)
  if w > 1e6 { minimize third: w  using sgd(0) }
  repeat 2 { if w > 1e6 { minimize fourth: w  using sgd(0) } }
  repeat 2 { w <- 2 * w }
}
let r = f(0)
let diverged = f(1e10)
fit held() {
  param w: real in nonnegative = 1
  minimize 0 / (0 * w)  using sgd(1)
  w <- 0 / (0 * w)
}
let nothing = held().run.diverged
`;
		for (const result of onBackends(text)) {
			assert.equal(result.number("r.run.loss"), 1);
			assert.equal(result.number("r.run.terms.second"), 1);
			for (const of of ["r.run.terms.third", "r.run.terms.fourth"])
				assert.ok(Number.isNaN(result.number(of)));
			for (const name of ["second", "third", "fourth"])
				assert.ok(Number.isNaN(result.number(`diverged.run.terms.${name}`)));
			assert.equal(result.number("diverged.run.loss"), Number.POSITIVE_INFINITY);
			assert.equal(result.number("nothing"), 1);
		}
	});

	it("of several steps of a turn the loss is that of the last one that was made", () => {
		const text = `precision f64
fit f() {
  param w: real = 8
  repeat 3 {
    minimize w^2  using sgd(0.25)
    for i in 0..2 { if w < 3 { minimize 10 * w  using sgd(0) } }
  }
}
let r = f()
let history = r.run.history.loss
`;
		for (const result of onBackends(text)) {
			// By hand: w is 8, 4, 2 and 1, and below 3 the steps inside are the last ones.
			assert.deepEqual(result.numbers("history"), [64, 20, 10]);
			assert.equal(result.number("r.run.loss"), 10);
		}
	});
});
