import type { Diagnostic } from "../compiler/source/diagnostic.js";
import type { RunEvent } from "../runtime/events.js";
import { NodeHost } from "../runtime/node-host.js";
import { startRun } from "../runtime/worker.js";
import { ProgressWriter } from "./progress.js";
import { choosePalette } from "./render-palette.js";
import { printDiagnostics } from "./report.js";

export interface RunCommandOptions {
	readonly seed: number;
	readonly backend: "wasm" | "interpreter";
	readonly json?: boolean;
	readonly resume?: boolean;
	readonly fresh?: boolean;
	/** Between two checkpoints. */
	readonly checkpoint: number;
}

/** `ansatz run FILE`. The program runs in a worker; the first Ctrl-C asks it to stop, the second ends it. */
export async function runCommand(file: string, options: RunCommandOptions): Promise<number> {
	const sources = new Sources(file);
	const output = process.stdout;
	const writer = new ProgressWriter(output, {
		mode: options.json ? "json" : output.isTTY ? "live" : "plain",
		palette: choosePalette(output.isTTY === true, process.env),
		sources: sources.texts,
	});
	// What checking found comes first, together; for people it goes to standard error.
	let found: Diagnostic[] | undefined = options.json ? undefined : [];
	const handle = (event: RunEvent): void => {
		if (event.kind === "problem") sources.read(event.diagnostic);
		if (found && event.kind === "problem") {
			found.push(event.diagnostic);
			return;
		}
		if (found && found.length > 0) printDiagnostics(found, sources.texts, false);
		const broken = found?.some((d) => d.severity === "error");
		found = undefined;
		if (!broken) writer.handle(event);
	};
	const { seed, backend, resume = false, fresh = false, checkpoint } = options;
	const keep = { resume, fresh, checkpointSeconds: checkpoint };
	const run = startRun({ file, seed, backend, warnings: true, keep }, handle);
	const stop = (): void => run.stop();
	process.on("SIGINT", stop);
	process.on("SIGTERM", stop);
	const exitCode = await run.finished;
	process.off("SIGINT", stop);
	process.off("SIGTERM", stop);
	writer.clear();
	return exitCode;
}

/** The texts that diagnostics point into, read when the first one does. */
class Sources {
	readonly texts = new Map<string, string>();
	private readonly host: NodeHost;

	constructor(file: string) {
		this.host = new NodeHost(file);
	}

	read(diagnostic: Diagnostic): void {
		for (const { file } of [diagnostic.at, ...diagnostic.related.map((r) => r.at)]) {
			if (this.texts.has(file)) continue;
			const library = file.startsWith("std.") ? this.host.readLibrary(file.slice(4)) : undefined;
			const source = library === undefined ? this.host.readSource(file) : { text: library };
			this.texts.set(file, source && "text" in source ? source.text : "");
		}
	}
}
