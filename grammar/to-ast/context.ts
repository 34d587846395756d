import type { CstNode, IToken } from "chevrotain";
import type { Expression, Identifier, Missing, SyntaxProblem } from "../ast.js";
import { endOf } from "../lexer.js";
import type { Span } from "../span.js";
import type { PlacedToken } from "../tokens.js";

/** What reading a concrete tree needs beside it. Any child of a recovered node may be absent. */
export interface Context {
	/** The text of the slice, and where `text[0]` stands in its spans. */
	readonly text: string;
	readonly base: number;
	readonly problems: SyntaxProblem[];
	/** `///` lines by the offset of what they stand before. */
	readonly documentation: ReadonlyMap<number, string>;
	/** Reads the expression in a string's braces. */
	readonly embedded: (
		text: string,
		offset: number,
	) => { expression: Expression; problems: readonly SyntaxProblem[] };
}

export function report(context: Context, code: string, message: string, span: Span, hint?: string): void {
	context.problems.push({ code, message, span, hint });
}

export function sourceOf(context: Context, span: Span): string {
	return context.text.slice(span.start - context.base, span.end - context.base);
}

export function token(node: CstNode | undefined, name: string): PlacedToken | undefined {
	const child = node?.children[name]?.[0];
	return child !== undefined && "image" in child && !Number.isNaN(child.startOffset) && child.startOffset >= 0
		? child
		: undefined;
}

export function tokens(node: CstNode | undefined, name: string): PlacedToken[] {
	return (node?.children[name] ?? []).filter(
		(child): child is IToken => "image" in child && child.startOffset >= 0,
	);
}

export function child(node: CstNode | undefined, name: string): CstNode | undefined {
	const found = node?.children[name]?.[0];
	return found !== undefined && "children" in found ? found : undefined;
}

export function children(node: CstNode | undefined, name: string): CstNode[] {
	return (node?.children[name] ?? []).filter((found): found is CstNode => "children" in found);
}

export function spanOf(found: IToken): Span {
	return { start: found.startOffset, end: endOf(found) };
}

export function startOfNode(node: CstNode | undefined, fallback: number): number {
	const start = node?.location?.startOffset;
	return start === undefined || Number.isNaN(start) ? fallback : start;
}

export function endOfNode(node: CstNode | undefined, fallback: number): number {
	const end = node?.location?.endOffset;
	return end === undefined || Number.isNaN(end) ? fallback : end + 1;
}

export function nodeSpan(node: CstNode | undefined, at: number): Span {
	const start = startOfNode(node, at);
	return { start, end: Math.max(start, endOfNode(node, start)) };
}

export function missing(at: number): Missing {
	return { kind: "Missing", span: { start: at, end: at } };
}

export function identifier(found: IToken): Identifier {
	return { kind: "Identifier", name: found.image, span: spanOf(found) };
}

/** The name in a node, or what stands for it after `at`. */
export function nameIn(node: CstNode | undefined, at: number, label = "Identifier"): Identifier | Missing {
	const found = token(node, label);
	return found === undefined ? missing(at) : identifier(found);
}

/** The name of a declaration, which must be there. */
export function declaredName(
	context: Context,
	node: CstNode,
	at: number,
	what: string,
): Identifier | Missing {
	const name = nameIn(node, at);
	if (name.kind === "Missing") report(context, "E0120", `expected ${what}`, name.span);
	return name;
}

/** The end of a token in a node, else `at`. */
export function after(node: CstNode | undefined, name: string, at: number): number {
	const found = token(node, name);
	return found === undefined ? at : endOf(found);
}

/** Whether a bracket was closed by the layout pass right after a comma: something more was about to come. */
export function unfinished(close: PlacedToken | undefined): boolean {
	return close?.payload?.synthetic === true && close.payload.trailingComma === true;
}
