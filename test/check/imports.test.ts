import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import type { RunEvent } from "../../runtime/events.js";
import { openProgram } from "../../runtime/open.js";
import { runProgram } from "../../runtime/run.js";

describe("imports", () => {
	let folder = "";
	before(() => {
		folder = mkdtempSync(join(tmpdir(), "ansatz-"));
	});
	after(() => rmSync(folder, { recursive: true }));

	it("bring names of one line, and say where a precision has no effect", () => {
		writeFileSync(join(folder, "fine.ansatz"), "precision f64\nexport let (low, high) = (1.0, 2.0)\n");
		const codes = (text: string): string[] =>
			openProgram(join(folder, "main.ansatz"), text).diagnostics.map((d) => `${d.severity} ${d.code}`);
		const use = 'import "fine.ansatz" { low, high }\nlet mean = (low + high) / 2\n';
		assert.deepEqual(codes(use), ["warning E0209"]);
		assert.deepEqual(codes(`precision f64\n${use}`), []);
	});

	it("run nothing of the other file", () => {
		writeFileSync(
			join(folder, "other.ansatz"),
			`export fit start() {
  param x: real = 1
  repeat 3 { minimize x^2  using sgd(0.1) }
}
let run = start()
check run.x > 100 "never true"
for i in 0..2 { check i > 5 }
export let side = 2.0
`,
		);
		const main = join(folder, "main.ansatz");
		writeFileSync(main, `import "other.ansatz" { side }\ncheck side == 2.0 "the only one"\n`);
		const opened = openProgram(main);
		assert.deepEqual(opened.diagnostics, []);
		assert.ok(opened.program);
		const events: RunEvent[] = [];
		const code = runProgram({
			program: opened.program,
			host: opened.host,
			backend: wasmBackend,
			seed: 0,
			emit: (event) => events.push(event),
			stopRequested: () => false,
		});
		assert.equal(code, 0);
		assert.deepEqual(
			events.map((event) => event.kind),
			["check", "finished"],
		);
	});

	it("of the file itself are one error, and files that are called without their ending are proposed", () => {
		writeFileSync(join(folder, "lib.ansatz"), "export fn twice(x: real) -> real = 2 * x\n");
		const main = join(folder, "main.ansatz");
		const use = "let a = twice(1)\n";
		for (const [text, code, wanted] of [
			[
				'import "main.ansatz" { a }\nexport let a = 1\nlet b = a + 1\n',
				"E0212",
				"export let a = 1\nlet b = a + 1\n",
			],
			[`import "lib" { twice }\n${use}`, "E0215", `import "lib.ansatz" { twice }\n${use}`],
			[`import lib { twice }\n${use}`, "E0213", `import "lib.ansatz" { twice }\n${use}`],
		] as const) {
			const { diagnostics } = openProgram(main, text);
			assert.deepEqual(
				diagnostics.map((d) => d.code),
				[code],
			);
			const edit = diagnostics[0]?.fixes[0]?.edits[0];
			assert.ok(edit);
			assert.equal(text.slice(0, edit.at.start) + edit.replacement + text.slice(edit.at.end), wanted);
			assert.deepEqual(openProgram(main, wanted).diagnostics, []);
		}
	});

	for (const [text, wanted] of [
		[
			"import std.nn { Linear, MLP }\nlet net = MLP([2, 3])\n",
			"import std.nn { MLP }\nlet net = MLP([2, 3])\n",
		],
		[
			"import std.nn { MLP, Linear }\nlet net = MLP([2, 3])\n",
			"import std.nn { MLP }\nlet net = MLP([2, 3])\n",
		],
		["import std.nn { Linear as L }\nlet a = 1\n", "let a = 1\n"],
		[
			"import std.nn { MLP }\nimport std.nn { MLP }\nlet net = MLP([2, 3])\n",
			"import std.nn { MLP }\nlet net = MLP([2, 3])\n",
		],
	] as const) {
		it(`that are not needed are removed: ${text.split("\n")[0]}`, () => {
			const { diagnostics } = openProgram(join(folder, "fix.ansatz"), text);
			assert.equal(diagnostics.length, 1);
			const edit = diagnostics[0]?.fixes[0]?.edits[0];
			assert.ok(edit);
			assert.equal(text.slice(0, edit.at.start) + edit.replacement + text.slice(edit.at.end), wanted);
			assert.deepEqual(openProgram(join(folder, "fix.ansatz"), wanted).diagnostics, []);
		});
	}
});
