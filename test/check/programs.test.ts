import assert from "node:assert/strict";
import { renderDiagnostics } from "../../cli/render.js";
import { plainPalette } from "../../cli/render-palette.js";
import { openProgram } from "../../runtime/open.js";

/** Whole programs without a data file that check, with the codes of what they are warned of. */
const programs: Readonly<Record<string, readonly string[]>> = {
	flexicubes: [],
	mmgp: [],
	"nonsmooth-moo": [],
	odice: [],
	"pac-code-sets": [],
	"step-law": [],
	supnotmiwae: [],
};

describe("whole programs", () => {
	for (const [name, codes] of Object.entries(programs)) {
		it(`${name} checks`, () => {
			const { diagnostics, sources } = openProgram(`test/fixtures/programs/${name}.ansatz`);
			const errors = diagnostics.filter((d) => d.severity === "error");
			assert.equal(renderDiagnostics(errors, sources, { palette: plainPalette }), "");
			assert.deepEqual(
				diagnostics.map((d) => d.code),
				codes,
			);
		});
	}
});
