import type * as ast from "../../../grammar/ast.js";
import { type Atom, type Dim, nextIdentity } from "../../dims/dim.js";
import type { Location } from "../../source/diagnostic.js";
import type { Context } from "../context.js";
import type { CallSite } from "../expressions/call.js";
import type { Bindings } from "./substitute.js";
import type { DeclarationSymbol, ModelSymbol, RuleSymbol, VariantsSymbol } from "./symbols.js";

/** The types of the checker. Plain data, except that a family of types is a function of its index. */
export type Type =
	| ErrorType
	| TensorType
	| IntType
	| RealType
	| BoolType
	| StringType
	| ListType
	| TupleType
	| FunctionType
	| ModelType
	| DeclarationType
	| AppliedType
	| VariantType
	| StackType
	| TableType
	| StreamType
	| PlacesType
	| RangeType
	| RateType
	| VariableType
	| UnitType;

/** Stands for anything: the mistake is reported already. */
export interface ErrorType {
	readonly kind: "error";
}

/** Real numbers: of a format of their own, or of that of the signature or program around (`real`). */
export type Format = "real" | "f32" | "f64";

/** `int` may be known to lie below a size: `int<k>`. */
export type Element = Format | "int" | "bool";

/** A shape with at most one rest (`...b`), which stands behind the first of its known sizes. */
export interface Shape {
	readonly rest?: RestAxes;
	readonly dims: readonly Dim[];
}

/** A rest in a shape: behind so many of the known sizes. */
export interface RestAxes extends RestVariable {
	readonly before: number;
}

export interface RestVariable {
	readonly id: number;
	readonly name: string;
}

/** Where a size comes from, to be shown beside an error: a literal, a data file. */
export interface Origin {
	readonly at: Location;
	readonly label: string;
}

/** The same, of which most are never shown. */
export class OriginOnDemand implements Origin {
	constructor(
		readonly at: Location,
		private readonly tell: () => string,
	) {}

	get label(): string {
		return this.tell();
	}
}

/** A value of the run: a scalar has the empty shape. */
export interface TensorType {
	readonly kind: "tensor";
	readonly element: Element;
	/** Of an int: all its elements lie in 0 .. below. */
	readonly below?: Dim;
	readonly shape: Shape;
	readonly origin?: Origin;
	/** Of numbers that are written in the program: they take the format that is wanted. */
	readonly literal?: boolean;
	/** Made by `softmax` or `sigmoid`: where. */
	readonly probabilities?: Origin;
	/** Of an int: its elements lie between these, where that is no `below`. */
	readonly interval?: Interval;
	/** Of one int under binders: its value over their names. */
	readonly affine?: Affine;
	/** A binder's own index, whose range may still be open. */
	readonly index?: IndexRange;
	/** How its shape came about. */
	readonly trail?: Trail;
}

/** One call on the way of a tensor, after those before it. */
export interface Trail {
	/** The arithmetic of sizes: `28 = floor((28 + 2*2 - 5) / 1) + 1`. */
	readonly sums: readonly string[];
	/** Where numbers of it were written. */
	readonly places: readonly Origin[];
	/** What was applied, from which shape to which. */
	readonly step?: { readonly name: string; readonly from: Shape; readonly to: Shape };
	readonly before?: Trail;
}

/** The range of a binder's name: found from its uses, unless `in` gives it. */
export interface IndexRange {
	readonly name: string;
	/** The variable that stands for the index in a computed index (`i + 1`). */
	readonly variable: Dim;
	/** Where it begins, if not at 0. */
	readonly from?: Dim;
	bound?: Dim;
	/** The use or source that fixed the bound. */
	fixedBy?: Origin;
	/** Given by `in`: no use changes it. */
	readonly given?: boolean;
	/** Behind the name, where a range may be written. */
	readonly behind?: Location;
	/** Of the uses under conditions that compare the name: the size of the axis, and whether they agree. */
	guarded?: { readonly extent: Dim; readonly fixedBy: Origin; readonly agree: boolean };
	/** The size of an axis that a computed index with this name stands in. */
	seen?: Dim;
	/** It indexes something of which no type is known, for a mistake or because a lambda is not used yet. */
	unknown?: boolean;
	/** A use that did not go with those before it is told: after it the others are not. */
	refused?: Location;
	/** Something asked for the range before it was known, or knew a larger one: what was found is looked at again. */
	stale?: boolean;
}

/** Both ends included. */
export interface Interval {
	readonly least: Dim;
	readonly most: Dim;
}

/** `2 * i + j`, with the names that it is made of. */
export interface Affine {
	readonly value: Dim;
	readonly over: readonly Bounded[];
}

/** A name in a computed index, and what is known of it: the range of a binder, an interval, or what it is compared to. */
export interface Bounded {
	readonly variable: Dim;
	readonly range?: IndexRange;
	readonly interval?: Interval;
	/** Of `min(a, b)` or `max(a, b)`: it is the one or the other, and in each case the first of a pair is at least the second. */
	readonly either?: readonly { readonly value: Dim; readonly order: readonly [Dim, Dim] }[];
}

/** A static `Int`, with its value where it is known as a polynomial. */
export interface IntType {
	readonly kind: "Int";
	readonly value?: Dim;
	readonly origin?: Origin;
	/** Of one that was computed and brought back to the host: it lies in 0 .. below. */
	readonly below?: Dim;
}

export interface RealType {
	readonly kind: "Real";
	readonly value?: number;
}

export interface BoolType {
	readonly kind: "Bool";
	readonly value?: boolean;
}

export interface StringType {
	readonly kind: "String";
	readonly value?: string;
}

/** A static list: its elements, or, where its length is unknown, a family indexed from 0. */
export interface ListType {
	readonly kind: "list";
	readonly elements?: readonly Type[];
	readonly family?: { readonly length: Dim; readonly at: (index: Dim) => Type };
	readonly symbol?: ListSymbol;
	/** Of a family: the lists that it is made of, end to end (`[64, ..hidden, 10]`). */
	readonly segments?: readonly ListType[];
	readonly known?: KnownOfSpread;
}

/** Of lists end to end: which of them have an entry, and what the Ints in them are at least. */
export interface KnownOfSpread {
	readonly filled: readonly boolean[];
	readonly least?: number;
}

/** `widths: List[Int]`: what stands for a list of unknown length in dimensions. */
export interface ListSymbol {
	readonly name: string;
	readonly id: number;
	/** Of what the entries are; a list without is one of Ints. */
	readonly entries?: ListEntries;
	/** Of Ints: the least of its entries, where that is not 1 (`where found >= 0`). */
	readonly minimum?: number;
	/** Not a list of a signature, but any: the result of a function, say. Each use gets one of its own. */
	readonly anyList?: boolean;
	/** Of lists within lists: at which indices this one stands. */
	readonly outer?: readonly Dim[];
}

export interface ListEntries {
	/** An entry, of which no Int is known. */
	readonly template: Type;
	/** The entry at an index, after those of the lists around: each Int in it is the entry of a list of its own. */
	readonly at: (indices: readonly Dim[]) => Type;
	/** Those lists, and what they take of an entry. */
	readonly columns: readonly { readonly id: number; readonly of: (entry: Type) => Type | undefined }[];
}

export interface TupleType {
	readonly kind: "tuple";
	readonly elements: readonly { readonly name?: string; readonly type: Type }[];
	/** What it is called in messages, for example the result of the fit `classifier`. */
	readonly title?: string;
	/** Of the result of a fit: what this run does not have, or may not have, by its options. */
	readonly absent?: ReadonlyMap<string, ast.Expression>;
	/** Of a `choice`: where its branches stand. */
	readonly choice?: readonly Location[];
	/** A branch of a choice that is one of these: which, only the value tells. */
	readonly isOneOf?: true;
}

export interface SignatureParameter {
	readonly name: string;
	readonly type: Type;
	readonly optional: boolean;
	/** The type of the default, with its static value. */
	readonly default?: Type;
	readonly at?: Location;
}

/**
 * A signature quantifies over sizes, rests and types; they are bound at each call. A function value that is not
 * annotated (a lambda in a `let`) is checked anew at each call: `lambda`.
 */
export interface FunctionType {
	readonly kind: "function";
	readonly name?: string;
	readonly quantified: Quantified;
	readonly parameters: readonly SignatureParameter[];
	readonly result: Type;
	/** The result is found from the body, when it is first asked for. */
	readonly infersResult?: true;
	/** Sizes of the result that each value has for itself: those of a fit's result. */
	readonly openSizes?: readonly (Atom & { kind: "variable" })[];
	/** The sizes of the result as they are written. */
	readonly resultTexts?: readonly (string | undefined)[];
	readonly where?: readonly WhereClause[];
	readonly lambda?: {
		/** How many arguments it takes; undefined if only a call can tell. */
		readonly arity: number | undefined;
		/** Their names, where they have one. */
		readonly parameters: readonly (string | undefined)[];
		/** The result at these arguments; `from` is where it is called, so that what is wrong is told as of there. */
		readonly apply: (types: readonly Type[], from?: Context) => Type;
	};
	/** Of a derivative: what it is the derivative of, at a call. */
	readonly derivative?: DerivativeType;
	/** Of a declared function whose value is made by `softmax` or `sigmoid`: where. */
	readonly probabilities?: Origin | undefined;
	/** Of a `metric`: it tells how good something is, and is no objective. */
	readonly isMetric?: true;
	/** A builtin whose rule is not a signature. */
	readonly special?: string;
	/** Of a method of a choice: the choice. */
	readonly receiver?: TupleType;
	/** An intrinsic of the library whose signature depends on the arguments: its name in `overloads`. */
	readonly overloaded?: string;
	/** Of such a builtin: what it is as a value, if a signature can say so. */
	readonly asValue?: () => FunctionType;
	readonly at?: Location;
}

/** `grad(f)`: typed at each call by the type of `f` there. */
export interface DerivativeType {
	readonly apply: (context: Context, site: CallSite) => Type;
	/** The names of its parameters: those of the function. */
	readonly parameters: readonly (string | undefined)[];
	/** Their types, where the function declares them. */
	readonly types?: readonly (Type | undefined)[];
}

export interface Quantified {
	readonly dims: readonly (Atom & { kind: "variable" })[];
	readonly rests: readonly RestVariable[];
	readonly types: readonly VariableType[];
	/** Lists of unknown length. */
	readonly lists?: readonly ListSymbol[];
	/** The type variables that are trees: `where T: tree`. */
	readonly trees?: ReadonlySet<number>;
	/** `real` in it is any format, one for each call. */
	readonly overReal?: boolean;
}

export type WhereClause =
	| {
			readonly kind: "at-least";
			readonly greater: Dim;
			readonly lesser: Dim;
			readonly text: string;
			readonly at?: Location;
	  }
	| {
			readonly kind: "equal";
			readonly left: Dim;
			readonly right: Dim;
			readonly text: string;
			readonly at?: Location;
	  }
	| {
			readonly kind: "divides";
			readonly divisor: Dim;
			readonly dividend: Dim;
			readonly text: string;
			readonly at?: Location;
	  };

/** An instance of a model, configured by the static values of its parameters. */
export interface ModelType {
	readonly kind: "model";
	readonly declaration: ModelSymbol;
	/** The values of its parameters; an option that is absent may be any. */
	readonly configuration: ReadonlyMap<string, Type>;
	/** Of a written type: the options that it says, which each value has. */
	readonly said?: ReadonlySet<string>;
	/** What is other than declared, by member: by `with`. */
	readonly changes?: ReadonlyMap<string, MemberChange>;
	/** Its parameters are not trained: `frozen(net)`. */
	readonly frozen?: boolean;
	/** What all that its declaration names stands for: what its parameters imply (`mean: real[n]`), too. */
	readonly implied?: Bindings;
}

export interface MemberChange {
	/** Of a part: the instance in its place. */
	readonly type?: Type;
	/** Of a parameter: how its value is made. */
	readonly form?: LeafForm;
}

/** How the value of a parameter is made, where it is not trained as it is. */
export interface LeafForm {
	readonly frozen?: boolean;
	readonly reparametrized?: Reparametrized;
	/** The cases above it make it in several ways, so that only the run knows. */
	readonly open?: boolean;
}

/** A parameter whose value is computed from others: `param w by lora(4)`. */
export interface Reparametrized {
	readonly rule: RuleSymbol;
	readonly params: readonly OwnParameter[];
	/** The parameter that it was before, where the value is computed from it. */
	readonly base?: LeafForm;
}

/** A parameter of a reparametrization, which may be reparametrized in turn. */
export interface OwnParameter {
	readonly name: string;
	readonly type: Type;
	readonly form?: LeafForm;
	/** Declared `in` a constraint. */
	readonly isConstrained?: boolean;
}

/** The name of a declaration, used as a value: a model to be configured, a fit to be called, a constraint. */
export interface DeclarationType {
	readonly kind: "declaration";
	readonly symbol: DeclarationSymbol;
}

/** A value of a declared type, of one of its variants: known before running, but not to the checker. */
export interface VariantType {
	readonly kind: "variant";
	readonly variants: VariantsSymbol;
	/** Its sizes and types; one that is absent may be any, as no field of the value depends on it. */
	readonly arguments: ReadonlyMap<string, Type>;
	/** Which variant it is, where that is known. */
	readonly value?: string;
}

/**
 * `T[k]`: k trees T side by side. One of tensors is a tensor, one of records a record: this is one of models, or of what a
 * type variable stands for.
 */
export interface StackType {
	readonly kind: "stack";
	readonly of: ModelType | VariableType;
	readonly dims: readonly Dim[];
}

/** A constraint or an optimizer with its options: `adamw(1e-3)`. */
export interface AppliedType {
	readonly kind: "applied";
	readonly rule: RuleSymbol;
	/** What its Int options stand for. */
	readonly sizes?: ReadonlyMap<number, Dim>;
}

/** Columns with one common first axis: what a data file holds, or a part of it. */
export interface TableType {
	readonly kind: "table";
	readonly name: string;
	readonly rows: Dim;
	/** The number of rows, which a data file tells while checking. */
	readonly count?: number;
	readonly columns: readonly { readonly name: string; readonly type: TensorType }[];
	readonly origin?: Origin;
}

/** What `for .. in` takes one by one. */
export interface StreamType {
	readonly kind: "stream";
	readonly item: Type;
	readonly rowsPerTurn: number | undefined;
	readonly rows: number | undefined;
}

/** A set of leaves: `net.**.weight`. */
export interface PlacesType {
	readonly kind: "places";
	readonly leaves: readonly PlaceLeaf[];
}

export interface PlaceLeaf {
	readonly path: string;
	readonly type: Type;
	/** The way to it from where the places begin. */
	readonly steps?: readonly PlaceStep[];
	readonly form?: LeafForm;
	/** Of a fit itself, what it owns; of some entries of a list, these. */
	readonly parts?: readonly PlaceLeaf[];
	/** Of some entries of a list that is not known entry by entry: the list's own path, and which. */
	readonly some?: { readonly path: string; readonly entries: SomeEntries };
	/** Whether this, or all of it, is meant is not known while checking: only the run knows. */
	readonly uncertain?: boolean;
	/** A parameter of a model. */
	readonly inModel?: boolean;
	/** Declared `in` a constraint. */
	readonly isConstrained?: boolean;
	/** A state, which no step trains. */
	readonly isState?: boolean;
	/** Of models side by side: so many leading axes are theirs. */
	readonly stacked?: number;
}

/** A field, an entry of a list, or elements of a tensor. */
export type PlaceStep =
	| { readonly kind: "field"; readonly name: string }
	| EntryStep
	| { readonly kind: "elements"; readonly node: ast.Index };

/** One entry, or, where the list or the index is not known while checking, those at `some`. */
export type EntryStep =
	| { readonly kind: "entry"; readonly index: number; readonly some?: undefined }
	| { readonly kind: "entry"; readonly index?: undefined; readonly some: SomeEntries };

/** The entries from .. to of a list of this size; `at` stands for any of their indices. */
export interface SomeEntries {
	readonly from: Dim;
	readonly to: Dim;
	readonly size: Dim;
	readonly at: Dim;
	/** What varies in `at`; undefined where there is one entry. */
	readonly index?: Atom & { readonly kind: "variable" };
}

export interface RangeType {
	readonly kind: "range";
	readonly from?: Dim;
	readonly to?: Dim;
}

/** A learning rate: a number, or a function of the step. */
export interface RateType {
	readonly kind: "rate";
}

/** A type variable of a signature: `T`. */
export interface VariableType {
	readonly kind: "variable";
	readonly name: string;
	readonly id: number;
	/** Not a value of it, but its parameters: what a derivative by one is. */
	readonly parametersOf?: true;
}

export interface UnitType {
	readonly kind: "unit";
}

export const errorType: ErrorType = { kind: "error" };
export const unitType: UnitType = { kind: "unit" };
export const noQuantified: Quantified = { dims: [], rests: [], types: [] };

export function isRealElement(element: Element): element is Format {
	return element === "real" || element === "f32" || element === "f64";
}

export function scalar(element: Element, below?: Dim): TensorType {
	return { kind: "tensor", element, shape: { dims: [] }, ...(below && { below }) };
}

export function tensor(element: Element, shape: Shape, below?: Dim): TensorType {
	return { kind: "tensor", element, shape, ...(below && { below }) };
}

/** What is left of a type where another value of it may stand: nothing that is known of this one's numbers. */
export function withoutValues(type: Type): Type {
	if (type.kind === "tuple")
		return { ...type, elements: type.elements.map((e) => ({ ...e, type: withoutValues(e.type) })) };
	if (type.kind !== "tensor" || !(type.affine || type.index || type.interval)) return type;
	const { affine: _, index: __, interval: ___, ...whole } = type;
	return whole;
}

export function isSameVariable(a: VariableType, b: VariableType): boolean {
	return a.id === b.id && a.parametersOf === b.parametersOf;
}

/** Identity for rests, type variables and lists. */
export function freshId(): number {
	return nextIdentity();
}

/** The constraint, optimizer or reparametrization that a type is, with its options or without. */
export function ruleOfType(type: Type): RuleSymbol | undefined {
	if (type.kind === "applied") return type.rule;
	return type.kind === "declaration" && "rule" in type.symbol ? type.symbol.rule : undefined;
}
