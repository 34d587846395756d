import assert from "node:assert/strict";
import fc from "fast-check";
import { Catalogue } from "../../compiler/source/catalogue.js";
import { editDistance, nearest } from "../../compiler/source/near.js";
import { LineIndex } from "../../compiler/source/text.js";
import { dataCatalogue } from "../../runtime/data/catalogue.js";

describe("source: lines and columns", () => {
	const index = new LineIndex("ab\ncd\r\n\re");

	it("knows all kinds of line breaks", () => {
		assert.equal(index.count, 4);
		assert.deepEqual(
			[0, 1, 2, 3].map((line) => index.line(line)),
			["ab", "cd", "", "e"],
		);
	});

	it("gives positions", () => {
		assert.deepEqual(index.position(0), { line: 0, column: 0 });
		assert.deepEqual(index.position(2), { line: 0, column: 2 });
		assert.deepEqual(index.position(3), { line: 1, column: 0 });
		assert.deepEqual(index.position(8), { line: 3, column: 0 });
		assert.deepEqual(index.position(99), { line: 3, column: 1 });
		assert.deepEqual(index.position(-1), { line: 0, column: 0 });
	});

	it("keeps columns within their lines", () => {
		assert.equal(index.offset({ line: 1, column: 99 }), 5);
		assert.equal(index.offset({ line: 99, column: 0 }), 9);
	});

	it("counts UTF-16 units", () => {
		assert.deepEqual(new LineIndex("😀x").position(2), { line: 0, column: 2 });
	});

	it("offset and position are inverse, but for the middle of a line break", () => {
		fc.assert(
			fc.property(fc.array(fc.constantFrom("a", "\n", "\r", "\r\n", "ü", "😀")), (parts) => {
				const lines = new LineIndex(parts.join(""));
				for (let offset = 0; offset <= lines.text.length; offset++) {
					if (lines.text[offset] === "\n" && lines.text[offset - 1] === "\r") continue;
					assert.equal(lines.offset(lines.position(offset)), offset);
				}
			}),
		);
	});
});

describe("source: near names", () => {
	it("counts letters", () => {
		assert.equal(editDistance("softmax", "sofmtax"), 1);
		assert.equal(editDistance("kitten", "sitting"), 3);
		assert.equal(editDistance("", "abc"), 3);
	});

	it("suggests what is near, the nearest first", () => {
		assert.deepEqual(nearest("specie", ["species", "length", "specif"]), ["species", "specif"].sort());
		assert.deepEqual(nearest("Softmax", ["softmax", "softmix"]), ["softmax", "softmix"]);
		assert.deepEqual(nearest("x", ["y", "yz", "x", "X"]), ["X"]);
		assert.deepEqual(nearest("np", ["n", "npz"]), ["npz"]);
		assert.deepEqual(nearest("weight", ["bias", "gain"]), []);
	});
});

describe("source: the catalogue", () => {
	it("finds entries", () => {
		const catalogue = new Catalogue(dataCatalogue);
		assert.equal(catalogue.lookup(" e0502 ")?.title, "a data file is not UTF-8");
		assert.equal(catalogue.lookup("E9999"), undefined);
		assert.equal(catalogue.entries.length, dataCatalogue.length);
	});

	it("refuses a code twice, and what is no code", () => {
		const entry = { code: "E0501", title: "again", explanation: "" };
		assert.throws(() => new Catalogue(dataCatalogue, [entry]), /E0501 is in the catalogue twice/);
		assert.throws(() => new Catalogue([{ ...entry, code: "501" }]), /is not a code/);
	});

	it("every entry has a wrong and a right example", () => {
		for (const { code, explanation } of dataCatalogue) {
			assert.match(explanation, /^Wrong[^\n]*:\n\n {4}/m, code);
			assert.match(explanation, /^Right[^\n]*:\n\n {4}/m, code);
		}
	});
});
