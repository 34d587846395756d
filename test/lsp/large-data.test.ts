import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Answer, InProcess } from "../support/server-in-process.js";

interface Told {
	readonly version: number;
	readonly diagnostics: readonly { readonly code: string; readonly message: string }[];
}

const told = ({ method, params }: Answer): Told | undefined =>
	method === "textDocument/publishDiagnostics" ? (params as Told) : undefined;
const codes = (answer: Answer): readonly string[] => told(answer)?.diagnostics.map((one) => one.code) ?? [];

const text = `data big = csv("big.csv", label = "label")
let wrong = big.x @ ones([7])
let known = sum(big.x)
let other = nowhere
`;

describe("a large data file, while a program that reads it is open", () => {
	let folder = "";
	let uri = "";
	let server = new InProcess();
	const write = (last: string): void => {
		const rows = Array.from(
			{ length: 60_000 },
			(_, i) => `${i % 7}.25,${i % 11}.5,0.125,-1.5,2.75,${i % 3}\n`,
		);
		writeFileSync(join(folder, "big.csv"), `a,b,c,d,e,label\n${rows.join("")}${last}`);
	};
	const open = (): void =>
		server.send({
			method: "textDocument/didOpen",
			params: { textDocument: { uri, languageId: "ansatz", version: 1, text } },
		});
	const hover = (id: number): object => ({
		id,
		method: "textDocument/hover",
		params: { textDocument: { uri }, position: { line: 2, character: 5 } },
	});

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "ansatz-"));
		uri = pathToFileURL(join(folder, "program.ansatz")).href;
		server = new InProcess();
	});
	afterEach(() => {
		server.server.close();
		rmSync(folder, { recursive: true });
	});

	it("is read by a thread: what does not hang on it is told before, and all afterwards", async () => {
		write("");
		open();
		await server.until((one) => codes(one).length > 0);
		assert.deepEqual(server.answers.filter(told).map(codes), [["E0201"]]);
		// It is answered meanwhile, too.
		server.send(hover(1));
		assert.match(JSON.stringify((await server.until((one) => one.id === 1)).result), /known/);
		const all = await server.until((one) => codes(one).length > 1);
		assert.deepEqual(codes(all), ["E0306", "E0201"]);
		assert.match(told(all)?.diagnostics[0]?.message ?? "", /5|7/);
		server.send(hover(2));
		assert.match(JSON.stringify((await server.until((one) => one.id === 2)).result), /known: real/);
	});

	it("is not read anew for an edit, which is told with what it holds", async () => {
		write("");
		open();
		await server.until((one) => codes(one).length > 0);
		const contentChanges = [{ text: `${text}let more = missing\n` }];
		server.send({
			method: "textDocument/didChange",
			params: { textDocument: { uri, version: 2 }, contentChanges },
		});
		const all = await server.until((one) => told(one)?.version === 2 && codes(one).length > 2);
		assert.deepEqual(codes(all), ["E0306", "E0201", "E0201"]);
	});

	it("is refused with the place of the mistake", async () => {
		write("1,2,three,4,5,0\n");
		open();
		const all = await server.until((one) => codes(one).includes("E0505"));
		assert.deepEqual(codes(all), ["E0505", "E0201"]);
		assert.match(told(all)?.diagnostics[0]?.message ?? "", /line 60002, column 5/);
	});

	it("is left when the program is closed", async () => {
		write("");
		open();
		await server.until((one) => codes(one).length > 0);
		server.send({ method: "textDocument/didClose", params: { textDocument: { uri } } });
		await server.until((one) => told(one)?.diagnostics.length === 0);
		await new Promise((resolve) => setTimeout(resolve, 300));
		assert.deepEqual(server.answers.filter(told).map(codes), [["E0201"], []]);
	});
});
