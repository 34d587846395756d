import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Diagnostic } from "../compiler/source/diagnostic.js";
import { format } from "../grammar/format.js";
import { firstInvalidByte } from "../runtime/data/utf8.js";
import { readBytes } from "../runtime/node-host.js";
import { fileProblem, printDiagnostics } from "./report.js";

/** `ansatz fmt FILE...`: a file with mistakes is left as it is. */
export function formatCommand(paths: readonly string[], options: { readonly check?: boolean }): number {
	const diagnostics: Diagnostic[] = [];
	const sources = new Map<string, string>();
	let changed = 0;
	for (const file of paths.flatMap((p) => filesAt(p, diagnostics))) {
		const text = readText(file, diagnostics);
		if (text === undefined) continue;
		sources.set(file, text);
		const result = format(text);
		for (const problem of result.problems) {
			diagnostics.push({
				...fileProblem(problem.code, file, problem.message),
				at: { file, ...problem.span },
				...(problem.hint !== undefined && { hint: problem.hint }),
			});
		}
		if (result.problems.length > 0) continue;
		if (file === "-") process.stdout.write(result.text);
		if (result.text === text || file === "-") continue;
		changed++;
		if (options.check) process.stdout.write(`${file} is not formatted\n`);
		else {
			writeFileSync(file, result.text);
			process.stdout.write(`${file} formatted\n`);
		}
	}
	printDiagnostics(diagnostics, sources, false);
	if (diagnostics.length > 0) return 2;
	return options.check && changed > 0 ? 1 : 0;
}

function readText(file: string, diagnostics: Diagnostic[]): string | undefined {
	const bytes = file === "-" ? readFileSync(0) : readBytes(file);
	if (!bytes) {
		diagnostics.push(fileProblem("E0215", file, `there is no file ${file}`));
		return undefined;
	}
	const invalid = firstInvalidByte(bytes);
	if (invalid === undefined) return new TextDecoder().decode(bytes);
	diagnostics.push(fileProblem("E0216", file, `${file} cannot be read: it is not UTF-8 (byte ${invalid})`));
	return undefined;
}

function filesAt(path: string, diagnostics: Diagnostic[]): string[] {
	if (path === "-") return [path];
	if (!existsSync(path)) {
		diagnostics.push(fileProblem("E0215", path, `there is no file ${path}`));
		return [];
	}
	if (!statSync(path).isDirectory()) return [path];
	return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
		if (entry.name.startsWith(".") || entry.name === "node_modules" || entry.name === "dist") return [];
		const inside = join(path, entry.name);
		if (entry.isDirectory()) return filesAt(inside, diagnostics);
		return entry.name.endsWith(".ansatz") ? [inside] : [];
	});
}
