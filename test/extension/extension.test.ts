import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { RunStateParams } from "../../lsp/extensions.js";
import { FakeEditor, fakeVscode } from "../support/fake-vscode.js";
import { LspClient, positionOf } from "../support/lsp-client.js";

interface Extension {
	activate(context: object): Promise<void>;
	deactivate(): Promise<void>;
}

const program =
	"fit f() {\n  param w: real = 0\n  repeat 9 { minimize (w - 3)^2 using sgd(0.1) }\n}\nlet r = f()\ncheck r.w > 1\n";

describe("the extension", () => {
	let folder: string;
	let unpacked: string;
	let vsix: string;
	/** Ended after each test, with its server. */
	let active: Extension | undefined;

	before(async function () {
		this.timeout(60_000);
		folder = mkdtempSync(join(tmpdir(), "ansatz-extension-"));
		const { layOut, pack } = (await import(
			pathToFileURL(join(process.cwd(), "extension", "package.mjs")).href
		)) as {
			layOut(folder: string): Promise<string>;
			pack(folder: string, vsix: string): Promise<string>;
		};
		unpacked = await layOut(join(folder, "unpacked"));
		vsix = await pack(unpacked, join(folder, "ansatz.vsix"));
	});

	afterEach(async () => {
		await active?.deactivate();
		active = undefined;
	});

	after(() => rmSync(folder, { recursive: true, force: true }));

	it("is packed whole, and small", () => {
		const names = entriesOf(readFileSync(vsix));
		for (const name of [
			...[
				"package.json",
				"readme.md",
				"LICENSE.txt",
				"THIRD-PARTY-NOTICES.txt",
				"language-configuration.json",
			],
			...[
				"syntaxes/ansatz.tmLanguage.json",
				"dist/extension.cjs",
				"dist/server/main.js",
				"dist/server/worker-entry.js",
				"dist/server/arrow-worker.js",
				"dist/server/describe-worker.js",
				"dist/server/parquet-worker.js",
			],
			...["stdlib/core.ansatz", "stdlib/nn.ansatz", "stdlib/prelude.ansatz"],
		]) {
			assert.ok(names.includes(`extension/${name}`), `${name} is not among ${names.join(", ")}`);
		}
		assert.ok(!names.some((name) => name.includes("node_modules") || name.endsWith(".ts")));
		assert.ok(statSync(vsix).size < 2_000_000);
	});

	it("declares files that it has, and commands that it registers", async () => {
		const manifest = JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8"));
		const own = JSON.parse(readFileSync(join(process.cwd(), "package.json"), "utf8"));
		assert.equal(manifest.version, own.version);
		const { languages, grammars, commands } = manifest.contributes;
		for (const path of [manifest.main, languages[0].configuration, grammars[0].path]) {
			assert.ok(existsSync(join(unpacked, path)), path);
		}
		const grammar = JSON.parse(readFileSync(join(unpacked, grammars[0].path), "utf8"));
		assert.equal(grammar.scopeName, grammars[0].scopeName);
		const fake = fakeVscode();
		active = load(unpacked, fake);
		await active.activate(context(unpacked));
		for (const { command } of commands) assert.ok(fake.commands.has(command), command);
	});

	it("has a server that runs by itself: it finds the library and its worker", async () => {
		const client = new LspClient([join(unpacked, "dist", "server", "main.js"), "--stdio"]);
		try {
			await client.initialize();
			const uri = pathToFileURL(join(folder, "main.ansatz")).href;
			await client.open(uri, program);
			assert.deepEqual((await client.diagnosed(uri, 1)).diagnostics, []);
			const place = await client.request<{ uri: string }>(
				"textDocument/definition",
				client.at(uri, program.indexOf("sgd")),
			);
			assert.equal(place.uri, pathToFileURL(join(unpacked, "stdlib", "prelude.ansatz")).href);
			await client.request("ansatz/run", { uri });
			const done = await client.state<RunStateParams>(
				uri,
				(state) => !state.running && state.results.length > 0,
			);
			assert.deepEqual(
				done.results.map((one) => one.state),
				["done", "done"],
			);
			assert.equal(await client.close(), 0);
		} finally {
			client.kill();
		}
	});

	it("starts the bundled server, runs the file in front, and paints its results", async () => {
		const fake = fakeVscode();
		const uri = pathToFileURL(join(folder, "main.ansatz")).href;
		const editor = new FakeEditor(uri, program);
		fake.editors.push(editor);
		active = load(unpacked, fake);
		const painted = paintedWith(editor, 2, fake);
		await active.activate(context(unpacked));
		await fake.commands.get("ansatz.run")?.();
		await painted;
		const [fit, check] = editor.decorations;
		assert.deepEqual({ ...fit?.range.end }, positionOf(program, program.indexOf("\ncheck")));
		assert.match(fit?.renderOptions.after.contentText ?? "", /^loss /);
		assert.match(check?.renderOptions.after.contentText ?? "", /^✓ /);
		assert.equal(check?.renderOptions.after.color.id, "editorCodeLens.foreground");
		assert.equal(editor.types.size, 1);
		const cleared = paintedWith(editor, 0, fake);
		await fake.commands.get("ansatz.clearResults")?.();
		await cleared;
	});

	it("paints what failed as a failure, and says why a program cannot run", async () => {
		const fake = fakeVscode();
		const failing = program.replace("> 1", "> 100");
		const editor = new FakeEditor(pathToFileURL(join(folder, "failing.ansatz")).href, failing);
		fake.editors.push(editor);
		active = load(unpacked, fake);
		await active.activate(context(unpacked));
		const painted = paintedWith(editor, 2, fake);
		await fake.commands.get("ansatz.run")?.();
		await painted;
		assert.equal(editor.decorations[1]?.renderOptions.after.color.id, "editorError.foreground");
		fake.editors[0] = new FakeEditor("file:///not/open.ansatz", program);
		await fake.commands.get("ansatz.run")?.();
		assert.deepEqual(fake.messages, ["Ansatz: the file is not open."]);
	});

	it("paints nothing where results are turned off", async () => {
		const fake = fakeVscode({ "ansatz.results.display": "off" });
		const editor = new FakeEditor(pathToFileURL(join(folder, "main.ansatz")).href, program);
		fake.editors.push(editor);
		active = load(unpacked, fake);
		await active.activate(context(unpacked));
		let begun = false;
		const ended = new Promise<void>((resolve) => {
			fake.status.changed = () => {
				if (fake.status.shown) begun = true;
				else if (begun) resolve();
			};
		});
		await fake.commands.get("ansatz.run")?.();
		await ended;
		assert.deepEqual(editor.decorations, []);
	});
});

/** The bundled extension, with the fake in place of VS Code. */
function load(folder: string, fake: ReturnType<typeof fakeVscode>): Extension {
	const path = join(folder, "dist", "extension.cjs");
	const own = createRequire(path);
	const module = { exports: {} };
	const run = new Function("require", "module", "exports", readFileSync(path, "utf8"));
	run((name: string) => (name === "vscode" ? fake.module : own(name)), module, module.exports);
	return module.exports as Extension;
}

function context(folder: string): object {
	return { subscriptions: [], asAbsolutePath: (path: string) => join(folder, path) };
}

/** The names in the central directory of a zip archive. */
function entriesOf(archive: Buffer): string[] {
	const names: string[] = [];
	for (let at = archive.indexOf("PK\x01\x02"); at >= 0; at = archive.indexOf("PK\x01\x02", at + 4)) {
		const length = archive.readUInt16LE(at + 28);
		names.push(archive.toString("utf8", at + 46, at + 46 + length));
	}
	return names;
}

/** When the run has ended, and an editor shows so many results. */
function paintedWith(editor: FakeEditor, count: number, fake: ReturnType<typeof fakeVscode>): Promise<void> {
	return new Promise((resolve) => {
		const set = FakeEditor.prototype.setDecorations.bind(editor);
		editor.setDecorations = (type, decorations) => {
			set(type, decorations);
			if (decorations.length === count && !fake.status.shown) resolve();
		};
	});
}
