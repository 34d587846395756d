import type * as ast from "../../../grammar/ast.js";
import type { Atom } from "../../dims/dim.js";
import type { ModuleName } from "../../program/module.js";
import type { Location } from "../../source/diagnostic.js";
import type { DeclarationFlow } from "../flow/flow.js";
import type {
	FunctionType,
	LeafForm,
	ListSymbol,
	ListType,
	Quantified,
	SignatureParameter,
	Type,
	WhereClause,
} from "./types.js";

/** What declarations are behind their names. They are filled when they are checked. */

/** A model, as declared: the types of its members in terms of its parameters. Filled when it is checked. */
export interface ModelSymbol {
	readonly name: string;
	readonly module: ModuleName;
	readonly node: ast.ModelDeclaration;
	readonly at: Location;
	parameters: readonly SignatureParameter[];
	quantified: Quantified;
	where: readonly WhereClause[];
	members: Map<string, ModelMember>;
	/** Sizes that every instance has for itself: `let k = width(rule)`. */
	openSizes: readonly (Atom & { kind: "variable" })[];
	/** The same of lists: which entries a `where` leaves. */
	openLists: readonly ListSymbol[];
	call?: FunctionType;
	/** On what the values of its calls depend. */
	flow?: () => DeclarationFlow | undefined;
	/** Checks the declaration, if that was not done yet. */
	complete: () => void;
}

export interface ModelMember {
	readonly name: string;
	readonly role: "param" | "state" | "part" | "let" | "method";
	readonly type: Type;
	/** `if biased`: there only where this holds. */
	readonly condition?: ast.Expression;
	/** Of a parameter: how its value is made. */
	readonly form?: LeafForm;
	/** Of a parameter: what holds of it. */
	readonly constraint?: Type;
	readonly at: Location;
}

export type DeclarationSymbol =
	| { readonly role: "model"; readonly model: ModelSymbol }
	| { readonly role: RuleRole; readonly rule: RuleSymbol }
	| { readonly role: "fit"; readonly fit: FitSymbol }
	| { readonly role: "type"; readonly named: TypeSymbol };

/** A declared type: what its name stands for. */
export interface TypeSymbol {
	readonly name: string;
	readonly at: Location;
	/** What it takes, by name: sizes, and types, whose names are single capitals. */
	readonly parameters: readonly TypeParameter[];
	/** The type that it stands for, given these. */
	readonly expand: (given: ReadonlyMap<string, Type>) => Type;
	readonly variants?: VariantsSymbol;
}

export interface TypeParameter {
	readonly name: string;
	readonly isType: boolean;
	/** Of a list: what it is a list of. */
	readonly list?: ListType;
}

/** `type Rule = Unbiased | Biased(rate: real)`: the fields of a variant are filled when they are first asked for. */
export interface VariantsSymbol {
	readonly name: string;
	readonly at: Location;
	readonly variants: readonly VariantSymbol[];
}

export interface VariantSymbol {
	readonly name: string;
	readonly at: Location;
	readonly hasFields: boolean;
	/** Makes a value of its fields. */
	readonly make: () => FunctionType;
}

export type RuleRole = "constraint" | "optimizer" | "reparam";

/** A constraint, an optimizer or a reparametrization: something declared for a subject. */
export interface RuleSymbol {
	readonly name: string;
	readonly role: RuleRole;
	readonly module: ModuleName;
	readonly node: ast.ConstraintDeclaration | ast.OptimizerDeclaration | ast.ReparamDeclaration;
	readonly at: Location;
	parameters: readonly SignatureParameter[];
	/** Its Int options: bound where it is given them. */
	options: Quantified;
	/** Bound anew for each leaf that the rule is applied to. */
	quantified: Quantified;
	subject?: Type;
	where: readonly WhereClause[];
	members: Map<string, ModelMember>;
	/** Of a constraint: the reparametrizations whose values hold it. */
	reparams?: readonly RuleSymbol[];
	/** These, and those with options of their own: by which of them the constraint may be held. */
	maps?: readonly Type[];
	/** All of it is known: it does not lead back to itself. */
	isWhole?: boolean;
	complete: () => void;
}

export interface FitSymbol {
	readonly name: string;
	readonly module: ModuleName;
	readonly node: ast.FitDeclaration;
	readonly at: Location;
	parameters: readonly SignatureParameter[];
	quantified: Quantified;
	where: readonly WhereClause[];
	result: Type;
	/** Of fields of the result that options decide: when they are there. */
	conditions: ReadonlyMap<string, ast.Expression>;
	/** Sizes of the result that every run has for itself. */
	openSizes: readonly (Atom & { kind: "variable" })[];
	openLists: readonly ListSymbol[];
	complete: () => void;
}
