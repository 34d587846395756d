import type { DataArray } from "./array.js";
import { noNumbers, tabular } from "./tabular.js";
import { readInThread } from "./thread.js";

/** What the thread that reads a Parquet file answers. */
export interface ParquetAnswer {
	readonly rows: number;
	readonly columns: readonly ParquetColumn[];
}

export interface ParquetColumn {
	readonly name: string;
	/** Parquet's type, or the one that it stands for. */
	readonly type: string;
	readonly numeric: boolean;
	readonly whole: boolean;
	readonly values: Float64Array;
	/** The first row without a value. */
	readonly missing?: number;
}

/** A table in Parquet. */
export function readParquet(path: string, label: string | undefined): DataArray[] {
	const script = new URL("./parquet-worker.js", import.meta.url);
	const answer = readInThread<ParquetAnswer>(script, path, "Parquet file");
	const columns = answer.columns.map((column) => {
		if (!column.numeric) throw noNumbers(column.name, column.type);
		const { name, whole, values, missing } = column;
		// A value that is not there is told as such, not as nan.
		return { name, whole, values: missing === undefined ? values : Array.from(values.subarray(0, missing)) };
	});
	return tabular(columns, answer.rows, label);
}
