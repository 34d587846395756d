import type { IToken } from "chevrotain";
import type { SyntaxProblem } from "./ast.js";
import { layout } from "./layout.js";
import { endOf, lex } from "./lexer.js";
import { parseFile } from "./parse.js";
import { sliceOffsets } from "./slices.js";
import * as t from "./tokens.js";
import { endsOperand } from "./words.js";

/**
 * One form for every program: the author's lines and `;` stay, the spaces within lines and the indentation are set.
 * A file with mistakes in it comes back unchanged, with its problems.
 */
export function format(text: string): { text: string; problems: SyntaxProblem[] } {
	const tree = parseFile(text);
	const problems = tree.slices.flatMap((slice) =>
		slice.problems.map((problem) => ({
			...problem,
			span: { start: problem.span.start + slice.offset, end: problem.span.end + slice.offset },
		})),
	);
	if (problems.length > 0) return { text, problems };
	return { text: render(linesOf(text)), problems };
}

interface Line {
	readonly tokens: readonly IToken[];
	readonly comment: IToken | undefined;
	/** Empty lines stood before it. */
	readonly spaced: boolean;
	/** Does it go on with the statement of the line before? */
	readonly continues: boolean;
	/** Is it a named term of a `minimize`? */
	readonly term: boolean;
	/** The last token of the lines before it. */
	readonly before: IToken | undefined;
}

/** All tokens with what the layout pass made of them, and the comments, by line. */
function linesOf(text: string): Line[] {
	const lexed = lex(text);
	const termEnds = new Set<number>();
	const terminated = new Set<number>();
	for (const part of parts(text, lexed.tokens, sliceOffsets(text, lexed))) {
		const laid = layout(part);
		for (const token of laid.tokens) {
			if (token.tokenType === t.Terminator) terminated.add(token.startOffset);
			if (token.tokenType === t.TermEnd) termEnds.add(token.startOffset);
		}
		const last = part.findLast((token) => token.tokenType !== t.Newline);
		if (last !== undefined) terminated.add(endOf(last));
	}
	const all = [...lexed.tokens, ...lexed.comments].sort(
		(left, right) => left.startOffset - right.startOffset,
	);
	const lines: Line[] = [];
	let tokens: IToken[] = [];
	let comment: IToken | undefined;
	let empty = 0;
	let last: IToken | undefined;
	const finish = () => {
		if (tokens.length === 0 && comment === undefined) {
			empty++;
			return;
		}
		const term =
			tokens[1]?.tokenType === t.Colon &&
			last !== undefined &&
			(termEnds.has(endOf(last)) || (last.tokenType.CATEGORIES ?? []).includes(t.StepHead));
		const continues =
			last !== undefined &&
			tokens.length > 0 &&
			!terminated.has(endOf(last)) &&
			!opening.has(last.tokenType) &&
			last.tokenType !== t.Semicolon;
		lines.push({ tokens, comment, spaced: empty > 0, continues, term, before: last });
		last = tokens[tokens.length - 1] ?? last;
		tokens = [];
		comment = undefined;
		empty = 0;
	};
	for (const token of all) {
		if (token.tokenType === t.Newline) finish();
		else if (token.tokenType === t.Comment) comment = token;
		else tokens.push(token);
	}
	finish();
	return lines;
}

function parts(text: string, tokens: readonly IToken[], offsets: readonly number[]): IToken[][] {
	const found: IToken[][] = offsets.map(() => []);
	let at = 0;
	for (const token of tokens) {
		while (at + 1 < offsets.length && token.startOffset >= (offsets[at + 1] ?? text.length)) at++;
		found[at]?.push(token);
	}
	return found;
}

const opening = new Set<unknown>([
	...[t.GroupOpen, t.CallOpen, t.MethodOpen, t.ListOpen, t.IndexOpen, t.LeftBrace, t.PlacesOpen],
]);
const closing = new Set<unknown>([t.RightParen, t.RightBracket, t.RightBrace]);

// ---------------------------------------------------------------- lines

interface Frame {
	readonly bracket: boolean;
	/** Indentation of what it holds, and of the line it stands in. */
	readonly inner: number;
	readonly outer: number;
	/** Where the present statement in it begins, and with what. */
	statement: number;
	first: IToken | undefined;
}

interface Rendered {
	readonly head: string;
	/** Of a named term of a `minimize`: what is aligned. */
	readonly value?: string;
	readonly comment: string | undefined;
	readonly spaced: boolean;
}

function render(lines: readonly Line[]): string {
	const stack: Frame[] = [{ bracket: false, inner: 0, outer: 0, statement: 0, first: undefined }];
	const rendered = lines.map((line): Rendered => {
		const indent = indentation(line, stack);
		let reference = indent;
		let opened = 0;
		for (const token of line.tokens) {
			if (opening.has(token.tokenType)) {
				const inner = reference + 2;
				const bracket = token.tokenType !== t.LeftBrace;
				// what begins in the line of its bracket goes on as the line does
				const hangs = bracket && token !== line.tokens[line.tokens.length - 1];
				stack.push({
					bracket,
					inner,
					outer: reference,
					statement: hangs ? reference : inner,
					first: undefined,
				});
				opened++;
			} else if (closing.has(token.tokenType) && stack.length > 1) {
				const frame = stack.pop();
				if (opened > 0) opened--;
				else reference = frame?.outer ?? 0;
			}
		}
		const [first] = line.tokens;
		const afterOpening = line.before !== undefined && opening.has(line.before.tokenType);
		const spaced = line.spaced && !afterOpening && !(first !== undefined && closing.has(first.tokenType));
		const pad = " ".repeat(indent);
		const comment = line.comment?.image.trimEnd();
		if (first === undefined) return { head: pad + (comment ?? ""), comment: undefined, spaced };
		if (!line.term) return { head: pad + joined(line.tokens, 0), comment, spaced };
		return { head: pad + joined(line.tokens.slice(0, 2), 0), value: joined(line.tokens, 2), comment, spaced };
	});
	return withComments(alignedTerms(rendered));
}

function indentation(line: Line, stack: readonly Frame[]): number {
	const frame = stack[stack.length - 1] as Frame;
	const leading = leadingClosers(line.tokens);
	if (leading > 0) return stack[stack.length - leading]?.outer ?? 0;
	const [first] = line.tokens;
	if (line.term) return frame.statement + 2;
	if (first?.tokenType === t.WrtWord || first?.tokenType === t.UsingWord) return frame.statement;
	if (first?.tokenType === t.Else && frame.first?.tokenType === t.If) return frame.statement;
	const listed = frame.bracket && line.before?.tokenType === t.Comma;
	if (line.continues && !listed) return frame.statement + 2;
	if (first !== undefined) {
		frame.statement = frame.inner;
		frame.first = first;
	}
	return frame.inner;
}

/** The text of the tokens from `from` on, with the spaces between them. */
function joined(tokens: readonly IToken[], from: number): string {
	let text = "";
	for (let index = from; index < tokens.length; index++) {
		if (index > from && spaceBetween(tokens, index)) text += wide(tokens, index) ? "  " : " ";
		text += tokens[index]?.image ?? "";
	}
	return text;
}

/** The parts of a line that could be lines of their own stand two spaces apart. */
function wide(tokens: readonly IToken[], index: number): boolean {
	const type = tokens[index]?.tokenType;
	if (tokens[index - 1]?.image === ";" || type === t.UsingWord || type === t.WrtWord) return true;
	return tokens[0]?.tokenType === t.ObjectiveHead && (type?.CATEGORIES ?? []).includes(t.SearchClause);
}

/** The values of neighbouring terms stand in one column. */
function alignedTerms(
	lines: readonly Rendered[],
): { text: string; comment: string | undefined; spaced: boolean }[] {
	return lines.map((line, index) => {
		if (line.value === undefined) return { ...line, text: line.head };
		let from = index;
		while (lines[from - 1]?.value !== undefined) from--;
		let to = index + 1;
		while (lines[to]?.value !== undefined) to++;
		const column = Math.max(...lines.slice(from, to).map((one) => one.head.length));
		return { ...line, text: `${line.head.padEnd(column)} ${line.value}` };
	});
}

function leadingClosers(tokens: readonly IToken[]): number {
	let count = 0;
	while (count < tokens.length && closing.has(tokens[count]?.tokenType)) count++;
	return count;
}

/** Comments at the ends of neighbouring lines stand in one column. */
function withComments(
	lines: readonly { text: string; comment: string | undefined; spaced: boolean }[],
): string {
	const out: string[] = [];
	let from = 0;
	while (from < lines.length) {
		let to = from + 1;
		if (lines[from]?.comment !== undefined) {
			while (lines[to]?.comment !== undefined && lines[to]?.spaced === false) to++;
		}
		const column = Math.max(...lines.slice(from, to).map((line) => [...line.text].length));
		for (const line of lines.slice(from, to)) {
			if (line.spaced && out.length > 0) out.push("");
			const gap = " ".repeat(column - [...line.text].length + 2);
			out.push(line.comment === undefined ? line.text : line.text + gap + line.comment);
		}
		from = to;
	}
	return out.length === 0 ? "" : `${out.join("\n")}\n`;
}

// ---------------------------------------------------------------- spaces

const tight = new Set<unknown>([t.Caret, t.DotDot, t.Dot]);
const noneBefore = new Set<unknown>([
	...[
		t.Comma,
		t.Semicolon,
		t.Colon,
		t.RightParen,
		t.RightBracket,
		t.AngleOpen,
		t.AngleClose,
		t.CallOpen,
		t.IndexOpen,
	],
	...[t.LambdaClose, t.Dot, t.TupleIndex, t.DotStar, t.DotStarStar, t.PlacesOpen],
]);
const noneAfter = new Set<unknown>([
	...[
		t.GroupOpen,
		t.CallOpen,
		t.MethodOpen,
		t.ListOpen,
		t.IndexOpen,
		t.AngleOpen,
		t.LambdaOpen,
		t.PlacesOpen,
	],
	...[t.Dot, t.Ellipsis, t.Bang],
]);

function spaceBetween(tokens: readonly IToken[], index: number): boolean {
	const left = tokens[index - 1] as IToken;
	const right = tokens[index] as IToken;
	// a lambda without parameters: `| |` does not become `||`, which could go on with the line before
	if (left.tokenType === t.LambdaOpen) return left.image === "||" || right.tokenType === t.LambdaClose;
	if (noneAfter.has(left.tokenType)) return false;
	if (left.image === ";" || left.tokenType === t.Comma)
		return !closing.has(right.tokenType) || right.tokenType === t.RightBrace;
	if (right.image === ";") return false;
	if (isUnary(tokens, index - 1)) return false;
	// `.x` and `...b` begin an operand, and `:` alone is a whole axis
	if (right.tokenType === t.Dot && !endsOperand(left)) return left.tokenType !== t.DotDot;
	if (right.tokenType === t.Colon && !endsOperand(left) && left.tokenType !== t.Ellipsis) return true;
	if (left.tokenType === t.LeftBrace) return right.tokenType !== t.RightBrace;
	if (right.tokenType === t.RightBrace) return !insidePlaces(tokens, index);
	if (noneBefore.has(right.tokenType)) return false;
	if (left.tokenType === t.DotDot || right.tokenType === t.DotDot) return spacedRange(left, right);
	if (isFraction(tokens, index) || isFraction(tokens, index - 1)) return false;
	if (left.tokenType === t.Caret || right.tokenType === t.Caret) return false;
	return !tight.has(right.tokenType);
}

/** Of a fraction of two numbers, `1/16`, the sign. */
function isFraction(tokens: readonly IToken[], index: number): boolean {
	if (tokens[index]?.tokenType !== t.Slash) return false;
	const numbers =
		tokens[index - 1]?.tokenType === t.NumberToken && tokens[index + 1]?.tokenType === t.NumberToken;
	return numbers && tokens[index - 2]?.tokenType !== t.Caret && tokens[index + 2]?.tokenType !== t.Caret;
}

/** A range that begins an element stands apart from what is before it: `[a, ..rest]` has its own space by the comma. */
function spacedRange(left: IToken, right: IToken): boolean {
	return right.tokenType === t.DotDot && !endsOperand(left);
}

function insidePlaces(tokens: readonly IToken[], close: number): boolean {
	let depth = 0;
	for (let at = close; at >= 0; at--) {
		const type = tokens[at]?.tokenType;
		if (type === t.RightBrace) depth++;
		else if (type === t.LeftBrace || type === t.PlacesOpen) {
			depth--;
			if (depth === 0) return type === t.PlacesOpen;
		}
	}
	return false;
}

/** Is the token a sign of the operand after it? */
function isUnary(tokens: readonly IToken[], index: number): boolean {
	const token = tokens[index];
	if (token?.tokenType !== t.Minus) return false;
	const before = tokens[index - 1];
	return before === undefined || !endsOperand(before);
}
