import assert from "node:assert/strict";
import { renderDiagnostics } from "../../cli/render.js";
import { plainPalette } from "../../cli/render-palette.js";
import type { Diagnostic, Fix } from "../../compiler/source/diagnostic.js";
import { openProgram } from "../../runtime/open.js";
import { fixtures } from "../support/snapshot.js";

/** The text after the edits of a fix, as the editor makes them: none may touch another file or overlap. */
function applied(text: string, file: string, fix: Fix): string {
	const edits = [...fix.edits].sort((a, b) => b.at.start - a.at.start);
	let result = text;
	let before = text.length + 1;
	for (const { at, replacement } of edits) {
		assert.equal(at.file, file, `"${fix.title}" edits the file it is shown in`);
		assert.ok(at.start <= at.end && at.end <= before, `the edits of "${fix.title}" are apart`);
		result = result.slice(0, at.start) + replacement + result.slice(at.end);
		before = at.start;
	}
	return result;
}

/** How often the same is told. */
function counted(diagnostics: readonly Diagnostic[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const { code, message } of diagnostics) {
		const key = `${code} ${message}`;
		counts.set(key, (counts.get(key) ?? 0) + 1);
	}
	return counts;
}

const errorsOf = (list: readonly Diagnostic[]): Diagnostic[] => list.filter((d) => d.severity === "error");

describe("a quick fix", () => {
	let count = 0;
	/** Fixes behind which another mistake shows: at the same place, as a rule. */
	let leading = 0;
	for (const folder of ["bad", "recover"]) {
		for (const { name, text } of fixtures(folder)) {
			const file = `test/fixtures/${folder}/${name}.ansatz`;
			const { diagnostics } = openProgram(file);
			const fixable = diagnostics.filter((d) => d.fixes.length > 0 && d.at.file === file);
			if (fixable.length === 0) continue;
			it(`mends what it stands at, and breaks nothing: ${folder}/${name}`, () => {
				const before = counted(diagnostics);
				for (const diagnostic of fixable) {
					for (const fix of diagnostic.fixes) {
						count++;
						const mended = applied(text, file, fix);
						const after = openProgram(file, mended);
						const counts = counted(after.diagnostics);
						const key = `${diagnostic.code} ${diagnostic.message}`;
						const shown = () =>
							`${key}\n"${fix.title}" makes:\n${mended}\n${renderDiagnostics(after.diagnostics, after.sources, { palette: plainPalette })}`;
						const gone = (counts.get(key) ?? 0) < (before.get(key) ?? 0);
						// Of several imports of one name another one may now be the one too many.
						const moved = diagnostic.code === "E0211" && after.diagnostics.length < diagnostics.length;
						assert.ok(gone || moved, `still told: ${shown()}`);
						const [was, is] = [errorsOf(diagnostics), errorsOf(after.diagnostics)];
						// What stood in the way of another mistake may show that one.
						assert.ok(is.length <= was.length, `more mistakes: ${shown()}`);
						const isSyntax = (d: Diagnostic) => d.code.startsWith("E01");
						assert.ok(
							is.filter(isSyntax).length <= was.filter(isSyntax).length,
							`it cannot be read any more: ${shown()}`,
						);
						if (diagnostic.severity === "error" && is.length === was.length) leading++;
					}
				}
			});
		}
	}

	after(() => {
		assert.ok(count > 100, `${count} fixes are tried`);
		assert.ok(leading < 0.2 * count, `${leading} of ${count} lead to another mistake`);
	});
});

/** Mistakes that other systems compute with: each is told, and most of them are mended by one click. */
describe("a classic silent mistake", () => {
	/** What to change depends on what is meant: the hint says what there is. */
	const hintOnly: ReadonlySet<string> = new Set(["E0205"]);
	const silent = fixtures("bad").filter(({ name }) => name.startsWith("silent-"));

	it("of each kind has a fixture", () => assert.ok(silent.length >= 15));

	for (const { name } of silent) {
		it(`is told with a fix: ${name}`, () => {
			const { diagnostics } = openProgram(`test/fixtures/bad/${name}.ansatz`);
			const [first] = diagnostics;
			assert.ok(first && (first.fixes.length > 0 || hintOnly.has(first.code)));
			for (const d of diagnostics) assert.ok(d.fixes.length > 0 || d.hint !== undefined, d.message);
		});
	}
});
