import assert from "node:assert/strict";
import { evaluateProgram, runProgramText } from "../support/evaluate.js";
import { assertClose, onBackends } from "../support/values.js";

const train = `precision f64
fit train(goal: real, turns: Int = 3) {
  param x: real = normal([])
  repeat turns { minimize (x - goal)^2  using sgd(0.1) }
  track gap = abs(x - goal)
}
`;

describe("the host level", () => {
	it("a fit called from functions and binders is the run that it is when called by itself", () => {
		const text = `${train}
fn at(goal: real, s: Int) -> real where s >= 0 = train(goal, seed = s).x
fn arm(goal: real) -> real[2] = for s in 0..2: at(goal, s)
let table = for g in [1, 2, 3], s in 0..2: train(g, seed = s).x
let arms = for g in [1, 2, 3]: arm(g)
let list = [for s in 0..2: at(2, s)]
let lambda = |g| train(g).gap
let gaps = for g in [1.0, 2.0]: lambda(g)
let average = mean g in [1, 2], s in 0..2: train(g, seed = s).x
let lowest = argmin g in 3..6: train(g).x
let goals = [5, 3, 4]
let lowest_of_list = argmin g in goals: train(g).x
let direct = [train(1, seed = 0).x, train(1, seed = 1).x, train(2, seed = 0).x, train(2, seed = 1).x, train(3, seed = 0).x, train(3, seed = 1).x]
let direct_gaps = [train(1).gap, train(2).gap]
`;
		for (const result of onBackends(text)) {
			const direct = result.numbers("direct");
			assert.deepEqual(result.numbers("table"), direct);
			assert.deepEqual(result.shape("table"), [3, 2]);
			assert.deepEqual(result.numbers("arms"), direct);
			assert.deepEqual([...result.numbers("lowest"), ...result.numbers("lowest_of_list")], [3, 1]);
			assert.deepEqual(result.numbers("list"), direct.slice(2, 4));
			assert.deepEqual(result.numbers("gaps"), result.numbers("direct_gaps"));
			assertClose(
				result.numbers("average"),
				[direct.slice(0, 4).reduce((a, b) => a + b) / 4],
				1e-15,
				"mean over turns",
			);
			// Each of the runs once: two seeds of each goal, of which seed 0 is also the default, and two more goals.
			assert.equal(result.eventsOf("fit-started").length, 6 + 2);
		}
	});

	it("calls of one place with other arguments are other runs, also where a value is looked at first", () => {
		const text = `${train}
fn x(goal: real, turns: Int) -> real = train(goal, turns).x
let both = sum v in [x(1, 200), x(2, 200), x(4, 200)]: v
let folded = fold([1, 2, 4], 0.0, |s, g| s + x(g, 200))
`;
		for (const result of onBackends(text)) {
			assertClose(result.numbers("both"), [7], 1e-12, "three goals");
			assertClose(result.numbers("folded"), [7], 1e-12, "three goals");
		}
	});

	it("a computed value selects code", () => {
		const text = `${train}
let scores = [0.1, 0.7, 0.2]
let menu = [|x| x + 1, |x| 10 * x, |x| -x]
fn twice(x: real) -> real = 2 * x
fn thrice(x: real) -> real = 3 * x
let functions = [twice, thrice, twice]
let chosen = functions[static(argmax(scores))]
let y = chosen(5.0)
let word = if static(train(1, 200).gap < 1e-6) then "close" else "far"
let other = if static(scores[0] > 0.5) then train(1).x else 8.0
let sizes = [3, 4, 5][static(argmin(scores))]
let z = zeros([sizes])
`.replace(/let menu.*\n/, "");
		for (const result of onBackends(text)) {
			assert.deepEqual(result.numbers("y"), [15]);
			assert.deepEqual(result.value("word"), { kind: "string", value: "close" });
			assert.deepEqual(result.numbers("other"), [8]);
			assert.deepEqual(result.shape("z"), [3]);
		}
	});

	it("checks and loops of statements in functions run each time that they are called", () => {
		const result = evaluateProgram(`${train}
fn report(goal: real) -> real = {
  let xs = for s in 0..2: train(goal, 200, seed = s).x
  check all i: abs(xs[i] - goal) < 1e-6 "goal {goal}"
  for s in 0..2 {
    let off = xs[s] - 1
    check off < 0.5 "off"
  }
  if xs[0] > 1.5 { check false "never for 1" }
  mean(xs)
}
let both = [for g in [1, 2]: report(g)]
`);
		assert.deepEqual(
			result.eventsOf("check").map((e) => [e.message, e.turn, e.passed]),
			[
				["goal 1", undefined, true],
				["off", "s = 0", true],
				["off", "s = 1", true],
				["goal 2", undefined, true],
				["off", "s = 0", false],
				["off", "s = 1", false],
				["never for 1", undefined, false],
			],
		);
		assert.equal(result.exitCode, 1);
	});

	it("a check in a fit sees its parts, once for each run", () => {
		const result = evaluateProgram(`precision f64
fit f(goal: real) {
  param x: real = 0
  check x == 0 "start"
  repeat 100 { minimize (x - goal)^2  using sgd(0.5) }
  check x == goal "end"
}
let a = f(1)
let b = f(1)
let c = f(2)
`);
		assert.deepEqual(
			result.eventsOf("check").map((e) => [e.message, e.turn, e.passed]),
			[
				["start", "f(1)", true],
				["end", "f(1)", true],
				["start", "f(2)", true],
				["end", "f(2)", true],
			],
		);
	});

	it("a size that is born at the host may have the name of a binder above it", () => {
		const text = `${train}
let patch = for k in 4, e in 3: k + e
fit looked() {
  param w: real[5] = ones()
  repeat 2 {
    let label = for q in 5: { let case = int<4>(sum c in 2: w[c]);  for e: patch[case, e] }
    minimize sum(w) + sum(label)  using sgd(0.1)
  }
}
let w = looked().w
let alive: int[some e] = nonzero(w > 0)
let doubled = for i in e: 2 * alive[i]
`;
		for (const result of onBackends(text)) assert.deepEqual(result.numbers("doubled"), [0, 2, 4, 6, 8]);
	});

	it("what cannot run yet stops the run at its place", () => {
		const result = runProgramText(`fit f(a: real = 1) {
  param w: real[3] = ones()
  repeat 10 { minimize sum(w^2)  using sgd(0.1) }
  track gap = a * sum(w)
}
search tune over f {
  a in [1.0, 2.0]
  minimize gap  by grid()  trials 2
}
let r = tune.best
`);
		assert.equal(result.exitCode, 2);
		assert.deepEqual(
			result.eventsOf("problem").map((e) => [e.diagnostic.code, e.diagnostic.message]),
			[["E0902", "this version cannot run a search yet"]],
		);
	});
});
