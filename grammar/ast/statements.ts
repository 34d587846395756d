import type { Span } from "../span.js";
import type { Binding, Block, Expression } from "./expressions.js";
import type { Identifier, Missing } from "./nodes.js";
import type { Pattern } from "./patterns.js";
import type { TypeNode } from "./types.js";

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
		/** Of `until 2 minutes`. */
		readonly unit?: Identifier;
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
