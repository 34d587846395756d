import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { textmateGrammar } from "../../grammar/textmate.js";
import { matchSnapshot } from "../support/snapshot.js";

const require = createRequire(import.meta.url);
// both are CommonJS bundles whose names an ES import does not see
const oniguruma = require("vscode-oniguruma") as typeof import("vscode-oniguruma");
const textmate = require("vscode-textmate") as typeof import("vscode-textmate");
const path = join(process.cwd(), "extension", "syntaxes", "ansatz.tmLanguage.json");

describe("the TextMate grammar", () => {
	let scopesOf: (line: string, word: string) => readonly string[];

	before(async () => {
		const wasm = readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm"));
		await oniguruma.loadWASM(
			wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength) as ArrayBuffer,
		);
		const registry = new textmate.Registry({
			onigLib: Promise.resolve({
				createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
				createOnigString: (text) => new oniguruma.OnigString(text),
			}),
			loadGrammar: async () => textmate.parseRawGrammar(textmateGrammar(), path),
		});
		const grammar = await registry.loadGrammar("source.ansatz");
		assert.ok(grammar !== null);
		scopesOf = (line, word) => {
			const at = line.indexOf(word);
			const found = grammar
				.tokenizeLine(line, textmate.INITIAL)
				.tokens.find((one) => one.startIndex <= at && at < one.endIndex);
			return found?.scopes ?? [];
		};
	});

	it("is the one in the extension", () => {
		matchSnapshot(path, textmateGrammar());
		assert.ok(existsSync(join(process.cwd(), "extension", "language-configuration.json")));
	});

	const cases: [line: string, word: string, scope: string][] = [
		["model MLP(widths: List[Int]) {", "model", "keyword.declaration"],
		["model MLP(widths: List[Int]) {", "MLP", "entity.name.type"],
		["model MLP(widths: List[Int]) {", "Int", "support.type.primitive"],
		["  param weight: real[n] = zeros()", "param", "keyword.declaration"],
		["fn f(x: real) -> real = x", "f(", "entity.name.function"],
		["let loss = data + fit", "fit", "source.ansatz"],
		["  minimize loss(x)  using adam(1e-3)", "minimize", "keyword.control"],
		["  minimize loss(x)  using adam(1e-3)", "using", "keyword.other.clause"],
		["let s = sum i: a[i]", "sum", "keyword.control.binder"],
		["let s = sum(a)", "sum", "entity.name.function.call"],
		["/// doc", "doc", "comment.block.documentation"],
		["let a = 1 // note", "note", "comment.line"],
		['check a > 1 "seed {r.seed}"', "seed", "string.quoted"],
		['check a > 1 "x {true}"', "true", "constant.language.boolean"],
		["let r = 0..3", "0", "constant.numeric"],
		["let r = 0..3", "..", "keyword.operator"],
		["x <- x + 1", "<-", "keyword.operator.assignment"],
		["let y = if c then a else b", "then", "keyword.control"],
	];
	for (const [line, word, scope] of cases) {
		it(`${word} in ${line.trim()} is ${scope}`, () => {
			const scopes = scopesOf(line, word);
			assert.ok(scopes[scopes.length - 1]?.startsWith(scope), scopes.join(" "));
		});
	}
});
