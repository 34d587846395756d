import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dumpTree } from "../../grammar/dump.js";
import { format } from "../../grammar/format.js";
import { parseFile } from "../../grammar/parse.js";
import { Parser } from "../../grammar/parser.js";
import { explanations } from "../../grammar/problems.js";
import { hardKeywords } from "../../grammar/tokens.js";

const page = readFileSync(join(process.cwd(), "docs", "language.md"), "utf8");

function blocks(language: string): string[] {
	return [...page.matchAll(/```(\w+)\n(.*?)```/gs)].flatMap((found) =>
		found[1] === language ? [found[2] ?? ""] : [],
	);
}

describe("the language reference", () => {
	for (const [index, text] of blocks("ansatz").entries()) {
		it(`example ${index + 1} parses: ${text.split("\n")[0]}`, () => {
			const tree = parseFile(text);
			const problems = tree.slices.flatMap((slice) => slice.problems);
			assert.deepEqual(problems, []);
			assert.equal(dumpTree(parseFile(format(text).text)), dumpTree(tree));
		});
	}

	it("has the parser's nonterminals", () => {
		const grammar = blocks("ebnf").join("\n");
		const defined = [...grammar.matchAll(/^(\w+)\s+=/gm)].map((found) => found[1] ?? "");
		const rules = Object.keys(new Parser({ validate: false }).getGAstProductions());
		assert.deepEqual([...defined].sort(), [...rules].sort());
		const used = new Set(
			[...grammar.replaceAll(/'[^']*'/g, "").matchAll(/\b[a-z]\w*\b/g)].map((found) => found[0]),
		);
		assert.deepEqual(
			[...used].filter((name) => !defined.includes(name)),
			[],
		);
	});

	it("lists the hard keywords", () => {
		const listed = /The hard keywords are `([^`]*)`/.exec(page)?.[1]?.split(" ") ?? [];
		assert.deepEqual([...listed].sort(), [...hardKeywords].sort());
	});
});

describe("the explanations of problems", () => {
	for (const [code, { text }] of Object.entries(explanations)) {
		const right = /Right:\n\n {4}(.*)\n/.exec(text)?.[1] ?? "";
		if (right.includes("(..)")) continue;
		it(`${code} gives a right example that parses`, () => {
			const problems = parseFile(right).slices.flatMap((slice) => slice.problems);
			assert.deepEqual(problems, []);
		});
		it(`${code} gives a wrong example that does not`, () => {
			const wrong = /Wrong:\n\n {4}(.*)\n/.exec(text)?.[1] ?? "";
			const codes = parseFile(wrong).slices.flatMap((slice) => slice.problems.map((problem) => problem.code));
			assert.ok(codes.includes(code), codes.join(" "));
		});
	}
});
