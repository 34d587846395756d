import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Backend } from "../../compiler/backends/backend.js";
import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import type { Value } from "../../compiler/elaborate/values.js";
import type { RunEvent } from "../../runtime/events.js";
import { openProgram } from "../../runtime/open.js";
import { ProgramRun } from "../../runtime/run.js";
import { roundTripping } from "./round-trip.js";

/** Every program that a test runs tests the text form of the IR. */
const testedBackend = roundTripping(wasmBackend);

export interface EvaluateOptions {
	readonly backend?: Backend;
	readonly seed?: number;
	/** Data files and imported ones, by name. */
	readonly files?: Readonly<Record<string, string | Uint8Array>>;
	readonly stopRequested?: () => boolean;
}

/** A program that has run: its values by name or path (`result.run.loss`, `net.layers.0.bias`), and its events. */
export class Evaluated {
	constructor(
		private readonly run: ProgramRun,
		readonly events: readonly RunEvent[],
		readonly exitCode: number,
	) {}

	value(path: string): Value {
		const [root = "", ...parts] = path.split(".");
		let value = this.run.topLevel(root);
		for (const part of parts) value = value && partOf(value, part);
		assert.ok(value, `there is no value ${path}`);
		return value;
	}

	/** The elements of a number or a tensor, in row-major order. */
	numbers(path: string): number[] {
		return numbersOf(this.value(path), path);
	}

	number(path: string): number {
		const [number, ...others] = this.numbers(path);
		assert.ok(number !== undefined && others.length === 0, `${path} is no single number`);
		return number;
	}

	shape(path: string): readonly number[] {
		const value = this.value(path);
		return value.kind === "tensor" ? value.data.type.shape : [];
	}

	/** The element type of a tensor; `static` for what is no tensor. */
	element(path: string): string {
		const value = this.value(path);
		return value.kind === "tensor" ? value.data.type.element : "static";
	}

	eventsOf<K extends RunEvent["kind"]>(kind: K): Extract<RunEvent, { kind: K }>[] {
		return this.events.filter((e): e is Extract<RunEvent, { kind: K }> => e.kind === kind);
	}
}

function partOf(value: Value, name: string): Value | undefined {
	switch (value.kind) {
		case "tuple":
			return value.elements.find((e, i) => e.name === name || String(i) === name)?.value;
		case "model":
			return value.members.get(name);
		case "list":
			return value.items[Number(name)];
		case "table":
			return value.columns.find((c) => c.name === name)?.value;
		default:
			return undefined;
	}
}

function numbersOf(value: Value, path: string): number[] {
	switch (value.kind) {
		case "number":
			return [value.value];
		case "bool":
			return [value.value ? 1 : 0];
		case "tensor":
			return [...value.data.data];
		case "list":
			return value.items.flatMap((v) => numbersOf(v, path));
		case "tuple":
			return value.elements.flatMap((e) => numbersOf(e.value, path));
		case "model":
			return [...value.members.values()].flatMap((v) => numbersOf(v, path));
		default:
			return assert.fail(`${path} is no tensor but a ${value.kind}`);
	}
}

/** Checks a program and runs it in this thread. Fails when checking finds an error or the run cannot go on. */
export function evaluateProgram(text: string, options: EvaluateOptions = {}): Evaluated {
	const result = runProgramText(text, options);
	const problems = result.eventsOf("problem").filter((e) => e.diagnostic.severity === "error");
	const messages = problems.map(
		(e) => `${e.diagnostic.code}: ${e.diagnostic.message} (${textAt(text, e.diagnostic.at)})`,
	);
	assert.ok(messages.length === 0, `${messages.join("\n")}\nin\n${text}`);
	return result;
}

function textAt(text: string, at: { readonly start: number; readonly end: number }): string {
	return text.slice(at.start, at.end);
}

/** As `evaluateProgram`, for programs whose run ends by a problem. */
export function runProgramText(text: string, options: EvaluateOptions = {}): Evaluated {
	const folder = mkdtempSync(join(tmpdir(), "ansatz-"));
	try {
		for (const [name, content] of Object.entries(options.files ?? {})) {
			mkdirSync(dirname(join(folder, name)), { recursive: true });
			writeFileSync(join(folder, name), content);
		}
		const opened = openProgram(join(folder, "test.ansatz"), text);
		const errors = opened.diagnostics.filter((d) => d.severity === "error");
		const messages = errors.map((d) => `${d.code}: ${d.message} (${textAt(text, d.at)})`);
		assert.ok(opened.program && messages.length === 0, `${messages.join("\n")}\nin\n${text}`);
		const events: RunEvent[] = [];
		const run = new ProgramRun({
			program: opened.program,
			host: opened.host,
			backend: options.backend ?? testedBackend,
			seed: options.seed ?? 0,
			emit: (event) => events.push(event),
			stopRequested: options.stopRequested ?? (() => false),
		});
		return new Evaluated(run, events, run.guarded());
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
