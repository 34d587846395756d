import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { openProgram } from "../../runtime/open.js";

interface Case {
	readonly program: string;
	/** What is written in the place of what. */
	readonly change: readonly [was: string, is: string];
	readonly told: readonly string[];
}

const cases: readonly Case[] = [
	{ program: "digits", change: ["import std.nn { MLP }", "import std.nn { MLPq }"], told: ["E0210"] },
	{ program: "digits", change: ["import std.nn { MLP }", "import std.nn  MLP }"], told: ["E0105"] },
	{ program: "digits", change: [".batches(64)", ".batchesq(64)"], told: ["E0204"] },
	{ program: "digits", change: ["train = 0.8, test", "train = 0.8 test"], told: ["E0120"] },
	{ program: "digits", change: ["fit classifier", "classifier"], told: ["E0120"] },
	{ program: "rate-constraint", change: ["recall(score(x)", "recall(scored(x)"], told: ["E0201"] },
	{ program: "rate-constraint", change: ["rate = 0.05)", "speed = 0.05)"], told: ["E0312"] },
	{ program: "claims", change: ["digits.test.x)", "digits.test.)"], told: ["E0120"] },
	{ program: "claims", change: ["digits.train.batches", "digits.trained.batches"], told: ["E0204"] },
	{ program: "resume", change: ["fit walk() {", "fit walk()"], told: ["E0120"] },
	{ program: "gan", change: ["where turns >= 0 {", "where turns >= 0"], told: ["E0120"] },
	{ program: "dexml", change: ["let top_5 = runs(", "let top_5 = run("], told: ["E0201"] },
	{ program: "matformer", change: ["let largest = ", "largest = "], told: ["E0401"] },
	{ program: "overparam-matrix-sensing", change: ["real[N, k], steps", "real[N, k] steps"], told: ["E0120"] },
	{ program: "bilevel", change: ["y: real[n])", ": real[n])"], told: ["E0120"] },
	{ program: "orthogonal-weights", change: ["let a = retracted()", "let = retracted()"], told: ["E0120"] },
];

describe("one mistake in a program", () => {
	for (const { program, change, told } of cases) {
		it(`is one error: \`${change[1]}\` in ${program}`, () => {
			const path = `examples/${program}/${program}.ansatz`;
			const text = readFileSync(path, "utf8");
			assert.ok(text.includes(change[0]));
			const { diagnostics } = openProgram(path, text.replace(change[0], change[1]));
			assert.deepEqual(
				diagnostics.map((d) => d.code),
				told,
				diagnostics.map((d) => d.message).join("\n"),
			);
		});
	}

	it("is told where nothing else is: an error of a type with a part that is not known", () => {
		const { diagnostics } = openProgram(
			"two.ansatz",
			"let a = (x = missing, y = 1)\nlet b = a.z\nlet c = a + 1\n",
		);
		assert.deepEqual(
			diagnostics.map((d) => [d.code, d.at.start]),
			[["E0201", 13]],
		);
	});

	it("of two, both are told", () => {
		const text = "fn f(x: real -> real = x\nfn g(y: real[3]) -> real = sum(y) + f(1)\nlet a = g([1, 2])\n";
		const { diagnostics } = openProgram("two.ansatz", text);
		assert.deepEqual(
			diagnostics.map((d) => d.code),
			["E0104", "E0310"],
		);
	});
});
