import type { Span } from "../span.js";
import type { Block, Expression } from "./expressions.js";
import type { Identifier, Missing } from "./nodes.js";
import type { Statement } from "./statements.js";
import type { TypeNode } from "./types.js";

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
