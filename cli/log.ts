import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname, extname } from "node:path";
import type { RunEvent } from "../runtime/events.js";

type History = Extract<RunEvent, { kind: "history" }>;

/**
 * The histories of fits in a file: one row a number. `index` counts the values of a history from 0, as
 * `.run.history.NAME[index]` does; `element` is empty of single numbers, and `[i, j]` of an element of a tensor.
 */
export class HistoryLog {
	private readonly file: number;
	private readonly csv: boolean;

	/** Throws an error of the file system. */
	constructor(path: string) {
		this.csv = extname(path).toLowerCase() === ".csv";
		mkdirSync(dirname(path), { recursive: true });
		this.file = openSync(path, "w");
		if (this.csv) writeSync(this.file, "fit,label,name,index,element,value\n");
	}

	write(event: History): void {
		for (const { name, shape, values } of event.histories) {
			const [length = 0, ...rest] = shape;
			const size = rest.reduce((a, b) => a * b, 1);
			const rows: string[] = [];
			for (let index = 0; index < length; index++)
				for (let k = 0; k < size; k++)
					rows.push(this.row(event, name, index, elementAt(k, rest), values[index * size + k] ?? Number.NaN));
			if (rows.length > 0) writeSync(this.file, `${rows.join("\n")}\n`);
		}
	}

	close(): void {
		closeSync(this.file);
	}

	private row({ fit, label }: History, name: string, index: number, element: string, value: number): string {
		if (this.csv) return [fit, field(label), field(name), index, field(element), value].join(",");
		const shown = Number.isFinite(value) ? value : String(value);
		return JSON.stringify({ fit, label, name, index, ...(element !== "" && { element }), value: shown });
	}
}

function elementAt(index: number, shape: readonly number[]): string {
	if (shape.length === 0) return "";
	const places: number[] = [];
	let rest = index;
	for (const size of [...shape].reverse()) {
		places.unshift(rest % size);
		rest = Math.floor(rest / size);
	}
	return `[${places.join(", ")}]`;
}

/** RFC 4180. */
function field(text: string): string {
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
