import type { Location } from "../compiler/source/diagnostic.js";
import type { LineIndex } from "../compiler/source/text.js";
import { type CellLine, layOut } from "./render-cells.js";
import type { Palette, Style } from "./render-palette.js";
import { Row } from "./render-row.js";

/** A span to mark in the source, `^^^^` when primary, `----` else. */
export interface Mark {
	readonly at: Location;
	readonly label: string | undefined;
	readonly primary: boolean;
}

export interface FrameOptions {
	readonly palette: Palette;
	/** The style of primary marks. */
	readonly primary: Style;
	/** How wide a line of output may be. */
	readonly width: number;
	/** How wide the column of line numbers is. */
	readonly numbers: number;
}

/** A mark within one line, in cells. */
interface Inline {
	readonly line: number;
	readonly start: number;
	readonly end: number;
	readonly label: string | undefined;
	readonly primary: boolean;
}

/** A mark over several lines; `end` is the last cell. `bar` is its place among the bars at the left. */
interface Spanning {
	readonly first: number;
	readonly last: number;
	readonly start: number;
	readonly end: number;
	readonly label: string | undefined;
	readonly primary: boolean;
	readonly bar: number;
	/** Nothing but blanks stands before it: the bar can begin beside its line. */
	readonly whole: boolean;
}

/** Spans of up to so many lines are shown whole. */
const mostLinesShown = 6;

/** The lines of one file that have marks, with line numbers, marks and labels. */
export function renderFrame(index: LineIndex, marks: readonly Mark[], options: FrameOptions): string[] {
	return new Frame(index, marks, options).render();
}

/** The last line number that a frame of these marks shows. */
export function lastLineShown(index: LineIndex, marks: readonly Mark[]): number {
	return Math.max(...marks.map((mark) => index.position(lastOffset(index, mark.at)).line)) + 1;
}

/** The end of a span for showing: one that ends with a line break ends on its line. */
function lastOffset(index: LineIndex, at: Location): number {
	let end = Math.max(at.start, Math.min(at.end, index.text.length));
	while (end > at.start && /[\r\n]/.test(index.text[end - 1] as string)) end -= 1;
	return end;
}

class Frame {
	private readonly inline: Inline[] = [];
	private readonly spanning: Spanning[] = [];
	private readonly rows: Row[] = [];
	private readonly layouts = new Map<number, CellLine>();

	constructor(
		private readonly index: LineIndex,
		marks: readonly Mark[],
		private readonly options: FrameOptions,
	) {
		for (const { at, label, primary } of marks) {
			const from = index.position(at.start);
			const to = index.position(lastOffset(index, at));
			const start = this.layout(from.line).cellAt(from.column);
			const end = this.layout(to.line).cellAt(to.column);
			if (from.line === to.line) {
				this.inline.push({ line: from.line, start, end: Math.max(end, start + 1), label, primary });
				continue;
			}
			const whole = index.line(from.line).slice(0, from.column).trim() === "";
			const bar = this.spanning.length;
			this.spanning.push({
				first: from.line,
				last: to.line,
				start,
				end: Math.max(end - 1, 0),
				label,
				primary,
				bar,
				whole,
			});
		}
	}

	render(): string[] {
		let before: number | undefined;
		for (const line of this.linesToShow()) {
			if (before !== undefined && line > before + 1) {
				const row = this.newRow(undefined, line - 1, "between");
				row.put(0, "...", "frame");
			}
			this.renderLine(line);
			before = line;
		}
		return this.rows.map((row) => row.render(this.options.palette));
	}

	private layout(line: number): CellLine {
		const known = this.layouts.get(line) ?? layOut(this.index.line(line));
		this.layouts.set(line, known);
		return known;
	}

	private linesToShow(): number[] {
		const shown = new Set(this.inline.map((mark) => mark.line));
		for (const { first, last } of this.spanning) {
			const whole = last - first < mostLinesShown;
			for (let line = first; line <= last; line++) {
				if (whole || line <= first + 1 || line === last) shown.add(line);
			}
		}
		const sorted = [...shown].sort((a, b) => a - b);
		// A gap of one line takes no more room than the dots.
		return sorted.flatMap((line, i) =>
			i > 0 && line === (sorted[i - 1] as number) + 2 ? [line - 1, line] : [line],
		);
	}

	/** Where the text begins: after the line number, the frame and the bars. */
	private get margin(): number {
		return this.options.numbers + 3 + 2 * this.spanning.length;
	}

	/** A row with number, frame and the bars that run through it: beside a line, below it, or between two. */
	private newRow(number: number | undefined, line: number, where: "beside" | "below" | "between"): Row {
		const row = new Row();
		if (number !== undefined) row.put(0, String(number).padStart(this.options.numbers), "frame");
		if (where !== "between") row.put(this.options.numbers + 1, "|", "frame");
		for (const mark of this.spanning) {
			const at = this.options.numbers + 3 + 2 * mark.bar;
			const style = this.styleOf(mark);
			if (where === "beside" && mark.whole && line === mark.first) row.put(at, "/", style);
			else if (line > mark.first && line <= mark.last) row.put(at, "|", style);
			else if (where !== "beside" && mark.whole && line === mark.first) row.put(at, "|", style);
		}
		this.rows.push(row);
		return row;
	}

	private styleOf(mark: { readonly primary: boolean }): Style {
		return mark.primary ? this.options.primary : "related";
	}

	private renderLine(line: number): void {
		const { cells } = this.layout(line);
		const inline = this.inline.filter((mark) => mark.line === line);
		const window = this.windowOf(line, inline);
		const row = this.newRow(line + 1, line, "beside");
		for (let i = window.from; i < Math.min(cells.length, window.to); i++)
			row.putCell(this.margin + i - window.from, cells[i] as string);
		if (window.from > 0) this.cut(row, cells, window.from, window.from);
		if (window.to < cells.length) this.cut(row, cells, window.to - 1, window.from);
		this.renderInline(line, inline, window);
		for (const mark of this.spanning) if (mark.first === line && !mark.whole) this.renderStart(mark, window);
		for (const mark of this.spanning) if (mark.last === line) this.renderEnd(mark, window);
	}

	/** Writes the sign of a cut, on both cells where it cuts through a wide character. */
	private cut(row: Row, cells: readonly string[], at: number, from: number): void {
		row.putCell(this.margin + at - from, "\u2026", "faint");
		if (cells[at + 1] === "" && at === from) row.putCell(this.margin + 1, " ");
		if (cells[at] === "" && at > from) row.putCell(this.margin + at - 1 - from, " ");
	}

	/** Which cells of a line are shown: all, or a part that has its marks in it, the primary one above all. */
	private windowOf(line: number, inline: readonly Inline[]): { from: number; to: number } {
		const { cells } = this.layout(line);
		const room = Math.max(20, this.options.width - this.margin);
		if (cells.length <= room) return { from: 0, to: cells.length };
		const marks = inline.map(({ start, end, primary }) => ({ start, end, primary }));
		for (const mark of this.spanning) {
			if (mark.first === line) marks.push({ start: mark.start, end: mark.start + 1, primary: mark.primary });
			if (mark.last === line) marks.push({ start: mark.end, end: mark.end + 1, primary: mark.primary });
		}
		let low = Math.min(...marks.map((mark) => mark.start), cells.length);
		let high = Math.max(...marks.map((mark) => mark.end), 0);
		if (marks.length === 0) [low, high] = [0, 0];
		const context = 8;
		if (high - low + 2 * context > room) {
			const primary = marks.find((mark) => mark.primary) ?? marks[0];
			low = primary?.start ?? 0;
			high = Math.min(primary?.end ?? 0, low + room - 2 * context);
		}
		const centred = Math.floor((low + high - room) / 2);
		const from = Math.max(0, Math.min(centred, low - context, cells.length - room));
		return { from, to: from + room };
	}

	private renderInline(line: number, all: readonly Inline[], window: { from: number; to: number }): void {
		const visible = (cell: number): number =>
			this.margin + Math.max(0, Math.min(cell, window.to + 1) - window.from);
		const marks = all
			.map((mark) => ({ ...mark, start: visible(mark.start), end: visible(mark.end) }))
			.sort((a, b) => a.start - b.start || b.end - a.end);
		if (marks.length === 0) return;
		const row = this.newRow(undefined, line, "below");
		// Primary marks are written last, over the others.
		for (const mark of [...marks].sort((a, b) => Number(a.primary) - Number(b.primary))) {
			const sign = mark.primary ? "^" : "-";
			row.put(mark.start, sign.repeat(Math.max(1, mark.end - mark.start)), this.styleOf(mark));
		}
		const labelled = marks.filter((mark) => mark.label !== undefined && mark.label !== "");
		const last = labelled.at(-1);
		// The last label stands beside its mark, when no other mark reaches as far.
		const beside =
			last !== undefined &&
			marks.every((mark) => mark === last || (mark.start < last.start && mark.end <= last.start));
		if (beside && last?.label !== undefined) row.putCell(row.width + 1, last.label, this.styleOf(last));
		const hanging = beside ? labelled.slice(0, -1) : labelled;
		if (hanging.length > 0) this.renderHanging(line, hanging);
	}

	/** Labels below their marks, the last first, with lines from the others running past. */
	private renderHanging(line: number, hanging: readonly Inline[]): void {
		const stems = (row: Row, marks: readonly Inline[]): void => {
			for (const mark of marks) row.put(mark.start, "|", this.styleOf(mark));
		};
		stems(this.newRow(undefined, line, "below"), hanging);
		for (let i = hanging.length - 1; i >= 0; i--) {
			const mark = hanging[i] as Inline;
			const row = this.newRow(undefined, line, "below");
			stems(
				row,
				hanging.slice(0, i).filter((other) => other.start < mark.start),
			);
			row.putCell(mark.start, mark.label as string, this.styleOf(mark));
		}
	}

	private renderStart(mark: Spanning, window: { from: number }): void {
		const row = this.newRow(undefined, mark.first, "below");
		const at = this.options.numbers + 3 + 2 * mark.bar;
		const to = this.margin + Math.max(0, mark.start - window.from);
		row.put(at + 1, "_".repeat(Math.max(0, to - at - 1)), this.styleOf(mark));
		row.put(to, mark.primary ? "^" : "-", this.styleOf(mark));
	}

	private renderEnd(mark: Spanning, window: { from: number }): void {
		const row = this.newRow(undefined, mark.last, "below");
		const at = this.options.numbers + 3 + 2 * mark.bar;
		const to = this.margin + Math.max(0, mark.end - window.from);
		row.put(at, "|", this.styleOf(mark));
		row.put(at + 1, "_".repeat(Math.max(0, to - at - 1)), this.styleOf(mark));
		row.put(to, mark.primary ? "^" : "-", this.styleOf(mark));
		if (mark.label !== undefined && mark.label !== "") row.putCell(to + 2, mark.label, this.styleOf(mark));
	}
}
