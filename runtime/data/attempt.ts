import type { DataProblem } from "../../compiler/program/module.js";
import { DataRefusal } from "./problem.js";
import { PlacedRefusal } from "./read.js";

export type Answer<T> = { readonly ok: T } | { readonly problem: DataProblem };

/** What a reader refuses, as data. */
export function attempt<T>(read: () => T): Answer<T> {
	try {
		return { ok: read() };
	} catch (error) {
		if (error instanceof DataRefusal) {
			const { code, message, hint } = error;
			const place = error instanceof PlacedRefusal ? { line: error.line, column: error.column } : {};
			return { problem: { code, message, ...place, ...(hint !== undefined && { hint }) } };
		}
		if (error instanceof Error && "syscall" in error)
			return { problem: { code: "E0501", message: `a data file cannot be read: ${error.message}` } };
		// Whatever the bytes of a file are, they are no mistake of the compiler: too large for the machine, for example.
		const why = error instanceof Error ? error.message : String(error);
		return { problem: { code: "E0516", message: `a data file cannot be read: ${why}` } };
	}
}
