import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { Analysis } from "../../lsp/analysis.js";
import { NodeHost } from "../../runtime/node-host.js";

const path = join(process.cwd(), "examples", "digits", "digits.ansatz");
const example = readFileSync(path, "utf8");
const host = new NodeHost(path);

interface RandomEdit {
	readonly place: number;
	readonly removed: number;
	readonly inserted: string;
}

const edit: fc.Arbitrary<RandomEdit> = fc.record({
	place: fc.nat({ max: 2000 }),
	removed: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 30 })),
	inserted: fc.constantFrom(
		...[
			"",
			"net.",
			"f(a,",
			"let ",
			"{",
			"}",
			"(",
			")",
			"\n",
			"\nfit g() {\n",
			"import std.",
			'"',
			"|x| ",
			"0",
			" = ",
			": real[",
		],
	),
});

function apply(text: string, { place, removed, inserted }: RandomEdit): { text: string; at: number } {
	const at = place % (text.length + 1);
	return { text: text.slice(0, at) + inserted + text.slice(at + removed), at: at + inserted.length };
}

describe("after random edits", () => {
	it("an analysis that goes on from the one before says what a fresh one says, and no question fails", () => {
		fc.assert(
			fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
				let text = example;
				let analysis = Analysis.of(path, text, host);
				for (const one of edits) {
					const edited = apply(text, one);
					text = edited.text;
					analysis = Analysis.of(path, text, host, analysis);
					analysis.completions(edited.at);
					analysis.hover(edited.at);
					analysis.definition(edited.at);
					analysis.references(edited.at);
					analysis.signature(edited.at);
				}
				analysis.symbols();
				analysis.hints(0, text.length);
				analysis.format();
				assert.deepEqual(analysis.diagnostics, Analysis.of(path, text, new NodeHost(path)).diagnostics);
			}),
			{ numRuns: 60 },
		);
	});

	it("typing the example letter by letter never fails", () => {
		let analysis = Analysis.of(path, "", host);
		for (let length = 1; length <= example.length; length += 7) {
			analysis = Analysis.of(path, example.slice(0, length), host, analysis);
			analysis.completions(length);
			analysis.signature(length);
			analysis.symbols();
		}
		assert.deepEqual(Analysis.of(path, example, host, analysis).diagnostics, []);
	});
});
