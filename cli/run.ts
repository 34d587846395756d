import { openProgram } from "../runtime/open.js";
import { startRun } from "../runtime/worker.js";
import { ProgressWriter } from "./progress.js";
import { choosePalette } from "./render-palette.js";
import { printDiagnostics } from "./report.js";

export interface RunCommandOptions {
	readonly seed: number;
	readonly backend: "wasm" | "interpreter";
	readonly json?: boolean;
}

/** `ansatz run FILE`. The program runs in a worker; the first Ctrl-C asks it to stop, the second ends it. */
export async function runCommand(file: string, options: RunCommandOptions): Promise<number> {
	const opened = openProgram(file);
	const broken = opened.diagnostics.some((d) => d.severity === "error");
	if (opened.diagnostics.length > 0)
		printDiagnostics(opened.diagnostics, opened.sources, options.json === true);
	if (broken) return 2;
	const output = process.stdout;
	const writer = new ProgressWriter(output, {
		mode: options.json ? "json" : output.isTTY ? "live" : "plain",
		palette: choosePalette(output.isTTY === true, process.env),
		sources: opened.sources,
	});
	const run = startRun({ file, seed: options.seed, backend: options.backend }, (event) =>
		writer.handle(event),
	);
	const stop = (): void => run.stop();
	process.on("SIGINT", stop);
	process.on("SIGTERM", stop);
	const exitCode = await run.finished;
	process.off("SIGINT", stop);
	process.off("SIGTERM", stop);
	writer.clear();
	return exitCode;
}
