import fc from "fast-check";
import { compareTraining } from "../support/language/compare.js";

const { FUZZ = "" } = process.env;

/**
 * Random models and fits against plain loops over numbers, with derivatives by differences: parameters, states, parts in
 * lists and stacks, methods, steps of several optimizers, tracks, loops in loops, branches and writes.
 */
describe("random programs of models and fits", () => {
	it("train to the numbers that plain loops compute, however they are written", () => {
		const choices = fc.array(fc.nat(65_535), { minLength: 100, maxLength: 500, size: "max" });
		fc.assert(
			fc.property(choices, choices, (program, detours) => compareTraining(program, detours)),
			{
				numRuns: FUZZ === "" ? 40 : Number(FUZZ) / 400,
				interruptAfterTimeLimit: FUZZ === "" ? 50_000 : 400_000,
			},
		);
	}).timeout(500_000);
});
