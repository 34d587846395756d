import assert from "node:assert/strict";
import type { RunStateParams } from "../../lsp/extensions.js";
import type { StartRun } from "../../lsp/runs.js";
import type { RunEvent } from "../../runtime/events.js";
import { type Answer, InProcess } from "../support/server-in-process.js";

const uri = "file:///nowhere/main.ansatz";
const open = (text: string) => ({
	method: "textDocument/didOpen",
	params: { textDocument: { uri, languageId: "ansatz", version: 1, text } },
});
const change = (version: number, text: string) => ({
	method: "textDocument/didChange",
	params: { textDocument: { uri, version }, contentChanges: [{ text }] },
});
const hover = (id: number) => ({
	id,
	method: "textDocument/hover",
	params: { textDocument: { uri }, position: { line: 0, character: 4 } },
});

describe("the server", () => {
	it("drops a request about a text that has changed since, and answers one about the present text", async () => {
		const process = new InProcess();
		process.send(open("let a = 1\n"), hover(1), change(2, "let a = 2.5\n"), hover(2));
		assert.equal((await process.until((one) => one.id === 1)).error?.code, -32801);
		const { result } = await process.until((one) => one.id === 2);
		assert.match(JSON.stringify(result), /let a: Real/);
		process.server.close();
	});

	it("drops a request that is taken back", async () => {
		const process = new InProcess();
		process.send(open("let a = 1\n"), hover(1), { method: "$/cancelRequest", params: { id: 1 } });
		assert.equal((await process.until((one) => one.id === 1)).error?.code, -32800);
		process.server.close();
	});

	it("checks once what came at once", async () => {
		const process = new InProcess();
		const changes = Array.from({ length: 20 }, (_, i) => change(i + 2, `let a = nowhere${i}\n`));
		process.send(open("let a = 1\n"), ...changes);
		const told = (one: Answer) => one.method === "textDocument/publishDiagnostics";
		await process.until((one) => told(one) && (one.params as { version: number }).version === 21);
		assert.equal(process.answers.filter(told).length, 1);
		process.server.close();
	});

	it("sends at most 200 diagnostics of a file", async () => {
		const process = new InProcess();
		process.send(open(Array.from({ length: 300 }, (_, i) => `let a${i} = nowhere${i}\n`).join("")));
		const { params } = await process.until((one) => one.method === "textDocument/publishDiagnostics");
		assert.equal((params as { diagnostics: unknown[] }).diagnostics.length, 200);
		process.server.close();
	});

	it("offers the fix of a mistake", async () => {
		const process = new InProcess();
		process.send(open("import std.nn { Linear }\nfit f() {\n  let net = Linear(2, 3)\n}\n"), {
			id: 1,
			method: "textDocument/codeAction",
			params: {
				textDocument: { uri },
				range: { start: { line: 2, character: 4 }, end: { line: 2, character: 4 } },
				context: { diagnostics: [] },
			},
		});
		const { result } = await process.until((one) => one.id === 1);
		const [fix] = result as { edit: { changes: Record<string, { newText: string }[]> } }[];
		assert.equal(fix?.edit.changes[uri]?.[0]?.newText, "net = Linear(2, 3)");
		process.server.close();
	});

	it("replaces a run by the next, takes events together, and ends the run with the file", async () => {
		const emits: ((event: RunEvent) => void)[] = [];
		let stops = 0;
		const start: StartRun = (_, onEvent) => {
			emits.push(onEvent);
			return { finished: new Promise(() => {}), stop: () => stops++ };
		};
		const text = "fit f() {\n  param w: real = 1\n}\nlet r = f()\n";
		const process = new InProcess(start);
		process.send(open(text), { id: 1, method: "ansatz/run", params: { uri } });
		await process.until((one) => one.id === 1);
		process.send({ id: 2, method: "ansatz/run", params: { uri } });
		await process.until((one) => one.id === 2);
		assert.equal(emits.length, 2);
		assert.equal(stops, 2);
		const at = { file: "/nowhere/main.ansatz", start: text.indexOf("f()\n"), end: text.length - 1 };
		emits[0]?.({ kind: "fit-started", fit: 9, label: "old", at, steps: 1 });
		emits[1]?.({ kind: "fit-started", fit: 1, label: "f()", at, steps: 100 });
		for (let step = 1; step <= 100; step++) {
			emits[1]?.({
				kind: "progress",
				fit: 1,
				step,
				steps: 100,
				loss: 1 / step,
				terms: {},
				violations: {},
				multipliers: {},
				stepsPerSecond: 1,
				secondsLeft: 0,
			});
		}
		const state = (await process.until((one) => {
			const params = one.params as RunStateParams | undefined;
			return one.method === "ansatz/runState" && params?.results[0]?.summary.startsWith("100 %") === true;
		})) as { params: RunStateParams };
		assert.equal(state.params.runningFits, 1);
		const events = process.answers.filter((one) => one.method === "ansatz/runEvent");
		assert.deepEqual(
			events.map((one) => (one.params as { event: RunEvent }).event.kind),
			["fit-started", "progress"],
		);
		process.send({ method: "textDocument/didClose", params: { textDocument: { uri } } });
		for (let turn = 0; turn < 500 && stops < 4; turn++)
			await new Promise((resolve) => setTimeout(resolve, 2));
		assert.equal(stops, 4);
		process.server.close();
	});

	it("shows pictures where the client can, and names them elsewhere", async () => {
		const text = 'plot line([3.0, 1], y = "loss")\n';
		const at = { file: "/nowhere/main.ansatz", start: 0, end: text.length - 1 };
		const start: StartRun = (_, onEvent) => {
			const picture = { kind: "line", series: [{ name: "a", x: [0, 1], y: [3, 1] }] } as const;
			onEvent({ kind: "plot", name: "loss", at, picture });
			return { finished: new Promise(() => {}), stop: () => {} };
		};
		const hovers = [true, false].map(async (pictures) => {
			const process = new InProcess(start, { pictures });
			process.send(open(text), { id: 1, method: "ansatz/run", params: { uri } });
			const state = await process.until((one) => {
				const params = one.params as RunStateParams | undefined;
				return one.method === "ansatz/runState" && params?.results.length === 1;
			});
			assert.equal((state.params as RunStateParams).results[0]?.summary, "▣ loss █▁");
			assert.doesNotMatch(JSON.stringify(state), /svg\+xml/);
			process.send(hover(2));
			const { result } = await process.until((one) => one.id === 2);
			process.server.close();
			return (result as { contents: { value: string } }).contents.value;
		});
		const [shown = "", named = ""] = await Promise.all(hovers);
		const data = /!\[loss\]\(data:image\/svg\+xml;base64,([\w+/=]+)\)/.exec(shown)?.[1] ?? "";
		assert.match(Buffer.from(data, "base64").toString(), /^<svg [\s\S]*<\/svg>\n$/);
		assert.match(named, /`loss\.svg`/);
		assert.doesNotMatch(named, /data:/);
	});
});
