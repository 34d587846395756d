import type { Span } from "../../grammar/span.js";
import type { Fix } from "../source/diagnostic.js";
import { type Context, locate } from "./context.js";

type Node = { readonly span: Span; readonly kind?: string };

const bareKinds = new Set(["Name", "Field", "Call", "Index", "Number", "Parenthesized"]);

/** A quick fix that writes something at a place. */
export function insertFix(context: Context, place: number, title: string, replacement: string): Fix {
	return { title, edits: [{ at: locate(context, { span: { start: place, end: place } }), replacement }] };
}

/** A quick fix that puts an expression into a call: `flatten(` .. `)`. */
export function wrapFix(context: Context, node: Node, title: string, before: string, after: string): Fix {
	const { start, end } = node.span;
	return {
		title,
		edits: [
			{ at: locate(context, { span: { start, end: start } }), replacement: before },
			{ at: locate(context, { span: { start: end, end } }), replacement: after },
		],
	};
}

/** A quick fix that writes something behind an expression, in brackets where it must be: `.T`, `[:, 0]`. */
export function postfixFix(context: Context, node: Node, title: string, text: string): Fix {
	if (!bareKinds.has(node.kind ?? "")) return wrapFix(context, node, title, "(", `)${text}`);
	return insertFix(context, node.span.end, title, text);
}
