import type { Span } from "../../../grammar/span.js";
import { type Context, locate, report } from "../context.js";
import type { Type } from "../types/types.js";
import { currentUnit } from "./unit.js";

/**
 * What is known before running is worked out while checking: lists unroll, functions without a signature are checked at
 * each use. A text of a few lines can ask for more than can ever be done, so each declaration has a budget.
 */

/** How many expressions may be looked at for one declaration. */
const mostSteps = 100_000;

/** How many values a static list or tuple may hold in all. */
const mostValues = 100_000;

/** How deep expressions may be looked at within each other, those of other declarations included. */
const mostNested = 600;

class BudgetSpent extends Error {
	constructor(readonly isNested = false) {
		super("the budget is spent");
	}
}

let nested = 0;

/** One more expression is looked at within another; `leave` ends it, also where this throws. */
export function enter(): void {
	nested += 1;
	if (nested > mostNested) throw new BudgetSpent(true);
}

export function leave(): void {
	nested -= 1;
}

/** One more expression is looked at. */
export function spendStep(): void {
	const unit = currentUnit();
	if (!unit) return;
	unit.steps += 1;
	if (unit.steps > mostSteps) throw new BudgetSpent();
}

/** Told where the work begins that takes too long: at the outermost thing that unrolls, else at the declaration. */
export function withinBudget<T>(
	context: Context,
	node: { readonly span: Span },
	compute: () => T,
	otherwise: T,
): T {
	const unit = currentUnit();
	if (!unit || unit.isUnrolling) return compute();
	unit.isUnrolling = true;
	try {
		return compute();
	} catch (error) {
		if (!(error instanceof BudgetSpent)) throw error;
		reportSpent(context, node, error);
		// What stands beside it is still checked.
		unit.steps = mostSteps * 0.9;
		return otherwise;
	} finally {
		unit.isUnrolling = false;
	}
}

/** The same for a whole declaration, whatever in it takes too long. */
export function orSpent<T>(
	context: Context,
	node: { readonly span: Span },
	compute: () => T,
	otherwise: () => T,
): T {
	try {
		return compute();
	} catch (error) {
		if (!(error instanceof BudgetSpent)) throw error;
		reportSpent(context, node, error);
		return otherwise();
	}
}

function reportSpent(context: Context, node: { readonly span: Span }, { isNested }: BudgetSpent): void {
	if (isNested) {
		report(context, {
			code: "E0390",
			at: locate(context, node),
			message: `this leads through more than ${mostNested} expressions within each other`,
			hint: "name its parts with `let`, or give the functions that it calls signatures",
		});
		return;
	}
	report(context, {
		code: "E0390",
		at: locate(context, node),
		message: `this asks for more than ${mostSteps.toLocaleString("en")} steps before running`,
		hint: "lists in brackets and functions without a signature are unrolled: loop over a range or a tensor, or declare a type",
	});
}

/** A type that is found through that of another declaration, and so on without end in sight. */
export function reportDeep(context: Context, node: { readonly span: Span }): void {
	report(context, {
		code: "E0390",
		at: locate(context, node),
		message: "the type of this is asked for through more than 200 other declarations",
		hint: "declare a result: `-> real`",
	});
}

/** Is there too much in a static value? Then that is told. */
export function isTooLarge(context: Context, node: { readonly span: Span }, type: Type): boolean {
	if ((type.kind !== "list" && type.kind !== "tuple") || weigh(type) <= mostValues) return false;
	report(context, {
		code: "E0390",
		at: locate(context, node),
		message: `this holds more than ${mostValues.toLocaleString("en")} values before running`,
		hint: "what is computed while running is a tensor: `for i in 0..n: ..` without brackets",
	});
	return true;
}

const weights = new WeakMap<object, number>();

/** How many values there are, those that stand in several places counted in each. */
function weigh(type: Type): number {
	if (type.kind !== "list" && type.kind !== "tuple") return 1;
	const known = weights.get(type);
	if (known !== undefined) return known;
	let sum = 1;
	const elements = type.elements ?? [];
	let isLarge = elements.length > 8;
	for (const element of elements) {
		const weight = weigh("kind" in element ? element : element.type);
		if (weight > 1) isLarge = true;
		sum += weight;
	}
	// What is small is counted as fast as it is looked up.
	if (isLarge) weights.set(type, sum);
	return sum;
}
