import assert from "node:assert/strict";
import type { SyntaxTree } from "../../grammar/ast.js";
import { dumpTree } from "../../grammar/dump.js";
import { parseFile } from "../../grammar/parse.js";
import { explanations } from "../../grammar/problems.js";
import { fixturePath, fixtures, matchSnapshot } from "../support/snapshot.js";

function show(tree: SyntaxTree): string {
	const lines: string[] = [];
	for (const slice of tree.slices) {
		for (const problem of slice.problems) {
			const start = slice.offset + problem.span.start;
			const before = tree.text.slice(0, start);
			const line = before.split("\n").length;
			const column = start - before.lastIndexOf("\n");
			const length = Math.max(1, problem.span.end - problem.span.start);
			lines.push(`${line}:${column} ${problem.code} ${problem.message}`);
			lines.push(
				`  | ${tree.text.split("\n")[line - 1] ?? ""}`,
				`  | ${" ".repeat(column - 1)}${"^".repeat(length)}`,
			);
			if (problem.hint !== undefined) lines.push(`  = ${problem.hint}`);
		}
	}
	return `${lines.join("\n")}\n\n${dumpTree(tree)}`;
}

describe("recovery", () => {
	for (const { name, text } of fixtures("recover")) {
		it(name, () => {
			const tree = parseFile(text);
			const problems = tree.slices.flatMap((slice) => slice.problems);
			assert.ok(problems.length > 0, "the fixture has a mistake");
			for (const problem of problems) {
				assert.ok(explanations[problem.code] !== undefined, `${problem.code} is explained`);
				assert.doesNotMatch(
					problem.message,
					/Token|Expecting|sequences/,
					"the message is in the user's words",
				);
			}
			matchSnapshot(fixturePath("recover", `${name}.expected`), show(tree));
		});
	}
});
