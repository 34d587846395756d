import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { RunAnswer, RunStateParams } from "../../lsp/extensions.js";
import { LspClient, positionOf } from "../support/lsp-client.js";

const program = `// größer als 𝔘 nichts
fit line() {
  param w: real = 0
  repeat 20 {
    minimize (w - 3)^2
    using sgd(0.1)
  }
  track distance = abs(w - 3)
}
let r = line()
check r.distance < 0.5 "close"
check r.distance < 1e-9 "closer than that"
`;

describe("the language server, over standard input and output", () => {
	let client: LspClient;
	let folder: string;
	let uri: string;

	before(async () => {
		folder = mkdtempSync(join(tmpdir(), "ansatz-lsp-"));
		const path = join(folder, "line.ansatz");
		writeFileSync(path, program);
		writeFileSync(join(folder, "part.ansatz"), "export let one = 1\n");
		uri = pathToFileURL(path).href;
		client = new LspClient();
		const { capabilities } = await client.initialize();
		assert.equal(capabilities.hoverProvider, true);
		await client.open(uri, program);
		assert.deepEqual((await client.diagnosed(uri, 1)).diagnostics, []);
	});

	after(() => {
		client.kill();
		rmSync(folder, { recursive: true, force: true });
	});

	/** Puts the text back as it was. */
	async function reset(): Promise<void> {
		const version = await client.edit(uri, 0, client.text(uri).length, program);
		await client.diagnosed(uri, version);
	}

	it("tells mistakes as one types, each set with its version, in UTF-16 columns", async () => {
		const at = program.indexOf("// größer");
		await client.edit(uri, at, at, "let 𝔘 = nowhere\n");
		const other = client.text(uri).indexOf("nowhere");
		const version = await client.edit(uri, other, other, "𝔘");
		const { diagnostics } = await client.diagnosed(uri, version);
		assert.ok(diagnostics.length > 0);
		const text = client.text(uri);
		const name = await client.edit(uri, text.indexOf("let "), text.indexOf("\n"), "let ä = nowhere");
		const [only] = (await client.diagnosed(uri, name)).diagnostics;
		assert.equal(only?.code, "E0201");
		assert.deepEqual(only?.range, { start: { line: 0, character: 8 }, end: { line: 0, character: 15 } });
		await reset();
	});

	it("takes fast typing together: the last version is told, and not each one before", async () => {
		const from = client.published.length;
		const sent: Promise<number>[] = [];
		for (const letter of "let quick = 1\n")
			sent.push(client.edit(uri, client.text(uri).length, client.text(uri).length, letter));
		const version = Math.max(...(await Promise.all(sent)));
		await client.diagnosed(uri, version);
		const told = client.published.slice(from);
		assert.ok(told.length < 14, `${told.length} sets of diagnostics for 14 letters`);
		await reset();
	});

	it("answers hover, completion, definition, outline, hints and formatting", async () => {
		const hover = await client.request<{ contents: { value: string } }>(
			"textDocument/hover",
			client.at(uri, program.indexOf("sgd")),
		);
		assert.match(hover.contents.value, /optimizer sgd\(lr: Rate\) for p[\s\S]*from `std\.prelude`/);
		const list = await client.request<{ items: { label: string; textEdit: { newText: string } }[] }>(
			"textDocument/completion",
			client.at(uri, program.indexOf("distance < 0.5")),
		);
		assert.deepEqual(list.items.map((item) => item.label).sort(), ["distance", "run", "w"]);
		const place = await client.request<{ uri: string; range: { start: { line: number } } }>(
			"textDocument/definition",
			client.at(uri, program.indexOf("sgd")),
		);
		assert.match(place.uri, /stdlib\/prelude\.ansatz$/);
		assert.ok(place.range.start.line > 0);
		const symbols = await client.request<{ name: string; children: { name: string }[] }[]>(
			"textDocument/documentSymbol",
			client.at(uri, 0),
		);
		assert.deepEqual(
			symbols.map((one) => one.name),
			["line", "r", "r.distance < 0.5", "r.distance < 1e-9"],
		);
		const edits = async () =>
			client.request<unknown[]>("textDocument/formatting", {
				textDocument: { uri },
				options: { tabSize: 2, insertSpaces: true },
			});
		assert.deepEqual(await edits(), []);
		const at = program.indexOf(" = line()");
		await client.edit(uri, at, at, "   ");
		assert.equal((await edits()).length, 1);
		await reset();
	});

	it("sees the unsaved text of an imported file, and follows its changes", async () => {
		const importer = pathToFileURL(join(folder, "importer.ansatz")).href;
		const part = pathToFileURL(join(folder, "part.ansatz")).href;
		await client.open(importer, 'import "part.ansatz" { two }\ncheck two > 1\n');
		assert.equal((await client.diagnosed(importer, 1)).diagnostics[0]?.code, "E0210");
		await client.open(part, "export let two = 2\n");
		await client.until(
			() =>
				client.published.findLast((one) => one.uri === importer)?.diagnostics.length === 0 ? true : undefined,
			"the importer without mistakes",
		);
		const place = await client.request<{ uri: string }>("textDocument/definition", client.at(importer, 23));
		assert.equal(place.uri, part);
		for (const closed of [importer, part])
			await client.notify("textDocument/didClose", { textDocument: { uri: closed } });
	});

	it("fails one request that is wrong, and goes on", async () => {
		await assert.rejects(client.request("textDocument/nothing", {}));
		assert.equal(
			await client.request("textDocument/hover", {
				textDocument: { uri: "file:///closed" },
				position: positionOf("", 0),
			}),
			null,
		);
		assert.ok(await client.request("textDocument/hover", client.at(uri, program.indexOf("sgd"))));
	});

	it("runs the text, tells the results as they come, and when they are stale", async () => {
		const lens = await client.request<{ command: { title: string } }[]>(
			"textDocument/codeLens",
			client.at(uri, 0),
		);
		assert.deepEqual(
			lens.map((one) => one.command.title),
			["Run file"],
		);
		assert.deepEqual(await client.request<RunAnswer>("ansatz/run", { uri }), { started: true });
		const done = await client.state<RunStateParams>(
			uri,
			(state) => !state.running && state.results.length > 0,
		);
		const lines = program.split("\n");
		assert.deepEqual(
			done.results.map((one) => [lines[one.range.start.line]?.trim().split(" ")[0], one.state]),
			[
				["track", "done"],
				["let", "done"],
				["check", "done"],
				["check", "failed"],
			],
		);
		assert.match(done.results[1]?.summary ?? "", /^loss 0\.0018.* · distance 0\.034.* · 20 steps, /);
		assert.match(done.results[3]?.summary ?? "", /^✗ 0\.034\d* < 1e-9/);
		const events = client.notified
			.filter((one) => one.method === "ansatz/runEvent")
			.map((one) => (one.params as { event: { kind: string } }).event.kind);
		assert.equal(events[0], "fit-started");
		assert.equal(events.at(-1), "finished");
		const hover = await client.request<{ contents: { value: string } }>(
			"textDocument/hover",
			client.at(uri, program.indexOf("line()\ncheck")),
		);
		assert.match(hover.contents.value, /Last run: \*\*line\(\)\*\* finished/);

		const begun = Date.now();
		const version = await client.edit(uri, program.indexOf("- 3)^2"), program.indexOf("- 3)^2") + 3, "- 4");
		const stale = await client.state<RunStateParams>(uri, (state) => state.version === version);
		assert.ok(Date.now() - begun < 1000);
		assert.ok(stale.results.every((one) => one.state === "stale"));
		await reset();
		const sound = await client.state<RunStateParams>(uri, (state) => state.version > version);
		assert.deepEqual(
			sound.results.map((one) => one.state),
			["done", "done", "done", "failed"],
		);
		await client.request("ansatz/clearResults", { uri });
		await client.state<RunStateParams>(uri, (state) => state.results.length === 0);
	});

	it("stops a run, and refuses to run what has errors", async () => {
		const long = program.replace("repeat 20", "repeat 100000000");
		await client.diagnosed(uri, await client.edit(uri, 0, program.length, long));
		await client.request("ansatz/run", { uri });
		await client.state<RunStateParams>(uri, (state) => state.runningFits === 1);
		const lens = await client.request<{ command: { title: string } }[]>(
			"textDocument/codeLens",
			client.at(uri, 0),
		);
		assert.equal(lens[0]?.command.title, "Stop");
		await client.request("ansatz/stop", { uri });
		const ended = await client.state<RunStateParams>(uri, (state) => !state.running);
		assert.equal(ended.runningFits, 0);
		await client.edit(uri, 0, 0, "let a = nowhere\n");
		assert.deepEqual(await client.request<RunAnswer>("ansatz/run", { uri }), {
			started: false,
			reason: "the program has an error",
		});
		await reset();
	});

	it("ends with 0 after shutdown and exit", async () => {
		assert.equal(await client.close(), 0);
	});
});

describe("a language server that is left alone", () => {
	it("ends with 1 on exit without shutdown", async () => {
		const client = new LspClient();
		await client.initialize();
		await client.notify("exit", null);
		assert.equal(await client.exited, 1);
		client.kill();
	});

	it("ends when its client vanishes", async () => {
		const client = new LspClient();
		await client.initialize();
		client.connection.dispose();
		client.process.stdin?.end();
		client.process.stdout?.destroy();
		assert.equal(await client.exited, 1);
	});
});
