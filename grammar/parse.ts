import type { IRecognitionException, IToken } from "chevrotain";
import type { Expression, Item, Slice, SyntaxProblem, SyntaxTree } from "./ast.js";
import { characterHint, shown } from "./characters.js";
import type { ConcreteNode } from "./concrete.js";
import { layout } from "./layout.js";
import { endOf, type Lexed, lex } from "./lexer.js";
import { describe, habit, keywordHint } from "./messages.js";
import { isNestedTooDeeply, mostNested } from "./nesting.js";
import { Parser } from "./parser.js";
import { reslice, type Stretch } from "./reslice.js";
import { Cutter, sliceOffsets } from "./slices.js";
import { atOnce, type Steps } from "./steps.js";
import { splitString } from "./strings.js";
import { type Context, child, children } from "./to-ast/context.js";
import { item } from "./to-ast/declarations.js";
import { expression } from "./to-ast/expressions.js";
import type { PlacedToken } from "./tokens.js";
import * as t from "./tokens.js";

/** One for the process; made when the first text comes, since it costs the most of a start. */
let parser: Parser | undefined;

function theParser(): Parser {
	parser ??= new Parser({ validate: false });
	return parser;
}

/**
 * Reads a file. It never fails: what is wrong is in the problems of the slices. Slices whose text is that of a slice
 * of `previous` keep its items.
 */
export function parseFile(text: string, previous?: SyntaxTree): SyntaxTree {
	return atOnce(parseInSteps(text, previous));
}

/** The same, a slice at a step. */
export function* parseInSteps(text: string, previous?: SyntaxTree): Steps<SyntaxTree> {
	const same = previous && reslice(text, previous);
	const { before, after } = same ?? { before: [], after: [] };
	const known = new Map<string, Slice[]>();
	for (const slice of previous?.slices.slice(before.length, previous.slices.length - after.length) ?? []) {
		const list = known.get(slice.text);
		if (list === undefined) known.set(slice.text, [slice]);
		else list.push(slice);
	}
	const { start, end, lexed, offsets } = same ?? wholeFile(text);
	const tokens = new Cutter(lexed, start);
	const between: Slice[] = [];
	for (const [index, offset] of offsets.entries()) {
		const part = text.slice(offset, offsets[index + 1] ?? end);
		const old = known.get(part)?.shift();
		if (old !== undefined) {
			between.push(movedTo(old, offset));
			continue;
		}
		between.push({ offset, text: part, ...parseSlice(part, tokens.take(offset, offset + part.length)) });
		yield;
	}
	const rest = same ? after.map((slice) => movedTo(slice, slice.offset + same.moved)) : [];
	return { text, slices: [...before, ...between, ...rest] };
}

function wholeFile(text: string): Stretch {
	const lexed = lex(text);
	return { start: 0, end: text.length, lexed, offsets: sliceOffsets(text, lexed) };
}

function movedTo(slice: Slice, offset: number): Slice {
	return slice.offset === offset ? slice : { ...slice, offset };
}

function parseSlice(text: string, lexed: Lexed): { items: Item[]; problems: SyntaxProblem[] } {
	try {
		return readSlice(text, lexed);
	} catch (error) {
		// brackets within brackets without end: the stack is the limit
		if (!(error instanceof RangeError)) throw error;
		return tooDeep(text);
	}
}

function tooDeep(text: string): { items: Item[]; problems: SyntaxProblem[] } {
	const message = "this is nested too deeply to be read";
	const hint = "name its parts with `let`";
	return { items: [], problems: [{ code: "E0108", message, span: { start: 0, end: text.length }, hint }] };
}

function readSlice(text: string, lexed: Lexed): { items: Item[]; problems: SyntaxProblem[] } {
	const read = run(text, 0, "slice", lexed);
	const context = contextOf(text, 0, read);
	const items = children(read.cst, "item").flatMap((node) => item(context, node) ?? []);
	if (lexed.tokens.length > mostNested && isNestedTooDeeply(items)) return tooDeep(text);
	return { items, problems: settle(read, context.problems) };
}

/** Reads an expression that stands at `offset` of a slice, as in the braces of a text. */
export function parseExpression(
	text: string,
	offset = 0,
): { readonly expression: Expression; readonly problems: readonly SyntaxProblem[] } {
	const lexed = lex(text);
	for (const token of [...lexed.tokens, ...lexed.comments]) token.startOffset += offset;
	const read = run(text, offset, "loneExpression", lexed);
	const context = contextOf(text, offset, read);
	const value = expression(context, child(read.cst, "expression"), offset);
	return { expression: value, problems: settle(read, context.problems) };
}

// ---------------------------------------------------------------- one run of the parser

interface Run {
	readonly cst: ConcreteNode;
	readonly lexed: Lexed;
	readonly tokens: readonly PlacedToken[];
	/** Problems of the lexer, of the layout and of the parser, in this order. */
	readonly problems: SyntaxProblem[];
	/** Those of the parser. */
	readonly errors: SyntaxProblem[];
}

function run(text: string, offset: number, rule: "slice" | "loneExpression", lexed: Lexed): Run {
	const problems = lexicalProblems(text, offset, lexed);
	const laid = layout(lexed.tokens);
	problems.push(...laid.problems);
	const { cst, failures } = attempt(laid.tokens, rule);
	const places = new Map(
		failures.length > 0 ? laid.tokens.map((token, index) => [token as IToken, index]) : [],
	);
	const errors = failures.map((error) => syntaxProblem(error, laid.tokens, places, offset));
	return { cst, lexed, tokens: laid.tokens, problems, errors };
}

/**
 * The parser goes on at the next `}` after a mistake, which may be that of a block within what it skips. Such a rest
 * of a statement is left out, and the statements around it are read again.
 */
function attempt(
	all: PlacedToken[],
	rule: "slice" | "loneExpression",
): { cst: ConcreteNode; failures: IRecognitionException[] } {
	const machine = theParser();
	const failures: IRecognitionException[] = [];
	const cutBefore = new Set<IToken>();
	let cutAtEnd = false;
	let tokens = all;
	for (let round = 0; ; round++) {
		machine.input = tokens;
		const cst = machine.read(rule);
		// at a bracket that the text does not have, the problem is that bracket
		const errors = machine.errors.filter(
			(error) =>
				!(error.token as PlacedToken).payload?.synthetic &&
				!cutBefore.has(error.token) &&
				!(cutAtEnd && error.token.tokenType.name === "EOF"),
		);
		const [first] = errors;
		const start = first === undefined || round === 20 ? -1 : tokens.indexOf(first.token as PlacedToken);
		const end = start < 0 ? -1 : endOfRest(tokens, start);
		if (first === undefined || end < 0) return { cst, failures: [...failures, ...errors] };
		failures.push(first);
		const next = tokens[end];
		if (next !== undefined) cutBefore.add(next);
		else cutAtEnd = true;
		tokens = [...tokens.slice(0, start), ...tokens.slice(end)];
	}
}

/** Where the statement that holds `start` ends, if a block stands before that; else -1. */
function endOfRest(tokens: readonly PlacedToken[], start: number): number {
	let depth = 0;
	let block = false;
	for (let at = start; at < tokens.length; at++) {
		const type = tokens[at]?.tokenType;
		if (depth === 0 && (type === t.Terminator || type === t.TermEnd)) return block ? at : -1;
		if (opens.has(type)) {
			depth++;
			block ||= type === t.LeftBrace;
		} else if (closes.has(type)) {
			if (depth === 0) return block ? at : -1;
			depth--;
		}
	}
	return block ? tokens.length : -1;
}

const opens = new Set<unknown>([
	...[t.GroupOpen, t.CallOpen, t.MethodOpen, t.ListOpen, t.IndexOpen, t.LeftBrace, t.PlacesOpen],
]);
const closes = new Set<unknown>([t.RightParen, t.RightBracket, t.RightBrace]);

function lexicalProblems(text: string, offset: number, lexed: Lexed): SyntaxProblem[] {
	const problems = lexed.errors.map((error): SyntaxProblem => {
		const found = text.slice(error.offset, error.offset + error.length);
		const span = { start: offset + error.offset, end: offset + error.offset + error.length };
		const hint = characterHint(found);
		return { code: "E0101", message: `${shown(found)} has no meaning here`, span, hint };
	});
	for (const token of lexed.tokens) {
		if (token.tokenType !== t.StringToken || splitString(token.image).closed) continue;
		const span = { start: token.startOffset, end: endOf(token) };
		const hint = 'a text ends in its line, with `"`';
		problems.push({ code: "E0102", message: "the text has no closing quote", span, hint });
	}
	for (const comment of lexed.comments) {
		if (comment.tokenType !== t.HashComment) continue;
		const span = { start: comment.startOffset, end: endOf(comment) };
		problems.push({ code: "E0110", message: "a comment begins with `//`", span, hint: "write `//` for `#`" });
	}
	return problems;
}

function syntaxProblem(
	error: IRecognitionException,
	tokens: readonly PlacedToken[],
	places: ReadonlyMap<IToken, number>,
	offset: number,
): SyntaxProblem {
	const found = error.token;
	const atEnd = found.tokenType.name === "EOF";
	const index = atEnd ? tokens.length : (places.get(found) ?? 0);
	const before = tokens[index - 1];
	const end = before === undefined ? offset : endOf(before);
	const invisible = atEnd || found.image === "";
	const span = invisible ? { start: end, end } : { start: found.startOffset, end: endOf(found) };
	const first = tokens[segmentStart(tokens, index)];
	const told = error.message.includes("after `");
	const after =
		before === undefined || before.image === "" || told ? "" : ` after \`${shorten(before.image)}\``;
	const closing = error.message === "`}`" || error.message === "`)`" || error.message === "`]`";
	const ended = before !== undefined && closing && !invisible;
	const wanted = error.message === "`}`" ? "the end of the statement" : `\`,\` or ${error.message}`;
	const what = ended ? wanted : error.message;
	const message = `expected ${what}${after}, found ${describe(found)}`;
	return {
		code: "E0120",
		message,
		span,
		hint:
			keywordHint([tokens[index - 2], before, found, tokens[index + 1]]) ??
			habit(found, before, first, error.message),
	};
}

function shorten(image: string): string {
	return image.length > 24 ? `${image.slice(0, 20)}..` : image;
}

function segmentStart(tokens: readonly PlacedToken[], index: number): number {
	let at = Math.min(index, tokens.length) - 1;
	while (at >= 0 && !boundaries.has(tokens[at]?.tokenType)) at--;
	return at + 1;
}

const boundaries = new Set<unknown>([t.Terminator, t.TermEnd, t.LeftBrace, t.RightBrace]);

/** One mistake gives one error: of each statement the first kind of problem stands, and the rest follow from it. */
function settle(run: Run, found: readonly SyntaxProblem[]): SyntaxProblem[] {
	if (run.problems.length === 0 && run.errors.length === 0) return [...found];
	const starts = run.tokens.filter((token) => boundaries.has(token.tokenType)).map((token) => endOf(token));
	const segment = (problem: SyntaxProblem) => {
		let low = 0;
		let high = starts.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			if ((starts[middle] as number) <= problem.span.start) low = middle + 1;
			else high = middle;
		}
		return low;
	};
	// a text without its end takes brackets with it
	const open = new Set(run.problems.filter((problem) => problem.code === "E0102").map(segment));
	const kept = run.problems.filter((problem) => problem.code !== "E0104" || !open.has(segment(problem)));
	const taken = new Set(kept.map(segment));
	for (const error of run.errors) {
		const place = segment(error);
		if (taken.has(place)) continue;
		taken.add(place);
		kept.push(error);
	}
	kept.push(...found.filter((problem) => !taken.has(segment(problem))));
	kept.sort((left, right) => left.span.start - right.span.start);
	const isCut = kept.some((problem) => problem.code === "E0120");
	return kept.filter(
		(problem, index) =>
			!follows(problem, kept.slice(0, index)) && !(isCut && /^E011[34]$/.test(problem.code)),
	);
}

/** After a mistake brackets may not be those that were meant, nor a block be one, nor an indented line stand in it. */
function follows({ code, message }: SyntaxProblem, before: readonly SyntaxProblem[]): boolean {
	if (before.length === 0) return false;
	if (code === "E0120" && before.some((problem) => problem.code === "E0104")) return true;
	return (
		code === "E0105" ||
		/^at the top of a file|^expected (the end of the statement|`\{`) after .*, found (`[)\]}]`|`=>`)$/.test(
			message,
		)
	);
}

// ---------------------------------------------------------------- what the tree is read with

function contextOf(text: string, base: number, read: Run): Context {
	return {
		text,
		base,
		problems: [],
		documentation: documentation(text, base, read.lexed.comments),
		embedded: parseExpression,
	};
}

function documentation(text: string, base: number, comments: readonly IToken[]): Map<number, string> {
	const found = new Map<number, string>();
	let lines: string[] = [];
	comments.forEach((comment, index) => {
		if (!/^\/\/\/(?!\/)/.test(comment.image)) return;
		lines.push(comment.image.slice(3).replace(/^ /, "").trimEnd());
		const end = endOf(comment) - base;
		const gap = /^\s*/.exec(text.slice(end))?.[0].length ?? 0;
		if (comments[index + 1]?.startOffset === base + end + gap) return;
		found.set(base + end + gap, lines.join("\n"));
		lines = [];
	});
	return found;
}
