/** What is wrong with a data file, and where in it. Line and column count from 1; the column in UTF-16 units. */
export interface DataProblem {
	readonly code: string;
	readonly message: string;
	readonly at: { readonly file: string; readonly line: number; readonly column: number };
	readonly hint?: string;
}

/** A data file that cannot be used. What has lines names the line; binary files have none. */
export class DataRefusal extends Error {
	constructor(
		readonly code: string,
		message: string,
		readonly hint?: string,
	) {
		super(message);
	}
}
