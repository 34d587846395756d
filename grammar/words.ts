import type { IToken } from "chevrotain";
import * as t from "./tokens.js";

/**
 * Which words stand in their special place. Only hard keywords are lexed as such: `loss`, `steps` or `sum` are names
 * unless what stands around them says otherwise, and a name never stands directly beside another expression.
 */
const heads = new Map(Object.entries(t.heads));
const clauses = new Map(Object.entries(t.clauses));
const binders = new Map(Object.entries(t.binders));

/** Heads before a name, at the top of a file also before nothing: someone is about to write it. */
const declarations = new Set<string>([
	...["model", "fit", "data", "dim", "constraint", "reparam", "optimizer", "search"],
	...["loss", "regularizer", "metric", "schedule", "precision"],
]);

export function clauseWord(token: IToken): IToken["tokenType"] | undefined {
	return token.tokenType === t.Identifier ? clauses.get(token.image) : undefined;
}

const operandEnds = new Set<unknown>([
	...[t.Identifier, t.NumberToken, t.StringToken, t.QuotedToken, t.True, t.False, t.TupleIndex],
	...[t.RightParen, t.RightBracket, t.RightBrace, t.AngleClose, t.DotStar, t.DotStarStar],
]);

/** After such a token an operator, a clause or the end of the statement is expected. */
export function endsOperand(token: IToken | undefined): boolean {
	return token !== undefined && operandEnds.has(token.tokenType);
}

const touchable = new Set<unknown>([
	...[
		t.Identifier,
		t.MethodName,
		t.RightParen,
		t.RightBracket,
		t.AngleClose,
		t.TupleIndex,
		t.DotStar,
		t.DotStarStar,
	],
]);

/** A bracket that touches such a token calls or indexes. */
export function takesBrackets(token: IToken | undefined): boolean {
	return token !== undefined && touchable.has(token.tokenType);
}

const expressionStarts = new Set<unknown>([
	...[
		t.Identifier,
		t.NumberToken,
		t.StringToken,
		t.QuotedToken,
		t.True,
		t.False,
		t.Not,
		t.If,
		t.Match,
		t.For,
	],
	...[t.GroupOpen, t.ListOpen, t.LeftBrace, t.Bar, t.Minus, t.Bang, t.Dot],
]);

function touch(left: IToken, right: IToken | undefined): boolean {
	return right !== undefined && left.startOffset + left.image.length === right.startOffset;
}

/** Does an expression of its own follow this word: not a call, an index, a field, or the rest of a sum? */
function expressionFollows(word: IToken, next: IToken | undefined, afterNext: IToken | undefined): boolean {
	if (next === undefined || !expressionStarts.has(next.tokenType)) return false;
	if (next.tokenType === t.Minus) return !touch(word, next) && touch(next, afterNext);
	return !touch(word, next) || next.tokenType === t.StringToken;
}

/** The head token of the word at `index`, if a declaration or statement begins there. */
export function headAt(
	tokens: readonly IToken[],
	index: number,
	topLevel: boolean,
): IToken["tokenType"] | undefined {
	const token = tokens[index];
	if (token === undefined || token.tokenType !== t.Identifier) return undefined;
	const head = heads.get(token.image);
	if (head === undefined) return undefined;
	const next = tokens[index + 1];
	const nothing = next === undefined || next.tokenType === t.Newline;
	const name = next?.tokenType === t.Identifier;
	const word = token.image;
	if (declarations.has(word)) {
		return name || (topLevel && (nothing || next.tokenType === t.LeftBrace)) ? head : undefined;
	}
	switch (word) {
		case "param":
		case "state":
		case "track":
			return name ? head : undefined;
		case "ansatz":
			return next?.tokenType === t.NumberToken ? head : undefined;
		case "subject":
			return next?.image === "to" ? head : undefined;
		case "minimize":
		case "maximize":
		case "descend":
			if (nothing || next.tokenType === t.RightBrace) return head;
	}
	return expressionFollows(token, next, tokens[index + 2]) ? head : undefined;
}

/** Words that only ever begin a line's statement: what an unfinished line before them cannot swallow. */
export function beginsStatement(tokens: readonly IToken[], index: number, topLevel: boolean): boolean {
	const token = tokens[index];
	if (token === undefined) return false;
	if ([t.Let, t.Fn, t.TypeWord, t.Import, t.Export].includes(token.tokenType)) return true;
	if (token.tokenType !== t.Identifier) return false;
	if (headAt(tokens, index, topLevel) !== undefined) return true;
	const next = tokens[index + 1]?.tokenType;
	return next === t.LeftArrow;
}

const afterBinding = new Set<unknown>([t.Comma, t.Colon, t.In, t.Where]);

/** Is `sum`, `all`, .. at `index` a binder: does it bind a name, `...name` or a pattern? */
export function binderAt(tokens: readonly IToken[], index: number): IToken["tokenType"] | undefined {
	const token = tokens[index];
	if (token === undefined) return undefined;
	const binder = binders.get(token.image);
	if (binder === undefined) return undefined;
	const next = tokens[index + 1];
	if (next?.tokenType === t.Identifier) {
		return clauses.has(next.image) && !afterBinding.has(tokens[index + 2]?.tokenType) ? undefined : binder;
	}
	if (next?.tokenType === t.Ellipsis) return binder;
	if (next?.tokenType !== t.GroupOpen || touch(token, next)) return undefined;
	const close = matching(tokens, index + 1);
	return afterBinding.has(tokens[close + 1]?.tokenType) ? binder : undefined;
}

const openers = new Set<unknown>([t.GroupOpen, t.ListOpen, t.LeftBrace]);
const closers = new Set<unknown>([t.RightParen, t.RightBracket, t.RightBrace]);

/** The index of the bracket that closes the one at `open`, or the end. */
export function matching(tokens: readonly IToken[], open: number): number {
	let depth = 0;
	for (let at = open; at < tokens.length; at++) {
		const type = tokens[at]?.tokenType;
		if (openers.has(type)) depth++;
		else if (closers.has(type) && --depth === 0) return at;
	}
	return tokens.length;
}

/** Does a method stand here: `name(..)` or `(..)` before `->`, `=`, `{` or `where`? */
export function methodParenAt(tokens: readonly IToken[], open: number): boolean {
	if (tokens[open]?.tokenType !== t.GroupOpen) return false;
	const after = tokens[matching(tokens, open) + 1]?.tokenType;
	return after === t.Arrow || after === t.Equals || after === t.LeftBrace || after === t.Where;
}

const lineEnds = new Set<unknown>([
	...[
		t.Comma,
		t.Equals,
		t.Colon,
		t.FatArrow,
		t.Arrow,
		t.LeftArrow,
		t.PlusEquals,
		t.LambdaClose,
		t.Bar,
		t.DotDot,
	],
	...[t.Then, t.Else, t.In, t.Where, t.If, t.Not, t.Dot, t.With, t.RuleWith, t.Bang],
]);

/** A line that ends so goes on in the next. */
export function continuesAfter(token: IToken): boolean {
	return lineEnds.has(token.tokenType) || (token.tokenType.CATEGORIES ?? []).includes(t.InfixOperator);
}

const lineStarts = new Set<unknown>([
	...[t.Pipe, t.Plus, t.Star, t.Slash, t.At, t.Caret, t.Percent, t.And, t.Or, t.AndAnd, t.OrOr, t.StarStar],
	...[t.EqualEqual, t.NotEqual, t.Less, t.LessEqual, t.Greater, t.GreaterEqual],
	...[t.Else, t.Then, t.With, t.Where, t.Arrow],
]);

/** A line that begins so goes on with the one before. */
export function continuesBefore(token: IToken): boolean {
	return lineStarts.has(token.tokenType);
}

const aroundWord = new Set<unknown>([
	...[t.Equals, t.LeftArrow, t.Colon, t.In, t.Dot, t.Comma, t.PlusEquals],
]);

/** A clause word at the start of a line, which a name there would not be. */
export function clauseBegins(tokens: readonly IToken[], index: number): boolean {
	const token = tokens[index];
	const next = tokens[index + 1];
	if (token === undefined || next === undefined || next.tokenType === t.Newline) return token !== undefined;
	if (touch(token, next)) return false;
	return !aroundWord.has(next.tokenType);
}

export const clausesOf: Readonly<Record<string, ReadonlySet<string>>> = {
	minimize: new Set(["wrt", "using", "on"]),
	track: new Set(["every"]),
	subject: new Set(["by"]),
	objective: new Set(["by", "trials", "seeds", "prune"]),
};

/** What other languages write at the start of a statement, and what is read in its place. */
export const foreignStarts: Readonly<Record<string, { instead?: IToken["tokenType"]; hint: string }>> = {
	def: { instead: t.Fn, hint: "a function is written `fn name(x: real) -> real = ..`" },
	func: { instead: t.Fn, hint: "a function is written `fn name(x: real) -> real = ..`" },
	function: { instead: t.Fn, hint: "a function is written `fn name(x: real) -> real = ..`" },
	fun: { instead: t.Fn, hint: "a function is written `fn name(x: real) -> real = ..`" },
	var: { instead: t.Let, hint: "a value is named by `let name = ..`; what changes is a `state`" },
	const: { instead: t.Let, hint: "a value is named by `let name = ..`" },
	val: { instead: t.Let, hint: "a value is named by `let name = ..`" },
	return: { hint: "the value of a block is its last line: drop the word" },
	while: {
		instead: t.RepeatWord,
		hint: "`repeat n until condition { .. }` in a fit; `loop(start, step, until = .., limit = ..)` elsewhere",
	},
	elif: { hint: "write `else if`" },
	class: {
		instead: t.ModelWord,
		hint: "a model is written `model Name(options) { .. }`, a record type `type Name = (x: real, y: real)`",
	},
	struct: { hint: "a record type is written `type Name = (x: real, y: real)`" },
};
