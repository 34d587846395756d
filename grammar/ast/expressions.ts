import type { Span } from "../span.js";
import type { Identifier, Missing } from "./nodes.js";
import type { Pattern } from "./patterns.js";
import type { Statement } from "./statements.js";
import type { TypeNode } from "./types.js";

export type Expression =
	| Missing
	| NumberLiteral
	| StringLiteral
	| BoolLiteral
	| Name
	| TypeName
	| Root
	| Unary
	| Binary
	| If
	| Match
	| Call
	| Index
	| Field
	| Places
	| Parenthesized
	| Tuple
	| List
	| Spread
	| Range
	| FullSlice
	| Rest
	| SomeDimension
	| Lambda
	| Block
	| Binder
	| With
	| Seed
	| Choice
	| Bound;

export interface NumberLiteral {
	readonly kind: "Number";
	readonly value: number;
	/** Written without a point or exponent. */
	readonly integer: boolean;
	readonly span: Span;
}

/** Its parts alternate: literal text (escapes resolved) and `{expression}`. */
export interface StringLiteral {
	readonly kind: "String";
	readonly parts: readonly (string | Expression)[];
	readonly span: Span;
}

export interface BoolLiteral {
	readonly kind: "Bool";
	readonly value: boolean;
	readonly span: Span;
}

export interface Name {
	readonly kind: "Name";
	readonly name: string;
	readonly span: Span;
}

/** A type where a value stands: `int<k>(x)`; `int`, `real`, `f64` alone are plain names. */
export interface TypeName {
	readonly kind: "TypeName";
	readonly type: TypeNode;
	readonly span: Span;
}

/** The implicit start of a place: `.accuracy`, `.x`, and `rows` or `[i, :]` in a `with`. */
export interface Root {
	readonly kind: "Root";
	readonly span: Span;
}

export interface Unary {
	readonly kind: "Unary";
	readonly operator: "-" | "not";
	readonly operand: Expression;
	readonly span: Span;
}

export type BinaryOperator =
	| "+"
	| "-"
	| "*"
	| "/"
	| "@"
	| "^"
	| "%"
	| "=="
	| "!="
	| "<"
	| "<="
	| ">"
	| ">="
	| "and"
	| "or"
	| "|>"
	/** `2 divides d`, in a `where`. */
	| "divides"
	/** Of places: `p except q`. */
	| "except";

export interface Binary {
	readonly kind: "Binary";
	readonly operator: BinaryOperator;
	readonly left: Expression;
	readonly right: Expression;
	/** Of the operator itself. */
	readonly operatorSpan: Span;
	readonly span: Span;
}

/** `if c then a else b`; without `else` only where no value is wanted. */
export interface If {
	readonly kind: "If";
	readonly condition: Expression;
	readonly then: Expression;
	readonly else?: Expression;
	readonly span: Span;
}

export interface Match {
	readonly kind: "Match";
	readonly subject: Expression;
	readonly arms: readonly { readonly pattern: Pattern; readonly body: Statement; readonly span: Span }[];
	readonly span: Span;
}

export interface Argument {
	readonly name?: Identifier;
	readonly value: Expression;
	readonly span: Span;
}

export interface Call {
	readonly kind: "Call";
	readonly callee: Expression;
	readonly arguments: readonly Argument[];
	readonly span: Span;
}

/** `x[i, :, 2..5]`, `x[i - 1 else 0]`. */
export interface Index {
	readonly kind: "Index";
	readonly base: Expression;
	readonly items: readonly Expression[];
	/** Of `else`: the value outside. */
	readonly fallback?: Expression;
	readonly span: Span;
}

/** `net.weight`, `x.T`, `pair.0`. */
export interface Field {
	readonly kind: "Field";
	readonly base: Expression;
	readonly name: Identifier | Missing;
	readonly span: Span;
}

/** A path to several parts: `net.*`, `net.**`, `net.{a, b}` (with its members). */
export interface Places {
	readonly kind: "Places";
	readonly base: Expression;
	readonly select: "*" | "**" | "group";
	readonly members: readonly Expression[];
	readonly span: Span;
}

/** One expression in brackets; kept because it bounds a reduction's term. */
export interface Parenthesized {
	readonly kind: "Parenthesized";
	readonly inner: Expression;
	readonly span: Span;
}

/** `(a, b)` or the record `(net = n, loss = l)`; `()` is the empty tuple. */
export interface Tuple {
	readonly kind: "Tuple";
	readonly elements: readonly Argument[];
	readonly span: Span;
}

/** `[a, ..rest]`; with exactly one element that is a `for` binder, a comprehension. */
export interface List {
	readonly kind: "List";
	readonly elements: readonly Expression[];
	readonly span: Span;
}

export interface Spread {
	readonly kind: "Spread";
	readonly value: Expression;
	readonly span: Span;
}

/** `a..b`, half open; in an index either end may be absent. */
export interface Range {
	readonly kind: "Range";
	readonly from?: Expression;
	readonly to?: Expression;
	readonly span: Span;
}

/** `:` in an index. */
export interface FullSlice {
	readonly kind: "FullSlice";
	readonly span: Span;
}

/** `...b` in a shape, an index or a binder. */
export interface Rest {
	readonly kind: "Rest";
	readonly name: Identifier | Missing;
	readonly span: Span;
}

/** `some k`, a size that is born here. */
export interface SomeDimension {
	readonly kind: "Some";
	readonly name: Identifier | Missing;
	readonly span: Span;
}

export interface Lambda {
	readonly kind: "Lambda";
	readonly parameters: readonly {
		readonly pattern: Pattern;
		readonly type?: TypeNode;
		readonly span: Span;
	}[];
	readonly body: Expression;
	readonly span: Span;
}

/** `{ let a = ..; a + 1 }`: its value is that of the last statement. */
export interface Block {
	readonly kind: "Block";
	readonly statements: readonly Statement[];
	readonly span: Span;
}

/** One name of a binder or a loop: `i`, `i in n`, `(a, b) in pairs(widths)`, `...b`. */
export interface Binding {
	readonly kind: "Binding";
	readonly pattern: Pattern | Rest;
	readonly source?: Expression;
	readonly span: Span;
}

export type BinderWord =
	| "for"
	| "all"
	| "any"
	| "count"
	| "sum"
	| "prod"
	| "max"
	| "min"
	| "mean"
	| "logsumexp"
	| "argmax"
	| "argmin";

/** `sum i in n, j where mask[i, j]: a[i] * b[j]`. */
export interface Binder {
	readonly kind: "Binder";
	readonly word: BinderWord;
	readonly wordSpan: Span;
	readonly bindings: readonly Binding[];
	readonly where?: Expression;
	readonly body: Expression;
	readonly span: Span;
}

/** `e with { place = v; place += v; place |> f; place by lora(4) }`; places start at `Root`. */
export interface With {
	readonly kind: "With";
	readonly base: Expression;
	readonly updates: readonly {
		readonly place: Expression;
		readonly operator: "=" | "+=" | "|>" | "by";
		readonly value: Expression;
		readonly span: Span;
	}[];
	readonly span: Span;
}

/** `seed s { .. }`. */
export interface Seed {
	readonly kind: "Seed";
	readonly seed: Expression;
	readonly body: Block;
	readonly span: Span;
}

/** `choice [a, b, c]`. */
export interface Choice {
	readonly kind: "Choice";
	readonly branches: Expression;
	readonly span: Span;
}

/** `T: tree`, in a `where`: what a type variable may stand for. */
export interface Bound {
	readonly kind: "Bound";
	readonly name: Identifier;
	readonly bound: Identifier | Missing;
	readonly span: Span;
}
