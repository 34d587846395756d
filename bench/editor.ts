/**
 * What an edit costs in the editor: from the new text to its diagnostics as they are sent. CPU time of the process, warm;
 * generated programs (`generated-program.ts`), with the flag that the extension gives the server:
 * `npx tsc && node --max-semi-space-size=64 --expose-gc dist/bench/editor.js`.
 */
import { cpus } from "node:os";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { TextDocument } from "vscode-languageserver-textdocument";
import { Analysis } from "../lsp/analysis.js";
import { Documents } from "../lsp/documents.js";
import { ToProtocol } from "../lsp/to-protocol.js";
import { NodeHost } from "../runtime/node-host.js";
import { generatedProgram } from "./generated-program.js";

const path = "examples/digits/generated.ansatz";
const sizes = [1000, 5000, 10_000];

/** Milliseconds of all threads. */
function cpuTime(work: () => void): number {
	const { user, system } = process.cpuUsage();
	work();
	const spent = process.cpuUsage({ user, system });
	return (spent.user + spent.system) / 1000;
}

function quantile(values: readonly number[], share: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Edits as they are typed, each undone by the next; `number` says where. */
const edits: readonly { readonly name: string; readonly from: string; readonly to: string }[] = [
	{ name: "a number in a body", from: "0.5 * r[i]^2", to: "0.25 * r[i]^2" },
	{
		name: "a mistake in a body",
		from: "let bent = tanh(factor * inner)",
		to: "let bent = tanh(factor * innr)",
	},
	{ name: "an unfinished line", from: "let size = sum i, j: w[i, j]^2", to: "let size = sum i, j: w[i," },
	{ name: "a comment", from: "/// Each row of", to: "/// Every single row of" },
	{
		name: "a new line at the top",
		from: "// A generated program.",
		to: "// A generated program.\nlet extra = 3",
	},
	{ name: "a default of a signature", from: "delta: real = 1)", to: "delta: real = 2, more: real = 0)" },
	{ name: "a model's parameter", from: "Block0(n: Int, hidden", to: "Block0(n: Int, extra: Int = 1, hidden" },
	{ name: "an open bracket", from: "(q @ k.T) / sqrt(d)", to: "((q @ k.T) / sqrt(d)" },
];

function measureEdits(lines: number): void {
	const host = new NodeHost(path);
	const text = generatedProgram(lines);
	let analysis = Analysis.of(path, text, host);
	const show = (next: string): void => {
		analysis = Analysis.of(path, next, host, analysis);
		const file = new ToProtocol(`file:///${path}`, analysis);
		for (const diagnostic of analysis.diagnostics) file.diagnostic(diagnostic);
	};
	const all: number[] = [];
	let longest = 0;
	const rows: string[] = [];
	for (const { name, from, to } of edits) {
		const times: number[] = [];
		for (let turn = 0; turn < 24; turn++) {
			const found = text.indexOf(from, (text.length * turn) / 24);
			const at = found >= 0 ? found : text.indexOf(from);
			const changed = text.slice(0, at) + to + text.slice(at + from.length);
			for (const next of [changed, text]) {
				const started = performance.now();
				const spent = cpuTime(() => show(next));
				longest = Math.max(longest, performance.now() - started);
				// The first of a kind compile what they need.
				if (turn >= 4) times.push(spent);
			}
		}
		all.push(...times);
		rows.push(
			`  ${name.padEnd(26)} ${quantile(times, 0.5).toFixed(1)} / ${quantile(times, 0.95).toFixed(1)} ms`,
		);
	}
	console.log(
		`${lines} lines: an edit ${quantile(all, 0.5).toFixed(1)} ms, p95 ${quantile(all, 0.95).toFixed(1)} ms, longest turn ${longest.toFixed(0)} ms`,
	);
	for (const row of rows) console.log(row);
}

function measureWhole(): void {
	const times = sizes.map((lines) => {
		const text = generatedProgram(lines);
		// As in the server, what was read of data files is known; of the program nothing is.
		const host = new NodeHost(path);
		const spent = Array.from({ length: 7 }, () => cpuTime(() => void Analysis.of(path, text, host)));
		return quantile(spent.slice(2), 0.5);
	});
	sizes.forEach((lines, i) => {
		console.log(`${lines} lines: read and checked anew in ${times[i]?.toFixed(0)} ms`);
	});
	for (let i = 1; i < sizes.length; i++) {
		const growth = Math.log((times[i] ?? 1) / (times[i - 1] ?? 1));
		const exponent = growth / Math.log((sizes[i] ?? 1) / (sizes[i - 1] ?? 1));
		console.log(`from ${sizes[i - 1]} to ${sizes[i]} lines: exponent ${exponent.toFixed(2)}`);
	}
}

/** How long other requests wait while the server opens a file: the longest turn of the event loop, as the clock has it. */
async function measureOpening(lines: number, rounds: number): Promise<void> {
	const uri = pathToFileURL(resolve(path)).href;
	const turns: number[] = [];
	const early: number[] = [];
	const whole: number[] = [];
	for (let round = 0; round < rounds; round++) {
		const document = TextDocument.create(uri, "ansatz", 1, generatedProgram(lines));
		const documents = new Documents({ get: () => document, all: () => [document] });
		const started = performance.now();
		let [last, longest, isOpen] = [started, 0, true];
		const look = (): void => {
			const now = performance.now();
			longest = Math.max(longest, now - last);
			last = now;
			if (isOpen) setImmediate(look);
		};
		setImmediate(look);
		const reading = documents.reading(uri);
		await reading?.early;
		early.push(performance.now() - started);
		await reading?.whole;
		whole.push(performance.now() - started);
		isOpen = false;
		look();
		turns.push(longest);
	}
	const [turn, first, all] = [turns, early, whole].map((times) => quantile(times, 0.5).toFixed(0));
	console.log(
		`${lines} lines: opened with a longest turn of ${turn} ms; a place is answered after ${first} ms, all told after ${all} ms`,
	);
}

/** The heap after edits, with all that can go gone. */
function measureMemory(): void {
	const { gc } = globalThis as { gc?: () => void };
	if (!gc) {
		console.log("memory: run node with --expose-gc");
		return;
	}
	const host = new NodeHost(path);
	const text = generatedProgram(1000);
	let analysis = Analysis.of(path, text, host);
	const heap: string[] = [];
	for (let edit = 0; edit <= 500; edit++) {
		if (edit % 100 === 0) {
			gc();
			heap.push(`${(process.memoryUsage().heapUsed / 2 ** 20).toFixed(1)}`);
		}
		const { from, to } = edits[edit % edits.length] ?? { from: "", to: "" };
		const found = text.indexOf(from, (text.length * (edit % 97)) / 97);
		const at = found >= 0 ? found : text.indexOf(from);
		analysis = Analysis.of(path, text.slice(0, at) + to + text.slice(at + from.length), host, analysis);
	}
	console.log(`heap after 0, 100, .. 500 edits of 1000 lines: ${heap.join(", ")} MiB`);
}

console.log(`Node ${process.version}, ${cpus()[0]?.model ?? "?"}`);
console.log("the first file of the process:");
await measureOpening(10_000, 1);
measureWhole();
console.log("warm:");
for (const lines of sizes) await measureOpening(lines, 5);
for (const lines of sizes) measureEdits(lines);
measureMemory();
