import type { DataArray } from "./array.js";
import { noNumbers, tabular } from "./tabular.js";
import { readInThread } from "./thread.js";

/** What the thread that reads a file of Arrow's answers. */
export interface ArrowAnswer {
	readonly rows: number;
	readonly columns: readonly {
		readonly name: string;
		/** Arrow's type: `Utf8`. */
		readonly type: string;
		readonly numeric: boolean;
		readonly whole: boolean;
		readonly values: ArrayLike<number | bigint | boolean | null>;
	}[];
}

/** A table in Arrow's IPC format, file or stream. */
export function readArrow(path: string, label: string | undefined): DataArray[] {
	const script = new URL("./arrow-worker.js", import.meta.url);
	const { rows, columns } = readInThread<ArrowAnswer>(script, path, "Arrow file");
	for (const { numeric, name, type } of columns) if (!numeric) throw noNumbers(name, type);
	return tabular(columns, rows, label);
}
