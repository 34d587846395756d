import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TensorData } from "../../compiler/ir/ir.js";
import { print } from "../../compiler/ir/print.js";
import type { TracedLoop } from "../trace-loop.js";
import type { LoopParts } from "./loop-record.js";

/** What the result of a loop depends on, and nothing else: equal parts give equal digits. */

const digests = new WeakMap<TensorData, string>();

function digestOf(value: TensorData): string {
	const known = digests.get(value);
	if (known !== undefined) return known;
	const { data, type } = value;
	const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
	const digest = `${type.element}[${type.shape.join(",")}] ${hash(bytes)}`;
	digests.set(value, digest);
	return digest;
}

function hash(content: string | Uint8Array): string {
	return createHash("sha256").update(content).digest("hex").slice(0, 32);
}

/** `rules` is what the loop itself is told: its length, when tracks are taken, when it ends. */
export function loopParts(program: TracedLoop, backend: string, rules: unknown): LoopParts {
	const parts: Record<string, string> = {
		"what a step computes": hash(
			[print(program.func), ...program.orders.map((o) => print(o.func))].join("\n"),
		),
		"what the loop is told": hash(JSON.stringify(rules)),
		"what tracks compute": hash(program.observer ? print(program.observer.func) : ""),
		"the version of Ansatz": hash(`${backend} ${implementation()}`),
	};
	program.names.forEach((name, i) => {
		const start = program.starts[i];
		if (start) parts[`state ${name}`] = digestOf(start);
	});
	const data = [...program.data, ...(program.observer?.data ?? [])];
	parts["the data"] = hash(data.map(digestOf).join("\n"));
	return parts;
}

export function keyOf(parts: LoopParts): string {
	return hash(JSON.stringify(Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1))));
}

let digestOfImplementation: string | undefined;

/** The code that turns IR into numbers: results of another one are not reused. */
function implementation(): string {
	if (digestOfImplementation !== undefined) return digestOfImplementation;
	const compiler = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "compiler");
	const files = ["backends", "ir"].flatMap((folder) => filesBelow(join(compiler, folder)));
	digestOfImplementation = hash(files.map((file) => readFileSync(file, "utf8")).join("\n"));
	return digestOfImplementation;
}

function filesBelow(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true })
		.sort((a, b) => (a.name < b.name ? -1 : 1))
		.flatMap((entry) => {
			const path = join(folder, entry.name);
			if (entry.isDirectory()) return filesBelow(path);
			return entry.name.endsWith(".js") ? [path] : [];
		});
}
