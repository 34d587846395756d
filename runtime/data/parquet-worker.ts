import { readFileSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { parquetMetadata, parquetRead, parquetSchema, type SchemaTree } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { ParquetAnswer, ParquetColumn } from "./parquet.js";
import { answerFromThread, type ThreadTask } from "./thread.js";

/** The thread that reads a Parquet file. */
const task = workerData as ThreadTask;

const wholeTypes = new Set(["BOOLEAN", "INT32", "INT64"]);
const realTypes = new Set(["FLOAT", "DOUBLE"]);

type Answer = ParquetAnswer | { readonly problem: string };

async function read(): Promise<Answer> {
	const bytes = readFileSync(task.path);
	const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
	const metadata = parquetMetadata(file);
	const rows = Number(metadata.num_rows);
	const columns = parquetSchema(metadata).children.map((child) => columnOf(child, rows));
	const wanted = columns.filter((c) => c.numeric);
	const missing = new Map<string, number>();
	const read = new Map<string, number>();
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
				read.set(columnName, (read.get(columnName) ?? 0) + columnData.length);
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
	for (const { name } of wanted) {
		const count = read.get(name) ?? 0;
		if (count !== rows)
			return {
				problem: `this Parquet file is damaged: column '${name}' holds ${count} values, and there are ${rows} rows`,
			};
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
		name: String(element.name),
		type: meaning ?? physical,
		numeric,
		whole: wholeTypes.has(physical),
		values: new Float64Array(numeric ? rows : 0),
	};
}

read().then(
	(answer) => answerFromThread(task, answer),
	(error: unknown) => {
		const why = error instanceof Error ? error.message : String(error);
		answerFromThread(task, { problem: `this Parquet file cannot be read: ${why}` });
	},
);
