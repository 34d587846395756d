import assert from "node:assert/strict";
import { diagnosticsToJson } from "../../cli/json.js";
import { renderDiagnostics, renderSummary } from "../../cli/render.js";
import { layOut, textWidth } from "../../cli/render-cells.js";
import { choosePalette, colourPalette, plainPalette } from "../../cli/render-palette.js";
import type { Diagnostic, Location } from "../../compiler/source/diagnostic.js";
import { assertExpectedText } from "../support/expected-text.js";

const model = `model Net(n: Int, m: Int) {
  param weight: real[n, m] = glorot_uniform()
  param bias: real[m + 1] = zeros()
  (x: real[b, n]) -> real[b, m] =
    x @ weight
      + bias
}
`;
const long = `let answer = ${Array.from({ length: 30 }, (_, i) => `term_number_${i}`).join(" + ")}\n`;
const sources = new Map([
	["net.ansatz", model],
	[
		"main.ansatz",
		'import "net.ansatz"\nfit run() {\n  net = Net(3, 4)\n  minimize loss(net(x), y) using adam(1e-3)\n}\n',
	],
	["tabs.ansatz", "let a =\tf(\tx)\n\tlet 日本語 = 名前 + b\nlet 👩‍👩‍👧 = e\u0301 + c\n"],
	["long.ansatz", long],
	["empty.ansatz", ""],
	["control.ansatz", "let a = \u001b[31mb\u0007\n"],
]);

/** The place of the `nth` occurrence of a piece of text. */
function at(file: string, piece: string, nth = 0): Location {
	const text = sources.get(file) as string;
	let start = -1;
	for (let i = 0; i <= nth; i++) start = text.indexOf(piece, start + 1);
	assert.ok(start >= 0, `${piece} is not in ${file}`);
	return { file, start, end: start + piece.length };
}

function between(file: string, first: string, last: string): Location {
	return { file, start: at(file, first).start, end: at(file, last).end };
}

function diagnostic(parts: Partial<Diagnostic> & Pick<Diagnostic, "at">): Diagnostic {
	return {
		code: "E0312",
		severity: "error",
		message: "sizes differ",
		related: [],
		notes: [],
		fixes: [],
		...parts,
	};
}

const cases: Record<string, Diagnostic[]> = {
	"one span": [diagnostic({ at: at("net.ansatz", "bias", 1), label: "real[m + 1]" })],
	"two spans on one line": [
		diagnostic({
			at: at("net.ansatz", "weight", 1),
			label: "real[n, m]",
			related: [
				{ at: { ...at("net.ansatz", "x @"), end: at("net.ansatz", "x @").start + 1 }, label: "real[b, n]" },
			],
		}),
	],
	"three spans on one line": [
		diagnostic({
			at: at("net.ansatz", "real[n, m]"),
			label: "this",
			related: [
				{ at: at("net.ansatz", "param"), label: "a parameter" },
				{ at: at("net.ansatz", "glorot_uniform()"), label: "starts here" },
			],
		}),
	],
	"spans within one another": [
		diagnostic({
			at: at("net.ansatz", "weight"),
			label: "inner",
			related: [{ at: at("net.ansatz", "param weight: real[n, m]"), label: "outer" }],
		}),
	],
	"spans at one place": [
		diagnostic({
			at: at("net.ansatz", "weight"),
			label: "first",
			related: [
				{ at: at("net.ansatz", "weight"), label: "second" },
				{ at: at("net.ansatz", "glorot_uniform"), label: "third" },
			],
		}),
	],
	"spans on several lines": [
		diagnostic({
			message: "the bias does not fit the sum: `m` and `m + 1` differ for every m",
			at: at("net.ansatz", "bias", 1),
			label: "real[m + 1]",
			related: [
				{ at: at("net.ansatz", "real[b, m]"), label: "from the result here" },
				{ at: at("net.ansatz", "m + 1"), label: "one more" },
			],
			notes: ["x @ weight is real[b, m]", "a note\nof two lines"],
			hint: "leave out `+ 1`",
			fixes: [
				{ title: "write `real[m]`", edits: [{ at: at("net.ansatz", "m + 1"), replacement: "m" }] },
				{
					title: "pad the product",
					edits: [
						{
							at: { ...at("net.ansatz", "x @ weight"), end: at("net.ansatz", "x @ weight").start },
							replacement: "pad(",
						},
						{
							at: { ...at("net.ansatz", "x @ weight"), start: at("net.ansatz", "x @ weight").end },
							replacement: ", 1)",
						},
					],
				},
			],
		}),
	],
	"spans in several files": [
		diagnostic({
			at: at("main.ansatz", "Net(3, 4)"),
			label: "called here",
			related: [
				{ at: at("net.ansatz", "real[m + 1]"), label: "declared here" },
				{ at: at("net.ansatz", "n: Int"), label: "n = 3" },
			],
		}),
		diagnostic({
			code: "W0101",
			severity: "warning",
			message: "`run` is never used",
			at: at("main.ansatz", "run"),
			label: "",
		}),
	],
	"a span over lines, from the first character of a line": [
		diagnostic({
			at: between("net.ansatz", "x @ weight", "+ bias"),
			label: "this sum",
			related: [{ at: at("net.ansatz", "real[b, m]"), label: "against this" }],
		}),
	],
	"a span over lines, from within a line": [
		diagnostic({ at: between("net.ansatz", "(x: real", "+ bias"), label: "the call" }),
		diagnostic({ at: between("net.ansatz", "real[b, n]", "x @ weight"), label: "the type and more" }),
	],
	"a span over many lines, and one in it": [
		diagnostic({
			at: at("net.ansatz", "bias", 1),
			label: "here",
			related: [{ at: between("net.ansatz", "model", "bias\n}"), label: "in this model" }],
		}),
	],
	"a span that ends with a line break": [
		diagnostic({ at: at("net.ansatz", "glorot_uniform()\n"), label: "here" }),
	],
	"a span at the end of the text": [
		diagnostic({
			at: { file: "net.ansatz", start: model.length, end: model.length },
			label: "the text ends here",
		}),
		diagnostic({ at: { file: "empty.ansatz", start: 0, end: 0 }, label: "nothing here" }),
	],
	"tabs and wide characters": [
		diagnostic({ at: at("tabs.ansatz", "x)"), label: "after tabs" }),
		diagnostic({
			at: at("tabs.ansatz", "b"),
			label: "after wide characters",
			related: [{ at: at("tabs.ansatz", "日本語"), label: "six cells" }],
		}),
		diagnostic({
			at: at("tabs.ansatz", "c"),
			label: "after an emoji of five code points",
			related: [{ at: at("tabs.ansatz", "👩‍👩‍👧"), label: "two cells" }],
		}),
	],
	"control characters": [diagnostic({ at: at("control.ansatz", "\u0007"), label: "a bell" })],
	"long lines": [
		diagnostic({ at: at("long.ansatz", "term_number_1"), label: "near the start" }),
		diagnostic({ at: at("long.ansatz", "term_number_15"), label: "in the middle" }),
		diagnostic({ at: at("long.ansatz", "term_number_29"), label: "at the end" }),
		diagnostic({
			at: at("long.ansatz", "term_number_20"),
			label: "too far",
			related: [{ at: at("long.ansatz", "answer"), label: "from here" }],
		}),
		diagnostic({ at: at("long.ansatz", long.trim()), label: "all of it" }),
	],
	"a file whose text is not there": [
		diagnostic({ at: { file: "gone.ansatz", start: 3, end: 5 }, label: "somewhere", notes: ["a note"] }),
	],
};

describe("rendering diagnostics", () => {
	for (const [name, diagnostics] of Object.entries(cases)) {
		it(name, () => {
			const text = renderDiagnostics(diagnostics, sources, { width: 80 });
			assertExpectedText(`test/cli/render/${name.replaceAll(/[^a-z]+/g, "-")}.expected`, text);
			assert.doesNotMatch(text, / $/m, "blanks at the end of a line");
		});
	}

	it("in colour", () => {
		const text = renderDiagnostics(cases["spans on several lines"] as Diagnostic[], sources, {
			palette: colourPalette,
		});
		assertExpectedText("test/cli/render/colour.expected", text.replaceAll("\u001b", "ESC"));
		const plain = renderDiagnostics(cases["spans on several lines"] as Diagnostic[], sources);
		// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
		assert.equal(text.replaceAll(/\u001b\[[\d;]*m/g, ""), plain);
	});

	it("nothing for nothing", () => assert.equal(renderDiagnostics([], sources), ""));

	it("counts", () => {
		const error = diagnostic({ at: at("net.ansatz", "model") });
		const warning = diagnostic({ at: at("net.ansatz", "model"), severity: "warning" });
		assert.equal(renderSummary([error, warning, error]), "2 errors, 1 warning");
		assert.equal(renderSummary([warning, warning]), "2 warnings");
	});

	it("as JSON lines", () => {
		const all = [
			...(cases["spans on several lines"] as Diagnostic[]),
			...(cases["a file whose text is not there"] as Diagnostic[]),
		];
		const lines = diagnosticsToJson(all, sources).trimEnd().split("\n");
		assert.equal(lines.length, 2);
		assertExpectedText(
			"test/cli/render/diagnostics.json.expected",
			`${lines.map((line) => JSON.stringify(JSON.parse(line), undefined, "  ")).join("\n")}\n`,
		);
	});
});

describe("rendering: cells and colours", () => {
	it("lays lines out", () => {
		const line = layOut("a\tb日c");
		assert.equal(line.cells.length, 8);
		assert.deepEqual([0, 1, 2, 3, 4, 5, -1].map(line.cellAt), [0, 1, 4, 5, 7, 8, 0]);
		assert.equal(textWidth("日本👍🏽e\u0301"), 7);
	});

	it("chooses a palette", () => {
		assert.equal(choosePalette(true, {}), colourPalette);
		assert.equal(choosePalette(false, {}), plainPalette);
		assert.equal(choosePalette(true, { NO_COLOR: "1" }), plainPalette);
		assert.equal(choosePalette(true, { NO_COLOR: "" }), colourPalette);
		assert.equal(choosePalette(true, { TERM: "dumb" }), plainPalette);
		assert.equal(choosePalette(false, { FORCE_COLOR: "1", NO_COLOR: "1" }), colourPalette);
		assert.equal(choosePalette(true, { FORCE_COLOR: "0" }), plainPalette);
	});
});
