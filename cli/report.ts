import type { Diagnostic } from "../compiler/source/diagnostic.js";
import { diagnosticsToJson } from "./json.js";
import { renderDiagnostics, type Sources } from "./render.js";
import { choosePalette } from "./render-palette.js";

/** Prints diagnostics: for people to standard error, as JSON to standard output. */
export function printDiagnostics(diagnostics: readonly Diagnostic[], sources: Sources, json: boolean): void {
	if (json) {
		process.stdout.write(diagnosticsToJson(diagnostics, sources));
		return;
	}
	const palette = choosePalette(process.stderr.isTTY === true, process.env);
	process.stderr.write(
		renderDiagnostics(diagnostics, sources, {
			palette,
			...(process.stderr.columns && { width: process.stderr.columns }),
		}),
	);
}

/** A mistake in the command itself. */
export function usageProblem(message: string): string {
	const palette = choosePalette(process.stderr.isTTY === true, process.env);
	const text = message.replace(/^error: /, "");
	return `${palette("error", "error[E0701]")}: ${text}\n${palette("note", "hint")}: see \`ansatz --help\`\n`;
}

export function fileProblem(code: string, file: string, message: string): Diagnostic {
	return {
		code,
		severity: "error",
		message,
		at: { file, start: 0, end: 0 },
		related: [],
		notes: [],
		fixes: [],
	};
}
