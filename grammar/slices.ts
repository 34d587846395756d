import type { IToken } from "chevrotain";
import { unclosedBrackets } from "./layout.js";
import { endOf, type Lexed } from "./lexer.js";
import * as t from "./tokens.js";
import * as words from "./words.js";

/**
 * Where the slices of a file begin: at each statement at column 0 outside all brackets. When brackets do not balance,
 * also at each word at column 0 that begins a declaration, so that an open brace does not swallow what follows.
 */
export function sliceOffsets(text: string, { tokens, comments }: Lexed): number[] {
	const balanced = unclosedBrackets(tokens) === 0;
	const starts: number[] = [];
	let depth = 0;
	let previous: IToken | undefined;
	for (let index = 0; index < tokens.length; index++) {
		const token = tokens[index] as IToken;
		if (token.tokenType === t.Newline) continue;
		const column0 =
			token.startOffset === 0 || text[token.startOffset - 1] === "\n" || text[token.startOffset - 1] === "\r";
		if (column0 && startsSlice(tokens, index, depth, previous, balanced)) {
			starts.push(token.startOffset);
			depth = 0;
		}
		if (opens.has(token.tokenType)) depth++;
		else if (closes.has(token.tokenType)) depth = Math.max(0, depth - 1);
		previous = token;
	}
	if (starts[0] !== 0) starts.shift();
	const offsets = starts.map((start) => (start === 0 ? 0 : withComments(text, start, comments)));
	if (offsets[0] !== 0) offsets.unshift(0);
	return offsets;
}

const opens = new Set<unknown>([t.GroupOpen, t.ListOpen, t.LeftBrace]);
const closes = new Set<unknown>([t.RightParen, t.RightBracket, t.RightBrace]);

function startsSlice(
	tokens: readonly IToken[],
	index: number,
	depth: number,
	previous: IToken | undefined,
	balanced: boolean,
): boolean {
	const token = tokens[index] as IToken;
	if (words.beginsStatement(tokens, index, true) && (depth === 0 || !balanced))
		return previous?.tokenType !== t.Export;
	if (depth > 0 || closes.has(token.tokenType) || opens.has(token.tokenType))
		return depth === 0 && opens.has(token.tokenType) && !continued(previous);
	return !continued(previous) && !words.continuesBefore(token);
}

function continued(previous: IToken | undefined): boolean {
	return previous !== undefined && words.continuesAfter(previous);
}

/** Comment lines directly above belong to what they stand above. */
function withComments(text: string, start: number, comments: readonly IToken[]): number {
	let from = start;
	for (let index = lastBefore(comments, start); index >= 0; index--) {
		const comment = comments[index] as IToken;
		if (!/^\r?\n?$/.test(text.slice(endOf(comment), from))) break;
		const before = text[comment.startOffset - 1];
		if (before !== undefined && before !== "\n" && before !== "\r") break;
		from = comment.startOffset;
	}
	return from;
}

function lastBefore(comments: readonly IToken[], offset: number): number {
	let low = 0;
	let high = comments.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((comments[middle] as IToken).startOffset < offset) low = middle + 1;
		else high = middle;
	}
	return low - 1;
}

/** Gives slices the tokens of the text that they are cut from, one after the other, so that it is read once. */
export class Cutter {
	private token = 0;
	private comment = 0;

	/** The tokens are those of a text that begins at `start`. */
	constructor(
		private readonly lexed: Lexed,
		private readonly start: number,
	) {}

	/** What stands between two offsets, counted from the first of them; later slices only come after it. */
	take(from: number, to: number): Lexed {
		const [first, end] = [from - this.start, to - this.start];
		const tokens: IToken[] = [];
		this.token = between(this.lexed.tokens, this.token, first, end, tokens);
		const comments: IToken[] = [];
		this.comment = between(this.lexed.comments, this.comment, first, end, comments);
		const errors = this.lexed.errors
			.filter(({ offset }) => first <= offset && offset < end)
			.map(({ offset, length }) => ({ offset: offset - first, length }));
		return { tokens, comments, errors };
	}
}

function between(all: readonly IToken[], at: number, first: number, end: number, found: IToken[]): number {
	let index = at;
	for (; index < all.length; index++) {
		const token = all[index] as IToken;
		if (token.startOffset >= end) break;
		if (token.startOffset < first) continue;
		token.startOffset -= first;
		found.push(token);
	}
	return index;
}
