import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dataCatalogue } from "../../runtime/data/catalogue.js";
import { type CsvOptions, readCsv, type Table } from "../../runtime/data/csv.js";
import { firstInvalidByte } from "../../runtime/data/utf8.js";

function table(text: string | Uint8Array, options: Partial<CsvOptions> = {}): Table {
	const answer = readCsv(text, { file: "t.csv", ...options });
	assert.ok("ok" in answer, "problem" in answer ? answer.problem.message : "");
	return answer.ok;
}

/** `E0505 2:3 message (hint)` */
function problem(text: string | Uint8Array, options: Partial<CsvOptions> = {}): string {
	const answer = readCsv(text, { file: "t.csv", ...options });
	assert.ok("problem" in answer, "was read");
	const { code, message, at, hint } = answer.problem;
	assert.equal(at.file, "t.csv");
	assert.ok(
		dataCatalogue.some((entry) => entry.code === code),
		`${code} is not in the catalogue`,
	);
	return `${code} ${at.line}:${at.column} ${message}${hint === undefined ? "" : ` (${hint})`}`;
}

describe("data: reading CSV", () => {
	it("columns whose names count them", () => {
		assert.deepEqual(table("0,1,2\n5,6,7\n").columns, ["0", "1", "2"]);
		assert.equal(table("1,2\n5,6\n7,8\n").rows, 2);
	});

	it("numbers and a label", () => {
		const read = table("a,b,y\n1,2.5,0\n-3,4e-1,2\n", { label: "y" });
		assert.deepEqual(read.columns, ["a", "b", "y"]);
		assert.deepEqual(read.featureNames, ["a", "b"]);
		assert.equal(read.rows, 2);
		assert.deepEqual(read.features, Float64Array.of(1, 2.5, -3, 0.4));
		assert.deepEqual(read.label, Int32Array.of(0, 2));
		assert.equal(read.classes, 3);
	});

	it("a label in the middle", () => {
		const read = table("a,y,b\n1,1,3\n", { label: "y" });
		assert.deepEqual(read.features, Float64Array.of(1, 3));
		assert.deepEqual(read.label, Int32Array.of(1));
	});

	it("a real label has no classes", () => {
		const read = table("a,y\n1,0.5\n2,1\n", { label: "y" });
		assert.deepEqual(read.label, Float64Array.of(0.5, 1));
		assert.equal(read.classes, undefined);
	});

	it("a negative label is an integer, but no class", () => {
		const read = table("a,y\n1,-1\n2,1\n", { label: "y" });
		assert.deepEqual(read.label, Int32Array.of(-1, 1));
		assert.equal(read.classes, undefined);
	});

	it("no label", () => {
		const read = table("a,b\n1,2\n");
		assert.equal(read.label, undefined);
		assert.deepEqual(read.features, Float64Array.of(1, 2));
	});

	it("a byte order mark, CRLF, quotes, blank lines at the end, no newline at the end", () => {
		const read = table('\uFEFF"a, first",b\r\n"1", 2 \r\n3,4\r\n\r\n\r\n');
		assert.deepEqual(read.columns, ["a, first", "b"]);
		assert.deepEqual(read.features, Float64Array.of(1, 2, 3, 4));
		assert.deepEqual(table("a\n1").features, Float64Array.of(1));
		const bytes = new TextEncoder().encode("\uFEFFa,y\n1,0\n");
		assert.deepEqual(table(bytes, { label: "y" }).columns, ["a", "y"]);
	});

	it("the digits", () => {
		const read = table(readFileSync("examples/digits/digits.csv"), { label: "digit", classes: true });
		assert.equal(read.rows, 1797);
		assert.equal(read.features.length, 1797 * 64);
		assert.equal(read.classes, 10);
		assert.ok(read.features.every((value) => value >= 0 && value <= 16));
		assert.deepEqual([...read.features.slice(0, 6)], [0, 0, 5, 13, 9, 1]);
	});
});

describe("data: what is wrong with a CSV file", () => {
	const rows: [string, string | Uint8Array, Partial<CsvOptions>, string][] = [
		[
			"not UTF-8",
			Uint8Array.of(97, 10, 49, 0xe4),
			{},
			"E0502 2:2 the file is not UTF-8: byte 3 (0xe4) does not belong there (save it as UTF-8)",
		],
		[
			"UTF-16",
			Uint8Array.of(0xff, 0xfe, 97, 0),
			{},
			"E0502 1:1 the file is not UTF-8: byte 0 (0xff) does not belong there (it looks like UTF-16: save it as UTF-8)",
		],
		["empty", "", {}, "E0503 1:1 the file is empty (it needs a header row and rows of numbers)"],
		[
			"only blank lines",
			"\n\n",
			{},
			"E0503 1:1 the file is empty (it needs a header row and rows of numbers)",
		],
		[
			"only a header",
			"a,b\n",
			{},
			"E0503 1:1 the file has a header, but no rows (it needs rows of numbers below the header)",
		],
		[
			"too few columns",
			"a,b,c\n1,2,3\n4,5\n",
			{},
			"E0504 3:3 line 3 has 2 columns, the header has 3 (is a value missing?)",
		],
		[
			"too many columns",
			"a,b\n1,5,2\n",
			{},
			"E0504 2:5 line 2 has 3 columns, the header has 2 (a comma too many, or a number with a decimal comma?)",
		],
		[
			"text",
			"a,b\n1,2\n\n3,x y\n",
			{},
			"E0505 4:3 column 'b' has 'x y' at line 4, where a number belongs (only numbers can be read: encode the column as numbers, or leave it out)",
		],
		[
			"a hexadecimal number",
			"a\n0x10\n",
			{},
			"E0505 2:1 column 'a' has '0x10' at line 2, where a number belongs (only numbers can be read: encode the column as numbers, or leave it out)",
		],
		[
			"nothing",
			"a,b\n1,\n",
			{},
			"E0505 2:3 column 'b' has nothing at line 2, where a number belongs (leave such rows out, or fill in a number)",
		],
		[
			"a class by name",
			"a,y\n1,setosa\n",
			{ label: "y" },
			"E0505 2:3 column 'y' has 'setosa' at line 2, where a number belongs (number the classes: 0, 1, 2, ..)",
		],
		[
			"text after a quoted field over two lines",
			'a,"b\nb"\n"1",2\n3,z\n',
			{},
			"E0505 4:3 column 'b\nb' has 'z' at line 4, where a number belongs (only numbers can be read: encode the column as numbers, or leave it out)",
		],
		[
			"text after a quoted comma",
			'a,b\n"1,5",2\n',
			{},
			"E0505 2:1 column 'a' has '1,5' at line 2, where a number belongs (only numbers can be read: encode the column as numbers, or leave it out)",
		],
		[
			"NaN",
			"a,b\n1,NaN\n",
			{},
			"E0506 2:3 column 'b' has the value NaN at line 2, which is not finite (leave such rows out, or fill in a number and a column that marks where)",
		],
		[
			"too large",
			"a\n-1e999\n",
			{},
			"E0506 2:1 column 'a' has the value -1e999 at line 2, which is not finite (leave such rows out, or fill in a number and a column that marks where)",
		],
		[
			"a label with a slip",
			"a,species\n1,0\n",
			{ label: "specie" },
			"E0507 1:1 there is no column 'specie' to take as the label (did you mean 'species'?)",
		],
		[
			"a label that is like none",
			"a,b\n1,0\n",
			{ label: "digit" },
			"E0507 1:1 there is no column 'digit' to take as the label (the columns are a, b)",
		],
		[
			"a half as a class",
			"a,y\n1,0\n2,0.5\n",
			{ label: "y", classes: true },
			"E0508 3:3 the label 0.5 at line 3 is not a class: 0, 1, 2, .. (number the classes from 0, or use the label as a real number)",
		],
		[
			"a negative class",
			"a,y\n1,-1\n",
			{ label: "y", classes: true },
			"E0508 2:3 the label -1 at line 2 is not a class: 0, 1, 2, .. (number the classes from 0, or use the label as a real number)",
		],
		[
			"one name twice",
			"a,b,a\n1,2,3\n",
			{},
			"E0509 1:5 two columns are called 'a' (give each column a name of its own)",
		],
		[
			"no names",
			"1,2,0\n3,4,1\n",
			{},
			"E0524 1:1 the header row holds numbers: the names of the columns are missing (put a row of names above the first row)",
		],
		[
			"a count of the rows by another program",
			",a,y\n0,1.5,0\n1,2.5,1\n",
			{},
			"E0524 1:1 column 1 has no name (if it counts the rows, as pandas writes them, leave it out (`index = False`); else name it)",
		],
		[
			"a comma at the end of the header",
			"a,y,\n1.5,0,\n",
			{},
			"E0524 1:5 column 3 has no name (give each column a name of its own)",
		],
		[
			"an open quote",
			'a,b\n1,"2\n3,4\n',
			{},
			"E0510 2:3 a quote is opened and never closed (a field with a quote, a comma or a line break stands in quotes, with its own quotes doubled)",
		],
		[
			"a quote within",
			'a,b\n1,2"3\n',
			{},
			"E0510 2:3 a quote stands where none may, at line 2 (a field with a quote, a comma or a line break stands in quotes, with its own quotes doubled)",
		],
	];
	for (const [name, text, options, expected] of rows)
		it(name, () => assert.equal(problem(text, options), expected));

	it("names the quote that is open, not a doubled one in it", () => {
		assert.match(problem('a,b\n"1","x ""y"" z\n3,4\n'), /^E0510 2:5 /);
	});

	it("finds the first byte that is not UTF-8", () => {
		const valid = new TextEncoder().encode("aä€😀");
		assert.equal(firstInvalidByte(valid), undefined);
		// Cut short, overlong, a surrogate, beyond the last code point, a lone continuation.
		assert.equal(firstInvalidByte(valid.subarray(0, valid.length - 1)), 6);
		assert.equal(firstInvalidByte(Uint8Array.of(97, 0xc0, 0x80)), 1);
		assert.equal(firstInvalidByte(Uint8Array.of(0xed, 0xa0, 0x80)), 0);
		assert.equal(firstInvalidByte(Uint8Array.of(0xf4, 0x90, 0x80, 0x80)), 0);
		assert.equal(firstInvalidByte(Uint8Array.of(97, 98, 0x80)), 2);
	});
});
