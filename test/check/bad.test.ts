import assert from "node:assert/strict";
import { renderDiagnostics } from "../../cli/render.js";
import { plainPalette } from "../../cli/render-palette.js";
import { openProgram } from "../../runtime/open.js";
import { fixturePath, fixtures, matchSnapshot } from "../support/snapshot.js";

describe("mistakes and what is said of them", () => {
	for (const { name } of fixtures("bad")) {
		it(name, () => {
			const opened = openProgram(`test/fixtures/bad/${name}.ansatz`);
			assert.ok(opened.diagnostics.length > 0, "the fixture has a mistake");
			const places = opened.diagnostics.map((d) => JSON.stringify(d.at));
			assert.equal(new Set(places).size, places.length, "no place is blamed twice");
			matchSnapshot(
				fixturePath("bad", `${name}.expected`),
				renderDiagnostics(opened.diagnostics, opened.sources, { palette: plainPalette }),
			);
		});
	}
});
