import assert from "node:assert/strict";
import fc from "fast-check";
import { openProgram } from "../../runtime/open.js";
import { fixtures } from "../support/snapshot.js";

interface Source {
	/** A file beside it that does not exist: its text is given. */
	readonly path: string;
	readonly text: string;
}

const sources: readonly Source[] = ["programs", "recover", "ok", "bad"].flatMap((folder) =>
	fixtures(folder).map(({ name, text }) => ({ path: `test/fixtures/${folder}/${name}.ansatz`, text })),
);

/** Checks a text; every diagnostic points into a text that is known. */
function check(path: string, text: string): void {
	const opened = openProgram(path, text);
	for (const diagnostic of opened.diagnostics) {
		for (const at of [diagnostic.at, ...diagnostic.related.map((r) => r.at)]) {
			const source = opened.sources.get(at.file);
			assert.ok(source !== undefined, `${at.file} is known`);
			assert.ok(at.start <= at.end && at.end <= source.length, `${diagnostic.code} points into ${at.file}`);
		}
		assert.doesNotMatch(diagnostic.message, /undefined|\[object|NaN/);
	}
}

interface Edit {
	readonly source: Source;
	readonly text: string;
}

/** One to three tokens deleted, doubled, or replaced by another of the file or by a sign. */
const edits: fc.Arbitrary<Edit> = fc
	.tuple(
		fc.constantFrom(...sources),
		fc.array(fc.tuple(fc.nat(), fc.constantFrom("delete", "double", "replace", "sign"), fc.nat()), {
			minLength: 1,
			maxLength: 3,
		}),
	)
	.map(([source, changes]) => {
		const tokens = source.text.match(/\w+|\s+|[^\w\s]/g) ?? [];
		for (const [where, change, which] of changes) {
			const at = where % Math.max(1, tokens.length);
			const token = tokens[at] ?? "";
			const others: Readonly<Record<string, string>> = {
				delete: "",
				double: token + token,
				replace: tokens[which % Math.max(1, tokens.length)] ?? "",
				sign: signs[which % signs.length] ?? "",
			};
			tokens[at] = others[change] ?? "";
		}
		return { source, text: tokens.join("") };
	});

const signs = [
	"0",
	"-1",
	"99999999999999999999",
	"1e400",
	"()",
	"[]",
	":",
	"..",
	"...b",
	"|x|",
	"Int",
	"real[n]",
	"if",
	"@",
	"^",
	"/",
	"T",
];

describe("checking never fails", () => {
	it("on any fixture", () => {
		for (const { path, text } of sources) check(path, text);
	});

	it("on a long chain of functions without declared results", () => {
		const chain = Array.from({ length: 2000 }, (_, i) => `fn f${i}(x: real) = f${i + 1}(x) + 1`);
		const text = `${chain.join("\n")}\nfn f2000(x: real) = x\n`;
		check("test/fixtures/ok/chain.ansatz", text);
		assert.ok(openProgram("test/fixtures/ok/chain.ansatz", text).diagnostics.some((d) => d.code === "E0390"));
	});

	it("on texts that are nested without end, and says so", () => {
		const many = (text: string): string => text.repeat(5000);
		for (const text of [
			`let a = ${many("1 + ")}1`,
			`let a = 1${many(" ^ 1")}`,
			`let a = 0.5${many(" |> sin")}`,
			`let a = (b = 1)${many(".b")}`,
			`let a = ${many("for i in 1: ")}1`,
			`let a = ${many("|x| ")}1`,
			`let a = ${many("(")}1${many(")")}`,
		]) {
			check("test/fixtures/ok/nested.ansatz", text);
			const [problem] = openProgram("test/fixtures/ok/nested.ansatz", text).diagnostics;
			assert.equal(problem?.code, "E0108", text.slice(0, 30));
		}
		// Each of these is fine, and they lead into one another.
		const chain = Array.from({ length: 20 }, (_, i) => `let f${i + 1} = |x| f${i}(x)${" + 1".repeat(90)}`);
		const text = `let f0 = |x| x + 1\n${chain.join("\n")}\nlet a = f20(1.0)\n`;
		check("test/fixtures/ok/nested.ansatz", text);
		assert.ok(
			openProgram("test/fixtures/ok/nested.ansatz", text).diagnostics.some((d) => d.code === "E0390"),
		);
	});

	it("on long names, lines and texts", () => {
		const long = "a".repeat(20_000);
		check("test/fixtures/ok/long.ansatz", `let ${long} = 1\nlet b = ${long}a\nlet c = "${long}"\n`);
		check("test/fixtures/ok/long.ansatz", `let a = [${"1, ".repeat(20_000)}1]\n`);
	});

	it("on fixtures that are cut off", () => {
		for (const { path, text } of sources) check(path, text.slice(0, Math.floor(text.length * 0.6)));
	});

	it("on fixtures with random changes", function () {
		this.timeout(60_000);
		fc.assert(
			fc.property(edits, ({ source, text }) => check(source.path, text)),
			{ numRuns: 600, seed: 7 },
		);
	});
});
