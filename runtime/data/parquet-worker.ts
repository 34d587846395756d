import { readFileSync } from "node:fs";
import { type MessagePort, workerData } from "node:worker_threads";
import { parquetMetadata, parquetRead, parquetSchema, type SchemaTree } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { ParquetAnswer, ParquetColumn } from "./parquet.js";

/** The thread that reads a Parquet file: answers once, then wakes the one that waits. */
const { path, signal, port } = workerData as { path: string; signal: Int32Array; port: MessagePort };

const wholeTypes = new Set(["BOOLEAN", "INT32", "INT64"]);
const realTypes = new Set(["FLOAT", "DOUBLE"]);

function answer(message: ParquetAnswer): void {
	port.postMessage(message);
	Atomics.store(signal, 0, 1);
	Atomics.notify(signal, 0);
}

async function read(): Promise<ParquetAnswer> {
	const bytes = readFileSync(path);
	const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
	const metadata = parquetMetadata(file);
	const rows = Number(metadata.num_rows);
	const columns = parquetSchema(metadata).children.map((child) => columnOf(child, rows));
	const wanted = columns.filter((c) => c.numeric);
	const missing = new Map<string, number>();
	if (wanted.length > 0) {
		const byName = new Map(wanted.map((c) => [c.name, c]));
		await parquetRead({
			file,
			metadata,
			compressors,
			columns: wanted.map((c) => c.name),
			onChunk: ({ columnName, columnData, rowStart }) => {
				const column = byName.get(columnName);
				if (!column) return;
				for (let i = 0; i < columnData.length; i++) {
					const value: unknown = columnData[i];
					const row = rowStart + i;
					if (value === null || value === undefined) {
						missing.set(columnName, Math.min(row, missing.get(columnName) ?? row));
					} else column.values[row] = Number(value);
				}
			},
		});
	}
	return {
		rows,
		columns: columns.map((c) => {
			const at = missing.get(c.name);
			return at === undefined ? c : { ...c, missing: at };
		}),
	};
}

function columnOf({ element, children }: SchemaTree, rows: number): ParquetColumn {
	const physical = element.type ?? "group";
	// A date or a decimal number is stored as a whole number that means something else.
	const meaning = element.logical_type?.type ?? element.converted_type;
	const plain = meaning === undefined || /^U?INT/.test(meaning) || meaning === "FLOAT16";
	const single = children.length === 0 && element.repetition_type !== "REPEATED";
	const numeric = single && plain && (wholeTypes.has(physical) || realTypes.has(physical));
	return {
		name: element.name,
		type: meaning ?? physical,
		numeric,
		whole: wholeTypes.has(physical),
		values: new Float64Array(numeric ? rows : 0),
	};
}

read().then(answer, (error: unknown) =>
	answer({ problem: error instanceof Error ? error.message : String(error) }),
);
