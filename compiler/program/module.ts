import type { SyntaxTree } from "../../grammar/ast.js";

/** One file of a program. */
export interface Module {
	/** The path under which it was given, or `std.nn` for a file of the standard library. */
	readonly path: string;
	readonly library: boolean;
	readonly text: string;
	readonly tree: SyntaxTree;
}

/** Which file it is, whatever its text. */
export type ModuleName = Pick<Module, "path" | "library">;

/** What a data file holds, as far as checking needs it. */
export interface DataDescription {
	readonly rows: number;
	/** Columns other than the label. */
	readonly features: number;
	/** Of a label of classes: their number, one more than the largest label. */
	readonly classes?: number;
	readonly hasLabel: boolean;
}

/** What is wrong with a data file, and where in it. */
export interface DataProblem {
	readonly code: string;
	readonly message: string;
	readonly line?: number;
	readonly column?: number;
	readonly hint?: string;
}

/** The world outside, as the compiler sees it: it asks, it does no input or output itself. */
export interface ProgramHost {
	/** The text of a source file, or what is wrong with it; `undefined` if there is none. */
	readSource(path: string): { readonly text: string } | { readonly problem: string } | undefined;
	/** A file of the standard library: `nn`; `undefined` if there is none. */
	readLibrary(name: string): string | undefined;
	libraryNames(): readonly string[];
	/** Resolves a path in a file relative to that file; `undefined` if it leaves the project. */
	resolve(from: string, path: string): string | undefined;
	/** Reads and checks a data file. */
	describeCsv(
		path: string,
		label: string | undefined,
	): { readonly data: DataDescription } | { readonly problem: DataProblem };
}
