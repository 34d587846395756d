import type { Span } from "../span.js";
import type { Declaration } from "./declarations.js";

/** A top-level declaration (or several on one line), the unit of incremental work. */
export interface Slice {
	/** Offset of the slice in the file. */
	readonly offset: number;
	readonly text: string;
	readonly items: readonly Item[];
	readonly problems: readonly SyntaxProblem[];
}

export interface SyntaxTree {
	readonly text: string;
	readonly slices: readonly Slice[];
}

/** A mistake in the text, as data; the catalogue of diagnostics gives it words. */
export interface SyntaxProblem {
	readonly code: string;
	readonly message: string;
	readonly span: Span;
	readonly hint?: string;
	/** A second place, such as the bracket that is not closed. */
	readonly related?: { readonly span: Span; readonly label: string };
}

export interface Item {
	readonly kind: "Item";
	readonly exported: boolean;
	/** The text of the `///` lines before it, without the slashes. */
	readonly documentation: string;
	readonly declaration: Declaration;
	readonly span: Span;
}
