import assert from "node:assert/strict";
import { evaluateProgram, runProgramText } from "../support/evaluate.js";

const setup = `fn part(x: real[n], s: int) -> real[3] where n >= 3 = x[s..s + 3]
fn rows(x: real[n, d], at: int[k]) -> real[k, d] = gather(x, at)
let x: real[5] = [1, 2, 3, 4, 5]
let m: real[2, 2] = [[1, 2], [3, 4]]
`;

describe("parts at computed places", () => {
	it("lie where the number says", () => {
		const result = evaluateProgram(`${setup}
let a = part(x, int(sum(x)) - 13)
let b = rows(m, int(2 - m[0, :]))
let c = for i in 2: part(x, int(m[i, 0]) - 1)
`);
		assert.deepEqual(result.numbers("a"), [3, 4, 5]);
		assert.deepEqual(result.numbers("b"), [3, 4, 1, 2]);
		assert.deepEqual(result.numbers("c"), [1, 2, 3, 3, 4, 5]);
	});

	it("that are outside end the run at the place of the index", () => {
		for (const call of ["part(x, int(sum(x)) - 12)", "part(x, int(0.0) - 1)", "rows(m, int(m[0, :]))"]) {
			const text = `${setup}let a = ${call}\n`;
			const [problem] = runProgramText(text).eventsOf("problem");
			assert.equal(problem?.diagnostic.code, "E0606", call);
			const { start, end } = problem.diagnostic.at;
			assert.ok(["s..s + 3", "gather(x, at)"].includes(text.slice(start, end)), text.slice(start, end));
		}
	});
});
