import assert from "node:assert/strict";
import { dumpTree } from "../../grammar/dump.js";
import { format } from "../../grammar/format.js";
import { layout } from "../../grammar/layout.js";
import { lex } from "../../grammar/lexer.js";
import { parseFile } from "../../grammar/parse.js";
import { vocabulary } from "../../grammar/tokens.js";
import { children, nodeAt, walk } from "../../grammar/visit.js";
import { fixtures } from "../support/snapshot.js";

const programs = fixtures("programs");

describe("programs", () => {
	for (const { name, text } of programs) {
		it(`${name} parses, and comes back from the formatter`, () => {
			const tree = parseFile(text);
			assert.deepEqual(
				tree.slices.flatMap((slice) => slice.problems),
				[],
			);
			assert.equal(tree.slices.map((slice) => slice.text).join(""), text);
			assert.doesNotMatch(dumpTree(tree), /MISSING/);
			const formatted = format(text).text;
			assert.equal(format(formatted).text, formatted, "idempotent");
			assert.equal(dumpTree(parseFile(formatted)), dumpTree(tree), "the same program");
			assert.equal(
				formatted.trimEnd().split("\n").length,
				text.trimEnd().split("\n").length,
				"as many lines",
			);
		});
	}

	it("spans hold what stands below them, within the slice", () => {
		for (const { name, text } of programs) {
			for (const slice of parseFile(text).slices) {
				for (const item of slice.items) {
					walk(item, (node, parents) => {
						const parent = parents[parents.length - 1];
						assert.ok(
							node.span.start <= node.span.end && node.span.end <= slice.text.length,
							`${name}: ${node.kind}`,
						);
						if (parent === undefined) return true;
						const inside = parent.span.start <= node.span.start && node.span.end <= parent.span.end;
						assert.ok(
							inside,
							`${name}: ${node.kind} ${slice.text.slice(node.span.start, node.span.end)} in ${parent.kind}`,
						);
						return true;
					});
				}
			}
		}
	});

	it("use every token of the vocabulary", () => {
		const used = new Set<string>();
		for (const { text } of [...programs, ...fixtures("recover")]) {
			const { tokens } = lex(text);
			for (const token of tokens) used.add(token.tokenType.name);
			for (const token of layout(tokens).tokens) used.add(token.tokenType.name);
		}
		const unused = vocabulary.map((row) => row.name).filter((name) => !used.has(name));
		assert.deepEqual(unused, []);
	});
});

describe("slices", () => {
	it("keep their items while only other slices change", () => {
		const text = programs.find((one) => one.name === "dct-lowrank")?.text ?? "";
		const before = parseFile(text);
		const changed = text.replace("dim Inputs = 64", "dim Inputs = 128");
		const after = parseFile(changed, before);
		const kept = after.slices.filter((slice, index) => slice.items === before.slices[index]?.items);
		assert.equal(kept.length, before.slices.length - 1);
		assert.equal(parseFile(text, before).slices[3], before.slices[3]);
	});

	it("of equal text are reused once each", () => {
		const before = parseFile("check a > 1\ncheck a > 1\n");
		const after = parseFile("check a > 1\ncheck a > 1\n", before);
		assert.notEqual(after.slices[0]?.items, after.slices[1]?.items);
	});

	it("take the comments directly above", () => {
		const tree = parseFile("let a = 1\n\n// note\n/// The second.\nlet b = 2\n");
		assert.equal(tree.slices[1]?.text, "// note\n/// The second.\nlet b = 2\n");
		assert.equal(tree.slices[1]?.items[0]?.documentation, "The second.");
	});
});

describe("nodeAt", () => {
	it("finds the missing name after a point", () => {
		const text = "let a = 1\nlet b = net.\nlet c = 2\n";
		const found = nodeAt(parseFile(text), text.indexOf("net.") + 4);
		assert.deepEqual(found?.path.map((node) => node.kind).slice(-2), ["Field", "Missing"]);
	});

	it("prefers what begins at the place", () => {
		const text = "let b = f(x)";
		const found = nodeAt(parseFile(text), text.indexOf("x"));
		assert.deepEqual(
			found?.path.map((node) => node.kind),
			["Item", "Let", "Call", "Name"],
		);
		assert.equal(children(found?.path[2] as never).length, 2);
	});
});
