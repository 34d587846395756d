import type { Slice, SyntaxTree } from "./ast.js";
import { unclosedBrackets } from "./layout.js";
import { type Lexed, lex } from "./lexer.js";
import { sliceOffsets } from "./slices.js";

/** A stretch of a file that is read: its tokens, and where its slices begin. */
export interface Stretch {
	readonly start: number;
	readonly end: number;
	/** From its start on. */
	readonly lexed: Lexed;
	readonly offsets: readonly number[];
}

/** What an edit left as it was at both ends of a file, and what is between. */
export interface Resliced extends Stretch {
	readonly before: readonly Slice[];
	readonly after: readonly Slice[];
	/** How far those after the edit moved. */
	readonly moved: number;
}

/**
 * The slices of a text that differs from another in one stretch: only what is around it is read. Where a slice begins
 * is told by the tokens just before it and by the brackets that are open there: so some more slices are read at both ends,
 * and where brackets are in doubt the whole file has to be read.
 */
export function reslice(text: string, { slices, text: old }: SyntaxTree): Resliced | undefined {
	const moved = text.length - old.length;
	let first = 0;
	for (; first < slices.length; first++) {
		const slice = slices[first] as Slice;
		if (slice.problems.length > 0 || !text.startsWith(slice.text, slice.offset)) break;
	}
	const from = Math.max(0, first - 1);
	const start = slices[from]?.offset ?? 0;
	let last = slices.length;
	for (; last > from + 1; last--) {
		const slice = slices[last - 1] as Slice;
		const at = slice.offset + moved;
		if (at < start || slice.problems.length > 0 || !text.startsWith(slice.text, at)) break;
	}
	// The first that stays may become part of what stands above it; the next one begins where it did.
	const anchor = slices[last + 1];
	const after = anchor ? slices.slice(last + 2) : [];
	const end = after[0] ? after[0].offset + moved : text.length;
	const middle = text.slice(start, end);
	const lexed = lex(middle);
	// What stays at the ends has no problem, so that its brackets balance.
	if (unclosedBrackets(lexed.tokens) > 0) return undefined;
	const offsets = sliceOffsets(middle, lexed).map((offset) => offset + start);
	if (after.length > 0 && offsets.at(-1) !== end - (anchor as Slice).text.length) return undefined;
	return { before: slices.slice(0, from), after, moved, start, end, lexed, offsets };
}
