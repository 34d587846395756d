import assert from "node:assert/strict";
import { parseFile } from "../../grammar/parse.js";
import { openProgram } from "../../runtime/open.js";
import { showNames } from "../support/names.js";
import { fixturePath, fixtures, matchSnapshot } from "../support/snapshot.js";

describe("a program with a line that cannot be read", () => {
	for (const { name, text } of fixtures("recover")) {
		const opened = openProgram(`test/fixtures/recover/${name}.ansatz`);

		it(`${name}: one mistake, one error`, () => {
			const unreadable = parseFile(text).slices.flatMap((slice) => slice.problems.map((p) => p.code));
			assert.deepEqual(opened.diagnostics.map((d) => d.code).sort(), unreadable.sort());
		});

		it(`${name}: the rest keeps its types`, () => {
			assert.ok(opened.program);
			matchSnapshot(fixturePath("recover", `${name}.types`), showNames(opened.program));
		});
	}
});
