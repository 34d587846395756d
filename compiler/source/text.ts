/** A line and a column (in UTF-16 units), both from 0 as in the editor protocol; what is shown to people counts from 1. */
export interface Position {
	readonly line: number;
	readonly column: number;
}

/** Translates between offsets and positions of one text. Lines end at `\n`, `\r\n` or a lone `\r`. */
export class LineIndex {
	/** Where each line starts. */
	private readonly starts: readonly number[];

	constructor(readonly text: string) {
		const starts = [0];
		for (let i = 0; i < text.length; i++) {
			const unit = text.charCodeAt(i);
			if (unit === 10 || (unit === 13 && text.charCodeAt(i + 1) !== 10)) starts.push(i + 1);
		}
		this.starts = starts;
	}

	/** How many lines there are; a text that ends in a newline has an empty last one. */
	get count(): number {
		return this.starts.length;
	}

	/** The position of an offset; what is outside the text counts as its nearest end. */
	position(offset: number): Position {
		const inside = Math.max(0, Math.min(offset, this.text.length));
		let low = 0;
		let high = this.starts.length - 1;
		while (low < high) {
			const middle = Math.ceil((low + high) / 2);
			if ((this.starts[middle] as number) <= inside) low = middle;
			else high = middle - 1;
		}
		return { line: low, column: inside - (this.starts[low] as number) };
	}

	/** The offset of a position; a column beyond the end of its line counts as that end. */
	offset(position: Position): number {
		if (position.line < 0) return 0;
		if (position.line >= this.starts.length) return this.text.length;
		return Math.min(this.start(position.line) + Math.max(0, position.column), this.end(position.line));
	}

	/** Where a line starts. */
	start(line: number): number {
		return this.starts[line] ?? this.text.length;
	}

	/** Where a line ends, its line break not counted. */
	end(line: number): number {
		let end = this.starts[line + 1] ?? this.text.length;
		if (line + 1 >= this.starts.length) return end;
		end -= 1;
		return this.text.charCodeAt(end) === 10 && end > this.start(line) && this.text.charCodeAt(end - 1) === 13
			? end - 1
			: end;
	}

	/** The text of a line, without its line break. */
	line(line: number): string {
		return this.text.slice(this.start(line), this.end(line));
	}
}
