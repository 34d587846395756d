import type { Palette, Style } from "./render-palette.js";

/** One row of output, written cell by cell and then turned into text with as few colour changes as possible. */
export class Row {
	private readonly cells: { text: string; style: Style | undefined }[] = [];

	get width(): number {
		return this.cells.length;
	}

	/** Writes a text of one-cell characters. */
	put(at: number, text: string, style?: Style): void {
		for (let i = 0; i < text.length; i++) this.putCell(at + i, text[i] as string, style);
	}

	/** Writes something into one cell, whatever its real width: only right for the last of a row, or wide characters. */
	putCell(at: number, text: string, style?: Style): void {
		while (this.cells.length <= at) this.cells.push({ text: " ", style: undefined });
		this.cells[at] = { text, style };
	}

	render(palette: Palette): string {
		let end = this.cells.length;
		while (end > 0 && this.cells[end - 1]?.text.trim() === "") end -= 1;
		let result = "";
		for (let i = 0; i < end; ) {
			const { style } = this.cells[i] as { style: Style | undefined };
			let run = "";
			for (; i < end && this.cells[i]?.style === style; i++) run += this.cells[i]?.text ?? "";
			result += style === undefined ? run : palette(style, run);
		}
		return result;
	}
}
