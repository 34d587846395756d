import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { renderDiagnostics } from "../../cli/render.js";
import { plainPalette } from "../../cli/render-palette.js";
import { checkProgram } from "../../compiler/check/check.js";
import { loadProgram } from "../../compiler/program/load.js";
import { describedHost } from "../support/described-host.js";
import { fixturePath } from "../support/snapshot.js";

/** Whole programs that check, with the codes of what they are warned of. */
const programs: Readonly<Record<string, readonly string[]>> = {
	"continual-inference": [],
	"dct-lowrank": [],
	fairrec: [],
	flexicubes: [],
	"groupwise-regret": [],
	"learned-proximal-nets": [],
	"lmc-weight-matching": [],
	"local-reg-nde": [],
	mmgp: [],
	"nonsmooth-moo": [],
	odice: [],
	"pac-code-sets": [],
	quantnas: [],
	"self-tuning-networks": [],
	"step-law": [],
	supnotmiwae: [],
};

describe("whole programs", () => {
	for (const [name, codes] of Object.entries(programs)) {
		it(`${name} checks`, () => {
			const file = `${name}.ansatz`;
			const text = readFileSync(fixturePath("programs", file), "utf8");
			const host = describedHost(file, text);
			const { diagnostics } = checkProgram(loadProgram(file, text, host), host);
			const errors = diagnostics.filter((d) => d.severity === "error");
			assert.equal(renderDiagnostics(errors, new Map([[file, text]]), { palette: plainPalette }), "");
			assert.deepEqual(
				diagnostics.map((d) => d.code),
				codes,
			);
		});
	}
});
