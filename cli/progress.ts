import type { RunEvent } from "../runtime/events.js";
import {
	advance,
	liveLines,
	noProgress,
	type ProgressOptions,
	type ProgressState,
} from "./progress-state.js";
import { layOut } from "./render-cells.js";

/** What a writer needs of an output stream. */
export interface Output {
	write(text: string): unknown;
	/** The width of the terminal. */
	readonly columns?: number;
}

export interface ProgressWriterOptions extends ProgressOptions {
	/** `live` redraws lines in place, `plain` only adds lines, `json` writes each event as one object a line. */
	readonly mode: "live" | "plain" | "json";
	/** The time in milliseconds. */
	readonly now?: () => number;
}

/** How often the live lines are redrawn, in milliseconds. */
const redrawAfter = 100;

/** Writes the events of a run to an output, as they come. */
export class ProgressWriter {
	private state: ProgressState = noProgress;
	/** How many live lines stand on the terminal. */
	private drawn = 0;
	private drawnAt = Number.NEGATIVE_INFINITY;
	private readonly now: () => number;

	constructor(
		private readonly output: Output,
		private readonly options: ProgressWriterOptions,
	) {
		this.now = options.now ?? (() => performance.now());
	}

	handle(event: RunEvent): void {
		if (this.options.mode === "json") {
			this.output.write(`${eventToJson(event)}\n`);
			return;
		}
		const plain = this.options.mode === "plain";
		const { state, lines } = advance(this.state, event, { ...this.options, plain });
		this.state = state;
		if (plain) {
			if (lines.length > 0) this.output.write(`${lines.join("\n")}\n`);
			return;
		}
		// Lines that stay are written at once; what only moves waits for its turn.
		if (lines.length === 0 && event.kind === "progress" && this.now() - this.drawnAt < redrawAfter) return;
		this.redraw(lines);
	}

	/** Takes the live lines away: before others write to the terminal, and at the end. */
	clear(): void {
		if (this.drawn > 0) this.output.write(this.erasing());
		this.drawn = 0;
	}

	private redraw(lines: readonly string[]): void {
		const live = liveLines(this.state, this.options).map((line) =>
			clipped(line, (this.output.columns || 80) - 1),
		);
		// In one write, so that the terminal does not flicker.
		const text = [...lines, ...live].map((line) => `${line}\n`).join("");
		this.output.write(this.erasing() + text);
		this.drawn = live.length;
		this.drawnAt = this.now();
	}

	private erasing(): string {
		return this.drawn === 0 ? "" : `\u001b[${this.drawn}A\u001b[J`;
	}
}

/** Cuts a line to `width` cells: one that wraps could not be erased again. Colours take no room. */
export function clipped(line: string, width: number): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
	const pieces = line.split(/(\u001b\[[\d;]*m)/);
	let left = width;
	let result = "";
	for (const [i, piece] of pieces.entries()) {
		// The odd pieces are the colours; all are kept, so that none is left switched on.
		if (i % 2 === 1) {
			result += piece;
			continue;
		}
		const { cells } = layOut(piece);
		if (cells.length <= left) {
			result += piece;
			left -= cells.length;
			continue;
		}
		if (left > 0) {
			// Not half of a wide character.
			const kept = cells[left - 1] === "" ? left - 2 : left - 1;
			result += `${cells.slice(0, Math.max(0, kept)).join("")}…`;
		}
		left = 0;
	}
	return result;
}

/** An event as JSON. Numbers that are not finite, which JSON lacks, are the strings `NaN`, `Infinity`, `-Infinity`. */
export function eventToJson(event: RunEvent): string {
	return JSON.stringify(event, (_, value: unknown) =>
		typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
	);
}
