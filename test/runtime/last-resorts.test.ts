import assert from "node:assert/strict";
import { startRun } from "../../runtime/worker.js";
import { runProgramText } from "../support/evaluate.js";

/** The problem that ends a run, and the text at its place. */
function problemOf(text: string): { readonly code: string; readonly message: string; readonly at: string } {
	const { events, exitCode } = runProgramText(text);
	assert.equal(exitCode, 2);
	const problem = events.find((e) => e.kind === "problem" && e.diagnostic.severity === "error");
	assert.ok(problem?.kind === "problem");
	const { code, message, at } = problem.diagnostic;
	return { code, message, at: text.slice(at.start, at.end) };
}

const inner = `fit inner(k: real) {
  param w: real = 1
  repeat 3 { minimize (w - k)^2 using sgd(0.1) }
}
`;

/** What a signature hides from the checker: functions that are passed, and numbers that only a call knows. */
describe("what only a run can refuse", () => {
	it("a fit in a step, through a function that is an option (E0603)", () => {
		const program = `${inner}fit outer(g: (real) -> real) {
  param w: real = 1
  repeat 3 { minimize (w - g(1.0))^2 using sgd(0.1) }
}
let r = outer(|k| inner(k).w)
`;
		const { code, at } = problemOf(program);
		assert.deepEqual([code, at], ["E0603", "inner(k)"]);
	});

	it("a fit in a derivative, through a function that is passed (E0603): it would be zero", () => {
		const program = `${inner}fn slope(g: (real) -> real, x: real) -> real = grad(g)(x)
let r = slope(|k| inner(k).w, 2)
`;
		const { code, at } = problemOf(program);
		assert.deepEqual([code, at], ["E0603", "inner(k)"]);
	});

	it("a fit for each index of a body that was checked as a kernel (E0601)", () => {
		const program = `${inner}fn each(g: (real) -> real, x: real[n]) -> real[n] = for i: g(x[i])
let r = each(|k| inner(k).w, [1, 2])
`;
		const { code, message } = problemOf(program);
		assert.equal(code, "E0601");
		assert.match(message, /each turn runs a fit/);
	});

	it("a list of two million entries (E0608)", () => {
		const program = `fn total(k: Int) -> int = sum i in [for i in 0..k: i]: i
let a = total(2000000)
check a > 0
`;
		const { code, at } = problemOf(program);
		assert.deepEqual([code, at], ["E0608", "for i in 0..k: i"]);
	});

	it("a number that the format of a call does not have (E0621)", () => {
		const program = `fn bounded(x: real) -> real = min(x, 1e39)
check bounded(f64(2)) == f64(2)
let y = bounded(sum(ones([2])))
`;
		const { code, at, message } = problemOf(program);
		assert.deepEqual([code, at], ["E0621", "1e39"]);
		assert.equal(message, "1e39 is no f32: it would be infinite");
	});

	it("a rate that would be 0, and static numbers that grow beyond the format (E0621)", () => {
		const rate = problemOf(`fit still() { param w: real = 1;  repeat 3 { minimize w^2 using sgd(1e-60) } }
let r = still()
`);
		assert.deepEqual([rate.code, rate.at], ["E0621", "1e-60"]);
		const grown =
			problemOf(`fn power(k: Int) -> Real where k >= 0 = if k == 0 then 1.0 else 10.0 * power(k - 1)
let big = power(39)
let x = big * ones([2])
`);
		assert.deepEqual([grown.code, grown.at], ["E0621", "let x = big * ones([2])"]);
		assert.match(grown.message, /e38 is no f32: it would be infinite/);
	});

	it("static numbers become 0 as computed ones do: 1e-60 that is not written is rounded", () => {
		const { exitCode } =
			runProgramText(`fn power(k: Int) -> Real where k >= 0 = if k == 0 then 1.0 else 0.1 * power(k - 1)
check power(60) > 0
check power(60) * ones([]) == 0
`);
		assert.equal(exitCode, 0);
	});

	it("a rate or a weight that only a call tells, out of its range (E0471)", () => {
		const program = `fit bounded(rate: Real = 0.1, weight: real = 1) {
  param w: real[3] = ones()
  subject to a: sum(w^2) <= 1 by penalty(weight)
  repeat 3 { minimize sum(w^2)  using sgd(rate) }
}
`;
		const weight = problemOf(`${program}let a = bounded(weight = -1)\n`);
		assert.deepEqual([weight.code, weight.at], ["E0471", "weight"]);
		assert.equal(weight.message, "`weight` of `penalty` is at least 0, and here it is -1");
		const rate = problemOf(`${program}let a = bounded(-0.1)\n`);
		assert.deepEqual([rate.code, rate.at], ["E0471", "let a = bounded(-0.1)"]);
	});

	it("a number that is no int, where it meets ints (E0606)", () => {
		const program = `fn moved(k: Int, x: int[n]) -> int[n] = x + k
let a = moved(3000000000, [1, 2])
check a[0] > 0
`;
		const { code, message, at } = problemOf(program);
		assert.deepEqual([code, at], ["E0606", "let a = moved(3000000000, [1, 2])"]);
		assert.match(message, /3000000000 is no int/);
	});

	it("a mistake of the runtime itself, which is said to be one (E0699)", async () => {
		const problems: { readonly code: string; readonly notes: readonly string[] }[] = [];
		// No path at all: nothing that a user could give reaches the worker as such.
		const file = undefined as unknown as string;
		const run = startRun({ file }, (event) => {
			if (event.kind === "problem") problems.push(event.diagnostic);
		});
		assert.equal(await run.finished, 2);
		assert.deepEqual(
			problems.map((p) => [p.code, p.notes]),
			[["E0699", ["this is a mistake in Ansatz, not in the program"]]],
		);
	});
});
