import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { evaluateProgram } from "../support/evaluate.js";
import { backends } from "../support/run.js";
import { assertClose } from "../support/values.js";

/**
 * The heart of published methods, one program for each: what they compute beyond the usual, with the derivatives that
 * they need, against references in Python (`oracle/`).
 */
const folder = new URL("../../../test/systems/", import.meta.url);
const names = readdirSync(new URL("programs/", folder)).map((file) => file.replace(/\.ansatz$/, ""));
const read = (path: string): string => readFileSync(new URL(path, folder), "utf8");
const expected = JSON.parse(read("oracle/systems.generated.json")) as Readonly<
	Record<string, Readonly<Record<string, readonly (number | string)[]>>>
>;

/** What is iterated until rounding stops it, or differences stand for a derivative. */
const tolerances: Readonly<Record<string, number>> = {
	dci: 1e-9,
	"dual-rl": 1e-8,
	"mesh-swd-ode": 1e-8,
	memcontrol: 1e-7,
};

const numberOf = (x: number | string): number =>
	typeof x === "number" ? x : x === "nan" ? Number.NaN : x === "inf" ? Infinity : -Infinity;

describe("the heart of published methods", () => {
	it("each program has a reference, and each reference a program", () => {
		assert.deepEqual(Object.keys(expected).sort(), [...names].sort());
	});

	for (const name of names) {
		it(name, () => {
			for (const backend of backends) {
				const result = evaluateProgram(read(`programs/${name}.ansatz`), { backend });
				for (const [key, numbers] of Object.entries(expected[name] ?? {})) {
					const what = `${key} on ${backend.name}`;
					assertClose(result.numbers(key), numbers.map(numberOf), tolerances[name] ?? 1e-10, what);
				}
			}
		});
	}
});
