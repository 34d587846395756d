import { CsvError, parse } from "csv-parse/sync";
import { nearest } from "../../compiler/source/near.js";
import { LineIndex } from "../../compiler/source/text.js";
import type { DataProblem } from "./problem.js";
import { firstInvalidByte } from "./utf8.js";

/** A data set as it was read: numbers only. */
export interface Table {
	/** All columns, in the order of the file. */
	readonly columns: readonly string[];
	readonly rows: number;
	/** Row-major, all columns but the label. */
	readonly features: Float64Array;
	readonly featureNames: readonly string[];
	/** The label column: whole numbers as `Int32Array`. */
	readonly label?: Int32Array | Float64Array;
	/** One more than the greatest label, when the labels are natural numbers. */
	readonly classes?: number;
}

export interface CsvOptions {
	/** The path to show in problems. */
	readonly file: string;
	/** The column to take as the label. */
	readonly label?: string;
	/** Whether the label must be a class: 0, 1, 2, .. */
	readonly classes?: boolean;
}

/** Reads a CSV file with a header row and numbers below it. */
export function readCsv(
	text: string | Uint8Array,
	options: CsvOptions,
): { readonly ok: Table } | { readonly problem: DataProblem } {
	try {
		const decoded = typeof text === "string" ? text : decode(text, options.file);
		return { ok: new Reader(decoded, options).read() };
	} catch (error) {
		if (error instanceof Refusal) return { problem: error.problem };
		throw error;
	}
}

/** Carries a problem out of the callbacks of the parser. */
class Refusal extends Error {
	constructor(readonly problem: DataProblem) {
		super(problem.message);
	}
}

function decode(bytes: Uint8Array, file: string): string {
	const invalid = firstInvalidByte(bytes);
	if (invalid === undefined) return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
	const before = new LineIndex(
		new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, invalid)),
	);
	const { line, column } = before.position(before.text.length);
	const value = (bytes[invalid] as number).toString(16).padStart(2, "0");
	const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
	throw new Refusal({
		code: "E0502",
		message: `the file is not UTF-8: byte ${invalid} (0x${value}) does not belong there`,
		at: { file, line: line + 1, column: column + 1 },
		hint: wide ? "it looks like UTF-16: save it as UTF-8" : "save it as UTF-8",
	});
}

const numberPattern = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const notFinitePattern = /^[+-]?(nan|inf|infinity)$/i;

class Reader {
	private readonly file: string;
	private header: string[] | undefined;
	/** Where the label stands, -1 without one. */
	private labelAt = -1;
	private readonly features: number[] = [];
	private readonly labels: number[] = [];
	private rows = 0;
	private lineIndex: LineIndex | undefined;

	constructor(
		private readonly text: string,
		private readonly options: CsvOptions,
	) {
		this.file = options.file;
	}

	read(): Table {
		try {
			parse(this.text, {
				bom: true,
				skip_empty_lines: true,
				// Counted here, so that the message can name the line.
				relax_column_count: true,
				on_record: (record: string[], info: { lines: number }) => {
					// A quoted field may go over several lines; the parser counts to the last of them.
					const breaks = record.reduce((sum, field) => sum + lineBreaks(field), 0);
					this.take(record, info.lines - breaks);
					return null;
				},
			});
		} catch (error) {
			if (!(error instanceof CsvError)) throw error;
			throw this.malformed(error);
		}
		return this.table();
	}

	private take(record: string[], line: number): void {
		if (this.header === undefined)
			this.takeHeader(
				record.map((name) => name.trim()),
				line,
			);
		else this.takeRow(this.header, record, line);
	}

	private takeHeader(header: string[], line: number): void {
		this.header = header;
		this.requireNames(header, line);
		const seen = new Set<string>();
		for (const [index, name] of header.entries()) {
			if (seen.has(name)) {
				throw this.refuse(
					"E0509",
					`two columns are called '${name}'`,
					line,
					index,
					"give each column a name of its own",
				);
			}
			seen.add(name);
		}
		const { label } = this.options;
		if (label === undefined) return;
		this.labelAt = header.indexOf(label);
		if (this.labelAt >= 0) return;
		const near = nearest(label, header).map((name) => `'${name}'`);
		const hint =
			near.length > 0
				? `did you mean ${near.join(" or ")}?`
				: `the columns are ${header.slice(0, 12).join(", ")}${header.length > 12 ? ", .." : ""}`;
		throw this.refuse("E0507", `there is no column '${label}' to take as the label`, line, 0, hint);
	}

	/** A header that is numbers is a first row, and would be left out; only one that counts the columns is meant. */
	private requireNames(header: readonly string[], line: number): void {
		const isCounted = [0, 1].some((first) => header.every((name, k) => name === String(first + k)));
		if (!isCounted && header.every((name) => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(name)))
			throw this.refuse(
				"E0524",
				"the header row holds numbers: the names of the columns are missing",
				line,
				0,
				"put a row of names above the first row",
			);
		const unnamed = header.indexOf("");
		if (unnamed >= 0)
			throw this.refuse(
				"E0524",
				`column ${unnamed + 1} has no name`,
				line,
				unnamed,
				unnamed === 0
					? "if it counts the rows, as pandas writes them, leave it out (`index = False`); else name it"
					: "give each column a name of its own",
			);
	}

	private takeRow(header: readonly string[], record: readonly string[], line: number): void {
		if (record.length !== header.length) {
			const at = Math.min(record.length, header.length);
			const count = (n: number): string => (n === 1 ? "1 column" : `${n} columns`);
			throw this.refuse(
				"E0504",
				`line ${line} has ${count(record.length)}, the header has ${header.length}`,
				line,
				record.length > header.length ? at : at - 1,
				record.length > header.length
					? "a comma too many, or a number with a decimal comma?"
					: "is a value missing?",
			);
		}
		for (let index = 0; index < header.length; index++) {
			const field = record[index] as string;
			const value = this.parseNumber(field, line, index, header[index] as string);
			if (index !== this.labelAt) this.features.push(value);
			else {
				if (this.options.classes === true) this.requireClass(value, field, line, index);
				this.labels.push(value);
			}
		}
		this.rows += 1;
	}

	private parseNumber(field: string, line: number, index: number, column: string): number {
		const text = field.trim();
		const value = numberPattern.test(text) ? Number(text) : Number.NaN;
		if (Number.isFinite(value)) return value;
		if (
			notFinitePattern.test(text) ||
			value === Number.POSITIVE_INFINITY ||
			value === Number.NEGATIVE_INFINITY
		) {
			throw this.refuse(
				"E0506",
				`column '${column}' has the value ${text} at line ${line}, which is not finite`,
				line,
				index,
				"leave such rows out, or fill in a number and a column that marks where",
			);
		}
		const hint =
			text === ""
				? "leave such rows out, or fill in a number"
				: index === this.labelAt
					? "number the classes: 0, 1, 2, .."
					: "only numbers can be read: encode the column as numbers, or leave it out";
		const what = text === "" ? "nothing" : `'${shortened(text)}'`;
		throw this.refuse(
			"E0505",
			`column '${column}' has ${what} at line ${line}, where a number belongs`,
			line,
			index,
			hint,
		);
	}

	private requireClass(value: number, field: string, line: number, index: number): void {
		if (isClass(value)) return;
		throw this.refuse(
			"E0508",
			`the label ${field.trim()} at line ${line} is not a class: 0, 1, 2, ..`,
			line,
			index,
			"number the classes from 0, or use the label as a real number",
		);
	}

	private table(): Table {
		if (this.header === undefined) {
			throw this.refuse("E0503", "the file is empty", 1, 0, "it needs a header row and rows of numbers");
		}
		if (this.rows === 0) {
			throw this.refuse(
				"E0503",
				"the file has a header, but no rows",
				1,
				0,
				"it needs rows of numbers below the header",
			);
		}
		const columns = this.header;
		const base: Table = {
			columns,
			rows: this.rows,
			features: Float64Array.from(this.features),
			featureNames: columns.filter((_, index) => index !== this.labelAt),
		};
		if (this.labelAt < 0) return base;
		const whole = this.labels.every((value) => Number.isInteger(value) && Math.abs(value) < 2 ** 31);
		const label = whole ? Int32Array.from(this.labels) : Float64Array.from(this.labels);
		if (!this.labels.every(isClass)) return { ...base, label };
		return { ...base, label, classes: this.labels.reduce((most, value) => Math.max(most, value), 0) + 1 };
	}

	/** What the parser itself refuses: quotes. */
	private malformed(error: CsvError): Refusal {
		// The parser adds what was wrong where to its errors, without declaring it.
		const place = error as CsvError & { lines?: number; column?: number | string };
		const line = place.lines ?? 1;
		const hint =
			"a field with a quote, a comma or a line break stands in quotes, with its own quotes doubled";
		if (error.code === "CSV_QUOTE_NOT_CLOSED") {
			// The parser names the end of the file; what helps is the quote that is still open there.
			return this.refuseAt("E0510", "a quote is opened and never closed", openQuote(this.text), hint);
		}
		const field = typeof place.column === "number" ? place.column : 0;
		return this.refuse("E0510", `a quote stands where none may, at line ${line}`, line, field, hint);
	}

	/** A problem at a field: its place is looked for only now, the parser does not keep it. */
	private refuse(code: string, message: string, line: number, field: number, hint: string): Refusal {
		this.lineIndex ??= new LineIndex(this.text);
		return this.refuseAt(code, message, fieldStart(this.text, this.lineIndex.start(line - 1), field), hint);
	}

	private refuseAt(code: string, message: string, offset: number, hint: string): Refusal {
		this.lineIndex ??= new LineIndex(this.text);
		const place = this.lineIndex.position(offset);
		return new Refusal({
			code,
			message,
			at: { file: this.file, line: place.line + 1, column: place.column + 1 },
			hint,
		});
	}
}

function lineBreaks(field: string): number {
	return /[\r\n]/.test(field) ? (field.match(/\r\n|\r|\n/g)?.length ?? 0) : 0;
}

function isClass(value: number): boolean {
	return Number.isInteger(value) && value >= 0 && value < 2 ** 31;
}

function shortened(text: string): string {
	return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** Where the `field`-th field of the record at `start` begins; commas and line breaks in quotes do not count. */
function fieldStart(text: string, start: number, field: number): number {
	let at = text.charCodeAt(start) === 0xfeff ? start + 1 : start;
	let quoted = false;
	for (let left = field; left > 0 && at < text.length; at++) {
		const character = text[at];
		if (character === '"') quoted = !quoted;
		else if (!quoted && character === ",") left -= 1;
		else if (!quoted && (character === "\n" || character === "\r")) break;
	}
	return at;
}

/** Where the quote stands that nothing closes. */
function openQuote(text: string): number {
	let open = -1;
	for (let at = 0; at < text.length; at++) {
		if (text[at] !== '"') continue;
		if (open < 0) open = at;
		else if (text[at + 1] === '"') at += 1;
		else open = -1;
	}
	return open;
}
