import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RunEvent } from "../../runtime/events.js";
import { openProgram } from "../../runtime/open.js";
import { type EvaluateOptions, evaluateProgram } from "../support/evaluate.js";

/** What runs when a program does. */
const run = new Set(["Let", "Check", "Plot", "Loop", "IfStatement", "ExpressionStatement", "Search"]);

/**
 * The declarations of an example, without what it runs; of its `let`s and `data` only those of these names, and others
 * in place of those of `replaced`.
 */
function declarationsOf(name: string, { kept = [], replaced = {} }: ProbeOptions): string {
	const file = fileOf(name);
	const text = readFileSync(file, "utf8");
	const { program } = openProgram(file);
	const slices = program?.program.root.tree.slices ?? [];
	const parts = slices.flatMap((slice) =>
		slice.items.flatMap(({ declaration }) => {
			const own = text.slice(slice.offset + declaration.span.start, slice.offset + declaration.span.end);
			const wanted = declaration.kind === "Data" || run.has(declaration.kind);
			const called = /^(?:let|data) (\w+)/.exec(own)?.[1] ?? "";
			const other = replaced[called];
			if (other !== undefined) return [other];
			return wanted && !kept.includes(called) ? [] : [own];
		}),
	);
	return `${parts.join("\n")}\n`;
}

export interface ProbeOptions extends EvaluateOptions {
	/** The `let`s and `data` of the example that the probes need. */
	readonly kept?: readonly string[];
	/** Other `let`s, in the place of those of these names. */
	readonly replaced?: Readonly<Record<string, string>>;
	/** Runs in double precision, also where the example does not. */
	readonly f64?: boolean;
}

/** The declarations of an example compute what `probes`, which stand behind them, check. */
export function holds(name: string, probes: string, options: ProbeOptions = {}): void {
	assert.deepEqual(failing(name, probes, options), []);
}

/** Numbers of an independent reference, which `test/examples/oracle/<name>.py` computed. */
export function referenceFor(name: string): unknown {
	return JSON.parse(readFileSync(join("test", "examples", "oracle", `${name}.generated.json`), "utf8"));
}

const fileOf = (name: string): string => join("examples", name, `${name}.ansatz`);

/** The checks that fail; `[]` when all hold. */
function failing(name: string, probes: string, options: ProbeOptions): string[] {
	const declarations = declarationsOf(name, options);
	const precise = options.f64 === true && !declarations.startsWith("precision f64");
	const result = evaluateProgram(`${precise ? "precision f64\n" : ""}${declarations}${probes}`, options);
	const checks = result.eventsOf("check");
	if (checks.length === 0) return ["nothing is checked"];
	return checks.filter((e) => !e.passed).map(shown);
}

const shown = (e: Extract<RunEvent, { kind: "check" }>): string =>
	`${e.message ?? e.source}${e.turn === undefined ? "" : ` (${e.turn})`}: ${e.compared ?? "does not hold"}`;

/** A file beside an example. */
export const beside = (name: string, file: string): Uint8Array =>
	readFileSync(join(dirname(fileOf(name)), file));
