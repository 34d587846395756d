import assert from "node:assert/strict";
import {
	copyFileSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { catalogue } from "../../cli/catalogue.js";
import { checkCatalogue } from "../../compiler/check/catalogue/catalogue.js";
import { openProgram } from "../../runtime/open.js";
import { fixturePath } from "../support/snapshot.js";

/** The TypeScript files below a folder of the repository. */
function sourceFiles(folder: string): string[] {
	return readdirSync(join(process.cwd(), folder)).flatMap((name) => {
		const path = join(folder, name);
		if (statSync(path).isDirectory()) return sourceFiles(path);
		return path.endsWith(".ts") ? [path] : [];
	});
}

/** The codes in the sources outside the catalogues themselves. */
function mentionedCodes(): Map<string, string> {
	const codes = new Map<string, string>();
	for (const file of ["grammar", "compiler", "runtime", "cli"].flatMap(sourceFiles)) {
		if (/catalogue|grammar\/problems/.test(file)) continue;
		for (const [code] of readFileSync(join(process.cwd(), file), "utf8").matchAll(/\bE\d{4}\b/g))
			codes.set(code, file);
	}
	return codes;
}

/** The indented block after `Wrong:` or `Right:`. */
function example(explanation: string, word: "Wrong" | "Right"): string {
	const after = explanation.split(`${word}:\n\n`)[1] ?? "";
	const lines = after.split("\n");
	const end = lines.findIndex((line) => line !== "" && !line.startsWith("    "));
	return lines
		.slice(0, end < 0 ? undefined : end)
		.map((line) => line.slice(4))
		.join("\n");
}

describe("the catalogue of diagnostics", () => {
	let folder = "";

	before(() => {
		folder = join(mkdtempSync(join(tmpdir(), "ansatz-")), "project");
		mkdirSync(folder);
		copyFileSync(fixturePath("bad", "flowers.csv"), join(folder, "flowers.csv"));
		writeFileSync(
			join(folder, "shapes.ansatz"),
			"export fn area(x: real) -> real = x^2\nexport fn relu(x: real) -> real = max(x, 0)\n",
		);
		writeFileSync(join(folder, "b.ansatz"), 'import "example.ansatz" { a }\nexport let shared = a\n');
		writeFileSync(join(folder, "latin.ansatz"), Buffer.from("// l\xe4nge\n", "latin1"));
	});

	after(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

	it("has every code that the sources mention", () => {
		for (const [code, file] of mentionedCodes())
			assert.ok(catalogue.lookup(code), `${code} of ${file} is explained`);
	});

	it("has no code that nothing reports", () => {
		const mentioned = mentionedCodes();
		for (const { code } of checkCatalogue) assert.ok(mentioned.has(code), `${code} is reported somewhere`);
	});

	for (const { code, explanation } of checkCatalogue) {
		it(`${code}: the examples are as it says`, () => {
			const file = join(folder, "example.ansatz");
			const codes = (word: "Wrong" | "Right"): string[] => {
				const text = example(explanation, word);
				assert.notEqual(text, "", `${code} has an example`);
				writeFileSync(file, text);
				return openProgram(file, text).diagnostics.map((d) => `${d.code} ${d.message}`);
			};
			assert.deepEqual(
				codes("Wrong").map((c) => c.slice(0, 5)),
				[code],
			);
			assert.deepEqual(codes("Right"), []);
		});
	}
});
