import type { Span } from "./span.js";

/**
 * The syntax tree: plain data, no behaviour. Parsing cannot fail: what the text lacks is a `Missing` node.
 * Every span is relative to the slice that the node belongs to.
 */

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

// ---------------------------------------------------------------- files

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

// ---------------------------------------------------------------- declarations

export type Declaration =
	| Import
	| Edition
	| Precision
	| DimensionDeclaration
	| TypeDeclaration
	| DataDeclaration
	| FunctionDeclaration
	| ModelDeclaration
	| ConstraintDeclaration
	| ReparamDeclaration
	| OptimizerDeclaration
	| FitDeclaration
	| SearchDeclaration
	| Statement;

/** `import std.nn { MLP, Linear as Dense }`, `import "layers.ansatz" { Block }`. */
export interface Import {
	readonly kind: "Import";
	/** `std.nn` as written, or the file's path. */
	readonly source:
		| { readonly kind: "Library" | "File"; readonly path: string; readonly span: Span }
		| Missing;
	readonly names: readonly { readonly name: Identifier; readonly alias?: Identifier }[];
	readonly span: Span;
}

/** `ansatz 1`. */
export interface Edition {
	readonly kind: "Edition";
	readonly edition: number;
	readonly span: Span;
}

/** `precision f64`. */
export interface Precision {
	readonly kind: "Precision";
	readonly format: Identifier | Missing;
	readonly span: Span;
}

/** `dim Vocab = 32`. */
export interface DimensionDeclaration {
	readonly kind: "Dimension";
	readonly name: Identifier | Missing;
	readonly value: Expression;
	readonly span: Span;
}

/** `type Mesh(n, m) = (..)` or `type Rule = Unbiased | Biased(rate: real)`. */
export interface TypeDeclaration {
	readonly kind: "Type";
	readonly name: Identifier | Missing;
	readonly parameters: readonly Parameter[];
	readonly definition:
		| { readonly kind: "Alias"; readonly type: TypeNode }
		| { readonly kind: "Variants"; readonly variants: readonly Variant[] };
	readonly span: Span;
}

export interface Variant {
	readonly kind: "Variant";
	readonly name: Identifier;
	readonly fields: readonly Parameter[];
	readonly span: Span;
}

/** `data digits = csv("digits.csv", label = "digit") |> split(..)`. */
export interface DataDeclaration {
	readonly kind: "Data";
	readonly name: Identifier | Missing;
	readonly value: Expression;
	readonly span: Span;
}

/** `name: Type = default`; in a type's header also a bare `n`. */
export interface Parameter {
	readonly kind: "Parameter";
	readonly name: Identifier | Missing;
	readonly type?: TypeNode;
	readonly default?: Expression;
	readonly span: Span;
}

export type FunctionRole = "fn" | "loss" | "regularizer" | "metric" | "schedule";

/**
 * `fn name(parameters) -> result where .. = body`, also as a member (method) of a model, constraint or optimizer,
 * where a method without a name is the call.
 */
export interface FunctionDeclaration {
	readonly kind: "Function";
	readonly role: FunctionRole | "method";
	readonly name?: Identifier | Missing;
	readonly parameters: readonly Parameter[];
	readonly result?: TypeNode;
	readonly where: readonly Expression[];
	readonly body: Expression;
	/** `with vjp (x, y, dy) => (..)`. */
	readonly derivative?: {
		readonly rule: Identifier;
		readonly parameters: readonly Identifier[];
		readonly body: Expression;
		readonly span: Span;
	};
	/** The text of the `///` lines before a method. */
	readonly documentation?: string;
	readonly span: Span;
}

export interface ModelDeclaration {
	readonly kind: "Model";
	readonly name: Identifier | Missing;
	readonly parameters: readonly Parameter[];
	readonly where: readonly Expression[];
	readonly members: readonly Member[];
	readonly span: Span;
}

/** What a constraint, a reparametrization or an optimizer is for: `for w: real[n, m]`, `for p`, `for params`. */
export interface Subject {
	readonly name: Identifier | Missing;
	readonly type?: TypeNode;
	readonly span: Span;
}

export interface ConstraintDeclaration {
	readonly kind: "Constraint";
	readonly name: Identifier | Missing;
	readonly parameters: readonly Parameter[];
	readonly subject?: Subject;
	readonly where: readonly Expression[];
	readonly members: readonly Member[];
	readonly span: Span;
}

export interface ReparamDeclaration {
	readonly kind: "Reparam";
	readonly name: Identifier | Missing;
	readonly parameters: readonly Parameter[];
	readonly subject?: Subject;
	readonly where: readonly Expression[];
	/** The last member is the expression of the reparametrized value. */
	readonly members: readonly Member[];
	readonly span: Span;
}

export interface OptimizerDeclaration {
	readonly kind: "Optimizer";
	readonly name: Identifier | Missing;
	readonly parameters: readonly Parameter[];
	readonly subject?: Subject;
	readonly where: readonly Expression[];
	readonly members: readonly Member[];
	readonly span: Span;
}

/** What stands in the body of a model, constraint, reparam or optimizer: any statement, and methods. */
export type Member = Statement | FunctionDeclaration;

export interface FitDeclaration {
	readonly kind: "Fit";
	readonly name: Identifier | Missing;
	readonly parameters: readonly Parameter[];
	readonly result?: TypeNode;
	readonly where: readonly Expression[];
	readonly body: Block;
	readonly span: Span;
}

export interface SearchDeclaration {
	readonly kind: "Search";
	readonly name: Identifier | Missing;
	readonly over: Expression;
	readonly parameters: readonly Parameter[];
	readonly entries: readonly SearchEntry[];
	readonly span: Span;
}

export type SearchEntry =
	/** `hidden in [32, 64]`, `reg in None | Decay(log(1e-6, 1e-2)) where hidden > 32`; alternatives stand apart. */
	| {
			readonly kind: "Space";
			readonly name: Identifier;
			readonly alternatives: readonly { readonly value: Expression; readonly where?: Expression }[];
			readonly span: Span;
	  }
	/** `maximize accuracy by tpe() trials 40 seeds 2 prune median`. */
	| {
			readonly kind: "Objective";
			readonly sense: "maximize" | "minimize";
			readonly value: Expression;
			readonly clauses: readonly { readonly word: Identifier; readonly value: Expression }[];
			readonly span: Span;
	  }
	| Statement;

// ---------------------------------------------------------------- statements

export type Statement =
	| Let
	| Leaf
	| Define
	| Assign
	| IfStatement
	| Loop
	| Minimize
	| SubjectTo
	| Track
	| Check
	| Plot
	| ExpressionStatement;

/** `let (a, b): T = value`. */
export interface Let {
	readonly kind: "Let";
	readonly pattern: Pattern;
	readonly type?: TypeNode;
	readonly value: Expression;
	readonly span: Span;
}

/** `param weight: real[n, m] if biased in orthogonal by cayley = glorot_uniform()`, and `state ..`. */
export interface Leaf {
	readonly kind: "Leaf";
	readonly role: "param" | "state";
	readonly name: Identifier | Missing;
	readonly type?: TypeNode;
	readonly condition?: Expression;
	readonly constraint?: Expression;
	readonly by?: Expression;
	readonly value?: Expression;
	readonly span: Span;
}

/** `name = Model(..)` in a model or a fit (an owned part), `project = polar(w)` in a constraint. */
export interface Define {
	readonly kind: "Define";
	readonly name: Identifier;
	readonly value: Expression;
	readonly span: Span;
}

/** `place <- value`. */
export interface Assign {
	readonly kind: "Assign";
	readonly place: Expression;
	readonly value: Expression;
	readonly span: Span;
}

/** `if c { .. } else { .. }` where a value is not wanted; the else part may be another `if`. */
export interface IfStatement {
	readonly kind: "IfStatement";
	readonly condition: Expression;
	readonly then: Block;
	readonly else?: Block | IfStatement;
	readonly span: Span;
}

/** `for (x, y) in data.batches(64) epochs 20 until .. { .. }`, `repeat 100 { .. }`. */
export interface Loop {
	readonly kind: "Loop";
	readonly head: "for" | "repeat";
	/** Of a `for`: the streams, side by side. */
	readonly bindings: readonly Binding[];
	/** Of a `repeat`: the number of turns. */
	readonly count?: Expression;
	readonly clauses: readonly {
		readonly word: "epochs" | "steps" | "until" | "where";
		readonly value: Expression;
		readonly span: Span;
	}[];
	readonly body: Block;
	readonly span: Span;
}

/** One step: `minimize` terms `wrt` places `using` optimizers; `descend d wrt ..` has the one term d. */
export interface Minimize {
	readonly kind: "Minimize";
	readonly sense: "minimize" | "maximize" | "descend";
	readonly terms: readonly { readonly name?: Identifier; readonly value: Expression; readonly span: Span }[];
	readonly wrt: readonly Expression[];
	readonly using: readonly {
		readonly optimizer: Expression;
		/** Absent: all that are left. `rest` is the name `rest`. */
		readonly on?: Expression;
		readonly span: Span;
	}[];
	readonly span: Span;
}

/** `subject to rows: w in unit_rows by projection`, `subject to h <= c by lagrangian(rate = 0.05)`. */
export interface SubjectTo {
	readonly kind: "SubjectTo";
	readonly name?: Identifier;
	readonly subject: Expression;
	/** Of the form `w in constraint`. */
	readonly constraint?: Expression;
	readonly by?: Expression;
	readonly span: Span;
}

/** `track accuracy = accuracy(..) every epoch`; `every 10 steps` has the amount 10. */
export interface Track {
	readonly kind: "Track";
	readonly name: Identifier | Missing;
	readonly value: Expression;
	readonly every?: { readonly amount?: Expression; readonly unit: Identifier; readonly span: Span };
	readonly span: Span;
}

/** `check r.accuracy > 0.95 "held-out accuracy"`, `test ..`. */
export interface Check {
	readonly kind: "Check";
	readonly role: "check" | "test";
	readonly condition: Expression;
	readonly message?: Expression;
	readonly span: Span;
}

export interface Plot {
	readonly kind: "Plot";
	readonly value: Expression;
	readonly span: Span;
}

export interface ExpressionStatement {
	readonly kind: "ExpressionStatement";
	readonly value: Expression;
	readonly span: Span;
}

// ---------------------------------------------------------------- expressions

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

// ---------------------------------------------------------------- patterns

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

// ---------------------------------------------------------------- types

export type TypeNode = Missing | NamedType | BoundedInt | TupleType | FunctionType | FamilyType;

/**
 * `real[n, d]`, `bool`, `Int`, `List[Int]`, `MLP([64, 10])`, `World(t, d)`, `T[k]`.
 * `shape` holds the brackets: dimensions (`n`, `2*d + 1`, `...b`, `some k`), or the element type of a `List` as a `TypeName`.
 */
export interface NamedType {
	readonly kind: "NamedType";
	readonly name: Identifier;
	readonly arguments?: readonly Argument[];
	readonly shape?: readonly Expression[];
	readonly span: Span;
}

/** `int<10>[n]`. */
export interface BoundedInt {
	readonly kind: "BoundedInt";
	readonly bound: Expression;
	readonly shape?: readonly Expression[];
	readonly span: Span;
}

/** `(real[n], real)` or `(net: MLP, loss: real)`, which may carry a shape: stacked. */
export interface TupleType {
	readonly kind: "TupleType";
	readonly elements: readonly { readonly name?: Identifier; readonly type: TypeNode; readonly span: Span }[];
	readonly shape?: readonly Expression[];
	readonly span: Span;
}

/** `[n] (real[n], real[n]) -> real`. */
export interface FunctionType {
	readonly kind: "FunctionType";
	readonly quantifiers: readonly (Identifier | Rest)[];
	readonly parameters: readonly TypeNode[];
	readonly result: TypeNode;
	readonly span: Span;
}

/** `[for w in widths: int<w>[w]]`: the type of a list, spelled like its value. */
export interface FamilyType {
	readonly kind: "FamilyType";
	readonly bindings: readonly Binding[];
	readonly element: TypeNode;
	readonly span: Span;
}
