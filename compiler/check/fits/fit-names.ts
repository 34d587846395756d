import type * as ast from "../../../grammar/ast.js";
import { type Atom, constant, type Dim, decideAtLeast, variable } from "../../dims/dim.js";
import { type Context, locate, report } from "../context.js";
import { askFor } from "../hint.js";
import type { NamedSubject } from "../rules/subject.js";
import { both } from "../signatures/conditions.js";
import { resolveDim } from "../signatures/type-node.js";
import { showDim } from "../types/show.js";
import type { ModelMember } from "../types/symbols.js";
import type { Type } from "../types/types.js";

/** What a fit gives: its parts, states and tracks by name, and `.run`. */
export interface FitNames {
	readonly fields: { readonly name: string; readonly type: Type }[];
	readonly members: Map<string, ModelMember>;
	readonly violations: string[];
	/** Of those that have a multiplier. */
	readonly multipliers: string[];
	readonly terms: Set<string>;
	readonly histories: { readonly name: string; readonly type: Type }[];
	/** How many steps its loops make; undefined where only running it tells. */
	steps: Dim | undefined;
	/** Whether a loop runs over what could not be typed. */
	isUncounted: boolean;
	/** The sizes that only running it tells. */
	readonly openSizes: (Atom & { kind: "variable" })[];
	/** Whether there is a step whatever its options are. */
	hasSteps: boolean;
	/** Where the names of parts are known. */
	readonly home: Context;
	/** Of the branches around, which options decide. */
	condition: ast.Expression | undefined;
	/** Of what such a branch names: it is there only where this holds. */
	readonly conditions: Map<string, ast.Expression>;
}

export function newFitNames(home: Context): FitNames {
	return {
		home,
		condition: undefined,
		conditions: new Map(),
		fields: [],
		members: new Map(),
		violations: [],
		multipliers: [],
		terms: new Set(),
		histories: [],
		steps: constant(0),
		isUncounted: false,
		openSizes: [],
		hasSteps: false,
	};
}

/** Checks what stands in a branch that options decide. */
export function underCondition(
	names: FitNames,
	condition: ast.Expression | undefined,
	body: () => void,
): void {
	const outer = names.condition;
	names.condition = both(outer, condition);
	body();
	names.condition = outer;
}

/** A field of the result, which the branch around may leave out. */
export function noteCondition(names: FitNames, name: string, own?: ast.Expression): void {
	const condition = both(names.condition, own);
	if (condition) names.conditions.set(name, condition);
}

/** What a fit tells of a constraint, under a name of its own. */
export function noteSubject(
	context: Context,
	node: ast.SubjectTo,
	names: FitNames,
	subject: NamedSubject | undefined,
): void {
	if (!subject) return;
	const { name, hasMultiplier } = subject;
	if (names.violations.includes(name)) {
		report(context, {
			code: "E0207",
			at: locate(context, node.name ?? node),
			message: `there are two constraints with the name \`${name}\``,
		});
		return;
	}
	names.violations.push(name);
	if (hasMultiplier) names.multipliers.push(name);
}

/** A size of the result that every run has for itself. */
export function openSize(names: FitNames, name: string, minimum = 1): Dim {
	const { dim, atom } = variable(name, { minimum });
	names.openSizes.push(atom);
	return dim;
}

/** What is known of a loop's length; undefined where only running it tells. */
export interface LoopLength {
	readonly head: ast.Loop["head"];
	readonly steps: Dim | undefined;
	readonly epochs: Dim | undefined;
	readonly stepsPerEpoch: Dim | undefined;
	readonly endsEarly: boolean;
	/** Inside a loop of a turn. */
	readonly isInner?: boolean;
	/** In a branch of a turn whose condition is computed. */
	readonly isDecidedInTurn?: boolean;
}

/** How often: a whole number known before running, 0 for not at all. */
export function checkCount(context: Context, node: ast.Expression): Dim | undefined {
	return checkLeast(context, node, 0, "E0326", negativeTurns);
}

export const negativeTurns = "a loop has no negative number of turns, and here it is";

/** An interval: a whole number known before running, at least 1. */
export function checkInterval(context: Context, node: ast.Expression, what: string): Dim | undefined {
	return checkLeast(context, node, 1, "E0325", what);
}

function checkLeast(
	context: Context,
	node: ast.Expression,
	least: number,
	code: string,
	what: string,
): Dim | undefined {
	const count = resolveDim(context, node);
	return count && checkAtLeast(context, node, count, least, code, what);
}

export function checkAtLeast(
	context: Context,
	node: ast.Expression,
	count: Dim,
	least: number,
	code: string,
	what: string,
): Dim | undefined {
	const verdict = decideAtLeast(count, constant(least), context.facts);
	if (verdict.verdict === "holds") return count;
	report(context, {
		code,
		at: locate(context, node),
		message: `${what} ${showDim(count)}`,
		...(verdict.settle && { hint: askFor(verdict.settle, "the fit") }),
	});
	return undefined;
}
