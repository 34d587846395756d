import type { IToken, TokenType } from "chevrotain";
import type { SyntaxProblem } from "./ast.js";
import { endOf } from "./lexer.js";
import type { PlacedToken } from "./tokens.js";
import * as t from "./tokens.js";
import * as words from "./words.js";

/**
 * Between the lexer and the parser: decides where statements end and what a word or bracket is in its place, and
 * closes what is not closed, so that the parser sees balanced brackets and needs no more than two tokens of lookahead.
 */
type FrameKind = "top" | "brace" | "paren" | "bracket" | "group" | "angle" | "lambda";

interface Frame {
	readonly kind: FrameKind;
	readonly open: IToken | undefined;
	/** Indentation of the line that the bracket stands in. */
	readonly indent: number;
	/** May methods stand here? Not in a `with`. */
	readonly methods: boolean;
	readonly search: boolean;
	/** The statement whose clauses may begin a line: see `clausesOf`. */
	context?: string;
	head?: TokenType;
}

const closing: Readonly<Record<FrameKind, TokenType | undefined>> = {
	top: undefined,
	brace: t.RightBrace,
	group: t.RightBrace,
	paren: t.RightParen,
	bracket: t.RightBracket,
	angle: t.AngleClose,
	lambda: t.LambdaClose,
};
const signs = new Map<TokenType, string>([
	[t.RightBrace, "}"],
	[t.RightParen, ")"],
	[t.RightBracket, "]"],
	[t.AngleClose, ">"],
	[t.LambdaClose, "|"],
]);

export interface LaidOut {
	readonly tokens: PlacedToken[];
	readonly problems: SyntaxProblem[];
}

/** Retags the given tokens in place and returns those that the parser reads. */
export function layout(raw: readonly IToken[]): LaidOut {
	return new Layout(raw).run();
}

class Layout {
	private readonly out: PlacedToken[] = [];
	private readonly problems: SyntaxProblem[] = [];
	private readonly frames: Frame[] = [
		{ kind: "top", open: undefined, indent: -1, methods: false, search: false },
	];
	private statementStart = true;
	private lineIndent = 0;
	/** Braces that nothing closes: indentation says which. */
	private unclosed: number;

	constructor(private readonly raw: readonly IToken[]) {
		this.unclosed = unclosedBrackets(raw);
		const first = raw[0];
		if (first !== undefined && first.tokenType !== t.Newline) this.lineIndent = first.startOffset;
	}

	run(): LaidOut {
		for (let index = 0; index < this.raw.length; index++) {
			const token = this.raw[index] as IToken;
			if (token.tokenType === t.Newline) {
				while (this.raw[index + 1]?.tokenType === t.Newline) index++;
				this.newline(index + 1, this.raw[index] as IToken);
			} else if (token.tokenType === t.Semicolon) this.semicolon(token, index);
			else this.place(token, index);
		}
		const end = this.last === undefined ? 0 : endOf(this.last);
		while (this.frames.length > 1) this.closeUnclosed(end);
		if (this.last?.tokenType === t.Terminator || this.last?.tokenType === t.TermEnd) this.out.pop();
		return { tokens: this.out, problems: this.problems };
	}

	private get top(): Frame {
		return this.frames[this.frames.length - 1] as Frame;
	}

	private get last(): PlacedToken | undefined {
		return this.out[this.out.length - 1];
	}

	private problem(code: string, message: string, token: IToken, hint?: string): void {
		this.problems.push({ code, message, span: { start: token.startOffset, end: endOf(token) }, hint });
	}

	// ------------------------------------------------------------ ends of statements

	private newline(next: number, newlineToken: IToken): void {
		const token = this.raw[next];
		if (token === undefined) return;
		this.lineIndent = token.startOffset - endOf(newlineToken);
		const previous = this.last;
		if (previous === undefined) return;
		const at = endOf(previous);
		while (this.top.kind === "lambda" || this.top.kind === "angle") {
			if (previous.tokenType === t.Comma) return;
			this.closeUnclosed(at);
		}
		const space =
			this.top.search && token.tokenType === t.Identifier && this.raw[next + 1]?.tokenType === t.In;
		const begins = space || words.beginsStatement(this.raw, next, this.frames.length === 1);
		this.repair(token, begins, at);
		const frame = this.top;
		if (frame.kind !== "brace" && frame.kind !== "top") return;
		if (token.tokenType === t.RightBrace || this.statementStart) return;
		if (words.continuesAfter(previous) && !begins) {
			if (previous.tokenType !== t.Equals || this.raw[next + 1]?.tokenType !== t.Equals) return;
		}
		if (words.continuesBefore(token)) return;
		const context = frame.context;
		if (context === "minimize" && (previous.tokenType.CATEGORIES ?? []).includes(t.StepHead) && !begins)
			return;
		if (context !== undefined && words.clausesOf[context]?.has(token.image)) {
			if (words.clauseBegins(this.raw, next)) return;
		}
		this.endStatement(at, next);
	}

	/** A bracket that is not closed ends where the indentation says so, or before a word that begins a statement. */
	private repair(token: IToken, begins: boolean, at: number): void {
		const isCloser = signs.has(token.tokenType);
		for (;;) {
			const frame = this.top;
			if (frame.kind === "top" || isCloser) return;
			const outdented = this.unclosed > 0 && this.lineIndent <= frame.indent;
			const within = frame.kind === "paren" || frame.kind === "bracket" || frame.kind === "group";
			if (within ? !begins && !outdented : !outdented) return;
			if (!within && words.continuesBefore(token)) return;
			this.closeUnclosed(at);
			this.unclosed--;
		}
	}

	private semicolon(token: IToken, index: number): void {
		// where a bracket is not closed, the end of a statement tells which
		const holder = this.frames.findLast((one) => one.kind === "brace" || one.kind === "top");
		while (this.unclosed > 0 && this.top !== holder) {
			this.closeUnclosed(token.startOffset);
			this.unclosed--;
		}
		const frame = this.top;
		if (frame.kind === "brace" || frame.kind === "top") {
			if (!this.statementStart) this.endStatement(token.startOffset, index + 1, token);
			return;
		}
		const hint = "in brackets, things are separated by `,`; a block of statements stands in `{ }`";
		this.problem("E0106", "`;` cannot stand between brackets", token, hint);
		token.tokenType = t.Comma;
		token.tokenTypeIdx = t.Comma.tokenTypeIdx as number;
		this.out.push(token);
	}

	private endStatement(at: number, next: number, token?: IToken): void {
		const frame = this.top;
		const named = this.raw[next]?.tokenType === t.Identifier && this.raw[next + 1]?.tokenType === t.Colon;
		const type = frame.context === "minimize" && named ? t.TermEnd : t.Terminator;
		if (token === undefined) this.out.push(made(type, at));
		else this.emit(token, type);
		if (type === t.TermEnd) return;
		frame.context = undefined;
		frame.head = undefined;
		this.statementStart = true;
	}

	// ------------------------------------------------------------ brackets

	private open(kind: FrameKind, token: IToken): void {
		const frame = this.top;
		const statements = kind === "brace";
		this.frames.push({
			kind,
			open: token,
			indent: this.lineIndent,
			methods: statements && this.last?.tokenType !== t.With,
			search: statements && frame.head === t.SearchWord,
		});
	}

	/** Closes the innermost bracket where the text does not. */
	private closeUnclosed(at: number): void {
		const frame = this.frames.pop() as Frame;
		const type = closing[frame.kind];
		if (type === undefined || frame.open === undefined) return;
		const sign = signs.get(type) ?? "";
		const hint =
			frame.kind === "lambda"
				? "a lambda is written `|x| x + 1`"
				: frame.kind === "angle"
					? "the type of the integers below k is `int<k>`; a comparison has spaces: `int < k`"
					: `add the \`${sign}\` where it ends`;
		this.problem("E0104", `\`${frame.open.image}\` is not closed`, frame.open, hint);
		const token = made(type, at);
		this.closeWith(token, true);
	}

	private closeWith(token: PlacedToken, synthetic: boolean): void {
		if (this.last?.tokenType === t.Terminator && token.tokenType === t.RightBrace) this.out.pop();
		if (this.last?.tokenType === t.Comma && token.tokenType !== t.LambdaClose) {
			this.out.pop();
			token.payload = { trailingComma: true, synthetic };
		} else if (synthetic) token.payload = { synthetic };
		this.out.push(token);
		this.statementStart = false;
	}

	private close(token: IToken, index: number): void {
		while (this.top.kind === "lambda" || this.top.kind === "angle") this.closeUnclosed(token.startOffset);
		const matches = (frame: Frame) => closing[frame.kind] === token.tokenType;
		let depth = this.frames.length - 1;
		while (depth > 0 && !matches(this.frames[depth] as Frame)) {
			if (this.frames[depth]?.kind === "brace" && token.tokenType !== t.RightBrace) depth = 0;
			else depth--;
		}
		if (depth > 0) {
			const at = this.last === undefined ? token.startOffset : endOf(this.last);
			while (this.frames.length - 1 > depth) this.closeUnclosed(at);
			this.frames.pop();
			this.closeWith(token, false);
			return;
		}
		const frame = this.top;
		const wanted = closing[frame.kind];
		if (wanted === undefined || frame.kind === "brace" || this.raw[index + 1]?.tokenType === wanted) {
			this.problem(
				"E0105",
				`\`${token.image}\` closes nothing`,
				token,
				"remove it, or open its bracket before",
			);
			return;
		}
		const message = `\`${frame.open?.image}\` is closed by \`${token.image}\``;
		this.problem("E0105", message, token, `write \`${signs.get(wanted)}\``);
		this.frames.pop();
		token.tokenType = wanted;
		token.tokenTypeIdx = wanted.tokenTypeIdx as number;
		this.closeWith(token, false);
	}

	// ------------------------------------------------------------ what a token is in its place

	private emit(token: IToken, type: TokenType = token.tokenType): void {
		retag(token, type);
		this.out.push(token);
		const body = type === t.LeftBrace && this.top.kind === "brace";
		this.statementStart = body || type === t.Terminator || type === t.FatArrow || type === t.Export;
	}

	private place(token: IToken, index: number): void {
		if (closers.has(token.tokenType)) this.close(token, index);
		else if (token.tokenType !== t.Identifier) this.sign(token, index);
		else if (this.statementStart && this.afterName() === undefined && this.startWord(token, index)) return;
		else if (!this.isCounted(token, index)) this.emit(token, this.wordType(token, index));
	}

	/** `repeat 100 steps {`: a number counts the turns by itself. */
	private isCounted(token: IToken, index: number): boolean {
		const block = this.raw[index + 1]?.tokenType === t.LeftBrace && this.top.head === t.RepeatWord;
		if (!block || !/^(steps|epochs|times)$/.test(token.image) || !words.endsOperand(this.last)) return false;
		const hint = `leave out \`${token.image}\`: \`repeat 100 { .. }\``;
		this.problem("E0110", "the number after `repeat` counts its turns", token, hint);
		return true;
	}

	/** `.` or `...` before a word: it is a name. */
	private afterName(): IToken | undefined {
		const previous = this.last;
		return previous?.tokenType === t.Dot || previous?.tokenType === t.Ellipsis ? previous : undefined;
	}

	private sign(token: IToken, index: number): void {
		this.emit(token, this.signType(token, index));
		if (token.tokenType === t.LambdaOpen && token.image === "||")
			this.out.push(made(t.LambdaClose, endOf(token)));
	}

	/** What a sign is here; opens and closes the brackets that only their place tells. */
	private signType(token: IToken, index: number): TokenType {
		const previous = this.last;
		const touching = previous !== undefined && endOf(previous) === token.startOffset;
		const calls = touching && words.takesBrackets(previous);
		switch (token.tokenType) {
			case t.GroupOpen: {
				const method = this.statementStart && this.top.methods && words.methodParenAt(this.raw, index);
				this.open("paren", token);
				return calls ? t.CallOpen : method ? t.MethodOpen : t.GroupOpen;
			}
			case t.ListOpen:
				if (calls && previous?.image === "List") retag(previous, t.ListName);
				this.open("bracket", token);
				return calls ? t.IndexOpen : t.ListOpen;
			case t.LeftBrace: {
				const places = previous?.tokenType === t.Dot;
				this.open(places || this.top.head === t.Import ? "group" : "brace", token);
				return places ? t.PlacesOpen : t.LeftBrace;
			}
			case t.Less:
				if (!touching || previous?.image !== "int") return t.Less;
				this.open("angle", token);
				return t.AngleOpen;
			case t.Greater:
				if (this.top.kind !== "angle") return t.Greater;
				this.frames.pop();
				return t.AngleClose;
			case t.Bar:
				if (this.top.kind === "lambda") {
					this.frames.pop();
					return t.LambdaClose;
				}
				if (words.endsOperand(previous)) return t.Bar;
				this.open("lambda", token);
				return t.LambdaOpen;
			case t.OrOr:
				return words.endsOperand(previous) ? t.OrOr : t.LambdaOpen;
			case t.With:
				return this.raw[index + 1]?.tokenType === t.LeftBrace ? t.With : t.RuleWith;
			case t.Import:
				if (this.statementStart) this.top.head = t.Import;
				return t.Import;
			default:
				return token.tokenType;
		}
	}

	/** What a word is that does not begin a statement. */
	private wordType(token: IToken, index: number): TokenType {
		if (this.afterName() !== undefined) return t.Identifier;
		const previous = this.last;
		const next = this.raw[index + 1];
		if (words.endsOperand(previous)) {
			if (token.image === "as" && this.top.kind === "group") return t.AsWord;
			return words.clauseWord(token) ?? t.Identifier;
		}
		const binder = words.binderAt(this.raw, index);
		if (binder !== undefined) return binder;
		if (token.image === "to" && previous?.tokenType === t.SubjectWord) return t.ToWord;
		const context = this.top.context;
		if (context !== undefined && words.clausesOf[context]?.has(token.image) && this.firstInLine(index)) {
			if (words.clauseBegins(this.raw, index)) return words.clauseWord(token) ?? t.Identifier;
		}
		if (next === undefined) return t.Identifier;
		const apart = next.startOffset > endOf(token);
		const value = next.tokenType === t.Identifier || next.tokenType === t.NumberToken;
		if (token.image === "seed" && (value || (apart && next.tokenType === t.GroupOpen))) return t.SeedWord;
		if (token.image === "choice" && apart && next.tokenType === t.ListOpen) return t.ChoiceWord;
		const inShape = previous?.tokenType === t.IndexOpen || previous?.tokenType === t.Comma;
		return token.image === "some" && inShape && next.tokenType === t.Identifier ? t.SomeWord : t.Identifier;
	}

	private firstInLine(index: number): boolean {
		return this.raw[index - 1]?.tokenType === t.Newline;
	}

	/** At the start of a statement: heads, methods, and what other languages write there. */
	private startWord(token: IToken, index: number): boolean {
		const next = this.raw[index + 1];
		const head = words.headAt(this.raw, index, this.frames.length === 1);
		if (head !== undefined) {
			const frame = this.top;
			const step = (head.CATEGORIES ?? []).includes(t.StepHead);
			const objective = step && frame.search;
			frame.context = objective ? "objective" : step ? "minimize" : contextOf(head);
			frame.head = head;
			this.emit(token, objective ? t.ObjectiveHead : head);
			return true;
		}
		if (next === undefined || next.tokenType === t.Newline) return false;
		if (this.top.methods && next.startOffset === endOf(token) && words.methodParenAt(this.raw, index + 1)) {
			this.emit(token, t.MethodName);
			return true;
		}
		return this.foreign(token, next);
	}

	private foreign(token: IToken, next: IToken): boolean {
		if (!Object.hasOwn(words.foreignStarts, token.image)) return false;
		const row = words.foreignStarts[token.image];
		const operand = [t.Identifier, t.NumberToken, t.StringToken, t.True, t.False, t.Not, t.If].includes(
			next.tokenType,
		);
		const grouped = next.tokenType === t.GroupOpen && next.startOffset > endOf(token);
		if (row === undefined || !(operand || grouped)) return false;
		this.problem("E0110", `\`${token.image}\` is not a word of Ansatz`, token, row.hint);
		if (token.image === "elif") {
			if (this.last?.tokenType === t.Terminator) this.out.pop();
			this.out.push(made(t.Else, token.startOffset));
			this.emit(token, t.If);
		} else if (row.instead !== undefined) this.emit(token, row.instead);
		else if (token.image !== "return") return false;
		return true;
	}
}

const closers = new Set<unknown>([t.RightParen, t.RightBracket, t.RightBrace]);

function contextOf(head: TokenType): string | undefined {
	if (head === t.TrackWord) return "track";
	return head === t.SubjectWord ? "subject" : undefined;
}

function retag(token: IToken, type: TokenType): void {
	token.tokenType = type;
	token.tokenTypeIdx = type.tokenTypeIdx as number;
}

/** A token that is not in the text. */
function made(type: TokenType, at: number): PlacedToken {
	return { image: "", startOffset: at, tokenTypeIdx: type.tokenTypeIdx as number, tokenType: type };
}

const pairs = new Map<unknown, unknown>([
	[t.RightParen, t.GroupOpen],
	[t.RightBracket, t.ListOpen],
	[t.RightBrace, t.LeftBrace],
]);

/** How many brackets stay open; 0 for a sound text. */
export function unclosedBrackets(tokens: readonly IToken[]): number {
	const stack: unknown[] = [];
	for (const token of tokens) {
		const opener = pairs.get(token.tokenType);
		if (opener !== undefined) {
			const at = stack.lastIndexOf(opener);
			// Mostly it is the last one.
			if (at === stack.length - 1) stack.pop();
			else if (at >= 0) stack.splice(at, 1);
		} else if (
			token.tokenType === t.GroupOpen ||
			token.tokenType === t.ListOpen ||
			token.tokenType === t.LeftBrace
		) {
			stack.push(token.tokenType);
		}
	}
	return stack.length;
}
