import type { IToken } from "chevrotain";
import { endOf, lex } from "../../grammar/lexer.js";
import * as t from "../../grammar/tokens.js";
import { sliceAt } from "../../grammar/visit.js";
import { continuesAfter, endsOperand } from "../../grammar/words.js";
import type { Place, Snapshot } from "../snapshot.js";

/** What the tokens before a cursor say. They are there also where the tree has lost its way. */
export interface Cursor {
	/** Where the word that is being written begins; it ends at the cursor. */
	readonly start: number;
	readonly prefix: string;
	/** Inside a comment or a text. */
	readonly silent: boolean;
	/** The tokens of the declaration before the word, newlines included. */
	readonly before: readonly IToken[];
	/** The last of them that is no newline. */
	readonly previous: IToken | undefined;
	/** The opening brackets around it, outermost first. */
	readonly open: readonly IToken[];
	/** Does a statement begin here? */
	readonly begins: boolean;
	/** Does something end before the word, so that a name cannot stand here? */
	readonly afterOperand: boolean;
	/** The words of the statement before the cursor. */
	readonly statement: readonly IToken[];
}

/**
 * The nodes that what is written at the cursor will belong to: behind a space those around the token before, since
 * what is not written yet is missing directly after it.
 */
export function placeOf(snapshot: Snapshot, offset: number, cursor: Cursor): Place | undefined {
	const { previous } = cursor;
	const here = snapshot.placeAt(offset);
	if (previous === undefined || cursor.prefix !== "") return here;
	const inBlock = here?.path.some((node) => node.kind === "Block" || "members" in node);
	if (cursor.begins && (inBlock || cursor.open.length === 0)) return here;
	return snapshot.placeAt(endOf(previous));
}

export function cursorAt(snapshot: Snapshot, offset: number): Cursor {
	const { text } = snapshot;
	const prefix = /[\p{L}_][\p{L}\d_₀-₉]*$/u.exec(text.slice(Math.max(0, offset - 80), offset))?.[0] ?? "";
	const start = offset - prefix.length;
	const base = sliceAt(snapshot.root.tree, offset)?.offset ?? 0;
	const lexed = lex(text.slice(base, offset));
	const shift = (token: IToken): IToken => ({ ...token, startOffset: token.startOffset + base });
	const tokens = lexed.tokens.map(shift);
	const comment = lexed.comments.at(-1);
	const inComment = comment !== undefined && base + endOf(comment) === offset;
	// A text that is not closed gives a lexical error up to the cursor.
	const inText = oddQuotes(text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset));
	const before = tokens.filter((token) => token.startOffset < start);
	const previous = before.findLast((token) => token.tokenType !== t.Newline);
	const open = openBrackets(before);
	const newline = previous !== undefined && before.at(-1)?.tokenType === t.Newline;
	const inBlock = open.length === 0 || open.at(-1)?.tokenType === t.LeftBrace;
	const begins =
		previous === undefined ||
		(inBlock && (previous.tokenType === t.Semicolon || (newline && !continuesAfter(previous)))) ||
		previous.tokenType === t.LeftBrace;
	const statement = lastStatement(before, begins);
	return {
		start,
		prefix,
		silent: inComment || inText,
		before,
		previous,
		open,
		begins,
		afterOperand: !begins && endsOperand(previous) && !opensExpression(previous, statement),
		statement,
	};
}

function oddQuotes(line: string): boolean {
	const code = line.replace(/\\./g, "");
	return (code.match(/"/g)?.length ?? 0) % 2 === 1;
}

const closers = new Map<unknown, unknown>([
	[t.RightParen, t.GroupOpen],
	[t.RightBracket, t.ListOpen],
	[t.RightBrace, t.LeftBrace],
]);
const openers = new Set<unknown>(closers.values());

function openBrackets(tokens: readonly IToken[]): IToken[] {
	const open: IToken[] = [];
	for (const token of tokens) {
		if (openers.has(token.tokenType)) open.push(token);
		const partner = closers.get(token.tokenType);
		if (partner === undefined) continue;
		const index = open.findLastIndex((one) => one.tokenType === partner);
		if (index >= 0) open.length = index;
	}
	return open;
}

function lastStatement(tokens: readonly IToken[], begins: boolean): IToken[] {
	if (begins) return [];
	let depth = 0;
	let at = tokens.length - 1;
	for (; at >= 0; at--) {
		const token = tokens[at] as IToken;
		if (closers.has(token.tokenType)) depth++;
		else if (openers.has(token.tokenType)) {
			if (token.tokenType === t.LeftBrace && depth === 0) break;
			depth--;
		} else if (depth <= 0 && token.tokenType === t.Semicolon) break;
		else if (depth <= 0 && token.tokenType === t.Newline) {
			const last = tokens.slice(0, at).findLast((one) => one.tokenType !== t.Newline);
			if (last && !continuesAfter(last) && depth === 0) break;
		}
	}
	return tokens.slice(at + 1).filter((token) => token.tokenType !== t.Newline);
}

/** Words after which an expression stands. They are names to the lexer. */
const beforeExpression = new Set([
	...["minimize", "maximize", "descend", "check", "test", "plot", "repeat"],
	...[
		"using",
		"wrt",
		"by",
		"on",
		"to",
		"over",
		"epochs",
		"steps",
		"until",
		"except",
		"divides",
		"trials",
		"seeds",
	],
	...["seed", "choice"],
]);

function opensExpression(token: IToken | undefined, statement: readonly IToken[]): boolean {
	if (token === undefined || !beforeExpression.has(token.image)) return false;
	// a word of that kind directly after an operand, or at the start of the statement
	const index = statement.indexOf(token);
	const before = statement[index - 1];
	return index === 0 || endsOperand(before);
}
