import assert from "node:assert/strict";
import { evaluateProgram, runProgramText } from "../support/evaluate.js";

/** The problem that ends a run: its code, its message, and the text at its place. */
function problemOf(text: string): { code: string; message: string; at: string } {
	const { events } = runProgramText(text);
	const problem = events.find((e) => e.kind === "problem");
	assert.ok(problem, "the run has no problem");
	const { code, message, at } = problem.diagnostic;
	return { code, message, at: text.slice(at.start, at.end) };
}

describe("checks while running", () => {
	it("a computed index outside ends the run: its place, its value and the size of the axis", () => {
		const program = (t: number) => `fn at(x: real[n], t: int) -> real = x[t + 1]
let x: real[3] = [1, 2, 3]
let y = at(x, ${t})
check y > 0
`;
		assert.equal(evaluateProgram(program(1)).number("y"), 3);
		const expected = { code: "E0606", at: "t + 1" };
		assert.deepEqual(problemOf(program(2)), { ...expected, message: "the index was 3, and the axis has 3" });
		assert.deepEqual(problemOf(program(-2)), {
			...expected,
			message: "the index was -1, and the axis has 3",
		});
	});

	it("of many, the one that is outside is told; where the condition does not hold, none is", () => {
		const program = (body: string) => `let x: real[3] = [1, 2, 3]
let places: int[4] = [0, 2, 7, -1]
let y = ${body}
`;
		assert.equal(problemOf(program("sum i: x[places[i]]")).message, "the index was -1, and the axis has 3");
		assert.equal(problemOf(program("sum(x[places])")).message, "the index was -1, and the axis has 3");
		const guarded = "sum i where places[i] >= 0 and places[i] < 3: x[places[i]]";
		assert.equal(evaluateProgram(program(guarded)).number("y"), 4);
		const chosen = "for i: if places[i] >= 0 and places[i] < 3 then x[places[i]] else 9";
		assert.deepEqual(evaluateProgram(program(chosen)).numbers("y"), [1, 3, 9, 9]);
		assert.deepEqual(evaluateProgram(program("for i: x[places[i] else 9]")).numbers("y"), [1, 3, 9, 9]);
	});

	it("in a loop that stops by itself: in every turn, and in what is asked after it", () => {
		const program = (line: string) => `fn at(x: real[n], k: int) -> real = x[k]
let x: real[4] = [1, 2, 3, 4]
${line}
`;
		const summed = (from: string, turns: number) =>
			program(
				`let y = for j in 2: loop((i = ${from} + j, s = 0.0), |t| (i = t.i + 1, s = t.s + at(x, t.i)), until = |t| t.i >= ${turns} + j, limit = 9).last.s`,
			);
		assert.deepEqual(evaluateProgram(summed("0", 3)).numbers("y"), [6, 9]);
		assert.equal(problemOf(summed("0", 5)).message, "the index was 5, and the axis has 4");
		// No turn is made, and nothing is read.
		assert.deepEqual(evaluateProgram(summed("9", 3)).numbers("y"), [0, 0]);
		const asked = program(
			"let y = loop((i = 0, s = 1), |t| (i = t.i + 3, s = t.s), until = |t| at(x, t.i % 7) > 9, limit = 9).last.i",
		);
		assert.equal(problemOf(asked).message, "the index was 6, and the axis has 4");
		const slope = program(
			"let y = grad(|a| loop((i = 0, s = a), |t| (i = t.i + 1, s = t.s * at(x, t.i)), until = |t| t.i >= 3, limit = 9).last.s)(2)",
		);
		assert.equal(evaluateProgram(slope).number("y"), 6);
	});

	it("narrowing: int<k>(e) and int(x)", () => {
		const text = "let x: real[2] = [4, 9.7]\n";
		assert.deepEqual(evaluateProgram(`${text}let y = int<10>(x)`).numbers("y"), [4, 9]);
		const below = problemOf(`${text}let y = int<9>(x)`);
		assert.deepEqual(below, { code: "E0606", message: "9 is no int below 9", at: "int<9>(x)" });
		const whole = problemOf(`${text}let y = int(x / 0)`);
		assert.equal(whole.message, "Infinity has no int: it is not a number below 2^31");
	});

	it("in a step of a fit, and in a track that is taken now and then", () => {
		const program = (index: string, more = "") => `let x: real[4] = [1, 2, 3, 4]
fit moving() {
  param w: real = 1
  state t: int = 0
  repeat 6 {
    minimize w^2 * x[${index}]  using sgd(0.01)
    t <- t + 1
    ${more}
  }
}
let r = moving()
let w = r.w
`;
		assert.ok(evaluateProgram(program("t % 4")).number("w") < 1);
		assert.equal(problemOf(program("t")).message, "the index was 4, and the axis has 4");
		const tracked = problemOf(program("0", "track late = x[t] every 5 steps"));
		assert.equal(tracked.code, "E0606");
	});
});
