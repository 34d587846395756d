import type { Span } from "../../../grammar/span.js";
import {
	asConstant,
	atomsOf,
	type Dim,
	decideAtLeast,
	exactDiv,
	type Facts,
	hasPower,
} from "../../dims/dim.js";
import type { Fix, Location } from "../../source/diagnostic.js";
import { type Context, locate, report } from "../context.js";
import { askFor, type Hint } from "../hint.js";
import { holds, type Mismatch } from "../types/match.js";
import { showDim } from "../types/show.js";
import { type Bindings, substituteWhere } from "../types/substitute.js";
import type { FunctionType, WhereClause } from "../types/types.js";
import type { CallArgument } from "./call.js";

/** What the `where` of a signature asks of a call. */

/** Shows a condition of a signature, or reports it. False if it does not hold at all. */
export function discharge(
	context: Context,
	node: { readonly span: Span },
	clause: WhereClause,
	fn: { readonly name?: string; readonly at?: FunctionType["at"] },
	way: () => readonly string[] = () => [],
): boolean {
	const outcome = holds(clause, context.facts);
	if (outcome === "holds") return true;
	const fails = outcome === "fails";
	if (context.session.presuming && !fails) return true;
	const name = fn.name ? `\`${fn.name}\`` : "this";
	report(context, {
		code: "E0320",
		at: locate(context, node),
		message: fails
			? `${name} asks for \`${clause.text}\`, which does not hold here`
			: `${name} asks for \`${clause.text}\`, which cannot be shown here`,
		related: (clause.at ?? fn.at) ? [{ at: (clause.at ?? fn.at) as Location, label: "asked for here" }] : [],
		notes: [`here it says: ${showClause(clause)}`, ...way()],
		...(fails ? divisorAdvice(context, node, clause) : conditionAround(settling(clause, context.facts))),
	});
	// With what cannot be shown here the rest may still be sound.
	return !fails;
}

function conditionAround(condition: string | undefined): { readonly hint?: Hint } {
	return condition === undefined ? {} : { hint: askFor(condition, "the signature around this call") };
}

/** The condition itself; over the index of a turn what it comes to for all turns, if anything. */
function settling(clause: WhereClause, facts: Facts): string | undefined {
	if (clause.kind === "at-least" && [clause.greater, clause.lesser].some(isOfTurns)) {
		const verdict = decideAtLeast(clause.greater, clause.lesser, facts);
		return verdict.verdict === "holds" ? showClause(clause) : verdict.settle;
	}
	if (clause.kind === "divides" && [clause.divisor, clause.dividend].some(hasPower)) {
		const division = exactDiv(clause.dividend, clause.divisor, facts);
		return "undecided" in division ? division.undecided.settle : showClause(clause);
	}
	return showClause(clause);
}

/** Numbers that do not divide: what would, next to what is given. */
function divisorAdvice(
	context: Context,
	node: { readonly span: Span },
	clause: WhereClause,
): { readonly hint?: Hint; readonly fixes?: readonly Fix[] } {
	const [divisor, dividend] =
		clause.kind === "divides" ? [asConstant(clause.divisor), asConstant(clause.dividend)] : [];
	if (divisor === undefined || dividend === undefined || dividend < 1 || dividend > 1e6) return {};
	const all = Array.from({ length: dividend }, (_, i) => i + 1).filter((d) => dividend % d === 0);
	const near = [...all].sort((a, b) => Math.abs(a - divisor) - Math.abs(b - divisor))[0];
	const given =
		"arguments" in node && Array.isArray(node.arguments) ? (node.arguments as CallArgument[]) : [];
	const written = given.filter(({ value }) => value.kind === "Number" && value.value === divisor);
	const [only] = written;
	return {
		hint: `${dividend} is divided by ${all.slice(0, 12).join(", ")}${all.length > 12 ? ", .." : ""}`,
		fixes:
			only && written.length === 1 && near !== undefined
				? [
						{
							title: `Change it to ${near}`,
							edits: [{ at: locate(context, only.value), replacement: String(near) }],
						},
					]
				: [],
	};
}

/** Of an index, or a power, which may be one of a turn. */
function isOfTurns(d: Dim): boolean {
	return hasPower(d) || atomsOf(d).some((atom) => atom.kind === "variable" && atom.local);
}

function showClause(clause: WhereClause): string {
	switch (clause.kind) {
		case "at-least":
			return `${showDim(clause.greater)} >= ${showDim(clause.lesser)}`;
		case "equal":
			return `${showDim(clause.left)} == ${showDim(clause.right)}`;
		case "divides":
			return `${showDim(clause.divisor)} divides ${showDim(clause.dividend)}`;
	}
}

/**
 * Where an argument disagrees with an entry of a list that is none, the condition that fails is what is told: the size
 * follows from it. Whether one was.
 */
export function tellsCondition(
	context: Context,
	node: { readonly span: Span },
	mismatch: Mismatch,
	fn: Pick<FunctionType, "name" | "at" | "where">,
	bindings: Bindings,
): boolean {
	if (mismatch.kind !== "dim" || !atomsOf(mismatch.formal).some((a) => a.kind === "element")) return false;
	const failing = (fn.where ?? [])
		.map((clause) => substituteWhere(clause, bindings))
		.find((clause) => holds(clause, context.facts) === "fails");
	return failing !== undefined && !discharge(context, node, failing, fn);
}
