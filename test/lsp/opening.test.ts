import assert from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { generatedProgram } from "../../bench/generated-program.js";
import { type Answer, InProcess } from "../support/server-in-process.js";

const uri = pathToFileURL(resolve("examples/digits/generated.ansatz")).href;
const program = generatedProgram(3000);
/** A mistake in its last line. */
const mistaken = `${program}let last = nowhere\n`;

const open = (text: string) => ({
	method: "textDocument/didOpen",
	params: { textDocument: { uri, languageId: "ansatz", version: 1, text } },
});
const change = (version: number, text: string) => ({
	method: "textDocument/didChange",
	params: { textDocument: { uri, version }, contentChanges: [{ text }] },
});

function request(id: number, what: string, text: string, at: number): object {
	const before = text.slice(0, at).split("\n");
	const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
	const context = what === "references" ? { context: { includeDeclaration: true } } : {};
	return { id, method: `textDocument/${what}`, params: { textDocument: { uri }, position, ...context } };
}

interface Told {
	readonly version: number;
	readonly diagnostics: readonly { readonly code: string; readonly range: { start: { line: number } } }[];
}

const isTold = (answer: Answer) => answer.method === "textDocument/publishDiagnostics";
const codes = (answer: Answer | undefined) =>
	(answer?.params as Told | undefined)?.diagnostics.map((one) => one.code);

describe("while a long file is being opened", () => {
	it("what is asked about one place is answered before the diagnostics, and they are complete", async () => {
		const process = new InProcess();
		const at = mistaken.lastIndexOf("let grid") + 5;
		process.send(
			open(mistaken),
			request(1, "hover", mistaken, at),
			request(2, "completion", mistaken, mistaken.lastIndexOf("grid") + 2),
			request(3, "references", mistaken, at),
		);
		await process.until(isTold);
		const order = process.answers.map((one) => one.id ?? (isTold(one) ? "told" : undefined));
		assert.ok(order.indexOf(1) >= 0 && order.indexOf(1) < order.indexOf("told"), `${order}`);
		assert.ok(order.indexOf(2) >= 0 && order.indexOf(2) < order.indexOf("told"), `${order}`);
		assert.match(JSON.stringify(process.answers.find((one) => one.id === 1)?.result), /real\[\d+, 12\]/);
		const told = process.answers.filter(isTold);
		assert.equal(told.length, 1);
		assert.deepEqual(codes(told[0]), ["E0201"]);
		const references = await process.until((one) => one.id === 3);
		assert.ok((references.result as unknown[]).length >= 3);
		process.server.close();
	});

	it("the problems of its syntax are told first, then all", async () => {
		const process = new InProcess();
		process.send(open(`${mistaken}let open = (1 +\n`));
		const all = await process.until((one) => isTold(one) && codes(one)?.includes("E0201") === true);
		const told = process.answers.filter(isTold);
		assert.equal(told.length, 2);
		assert.ok(told[0] && codes(told[0])?.every((code) => code.startsWith("E01")));
		assert.ok((codes(told[0])?.length ?? 0) > 0);
		for (const code of codes(told[0]) ?? []) assert.ok(codes(all)?.includes(code));
		process.server.close();
	});

	it("an edit ends the check of the text before, and its own diagnostics are right", async () => {
		const process = new InProcess();
		process.send(open(mistaken), request(1, "hover", mistaken, mistaken.lastIndexOf("let grid") + 5));
		await process.until((one) => one.id === 1);
		assert.ok(!process.answers.some(isTold));
		const edited = mistaken.replace("0.5 * r[i]^2", "0.5 * missing[i]^2");
		process.send(change(2, edited), request(2, "references", edited, edited.lastIndexOf("grid0")));
		const { params } = await process.until(isTold);
		const { version, diagnostics } = params as Told;
		assert.equal(version, 2);
		assert.deepEqual(
			diagnostics.map(({ code, range }) => [code, range.start.line]),
			[
				["E0201", edited.slice(0, edited.indexOf("missing")).split("\n").length - 1],
				["E0201", edited.split("\n").length - 2],
			],
		);
		assert.ok(((await process.until((one) => one.id === 2)).result as unknown[]).length >= 3);
		assert.equal(process.answers.filter(isTold).length, 1);
		process.server.close();
	});

	it("a question about the whole file can be taken back at once", async () => {
		const process = new InProcess();
		process.send(open(program), request(1, "references", program, program.lastIndexOf("let grid") + 5));
		process.send(request(2, "hover", program, program.lastIndexOf("let grid") + 5));
		await process.until((one) => one.id === 2);
		process.send({ method: "$/cancelRequest", params: { id: 1 } });
		assert.equal((await process.until((one) => one.id === 1)).error?.code, -32800);
		assert.ok(!process.answers.some(isTold));
		process.server.close();
	});

	it("a closed file is told no more", async () => {
		const process = new InProcess();
		process.send(open(mistaken), request(1, "hover", mistaken, mistaken.lastIndexOf("let grid") + 5));
		await process.until((one) => one.id === 1);
		process.send({ method: "textDocument/didClose", params: { textDocument: { uri } } });
		const { params } = await process.until(isTold);
		assert.deepEqual((params as Told).diagnostics, []);
		process.server.close();
	});
});
