import { type CheckedProgram, checkProgram } from "../compiler/check/check.js";
import { loadProgram } from "../compiler/program/load.js";
import type { Diagnostic } from "../compiler/source/diagnostic.js";
import { NodeHost } from "./node-host.js";

export interface Opened {
	readonly host: NodeHost;
	/** Absent if the file cannot be read. */
	readonly program?: CheckedProgram;
	readonly diagnostics: readonly Diagnostic[];
	/** The texts that diagnostics point into. */
	readonly sources: ReadonlyMap<string, string>;
}

/** Reads and checks a program. What is wrong is in the diagnostics. */
export function openProgram(file: string, text?: string): Opened {
	const host = new NodeHost(file, (path) => (path === file ? text : undefined));
	const source = host.readSource(file);
	if (!source || "problem" in source) {
		const message = source ? `${file} cannot be read: ${source.problem}` : `there is no file ${file}`;
		const diagnostic: Diagnostic = {
			code: source ? "E0216" : "E0215",
			severity: "error",
			message,
			at: { file, start: 0, end: 0 },
			related: [],
			notes: [],
			fixes: [],
		};
		return { host, diagnostics: [diagnostic], sources: new Map([[file, ""]]) };
	}
	const program = checkProgram(loadProgram(file, source.text, host), host);
	const sources = new Map(program.program.modules.map(({ module }) => [module.path, module.text]));
	return { host, program, diagnostics: program.diagnostics, sources };
}
