import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { catalogue } from "../../cli/catalogue.js";
import { openProgram } from "../../runtime/open.js";
import { fixturePath, fixtures } from "../support/snapshot.js";

/** Codes that a program's text alone does not bring about, with the test that does. */
const coveredElsewhere: ReadonlyMap<string, string> = new Map([
	["E0108", "test/check/coverage.test.ts"],
	["E0508", "test/runtime/csv.test.ts"],
	["E0518", "test/runtime/data-files.test.ts"],
	["E0521", "test/cli/command.test.ts"],
	["E0522", "test/cli/command.test.ts"],
	["E0523", "test/runtime/store.test.ts"],
	["E0601", "test/runtime/last-resorts.test.ts"],
	["E0602", "test/runtime/runs.test.ts"],
	["E0603", "test/runtime/last-resorts.test.ts"],
	["E0604", "test/runtime/tracks.test.ts"],
	["E0605", "test/elaborate/loops.test.ts"],
	["E0606", "test/runtime/index-checks.test.ts"],
	["E0608", "test/runtime/last-resorts.test.ts"],
	["E0609", "test/runtime/constraints.test.ts"],
	["E0610", "test/runtime/store.test.ts"],
	["E0611", "test/runtime/store.test.ts"],
	["E0612", "test/runtime/store.test.ts"],
	["E0613", "test/runtime/store.test.ts"],
	["E0614", "test/runtime/memory.test.ts"],
	["E0615", "test/runtime/constraints.test.ts"],
	["E0617", "test/runtime/tracks.test.ts"],
	["E0618", "test/elaborate/capture.test.ts"],
	["E0619", "test/runtime/limits.test.ts"],
	["E0621", "test/runtime/last-resorts.test.ts"],
	["E0622", "test/elaborate/checks-in-derivatives.test.ts"],
	["E0623", "test/runtime/model-values.test.ts"],
	["E0699", "test/runtime/last-resorts.test.ts"],
	["E0701", "test/cli/command.test.ts"],
	["E0702", "test/cli/command.test.ts"],
	["E0703", "test/cli/set.test.ts"],
	["E0901", "test/runtime/model-values.test.ts"],
]);

function codesOf(folder: string): ReadonlySet<string> {
	const codes = fixtures(folder, ".expected").flatMap(({ text }) => text.match(/\b[EW]\d{4}\b/g) ?? []);
	return new Set(codes);
}

describe("the fixtures of mistakes", () => {
	it("have every code of the catalogue", () => {
		const shown = new Set([...codesOf("bad"), ...codesOf("recover")]);
		const missing = catalogue.entries
			.map(({ code }) => code)
			.filter((code) => !shown.has(code) && !coveredElsewhere.has(code));
		assert.deepEqual(missing, [], "add a fixture to test/fixtures/bad for each");
	});

	it("are the only reason to be named as covered elsewhere", () => {
		for (const [code, file] of coveredElsewhere) {
			assert.ok(!codesOf("bad").has(code), `${code} has a fixture`);
			const text = readFileSync(fixturePath("..", "..", file), "utf8");
			assert.ok(text.includes(code), `${file} asks for ${code}`);
		}
	});

	it("are many", () => {
		assert.ok(fixtures("bad").length >= 150);
		assert.ok(fixtures("recover").length >= 60);
	});
});

describe("a text of brackets", () => {
	it("that is too deep is told once (E0108)", () => {
		const depth = 20_000;
		const opened = openProgram("deep.ansatz", `let a = ${"(".repeat(depth)}1${")".repeat(depth)}\n`);
		assert.deepEqual(
			opened.diagnostics.map((d) => d.code),
			["E0108"],
		);
	});
});
