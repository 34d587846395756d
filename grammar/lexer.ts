import { type IToken, Lexer } from "chevrotain";
import { lexed } from "./tokens.js";

const lexer = new Lexer([...lexed], {
	positionTracking: "onlyOffset",
	ensureOptimizations: true,
	skipValidations: true,
});

export interface Lexed {
	/** Newlines included. */
	readonly tokens: IToken[];
	readonly comments: IToken[];
	readonly errors: readonly { readonly offset: number; readonly length: number }[];
}

export function lex(text: string): Lexed {
	const result = lexer.tokenize(text);
	return { tokens: result.tokens, comments: result.groups.comments ?? [], errors: result.errors };
}

export function startOf(token: IToken): number {
	return token.startOffset;
}

export function endOf(token: IToken): number {
	return token.startOffset + token.image.length;
}
