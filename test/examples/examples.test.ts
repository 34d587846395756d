import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { describe as about, readExamples } from "../../bench/examples/programs.js";
import { figuresIn, figuresOf, readmeOf, withoutFigures } from "../../bench/examples/readme.js";
import { outcomeOf, runExample, runExamples, shownFigure } from "../../bench/examples/runs.js";
import { renderDiagnostics } from "../../cli/render.js";
import { plainPalette } from "../../cli/render-palette.js";
import type { RunEvent } from "../../runtime/events.js";
import { openProgram } from "../../runtime/open.js";

const examples = readExamples("examples");

/** Those that are methods of papers. */
const published = [
	"overparam-matrix-sensing",
	"rae-score",
	"dexml",
	"mos-lora",
	"pcb-merging",
	"ccdcov-fairness",
	"online-odl-fw",
	"maid-bilevel",
	"mf-rpn",
	"matformer",
];

describe("examples", () => {
	for (const { name, file } of examples) {
		it(`${name} has no error and no warning`, () => {
			const { diagnostics, sources } = openProgram(file);
			assert.equal(renderDiagnostics(diagnostics, sources, { palette: plainPalette }), "");
		});
	}

	it("that tell their kind tell a title and a finding too", () => {
		const told = examples.filter((e) => e.kind !== "");
		assert.ok(told.length >= 10);
		for (const { name, title, finding } of told) assert.ok(title !== "" && finding !== "", name);
		assert.equal(new Set(examples.map((e) => e.name)).size, examples.length, "names are unique");
	});

	for (const name of published)
		it(`${name}: title, formulas, what is claimed and what is not, a baseline's figures, a picture, 40 to 80 lines`, () => {
			const { file, title, picture } = examples.find((e) => e.name === name) ?? assert.fail(name);
			const text = readFileSync(file, "utf8");
			const comment = text.split("\n").filter((line) => line.startsWith("///"));
			const told = comment.join(" ");
			assert.ok(title.length > 20 && picture !== undefined);
			assert.match(told, /\$[^$]+\$.* Claimed[:,] .* Not claimed: .*Kind: /);
			assert.match(text, /^\s*(?:if s == 0 .*)?plot /m);
			assert.match(text, /0\.\.3|0\.\.2/, "several seeds");
			const lines = text.trimEnd().split("\n").length;
			assert.ok(lines >= 40 && lines <= 80, `${lines} lines`);
		});

	it("have a README that is theirs, but for the figures of the last run", () => {
		const readme = readFileSync("examples/README.md", "utf8");
		const now = readmeOf(examples, () => "");
		assert.equal(withoutFigures(readme), withoutFigures(now), "npm run examples -- --readme writes it anew");
	});

	it("have small pictures, each shown in the README", () => {
		const readme = readFileSync("examples/README.md", "utf8");
		for (const { picture } of examples) {
			if (picture === undefined) continue;
			assert.ok(statSync(picture).size <= 40_000, picture);
			assert.ok(readme.includes(picture.replaceAll("\\", "/").replace("examples/", "")), picture);
		}
	});

	it("are read from their doc comments", () => {
		const text =
			"/// A title.\n///\n/// A method. Claimed, of x: it holds;\n/// always. Not claimed: y.\n/// Kind: loss.\nlet a = 1\n";
		assert.deepEqual(about(text), { title: "A title", finding: "Of x: it holds; always.", kind: "loss" });
		assert.deepEqual(about("let a = 1\n"), { title: "", finding: "", kind: "" });
	});
});

const at = { file: "a.ansatz", start: 0, end: 1 };
const check = (passed: boolean, compared?: string, turn?: string): RunEvent => ({
	kind: "check",
	role: "check",
	at,
	source: "a < b",
	message: "less",
	passed,
	...(compared !== undefined && { compared }),
	...(turn !== undefined && { turn }),
});

describe("runs of examples", () => {
	it("give the same figures twice", async () => {
		const digits = examples.filter((e) => e.name === "digits");
		const runs = await runExamples(
			[...digits, ...digits],
			2,
			(e) => runExample(e),
			() => {},
		);
		const [first, second] = runs.map(({ seconds: _, ...figures }) => figures);
		assert.deepEqual(first, second);
		assert.equal(first?.exitCode, 0);
		assert.equal(first?.passed, 3);
		assert.ok(first?.figures.every((f) => f.passed && f.turns.length === 1));
	}).timeout(60_000);

	it("join the turns of a check, and fail where one fails", () => {
		const events = [check(true, "1 < 2 (by 1)", "s = 0"), check(false, "3 < 2 (off by 1)", "s = 1")];
		const outcome = outcomeOf("a", events, 1, "");
		assert.deepEqual(outcome.figures, [
			{
				check: "less",
				passed: false,
				turns: [
					{ turn: "s = 0", compared: "1 < 2 (by 1)" },
					{ turn: "s = 1", compared: "3 < 2 (off by 1)" },
				],
			},
		]);
		assert.equal(shownFigure(outcome.figures[0] ?? assert.fail()), "less: 1 < 2 (the first of 2)");
		assert.match(figuresOf(outcome), /^\| less \| \*\*fails\*\*<br>1 < 2 \(s = 0\)<br>3 < 2 \(s = 1\) \|$/m);
	});

	it("fail where nothing is checked", () => {
		const outcome = outcomeOf("a", [], 0, "");
		assert.equal(outcome.exitCode, 1);
		assert.deepEqual(outcome.problems, ["it checks nothing"]);
	});

	it("tell what ended a program that cannot run", async () => {
		const missing = { name: "missing", file: "examples/missing.ansatz", title: "", finding: "", kind: "" };
		const outcome = await runExample(missing);
		assert.equal(outcome.exitCode, 2);
		assert.match(outcome.problems.join(), /E0215/);
	});

	it("keep the figures of programs that did not run", () => {
		const readme = readmeOf(examples, (name) => `figures of ${name}`);
		assert.equal(figuresIn(readme)("digits"), "figures of digits");
		assert.equal(figuresIn(readme)("other"), "");
		assert.equal(readmeOf(examples, figuresIn(readme)), readme);
	});
});
