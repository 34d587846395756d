import { spawn } from "node:child_process";
import type { RunEvent } from "../../runtime/events.js";
import type { Example } from "./programs.js";

/** What a run of an example gave. But for `seconds` it is the same each time. */
export interface Outcome {
	readonly name: string;
	readonly exitCode: number;
	readonly passed: number;
	readonly failed: number;
	/** Of the run itself, without the start of the process. */
	readonly seconds: number;
	readonly figures: readonly Figure[];
	/** What ended the run before its time. */
	readonly problems: readonly string[];
}

/** The figures of one `check` of the program. */
export interface Figure {
	/** The check's message, or its text. */
	readonly check: string;
	readonly passed: boolean;
	/** `0.143 <= 0.151 (by 0.008)` of each turn of the loops around it; empty of a check that compares nothing. */
	readonly turns: readonly { readonly turn?: string; readonly compared: string }[];
}

export interface RunExampleOptions {
	/** Where its pictures are drawn; nowhere if this is absent. */
	readonly pictures?: string;
}

/** Runs an example in a process of its own, without what is kept of earlier runs. */
export async function runExample(example: Example, options: RunExampleOptions = {}): Promise<Outcome> {
	const plots = options.pictures === undefined ? ["--no-plots"] : ["--plots", options.pictures];
	const child = spawn(
		process.execPath,
		["bin/ansatz.js", "run", "--json", "--fresh", ...plots, example.file],
		{
			stdio: ["ignore", "pipe", "pipe"],
		},
	);
	let output = "";
	let errors = "";
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		output += text;
	});
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		errors += text;
	});
	const status = await new Promise<number>((resolve) => {
		child.on("error", (error) => {
			errors += error.message;
			resolve(2);
		});
		child.on("close", (code) => resolve(code ?? 2));
	});
	const events = output
		.split("\n")
		.filter((line) => line !== "")
		.map((line) => JSON.parse(line) as RunEvent);
	return outcomeOf(example.name, events, status, errors);
}

/** What the events of a run say. */
export function outcomeOf(
	name: string,
	events: readonly RunEvent[],
	status: number,
	errors: string,
): Outcome {
	const problems = events.flatMap((e) =>
		e.kind === "problem" && e.diagnostic.severity === "error"
			? [`${e.diagnostic.code} ${e.diagnostic.message}`]
			: [],
	);
	if (errors.trim() !== "") problems.push(errors.trim());
	const isEmpty = status === 0 && !events.some((e) => e.kind === "check");
	if (isEmpty) problems.push("it checks nothing");
	const checks = new Map<string, { passed: boolean; turns: Figure["turns"][number][] }>();
	for (const event of events) {
		if (event.kind !== "check") continue;
		const key = event.message ?? event.source.replaceAll(/\s+/g, " ");
		const figure = checks.get(key) ?? { passed: true, turns: [] };
		checks.set(key, figure);
		figure.passed &&= event.passed;
		const { turn, compared } = event;
		if (compared !== undefined) figure.turns.push({ ...(turn !== undefined && { turn }), compared });
	}
	const finished = events.find((e) => e.kind === "finished");
	return {
		name,
		exitCode: isEmpty ? 1 : status,
		passed: finished?.passed ?? 0,
		failed: finished?.failed ?? 0,
		seconds: finished?.seconds ?? 0,
		figures: [...checks].map(([check, figure]) => ({ check, ...figure })),
		problems,
	};
}

/** Runs all, as many at a time as `jobs`, and tells each when it has ended. */
export async function runExamples(
	examples: readonly Example[],
	jobs: number,
	run: (example: Example) => Promise<Outcome>,
	told: (outcome: Outcome) => void,
): Promise<Outcome[]> {
	const outcomes: Outcome[] = [];
	const waiting = [...examples.entries()];
	const worker = async (): Promise<void> => {
		for (let next = waiting.shift(); next; next = waiting.shift()) {
			const outcome = await run(next[1]);
			outcomes[next[0]] = outcome;
			told(outcome);
		}
	};
	await Promise.all(Array.from({ length: Math.min(jobs, examples.length) }, worker));
	return outcomes;
}

/** The figures of a check without its margins: of the first turn, and how many others there are. */
export function shownFigure({ check, turns }: Figure): string {
	const [first] = turns;
	if (!first) return `${check}: holds`;
	const more = turns.length > 1 ? ` (the first of ${turns.length})` : "";
	return `${check}: ${withoutMargins(first.compared)}${more}`;
}

export function withoutMargins(compared: string): string {
	return compared.replaceAll(/ \((?:off )?by [^)]*\)/g, "");
}
