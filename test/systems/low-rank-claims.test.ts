import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { runProgramText } from "../support/evaluate.js";
import { fixturePath } from "../support/snapshot.js";

/** The claims of a whole program among the fixtures, for its first seed: 8 trainings of 500 steps. */
describe("low-rank Adam in the columns of a cosine transform", () => {
	it("meets its claims", function () {
		this.timeout(300_000);
		const text = readFileSync(fixturePath("programs", "dct-lowrank.ansatz"), "utf8")
			.replaceAll("0..3", "0..1")
			.replaceAll("train[3]", "train[1]");
		const { events, exitCode } = runProgramText(text);
		const failed = events.flatMap((e) => (e.kind === "check" && !e.passed ? [e.message ?? e.source] : []));
		assert.deepEqual(failed, []);
		assert.equal(events.filter((e) => e.kind === "check").length, 7);
		assert.equal(exitCode, 0);
	});
});
