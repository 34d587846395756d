import assert from "node:assert/strict";
import type { OutlineSymbol } from "../../lsp/analysis.js";
import { fixture } from "../support/lsp-fixture.js";

/** The declaration's file and line, with the name in brackets. */
function defined(source: string): string {
	const { analysis, offset } = fixture(source);
	const at = analysis.definition(offset);
	if (!at) return "nothing";
	const text = analysis.module(at.file)?.text ?? "";
	const start = text.lastIndexOf("\n", at.start - 1) + 1;
	const end = text.indexOf("\n", at.start);
	const line = `${text.slice(start, at.start)}[${text.slice(at.start, at.end)}]${text.slice(at.end, end)}`;
	return `${at.file}: ${line.trim()}`;
}

describe("definition", () => {
	const cases: readonly (readonly [what: string, source: string, expected: string])[] = [
		["of a local name", "let n = 3\ncheck $0n > 2\n", "/main.ansatz: let [n] = 3"],
		[
			"in the standard library",
			"check $0relu(1.0) > 0\n",
			"std.prelude: export fn [relu](x: real[...s]) -> real[...s] = max(x, 0)",
		],
		[
			"of an import",
			"import std.nn { $0MLP }\n",
			"std.nn: export model [MLP](widths: List[Int], activation: [...s] (real[...s]) -> real[...s] = relu) where len(widths) >= 2 {",
		],
		[
			"of an imported file",
			'//- /a.ansatz\nimport "$0b.ansatz" { one }\n//- /b.ansatz\nexport let one = 1\n',
			"/b.ansatz: []export let one = 1",
		],
		[
			"in another file",
			'//- /a.ansatz\nimport "b.ansatz" { one }\ncheck $0one > 0\n//- /b.ansatz\nexport let one = 1\n',
			"/b.ansatz: export let [one] = 1",
		],
		[
			"of a member",
			"import std.nn { Linear }\nfit f() {\n  net = Linear(2, 3)\n  track t = norm(net.$0weight)\n}\n",
			"std.nn: param [weight]: real[n, m] = glorot_uniform()",
		],
		[
			"of a member of a fit's result",
			"fit f() {\n  param w: real = 1\n  track size = abs(w)\n}\nlet r = f()\ncheck r.$0size > 0\n",
			"/main.ansatz: track [size] = abs(w)",
		],
		[
			"of an option",
			"fit f(steps: Int = 1) {\n  param w: real = 1\n}\nlet r = f($0steps = 2)\n",
			"/main.ansatz: fit f([steps]: Int = 1) {",
		],
		[
			"of a binder's name",
			"fn f(x: real[n]) -> real = sum i: x[$0i]\n",
			"/main.ansatz: fn f(x: real[n]) -> real = sum [i]: x[i]",
		],
		["of a keyword: nothing", "le$0t n = 3\n", "nothing"],
	];
	for (const [what, source, expected] of cases) it(what, () => assert.equal(defined(source), expected));
});

describe("references", () => {
	it("are all uses of the same declaration, not of the same word", () => {
		const { analysis, offset, text } = fixture(
			"let n = 3\nfn f(n: real) -> real = n\nlet a = $0n + f(2) + n\n",
		);
		const found = analysis.references(offset).map((at) => text.slice(0, at.start).length);
		assert.deepEqual(found, [4, 44, 55]);
	});
});

describe("the outline", () => {
	it("has the declarations with their members", () => {
		const { analysis } = fixture(`$0dim Size = 4
/// A layer.
model Layer(n: Int) {
  param weight: real[n] = zeros()
  scale(x: real[n]) -> real[n] = x * weight
  (x: real[n]) -> real[n] = scale(x)
}
fit train() {
  layer = Layer(3)
  track size = norm(layer.weight)
}
let result = train()
check result.size >= 0 "a norm"
`);
		const draw = (one: OutlineSymbol): string =>
			`${one.name} ${one.kind} ${one.detail}${one.children.length > 0 ? ` {${one.children.map(draw).join("; ")}}` : ""}`;
		assert.deepEqual(analysis.symbols().map(draw), [
			"Size dimension dimension",
			"Layer model model {weight param real[n]; scale method method; (..) method method}",
			"train fit fit {layer part Layer(3); size track real}",
			"result let train",
			"result.size >= 0 check check",
		]);
	});

	it("has each name inside its declaration, also in unfinished text", () => {
		for (const source of ["$0let\nmodel M(\nfit f( {", "$0fit f() {\n let = 3\n net. \n}\nlet a"]) {
			const inside = (one: OutlineSymbol): boolean =>
				one.range.start <= one.selection.start &&
				one.selection.end <= one.range.end &&
				one.children.every(inside);
			assert.ok(fixture(source).analysis.symbols().every(inside), source);
		}
	});
});

describe("signatures, hints and formatting", () => {
	it("tells the parameter that is being written", () => {
		const help = (inside: string) => {
			const { analysis, offset } = fixture(`let a = mse(${inside}`);
			return analysis.signature(offset);
		};
		assert.equal(help("$0")?.label, "mse(prediction: real[...s], target: real[...s])");
		assert.equal(help("$0")?.active, 0);
		assert.equal(help("[1, 2], $0")?.active, 1);
		assert.equal(help("target = $0")?.active, 1);
		assert.equal(fixture("let a = $01\n").analysis.signature(8), undefined);
	});

	it("shows shapes beside names that are written without one", () => {
		const { analysis, text } = fixture(
			"fn f(x: real[n, k]) -> real[n] = {\n  let rows$0 = for i: sum(x[i, :])\n  rows\n}\n",
		);
		assert.deepEqual(
			analysis.hints(0, text.length).map((hint) => text.slice(0, hint.offset).split(/\s/).at(-1) + hint.text),
			["rows: real[n]"],
		);
	});

	it("formats by the smallest edit, and not what does not parse", () => {
		const { analysis } = fixture("$0let a  =  1\nlet b = 2\n");
		assert.deepEqual(analysis.format(), { start: 6, end: 9, text: "=" });
		assert.equal(fixture("$0let a  = (\n").analysis.format(), undefined);
		assert.equal(fixture("$0let a = 1\n").analysis.format(), undefined);
	});
});
