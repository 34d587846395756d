import type * as ast from "../../../grammar/ast.js";
import { beginsAtRoot } from "../../../grammar/places.js";
import { checkDescend } from "../builtins/descend.js";
import { type Context, locate, report } from "../context.js";
import { insertFix } from "../edits.js";
import { infer } from "../expressions/expression.js";
import { isAnyRule } from "../rules/any-rule.js";
import { fitsSubject } from "../rules/rule.js";
import { optionsMissing } from "../trees/place.js";
import { areApart, distinct, isWithin, type Left, without } from "../trees/place-sets.js";
import { leavesOf, matchesNothing, ownPart, placesOf, untrained } from "../trees/places.js";
import { asTensor } from "../trees/stack.js";
import { holdsError } from "../types/holds-error.js";
import { showType } from "../types/show.js";
import type { RuleSymbol } from "../types/symbols.js";
import { errorType, isRealElement, type PlaceLeaf, type Type } from "../types/types.js";
import { warnOfFlatTerm } from "../warnings/flat.js";
import { isOwnPlace } from "./own-places.js";
import {
	isPart,
	isTrainablePart,
	movedAt,
	refuseForeignPart,
	refuseMadePart,
	refuseOverlaps,
	wholeOf,
} from "./parts.js";
import { noteMoved } from "./stale.js";

/** `minimize`: its terms, the places that it moves, and the optimizers. */

/** Returns the names of the terms. */
export function checkMinimize(context: Context, node: ast.Minimize): string[] {
	if (node.sense === "descend") checkDescend(context, node);
	else for (const term of node.terms) checkTerm(context, term.value, node.sense);
	const leaves =
		node.wrt.length > 0 ? node.wrt.flatMap((place) => trainable(context, place)) : ownedLeaves(context);
	if (node.sense !== "descend" && node.wrt.length === 0 && leaves.length === 0 && ownsNothing(context)) {
		report(context, {
			code: "E0410",
			at: locate(context, node),
			message: `this \`${node.sense}\` has nothing to train: the fit owns no parameters, or all are frozen`,
			hint: "own a model (`net = Model(..)`), or declare a `param`",
		});
	}
	noteMoved(node, leaves);
	if (node.using.length === 0 && !context.anchor.hasStray("using")) {
		report(context, {
			code: "E0414",
			at: locate(context, node),
			message: `this \`${node.sense}\` has no optimizer`,
			hint: "add `using adam(1e-3)`",
			// Not where the line is cut short.
			fixes: /(minimize|maximize|descend|using|wrt|[,:])$/.test(context.anchor.text(node.span))
				? []
				: [insertFix(context, node.span.end, "Step by adam", "  using adam(1e-3)")],
		});
	}
	if (node.sense !== "descend") refuseOverlaps(context, node, leaves);
	refuseEqualTerms(context, node);
	let rest: Left = { certain: leaves, open: [] };
	const given: PlaceLeaf[] = [];
	let takesAll: ast.Minimize["using"][number] | undefined;
	for (const use of node.using) {
		const isRest = !use.on || (use.on.kind === "Name" && use.on.name === "rest");
		const chosen = isRest || !use.on ? [...rest.certain, ...rest.open] : trainable(context, use.on);
		// What cannot be read may be for all of them.
		const isRead = isRest || chosen.length > 0;
		if (!isRead) rest = nothingLeft;
		else if (leaves.length > 0)
			refuseIdle(context, use, isRest ? undefined : chosen, { leaves, rest: chosen, given }, takesAll);
		if (isRest) takesAll ??= use;
		rest = isRest ? nothingLeft : leftBy(context, rest, chosen);
		given.push(...chosen);
		if (isRest) refuseNamedRest(context, use, leaves);
		if (use.on) refuseForeignPart(context, use.on, chosen, leaves);
		checkOptimizer(context, use, isRest ? chosen : movedAt(chosen, leaves));
	}
	if (node.using.length > 0 && rest.certain.length > 0) {
		report(context, {
			code: "E0415",
			at: locate(context, node.using.at(-1) ?? node),
			message: `no optimizer is given for ${listed(rest.certain)}`,
			hint: "add `, adam(1e-3) on rest`",
		});
	}
	if (node.sense === "descend") return [];
	return node.terms.flatMap((t) => (t.name ? [t.name.name] : []));
}

/** An optimizer that moves nothing, or what another one moves: of the second step the first would be lost. */
function refuseIdle(
	context: Context,
	use: ast.Minimize["using"][number],
	chosen: readonly PlaceLeaf[] | undefined,
	{ leaves, rest, given }: Record<"leaves" | "rest" | "given", readonly PlaceLeaf[]>,
	takesAll: ast.Minimize["using"][number] | undefined,
): void {
	// A part of what is moved is told as such.
	if (chosen?.some(isPart)) return;
	const { facts } = context;
	const may = (a: PlaceLeaf, b: PlaceLeaf): boolean =>
		!areApart(a, b, facts) || !areApart(whole(a), b, facts);
	const own = chosen ? leaves.filter((leaf) => chosen.some((c) => may(leaf, c))) : rest;
	const taken = chosen?.find((c) =>
		given.some((g) => meet(context, c, g) && leaves.some((l) => meet(context, l, c) && meet(context, l, g))),
	);
	const isIdle = chosen ? own.length === 0 : takesAll !== undefined;
	if (!taken && !isIdle) return;
	report(context, {
		code: "E0415",
		at: locate(context, use),
		message: taken
			? `\`${taken.path}\` has an optimizer already`
			: chosen
				? `this step does not move ${listed(chosen)}`
				: "an optimizer before this one is for all that is left: nothing is left for it",
		...(takesAll &&
			!chosen && { related: [{ at: locate(context, takesAll), label: "for all that is left" }] }),
		hint: taken
			? "each parameter is moved by one optimizer of a step: say `on rest`, or take it out by `except`"
			: chosen
				? "name it after `wrt`, or drop this optimizer"
				: "say what each is for: `using muon(0.02) on net.**.weight, adam(1e-3) on rest`",
	});
}

const nothingLeft: Left = { certain: [], open: [] };

/** The tensor of which a place is a part, or itself. */
function whole(leaf: PlaceLeaf): PlaceLeaf {
	return isPart(leaf)
		? { ...leaf, path: wholeOf(leaf), steps: (leaf.steps ?? []).filter((s) => s.kind !== "elements") }
		: leaf;
}

/** What no optimizer is given for, once one is for what is chosen: a tensor stands for its parts that are moved. */
function leftBy(context: Context, { certain, open }: Left, chosen: readonly PlaceLeaf[]): Left {
	const isTaken = (leaf: PlaceLeaf): boolean =>
		isPart(leaf) && chosen.some((c) => !c.uncertain && isWithin(whole(leaf), c, context.facts));
	return without([], chosen, context.facts, {
		certain: certain.filter((leaf) => !isTaken(leaf)),
		open: open.filter((leaf) => !isTaken(leaf)),
	});
}

/** Whether two places have something in common for certain. */
function meet(context: Context, a: PlaceLeaf, b: PlaceLeaf): boolean {
	if (a.uncertain || b.uncertain) return false;
	const { facts } = context;
	return isWithin(whole(a), b, facts) || isWithin(whole(b), a, facts) || isWithin(a, b, facts);
}

/** Terms are told by their names. */
function refuseEqualTerms(context: Context, { terms }: ast.Minimize): void {
	for (const [i, { name }] of terms.entries()) {
		const other = name && terms.slice(0, i).find((t) => t.name?.name === name.name);
		if (!name || !other?.name) continue;
		report(context, {
			code: "E0207",
			at: locate(context, name),
			message: `there are two terms with the name \`${name.name}\``,
			related: [{ at: locate(context, other.name), label: "the other one" }],
		});
	}
}

function checkTerm(context: Context, node: ast.Expression, sense: ast.Minimize["sense"]): void {
	const type = infer(context, node);
	const value = asTensor(type);
	if (type.kind === "error") return;
	if (!value || value.shape.dims.length > 0 || value.shape.rest) {
		report(context, {
			code: "E0416",
			at: locate(context, node),
			message: `a term of the objective is one number, and this is ${showType(type)}`,
			hint: "reduce it: `mean(..)`, `sum i: ..`",
		});
		return;
	}
	if (!isRealElement(value.element)) {
		report(context, {
			code: "E0416",
			at: locate(context, node),
			message: `a term of the objective is a real, and this is ${showType(type)}`,
			notes: ["whole numbers and truth values have no gradient"],
		});
		return;
	}
	if (!warnOfFlatTerm(context, node) && sense === "minimize") warnOfMetric(context, node);
}

/** A metric that is a term, or a summand of one: of most, less is worse. */
function warnOfMetric(context: Context, node: ast.Expression): void {
	if (node.kind === "Binary") {
		const { operator, left, right } = node;
		const isScaled = operator === "*" && left.kind === "Number";
		if (operator === "+" || operator === "-") warnOfMetric(context, left);
		if (operator === "+" || operator === "|>" || isScaled) warnOfMetric(context, right);
		return;
	}
	const callee = node.kind === "Call" ? node.callee : node;
	if (callee.kind !== "Name") return;
	const type = context.scope.find(callee.name)?.type;
	if (type?.kind !== "function" || !type.isMetric) return;
	report(context, {
		code: "E0465",
		severity: "warning",
		at: locate(context, callee),
		message: `\`${callee.name}\` is a metric, and here it is minimized`,
		related: type.at ? [{ at: type.at, label: "declared as a metric here" }] : [],
		hint: "of many metrics more is better: minimize a loss, and `track` the metric; or `maximize` it",
	});
}

/** Unless a mistake, or a model that is a `let`, is why there is nothing. */
function ownsNothing(context: Context): boolean {
	return [...context.scope.visible()].every(
		({ role, type }) =>
			!["part", "param", "local"].includes(role) ||
			(!holdsError(type) && (role !== "local" || type.kind !== "model")),
	);
}

/** All parts and parameters that can be seen from here. */
function ownedLeaves(context: Context): PlaceLeaf[] {
	const leaves: PlaceLeaf[] = [];
	for (const binding of context.scope.inside()) {
		if (binding.role !== "part" && binding.role !== "param") continue;
		leaves.push(...leavesOf(ownPart(binding)));
	}
	return leaves;
}

function trainable(context: Context, node: ast.Expression): PlaceLeaf[] {
	// A union is no tuple here, a dot begins at the fit, and of two sides only the one that holds is meant.
	const isSet = isSetOfPlaces(node) || beginsAtRoot(node);
	const type = isSet ? undefined : infer(context, node);
	if (type?.kind === "error") return [];
	const places = type?.kind === "places" ? [...type.leaves] : placesOf(context, node);
	if (!places || !isOwnPlace(context, node)) return [];
	if (places.length === 0) {
		matchesNothing(context, node);
		return [];
	}
	if (refuseMadePart(context, node, places)) return [];
	const leaves = distinct(places.flatMap(leavesOf), context.facts);
	if (leaves.length === 0) {
		report(context, {
			code: "E0410",
			at: locate(context, node),
			message: untrained(places, type ?? places[0]?.type ?? errorType),
		});
	}
	return leaves.every((leaf) => isTrainablePart(context, node, leaf)) ? leaves : [];
}

function isSetOfPlaces(node: ast.Expression): boolean {
	return node.kind === "Parenthesized"
		? isSetOfPlaces(node.inner)
		: ["Tuple", "If", "Match"].includes(node.kind);
}

/** Whether an optimizer is given, and fits the leaves. */
export function checkOptimizer(
	context: Context,
	use: Pick<ast.Minimize["using"][number], "optimizer" | "span">,
	leaves: readonly { readonly path: string; readonly type: Type }[],
	hint = (rule: RuleSymbol): string =>
		`say what it is for: \`using ${isAnyRule(rule) ? context.anchor.text(use.optimizer.span) : `${rule.name}(..)`} on net.**.weight, adam(1e-3) on rest\``,
): boolean {
	const type = infer(context, use.optimizer);
	const rule = ruleOf(context, use.optimizer, type);
	if (type.kind === "error" || (!rule && isRule(type))) return false;
	if (rule?.role !== "optimizer") {
		report(context, {
			code: "E0417",
			at: locate(context, use.optimizer),
			message: `\`using\` takes an optimizer, and this is ${showType(type)}`,
			hint: "for example `using adam(1e-3)`",
		});
		return false;
	}
	const wrong = leaves.filter((leaf) => fitsSubject(rule, leaf.type, context, type) !== undefined);
	const [first] = wrong;
	if (!first) return true;
	const reason = fitsSubject(rule, first.type, context, type);
	report(context, {
		code: "E0418",
		at: locate(context, use),
		message: `${rule.name} does not fit ${listed(wrong)}`,
		notes: reason ? [reason] : [],
		hint: hint(rule),
	});
	return false;
}

function listed(leaves: readonly { readonly path: string }[]): string {
	const names = leaves.slice(0, 3).map((l) => (l.path === "" ? "this" : `\`${l.path}\``));
	return leaves.length > 3 ? `${names.join(", ")} and ${leaves.length - 3} more` : names.join(", ");
}

export function isRule(type: Type): boolean {
	return type.kind === "declaration" && "rule" in type.symbol;
}

export function ruleOf(context: Context, node: ast.Expression, type: Type): RuleSymbol | undefined {
	if (type.kind === "applied") return type.rule;
	if (type.kind !== "declaration") return undefined;
	const { symbol } = type;
	if (!("rule" in symbol)) return undefined;
	symbol.rule.complete();
	if (symbol.rule.parameters.some((p) => !p.optional)) {
		optionsMissing(context, node, symbol.rule);
		return undefined;
	}
	return symbol.rule;
}

/** `on rest` is what is left; a part that is called so could be meant as well. */
function refuseNamedRest(
	context: Context,
	use: ast.Minimize["using"][number],
	leaves: readonly PlaceLeaf[],
): void {
	const declared = context.scope.find("rest");
	if (!use.on || !declared || !leaves.some((l) => /^rest\b/.test(l.path))) return;
	report(context, {
		code: "E0207",
		at: declared.at,
		message: "`rest` is what has no optimizer yet, and cannot be a part of this fit, too",
		related: [{ at: locate(context, use.on), label: "which is meant here?" }],
		hint: "give the part another name",
	});
}
