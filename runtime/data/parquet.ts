import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { DataArray } from "./array.js";
import { DataRefusal } from "./problem.js";
import { noNumbers, tabular } from "./tabular.js";

/** What the thread that reads a Parquet file answers. */
export type ParquetAnswer =
	| { readonly problem: string }
	| { readonly rows: number; readonly columns: readonly ParquetColumn[] };

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

/** A table in Parquet. Its library answers later; checking asks now, so a thread reads while this one waits. */
export function readParquet(path: string, label: string | undefined): DataArray[] {
	const signal = new Int32Array(new SharedArrayBuffer(4));
	const { port1, port2 } = new MessageChannel();
	const worker = new Worker(new URL("./parquet-worker.js", import.meta.url), {
		workerData: { path, signal, port: port2 },
		transferList: [port2],
	});
	const state = Atomics.wait(signal, 0, 0, 60_000);
	const answer = receiveMessageOnPort(port1)?.message as ParquetAnswer | undefined;
	port1.close();
	void worker.terminate();
	if (!answer) {
		const why = state === "timed-out" ? "it takes more than a minute to read" : "it cannot be read";
		throw new DataRefusal("E0516", `this Parquet file is of no use: ${why}`);
	}
	if ("problem" in answer)
		throw new DataRefusal("E0516", `this Parquet file cannot be read: ${answer.problem}`);
	const columns = answer.columns.map((column) => {
		if (!column.numeric) throw noNumbers(column.name, column.type);
		const { name, whole, values, missing } = column;
		// A value that is not there is told as such, not as nan.
		return { name, whole, values: missing === undefined ? values : Array.from(values.subarray(0, missing)) };
	});
	return tabular(columns, answer.rows, label);
}
