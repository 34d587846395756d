import assert from "node:assert/strict";
import type { RunEvent } from "../../runtime/events.js";
import { evaluateProgram, runProgramText } from "../support/evaluate.js";
import { backends } from "../support/run.js";
import { assertClose, onBackends } from "../support/values.js";

const csv = (rows: number) =>
	`v,label\n${Array.from({ length: rows }, (_, i) => `${2 ** (i % 20)},${i % 2}`).join("\n")}\n`;

describe("divergence", () => {
	const text = `fit f() {
  param w: real[2] = ones()
  repeat 5000 {
    minimize
      good: 0 * sum(w^2)
      bad: log(2 - w[0])
    using sgd(0.0101)
  }
  track after = w
}
let r = f()
check r.run.loss < 10
`;

	it("stops at the step at which a term was not finite, names it, and goes on with the program", () => {
		const results = onBackends(text);
		// By hand: w grows by 0.0101 / (2 - w) until it passes 2, and then the logarithm is nan.
		let w = 1;
		let turns = 1;
		for (; w < 2; turns++) w += 0.0101 / (2 - w);
		for (const result of results) {
			const [finished] = result.eventsOf("fit-finished");
			assert.equal(finished?.status, "diverged");
			assert.deepEqual([finished?.steps, finished?.history.length], [turns, turns]);
			assert.equal(finished?.reason, `the term \`bad\` was nan at step ${turns}`);
			const [problem] = result.eventsOf("problem");
			assert.deepEqual([problem?.diagnostic.code, problem?.diagnostic.severity], ["E0602", "warning"]);
			assert.equal(
				text.slice(problem?.diagnostic.at.start, problem?.diagnostic.at.end),
				"bad: log(2 - w[0])",
			);
			assert.equal(result.number("r.run.diverged"), 1);
			assert.equal(result.number("r.run.steps"), turns);
			assert.ok(Number.isNaN(result.number("r.run.loss")));
			assert.equal(result.exitCode, 1, "comparisons with nan fail");
		}
		assert.deepEqual(results[0]?.numbers("r.after"), results[1]?.numbers("r.after"));
	});

	it("the loss of one term is blamed as such, also that of an earlier step of the turn", () => {
		const result = evaluateProgram(`fit f() {
  param w: real = 1
  param v: real = 1
  repeat 9 {
    minimize log(w)  wrt w  using sgd(0.6)
    minimize v^2  wrt v  using sgd(0.1)
  }
}
let r = f()
`);
		// w: 1 -> 0.4 -> -1.1
		const [finished] = result.eventsOf("fit-finished");
		assert.deepEqual([finished?.steps, finished?.reason], [3, "the loss was nan at step 3"]);
	});
});

describe("runs", () => {
	const text = `data d = csv("d.csv", label = "label") |> split(train = 0.7, test = 0.3, seed = 0) |> standardize
import std.nn { MLP }
fit f(rate: real = 0.01) {
  net = MLP([1, 8, 2])
  subject to rows: last(net.layers).weight in unit_rows by projection
  for (x, y) in d.train.batches(4) epochs 10 {
    minimize
      data: cross_entropy(net(x + 0.01 * normal([4, 1])), y)
      size: 0.001 * sum w in net.**.weight: soft_orthogonal(w)
    using adamw(rate)
  }
  track accuracy = accuracy(net(d.test.x), d.test.y)
}
let r = f()
let again = f()
check r.accuracy >= 0
`;
	const files = { "d.csv": csv(30) };
	const withoutTimes = (events: readonly RunEvent[]): unknown[] =>
		events
			.filter((e) => e.kind !== "progress")
			.map((e) =>
				JSON.stringify(e, (key, value: unknown) => (key === "seconds" || key === "file" ? undefined : value)),
			);

	it("a program that is run twice reports the same events, and equal fits the same digits", () => {
		const [a, b] = [evaluateProgram(text, { files }), evaluateProgram(text, { files })];
		assert.deepEqual(withoutTimes(a.events), withoutTimes(b.events));
		assert.deepEqual(a.numbers("r"), a.numbers("again"));
	});

	it("backends agree on a whole fit up to rounding", () => {
		const [interpreted, compiled] = onBackends(text, { files });
		assert.ok(interpreted && compiled);
		// f32, 50 steps: rounding grows to some 1e-5.
		assertClose(compiled.numbers("r"), interpreted.numbers("r"), 2e-4, "a fit on both backends");
	});

	it("a stop request ends the fit with its status and the run with 130", () => {
		for (const backend of backends) {
			let asked = 0;
			const stopping = text.replace("epochs 10", "epochs 100000");
			const result = runProgramText(stopping, { files, backend, stopRequested: () => ++asked > 3 });
			assert.equal(result.exitCode, 130);
			const [finished, ...others] = result.eventsOf("fit-finished");
			assert.equal(finished?.status, "stopped");
			assert.ok((finished?.steps ?? 0) > 0);
			assert.ok(Number.isFinite(finished?.loss));
			assert.deepEqual(others, []);
			assert.deepEqual(result.eventsOf("check"), []);
		}
	});

	it("progress counts the steps of all loops, up to the last", () => {
		const result = evaluateProgram(`fit f(warm: Bool = true) {
  param w: real = 1
  if warm { repeat 3 { minimize w^2 using sgd(0.1) } }
  repeat 4 { minimize w^2 using sgd(0.1) }
}
let r = f()
`);
		assert.equal(result.eventsOf("fit-started")[0]?.steps, 7);
		const last = result.eventsOf("progress").at(-1);
		assert.deepEqual([last?.step, last?.steps], [7, 7]);
	});

	it("checks: all elements, margins, nan, messages; exit code 1 when one fails", () => {
		const result = evaluateProgram(`let x: real[3] = [1, 2, 3]
check for i: x[i] > 0 "positive"
check x < 3 "small: {1 + 1}"
check 0 / (0 * x[0]) < 1
check not (2 > 3) and true
check x[0] == 1
test all i: x[i] > 1
`);
		assert.deepEqual(
			result.eventsOf("check").map((c) => [c.passed, c.message, c.compared, c.role]),
			[
				[true, "positive", undefined, "check"],
				[false, "small: 2", "element 2: 3 < 3 (off by 0)", "check"],
				[false, undefined, "nan < 1", "check"],
				[true, undefined, undefined, "check"],
				[true, undefined, "1 == 1", "check"],
				[false, undefined, "i = 0: 1 > 1 (off by 0)", "test"],
			],
		);
		assert.equal(result.exitCode, 1);
	});
});
