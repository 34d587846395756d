import type { IToken } from "chevrotain";
import type { Expression, Identifier, Missing, SyntaxProblem } from "../ast.js";
import { ConcreteNode } from "../concrete.js";
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

export function token(node: ConcreteNode | undefined, name: string): PlacedToken | undefined {
	const found = node?.first(name);
	return isToken(found) ? found : undefined;
}

export function tokens(node: ConcreteNode | undefined, name: string): PlacedToken[] {
	return node?.tokens(name).filter(isToken) ?? [];
}

/** One that stands in the text. */
function isToken(part: ConcreteNode | IToken | undefined): part is IToken {
	return part !== undefined && !(part instanceof ConcreteNode) && part.startOffset >= 0;
}

export function child(node: ConcreteNode | undefined, name: string): ConcreteNode | undefined {
	const found = node?.first(name);
	return found instanceof ConcreteNode ? found : undefined;
}

export function children(node: ConcreteNode | undefined, name: string): ConcreteNode[] {
	return node?.nodes(name) ?? [];
}

export function spanOf(found: IToken): Span {
	return { start: found.startOffset, end: endOf(found) };
}

export function startOfNode(node: ConcreteNode | undefined, fallback: number): number {
	return node === undefined || node.start < 0 ? fallback : node.start;
}

export function endOfNode(node: ConcreteNode | undefined, fallback: number): number {
	return node === undefined || node.start < 0 ? fallback : node.end;
}

export function nodeSpan(node: ConcreteNode | undefined, at: number): Span {
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
export function nameIn(
	node: ConcreteNode | undefined,
	at: number,
	label = "Identifier",
): Identifier | Missing {
	const found = token(node, label);
	return found === undefined ? missing(at) : identifier(found);
}

/** The name of a declaration, which must be there. */
export function declaredName(
	context: Context,
	node: ConcreteNode,
	at: number,
	what: string,
): Identifier | Missing {
	const name = nameIn(node, at);
	if (name.kind === "Missing") report(context, "E0120", `expected ${what}`, name.span);
	return name;
}

/** The end of a token in a node, else `at`. */
export function after(node: ConcreteNode | undefined, name: string, at: number): number {
	const found = token(node, name);
	return found === undefined ? at : endOf(found);
}

/** Whether a bracket was closed by the layout pass right after a comma: something more was about to come. */
export function unfinished(close: PlacedToken | undefined): boolean {
	return close?.payload?.synthetic === true && close.payload.trailingComma === true;
}
