import type { Diagnostic } from "../compiler/source/diagnostic.js";
import { openProgram } from "../runtime/open.js";
import { printDiagnostics } from "./report.js";

/** `ansatz check FILE...`: 0 if there is no error. Warnings do not count. */
export function checkCommand(files: readonly string[], options: { readonly json?: boolean }): number {
	const diagnostics: Diagnostic[] = [];
	const sources = new Map<string, string>();
	const seen = new Set<string>();
	for (const file of files) {
		const opened = openProgram(file);
		for (const [path, text] of opened.sources) sources.set(path, text);
		for (const diagnostic of opened.diagnostics) {
			// Two programs may import one file: its mistakes are told once.
			const key = JSON.stringify([diagnostic.code, diagnostic.at]);
			if (!seen.has(key)) diagnostics.push(diagnostic);
			seen.add(key);
		}
	}
	printDiagnostics(diagnostics, sources, options.json === true);
	return diagnostics.some((d) => d.severity === "error") ? 2 : 0;
}
