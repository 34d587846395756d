import type { Span } from "../span.js";

/** What the text lacks: `x.`, `f(a,`, `param w:`. Its span is empty, at the place where something was expected. */
export interface Missing {
	readonly kind: "Missing";
	readonly span: Span;
}

export interface Identifier {
	readonly kind: "Identifier";
	readonly name: string;
	readonly span: Span;
}
