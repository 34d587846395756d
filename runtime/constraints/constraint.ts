import type { Environment } from "../../compiler/elaborate/environment.js";
import type { RuleValue } from "../../compiler/elaborate/values.js";
import { type MethodName, writtenMethod, writtenOption } from "../../compiler/program/constraint-methods.js";
import type { Location } from "../../compiler/source/diagnostic.js";
import type * as ast from "../../grammar/ast.js";
import type { Target } from "../parts-of-leaves.js";

/** The constraints of a fit, as it runs. */

/** How a constraint is held: by which method, with which options. */
export interface Holding {
	readonly method: MethodName;
	/** As written; its options are evaluated where the constraint stands. */
	readonly by?: ast.Expression;
}

interface Common {
	readonly name: string | undefined;
	readonly holding: Holding;
	readonly at: Location;
	/** Under which the fit keeps its multiplier; only of methods that have one. */
	readonly multiplier?: string;
}

/** `w in constraint`: the leaves that it holds for. */
export interface MemberConstraint extends Common {
	readonly kind: "member";
	readonly rule: RuleValue;
	/** Leaves, and parts of them. */
	readonly targets: readonly Target[];
	/** What the options of its method and the indices of parts see. */
	readonly environment: Environment;
	/** Of what is computed from other parameters: where its values are read. */
	readonly subject?: ast.Expression;
}

/** `h <= c`. */
export interface NumberConstraint extends Common {
	readonly kind: "number";
	readonly comparison: Comparison;
	/** Of one that stands before the loops; inside a turn it is that of the turn. */
	readonly environment: Environment;
	readonly perTurn: boolean;
}

export type Constraint = MemberConstraint | NumberConstraint;

export interface Comparison {
	readonly operator: "<=" | ">=" | "==";
	readonly left: ast.Expression;
	readonly right: ast.Expression;
}

/** The sides of `h <= c`, `h >= c` or `h == c`. */
export function comparisonOf(node: ast.Expression): Comparison | undefined {
	if (node.kind === "Parenthesized") return comparisonOf(node.inner);
	if (node.kind !== "Binary") return undefined;
	const { operator, left, right } = node;
	return operator === "<=" || operator === ">=" || operator === "==" ? { operator, left, right } : undefined;
}

/** An option of the method, as it is written. */
export function optionOf({ by }: Holding, name: string): ast.Expression | undefined {
	return writtenOption(by, name);
}

/** The text under which a constraint is reported. */
export function labelOf(constraint: Constraint): string {
	if (constraint.name) return constraint.name;
	if (constraint.kind === "member") return constraint.targets.map(({ path }) => path).join(", ");
	const { module } = constraint.environment.origin;
	return module.text.slice(constraint.at.start, constraint.at.end);
}

/** The method of a statement or a declaration that names one. */
export function namedMethod(by: ast.Expression | undefined): string | undefined {
	return by && writtenMethod(by);
}
