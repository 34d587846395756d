import type { Span } from "../span.js";
import type { BoolLiteral, NumberLiteral, StringLiteral } from "./expressions.js";
import type { Identifier, Missing } from "./nodes.js";

export type Pattern =
	| NamePattern
	| WildcardPattern
	| TuplePattern
	| VariantPattern
	| LiteralPattern
	| Missing;

/** A name that is bound; in a `match`, a capitalised one without fields is a variant (`VariantPattern`). */
export interface NamePattern {
	readonly kind: "NamePattern";
	readonly name: string;
	readonly span: Span;
}

export interface WildcardPattern {
	readonly kind: "WildcardPattern";
	readonly span: Span;
}

export interface TuplePattern {
	readonly kind: "TuplePattern";
	readonly elements: readonly Pattern[];
	readonly span: Span;
}

export interface VariantPattern {
	readonly kind: "VariantPattern";
	readonly name: Identifier;
	readonly fields: readonly Pattern[];
	readonly span: Span;
}

export interface LiteralPattern {
	readonly kind: "LiteralPattern";
	readonly value: NumberLiteral | StringLiteral | BoolLiteral;
	readonly span: Span;
}
