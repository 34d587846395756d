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

/** How data files are written. */
export type DataFormat = "csv" | "npy" | "npz" | "safetensors" | "idx" | "arrow" | "parquet";

/** What a program asks of a data file. Paths are resolved. */
export interface DataRequest {
	readonly format: DataFormat;
	readonly path: string;
	/** The column or array that holds classes, or what is to be predicted. */
	readonly label?: string;
	/** A second file with the labels. */
	readonly labels?: string;
}

/** One array of a data file, as far as checking needs it. */
export interface ArrayDescription {
	/** Of a table of numbers `x`, and `y` for the label. */
	readonly name: string;
	readonly element: "real" | "int" | "bool";
	readonly shape: readonly number[];
	/** Of whole numbers: all lie in 0 .. below. */
	readonly below?: number;
}

/** What a data file holds, as far as checking needs it. */
export interface DataDescription {
	readonly arrays: readonly ArrayDescription[];
	/** Known from the lock file only: the data file is not there. */
	readonly locked?: boolean;
	/** The data file is not the one that was locked. */
	readonly changed?: boolean;
	/** There is a lock file, which cannot be read: nothing is compared with it. */
	readonly unreadableLock?: boolean;
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
	/** Describes a data file: reads it, or as much of it as tells. What is `pending` is known later: who checks then asks again. */
	describeData(
		request: DataRequest,
	): { readonly data: DataDescription } | { readonly problem: DataProblem } | { readonly pending: true };
}
