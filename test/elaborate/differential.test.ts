import fc from "fast-check";
import { compareProgram } from "../support/language/compare.js";

const { FUZZ = "" } = process.env;

/**
 * Random well-typed programs against plain nested loops over numbers: functions of symbolic sizes called at several,
 * values and gradients, each program as it is and once more with detours that may not change it.
 */
describe("random programs of the language", () => {
	it("have the values that nested loops compute, however they are written", () => {
		const choices = fc.array(fc.nat(65_535), { minLength: 100, maxLength: 600, size: "max" });
		fc.assert(
			fc.property(choices, choices, (program, detours) => compareProgram(program, detours)),
			{
				numRuns: FUZZ === "" ? 40 : Number(FUZZ) / 500,
				interruptAfterTimeLimit: FUZZ === "" ? 50_000 : 400_000,
			},
		);
	}).timeout(500_000);
});
