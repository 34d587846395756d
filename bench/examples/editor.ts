import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { RunAnswer, RunStateParams } from "../../lsp/extensions.js";
import type { RunEvent } from "../../runtime/events.js";
import { LspClient } from "../../test/support/lsp-client.js";
import type { Example } from "./programs.js";
import { type Outcome, outcomeOf } from "./runs.js";

/** The longest that a run may take, in milliseconds. */
const longest = 600_000;

/** What the language server says of an example when it is opened: a line each; none of one that is right. */
export async function diagnosedInEditor(client: LspClient, example: Example): Promise<string[]> {
	const uri = uriOf(example);
	await client.open(uri, readFileSync(example.file, "utf8"));
	const told = () => client.published.findLast((one) => one.uri === uri);
	const { diagnostics } = await client.until(told, `diagnostics of ${example.name}`, longest);
	return diagnostics.map(({ code, message }) => `in the editor: ${code} ${message}`);
}

/**
 * Runs an example as an editor does, in a language server of its own. A problem of the outcome is, besides those of the
 * run, a diagnostic when the file is opened, and a check whose result does not stand in its line.
 */
export async function runInEditor(example: Example): Promise<Outcome> {
	const client = new LspClient();
	const uri = uriOf(example);
	try {
		await client.initialize();
		const problems = await diagnosedInEditor(client, example);
		const answer = await client.request<RunAnswer>("ansatz/run", { uri });
		if (!answer.started) return outcomeOf(example.name, [], 2, [...problems, answer.reason].join("\n"));
		const state = await client.until(
			() => {
				const told = client.notified.findLast(({ method }) => method === "ansatz/runState");
				const params = told?.params as RunStateParams | undefined;
				return params && !params.running && finishedEvent(client) ? params : undefined;
			},
			`the run of ${example.name}`,
			longest,
		);
		const events = eventsOf(client);
		problems.push(...misplaced(readFileSync(example.file, "utf8"), events, state));
		const status = finishedEvent(client)?.exitCode ?? 2;
		return outcomeOf(example.name, events, problems.length > 0 ? 1 : status, problems.join("\n"));
	} finally {
		await client.close();
	}
}

/** The checks whose results do not stand in their lines, of a run that has ended. */
function misplaced(text: string, events: readonly RunEvent[], state: RunStateParams): string[] {
	const written = new Set<number>();
	for (const [line, content] of text.split("\n").entries())
		if (/^(?!\s*\/\/).*?(?:^|\{|;)\s*check\s/.test(content)) written.add(line);
	const shown = new Map<number, string>();
	for (const { range, state: kind, summary } of state.results)
		if (written.has(range.start.line)) shown.set(range.start.line, `${kind} ${summary}`);
	const problems: string[] = [];
	for (const event of events) {
		if (event.kind !== "check") continue;
		const line = text.slice(0, event.at.start).split("\n").length - 1;
		if (!text.slice(event.at.start).startsWith("check"))
			problems.push(`a result stands at no check: ${event.source}`);
		if (!written.has(line)) problems.push(`a check in line ${line + 1} that is not seen: ${event.source}`);
	}
	for (const line of written)
		if (!/^(?:done|failed) [✓✗]/u.test(shown.get(line) ?? ""))
			problems.push(`line ${line + 1} has a check and no result of it: ${shown.get(line) ?? "nothing"}`);
	return problems;
}

function eventsOf(client: LspClient): RunEvent[] {
	return client.notified
		.filter(({ method }) => method === "ansatz/runEvent")
		.map(({ params }) => (params as { readonly event: RunEvent }).event);
}

function finishedEvent(client: LspClient): Extract<RunEvent, { kind: "finished" }> | undefined {
	return eventsOf(client).find((event) => event.kind === "finished");
}

const uriOf = (example: Example): string => pathToFileURL(resolve(example.file)).href;
