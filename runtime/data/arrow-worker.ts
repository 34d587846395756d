import { readFileSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { Type, tableFromIPC } from "@uwdata/flechette";
import type { ArrowAnswer } from "./arrow.js";
import { answerFromThread, type ThreadTask } from "./thread.js";

/** The thread that reads a file of Arrow's. */
const task = workerData as ThreadTask;

const damaged = "the file is damaged: it does not hold as many numbers as it says";

function read(): ArrowAnswer | { readonly problem: string } {
	const bytes = readFileSync(task.path);
	const table = decoded(bytes);
	if (typeof table === "string") return { problem: table };
	if (table.numCols === 0) return { problem: "this is not a file of Arrow's IPC format" };
	// A column has a bit for each row, at least.
	if (table.numRows > 8 * bytes.length) return { problem: damaged };
	try {
		return {
			rows: table.numRows,
			columns: table.children.map((column, i) => {
				const { typeId } = column.type;
				const whole = typeId === Type.Int || typeId === Type.Bool;
				const numeric = whole || typeId === Type.Float;
				return {
					name: String(table.names[i]),
					type: Object.entries(Type).find(([, value]) => value === typeId)?.[0] ?? String(typeId),
					numeric,
					whole,
					values: numeric ? (column.toArray() as ArrayLike<number | bigint | boolean | null>) : [],
				};
			}),
		};
	} catch {
		return { problem: damaged };
	}
}

/** The table, or why there is none. */
function decoded(bytes: Uint8Array): ReturnType<typeof tableFromIPC> | string {
	try {
		return tableFromIPC(bytes);
	} catch (error) {
		const packed = error instanceof Error && /compress|codec/i.test(error.message);
		return packed
			? "the file is compressed: write it without compression"
			: "this is not a file of Arrow's IPC format";
	}
}

answerFromThread(task, read());
