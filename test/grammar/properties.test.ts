import assert from "node:assert/strict";
import fc from "fast-check";
import { dumpTree } from "../../grammar/dump.js";
import { format } from "../../grammar/format.js";
import { type Lexed, lex } from "../../grammar/lexer.js";
import { parseExpression, parseFile } from "../../grammar/parse.js";
import { Cutter, sliceOffsets } from "../../grammar/slices.js";
import { vocabulary } from "../../grammar/tokens.js";
import { nodeAt, walk } from "../../grammar/visit.js";
import { fixtures } from "../support/snapshot.js";

const pieces = [
	...vocabulary.flatMap((row) => (row.text === undefined ? [] : [row.text])),
	...[
		"x",
		"net",
		"Model",
		"n",
		"1",
		"0.5",
		'"text {x}"',
		'"open',
		"int<",
		"\n",
		"\n  ",
		"\n",
		" ",
		"  ",
		".0",
		"...b",
		"// note",
		"'",
		"#",
		"≤",
	],
];
const soup = fc
	.array(fc.constantFrom(...pieces), { maxLength: 60 })
	.chain((words) =>
		fc
			.array(fc.constantFrom("", " ", "\n"), { minLength: words.length, maxLength: words.length })
			.map((gaps) => words.map((word, index) => word + gaps[index]).join("")),
	);
const programs = fixtures("programs").map((one) => one.text);
const edited = fc
	.record({
		text: fc.constantFrom(...programs),
		at: fc.double({ min: 0, max: 1, noNaN: true }),
		remove: fc.integer({ min: 0, max: 30 }),
		insert: fc.array(fc.constantFrom(...pieces), { maxLength: 3 }),
	})
	.map(({ text, at, remove, insert }) => {
		// a window of the program: the whole of it in every run would take long
		const offset = Math.floor(at * text.length);
		const from = Math.max(0, offset - 700);
		return text.slice(from, offset) + insert.join(" ") + text.slice(offset + remove, offset + remove + 700);
	});

function plain({ tokens, comments, errors }: Lexed): Lexed {
	return { tokens, comments, errors: errors.map(({ offset, length }) => ({ offset, length })) };
}

/** In a text that stays, mostly small: a few words, a line that is taken out. */
const edit = fc.record({
	at: fc.double({ min: 0, max: 1, noNaN: true }),
	remove: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 })),
	insert: fc.array(fc.constantFrom(...pieces, ")", "}", "\nlet z = 1\n", "\n// a\n\n", '"\\\n'), {
		maxLength: 2,
	}),
});

function holds(text: string): void {
	const tree = parseFile(text);
	assert.equal(tree.slices.map((slice) => slice.text).join(""), text);
	for (const slice of tree.slices) {
		for (const problem of slice.problems) {
			const { start, end } = problem.span;
			assert.ok(
				start >= 0 && start <= end && end <= slice.text.length,
				`${problem.message} at ${start}..${end}`,
			);
		}
		for (const item of slice.items) {
			walk(item, (node) => {
				assert.ok(
					node.span.start >= 0 && node.span.start <= node.span.end,
					`${node.kind} in ${JSON.stringify(slice.text)}`,
				);
				return true;
			});
		}
	}
	nodeAt(tree, Math.floor(text.length / 2));
	const once = format(text);
	if (once.problems.length > 0) {
		assert.equal(once.text, text);
		return;
	}
	assert.equal(format(once.text).text, once.text, "the formatter is idempotent");
	assert.equal(dumpTree(parseFile(once.text)), dumpTree(tree), "the formatter keeps the program");
}

describe("any text", () => {
	it("the tokens of a slice are those that its text has by itself", () => {
		fc.assert(
			fc.property(fc.oneof(soup, edited), (text) => {
				const whole = lex(text);
				const offsets = sliceOffsets(text, whole);
				const cutter = new Cutter(whole, 0);
				for (const [i, offset] of offsets.entries()) {
					const part = text.slice(offset, offsets[i + 1]);
					assert.deepEqual(cutter.take(offset, offset + part.length), plain(lex(part)));
				}
			}),
			{ numRuns: 300 },
		);
	});

	it("parses: random tokens", () => fc.assert(fc.property(soup, holds), { numRuns: 400 }));
	it("parses: edited programs", () => fc.assert(fc.property(edited, holds), { numRuns: 300 }));
	it("parses: random characters", () =>
		fc.assert(fc.property(fc.string({ maxLength: 80 }), holds), { numRuns: 300 }));
	it("parses as an expression", () => {
		fc.assert(
			fc.property(soup, (text) => void parseExpression(text, 7)),
			{ numRuns: 200 },
		);
	});
	it("is read alike with and without the tree before the edit", () => {
		fc.assert(
			fc.property(edited, edited, (before, after) => {
				const mixed = parseFile(after, parseFile(before));
				assert.equal(dumpTree(mixed), dumpTree(parseFile(after)));
			}),
			{ numRuns: 60 },
		);
	});
	it("is read alike after each of several edits", () => {
		fc.assert(
			fc.property(fc.constantFrom(...programs), fc.array(edit, { maxLength: 6 }), (start, edits) => {
				// some declarations: the whole of a program in every run would take long
				let text = start.slice(0, 2500);
				let tree = parseFile(text);
				for (const { at, remove, insert } of edits) {
					const offset = Math.floor(at * text.length);
					text = text.slice(0, offset) + insert.join(" ") + text.slice(offset + remove);
					tree = parseFile(text, tree);
					assert.deepEqual(tree, parseFile(text));
				}
			}),
			{ numRuns: 60 },
		);
	});
});
