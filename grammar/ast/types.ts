import type { Span } from "../span.js";
import type { Argument, Binding, Expression, Rest } from "./expressions.js";
import type { Identifier, Missing } from "./nodes.js";

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
