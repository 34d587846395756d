/** How wide a tab is shown: up to the next multiple. */
const tabWidth = 4;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** A line as a terminal shows it: one entry a cell, the second cell of a wide character is empty. */
export interface CellLine {
	readonly cells: readonly string[];
	/** The cell where a UTF-16 column is shown; a column within a character gives its first cell. */
	readonly cellAt: (column: number) => number;
}

/** Lays a line out: tabs become spaces, control characters a sign, wide characters take two cells. */
export function layOut(line: string): CellLine {
	const cells: string[] = [];
	const starts: number[] = [];
	for (const { segment, index } of graphemes.segment(line)) {
		for (let i = 0; i < segment.length; i++) starts[index + i] = cells.length;
		if (segment === "\t") {
			do cells.push(" ");
			while (cells.length % tabWidth !== 0);
			continue;
		}
		const width = graphemeWidth(segment);
		cells.push(width === 0 ? "\u00b7" : visible(segment));
		if (width === 2) cells.push("");
	}
	return { cells, cellAt: (column) => (column < 0 ? 0 : (starts[column] ?? cells.length)) };
}

/** How many cells a text takes. */
export function textWidth(text: string): number {
	let width = 0;
	for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
	return width;
}

function visible(grapheme: string): string {
	const code = grapheme.codePointAt(0) as number;
	// The control pictures; a terminal must not obey what a source text contains.
	if (code < 32) return String.fromCodePoint(0x2400 + code);
	if (code === 127) return "\u2421";
	return code >= 128 && code < 160 ? "\ufffd" : grapheme;
}

function graphemeWidth(grapheme: string): number {
	const code = grapheme.codePointAt(0) as number;
	// An emoji as a whole is wide, also one that only the variation selector makes an emoji.
	if (/\p{Emoji_Presentation}|\ufe0f|\u20e3/u.test(grapheme)) return 2;
	if (isWide(code)) return 2;
	return /^[\p{Mn}\p{Me}\p{Cf}]+$/u.test(grapheme) ? 0 : 1;
}

/** East Asian wide and full-width characters, by their blocks. */
const wideRanges: readonly (readonly [number, number])[] = [
	[0x1100, 0x115f],
	[0x2e80, 0x303e],
	[0x3041, 0xa4cf],
	[0xa960, 0xa97f],
	[0xac00, 0xd7a3],
	[0xf900, 0xfaff],
	[0xfe30, 0xfe6f],
	[0xff01, 0xff60],
	[0xffe0, 0xffe6],
	[0x20000, 0x3fffd],
];

function isWide(code: number): boolean {
	return code >= 0x1100 && wideRanges.some(([first, last]) => code >= first && code <= last);
}
