import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { children } from "../../grammar/visit.js";
import type { Completion } from "../../lsp/analysis.js";
import { Analysis } from "../../lsp/analysis.js";
import { NodeHost } from "../../runtime/node-host.js";
import { fixture } from "../support/lsp-fixture.js";

function offered(source: string): readonly Completion[] {
	const { analysis, offset } = fixture(source);
	return analysis.completions(offset).items;
}

function labels(source: string): string[] {
	return offered(source).map((item) => item.label);
}

const model = `import std.nn { MLP }
fit f(hidden: Int = 8) {
  net = MLP([4, hidden, 3])
`;

describe("completion", () => {
	it("after a dot: the members, with their types", () => {
		const items = offered(`${model}  track t = norm(last(net.layers).$0)\n}\n`);
		assert.deepEqual(
			items.map(({ label, detail, kind }) => [label, detail, kind]),
			[
				["bias", "real[3] if biased", "param"],
				["weight", "real[hidden, 3]", "param"],
				["biased", "Bool", "option"],
				["m", "Int 3", "option"],
				["n", "Int", "option"],
			],
		);
	});

	it("after a dot with nothing behind it, in a program that goes on", () => {
		assert.deepEqual(labels(`${model}  net.$0\n  track t = 1.0\n}\nlet r = f()\n`), [
			"layers",
			"activation",
			"widths",
		]);
		assert.ok(labels(`${model}}\nlet r = f()\nlet a = r.$0`).includes("run"));
	});

	it("after a dot, the word that is being written is replaced whole", () => {
		const { analysis, offset, text } = fixture(`${model}  track t = norm(last(net.la$0yers).weight)\n}\n`);
		const { start, end } = analysis.completions(offset);
		assert.equal(text.slice(start, end), "layers");
	});

	it("of a data set: its parts and columns", () => {
		const data = 'data d = csv("flowers.csv", label = "kind") |> split(train = 0.8, test = 0.2, seed = 0)\n';
		assert.deepEqual(labels(`${data}let a = d.$0\n`), ["test", "train"]);
		assert.deepEqual(
			offered(`${data}let a = d.train.$0\n`).map(({ label, detail }) => `${label}: ${detail}`),
			[
				"batches: (rows: Int) -> real",
				"take: (rows: real) -> real",
				"x: real[d.train, 4]",
				"y: int<3>[d.train]",
			],
		);
	});

	it("of what has no members: nothing", () => {
		assert.deepEqual(labels("let a = 1\nlet b = a.$0\n"), []);
		assert.deepEqual(labels("let b = 1.$0\n"), []);
	});

	it("in an expression: what can be seen, locals first, the prelude last", () => {
		const found = labels(`${model}  let inner = 1\n  let b = $0\n  let later = 2\n}\n`);
		for (const name of ["net", "hidden", "inner", "f", "MLP", "mse", "if", "sum"])
			assert.ok(found.includes(name), name);
		assert.ok(!found.includes("b") && !found.includes("later") && !found.includes("let"));
		const places = ["inner", "f", "MLP", "mse", "if"].map((name) => found.indexOf(name));
		assert.deepEqual(
			places,
			[...places].sort((a, b) => a - b),
		);
	});

	it("tells the types of names", () => {
		const found = offered("let one = 1\nfn half(x: real[n]) -> real[n] = $0");
		const detail = (name: string) => found.find((item) => item.label === name)?.detail;
		assert.equal(detail("one"), "Int 1");
		assert.equal(detail("x"), "real[n]");
		assert.equal(detail("accuracy"), "(logits: real[n, k], label: int<k>[n]) -> real");
		assert.equal(detail("unit_rows"), "constraint () for w: real[n, m] where m >= 1");
	});

	it("knows the names of binders, loops and lambdas", () => {
		assert.ok(labels("fn f(x: real[n]) -> real = sum row: x[$0]\n").includes("row"));
		assert.ok(labels("fn f(x: real[n]) -> real = sum row: x[row] * $0\n").includes("row"));
		assert.ok(labels("let g = fold([1, 2], 0, |state, entry| state + $0)\n").includes("entry"));
	});

	it("in the parentheses of a call: its options that are not given, before the names", () => {
		const call = (inside: string) =>
			offered(`${model}}\nlet r = f(${inside})\n`).filter((item) => item.kind === "option");
		assert.deepEqual(
			call("$0").map(({ label, detail, insert }) => [label, detail, insert]),
			[["hidden", "hidden: Int = 8", "hidden = "]],
		);
		assert.deepEqual(call("hidden = 3, $0"), []);
		const adam = offered("fit f() {\n  repeat 3 {\n    minimize 1.0 using adam(0.1, $0)\n  }\n}\n");
		assert.deepEqual(
			adam.filter((item) => item.kind === "option").map((item) => item.label),
			["beta1", "beta2", "eps"],
		);
		assert.equal(adam[0]?.kind, "option");
	});

	it("after `import`: the libraries; in its braces: what they export and is not imported yet", () => {
		assert.deepEqual(labels("import $0").slice(0, 2), ["std.assign", "std.complex"]);
		assert.deepEqual(labels("import std.$0").slice(0, 2), ["assign", "complex"]);
		assert.ok(labels("import std.n$0 { MLP }").includes("nn"));
		const all = labels("import std.nn { $0 }");
		assert.ok(["Linear", "MLP", "flatten"].every((name) => all.includes(name)));
		assert.deepEqual(
			labels("import std.nn { MLP, $0"),
			all.filter((name) => name !== "MLP"),
		);
		assert.deepEqual(labels("// a comment\nimport std.nn { ML$0 }"), all);
		assert.deepEqual(
			labels('//- /a.ansatz\nimport "b.ansatz" { $0 }\n//- /b.ansatz\nexport let one = 1\nlet two = 2\n'),
			["one"],
		);
	});

	it("at the start of a statement: the words that begin one there", () => {
		const top = labels("let a = 1\n$0\n");
		for (const word of ["model", "fit", "data", "import", "check"]) assert.ok(top.includes(word), word);
		assert.ok(!top.includes("minimize") && !top.includes("param"));
		const fit = labels("fit f() {\n  $0\n}\n");
		for (const word of ["for", "repeat", "track", "let", "subject"]) assert.ok(fit.includes(word), word);
		assert.ok(!fit.includes("model"));
		assert.ok(labels("fit f() {\n  repeat 3 {\n    $0\n  }\n}\n").includes("minimize"));
		const members = labels("model M() {\n  $0\n}\n");
		assert.ok(members.includes("param") && !members.includes("minimize"));
	});

	it("after something complete: only words that go on from it", () => {
		const clauses = labels("fit f() {\n  for x in 3 $0\n}\n");
		assert.ok(clauses.includes("epochs") && !clauses.includes("mse"));
		assert.ok(labels("fit f() {\n  repeat 3 {\n    minimize 1.0 $0\n  }\n}\n").includes("using"));
		assert.ok(labels("fit f() {\n  repeat 3 {\n    minimize 1.0 using $0\n  }\n}\n").includes("adamw"));
		assert.ok(labels("let a = if true $0").includes("then"));
	});

	it("where a type stands: types", () => {
		const found = labels("fn f(x: $0) -> real = 1\n");
		assert.ok(found.includes("real") && found.includes("Int") && !found.includes("mse"));
		assert.ok(labels("fn f(x: real) -> $0").includes("real"));
	});

	it("in a comment, in a text and for a new name: nothing", () => {
		for (const source of ["// a $0", 'let a = "a $0"', "let $0", "model N$0", "fit f() {\n  param w$0\n}"]) {
			assert.deepEqual(labels(source), [], source);
		}
	});

	it("survives unfinished text", () => {
		assert.ok(labels("let a = 1\nlet b = mse(a, $0").includes("a"));
		assert.ok(labels("fit f(n: Int) {\n  let a = $0").includes("n"));
		assert.ok(labels("model M(n: Int) {\n  param w: real[$0").includes("n"));
	});
});

describe("completion in the example", () => {
	const path = join(process.cwd(), "examples", "digits", "digits.ansatz");
	const text = readFileSync(path, "utf8");
	const analysis = Analysis.of(path, text, new NodeHost(path));

	it("never fails, at any offset", () => {
		for (let offset = 0; offset <= text.length; offset++) {
			const { start, end } = analysis.completions(offset);
			assert.ok(start <= offset && offset <= end);
		}
	});

	it("offers each name that is used, where its first letter would be written", () => {
		let asked = 0;
		const visit = (node: ReturnType<typeof children>[number], offset: number): void => {
			const name = node.kind === "Name" ? (node as unknown as { name: string }).name : undefined;
			const known = name !== undefined && analysis.snapshot.bindingOf(node) !== undefined;
			if (known) {
				asked++;
				const found = analysis.completions(offset + node.span.start).items.map((item) => item.label);
				assert.ok(found.includes(name), `${name} at ${offset + node.span.start}`);
			}
			for (const below of children(node)) visit(below, offset);
		};
		for (const slice of analysis.snapshot.root.tree.slices)
			for (const item of slice.items) visit(item, slice.offset);
		assert.ok(asked > 30, `${asked} names`);
	});
});
