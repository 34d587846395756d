import type * as ast from "../../../grammar/ast.js";
import { isGlob } from "../../../grammar/places.js";
import { type Context, locate, report, unsupported } from "../context.js";
import { infer } from "../expressions/expression.js";
import type { Hint } from "../hint.js";
import { openCondition, trainable } from "../trees/model-parameters.js";
import { explainMismatch } from "../types/explain.js";
import { Matcher } from "../types/match.js";
import { showType } from "../types/show.js";
import { noQuantified, type Type } from "../types/types.js";

/** `descend d wrt p`: a step along a given direction, which is a tree like the parameters of `p`. */
export function checkDescend(context: Context, node: ast.Minimize): void {
	const [direction, another] = node.terms;
	const [place, other] = node.wrt;
	if (another) tell(context, another, "`descend` takes one direction");
	if (!direction) return;
	if (direction.name) tell(context, direction.name, "a direction is no term of a loss: it has no name");
	if (!place) {
		infer(context, direction.value);
		tell(context, node, "`descend` says what it moves", "for example `descend d wrt net  using sgd(0.1)`");
		return;
	}
	if (other || place.kind === "Tuple" || isGlob(place)) {
		infer(context, direction.value);
		unsupported(context, other ?? place, "a direction of several places");
		return;
	}
	const type = infer(context, place);
	const wanted = type.kind === "error" || openCondition(type) ? undefined : trainable(type);
	const given = infer(context, direction.value, wanted);
	// What is no parameter is told of the place.
	if (wanted) checkDirection(context, direction.value, place, wanted, given);
	else if (openCondition(type))
		unsupported(context, place, `a direction where it is open ${openCondition(type)},`);
	else if (["places", "stack", "tuple", "variable"].includes(type.kind))
		unsupported(context, place, `a direction of ${showType(type)}`);
}

function checkDirection(
	context: Context,
	node: ast.Expression,
	place: ast.Expression,
	wanted: Type,
	given: Type,
): void {
	if (given.kind === "error") return;
	const matcher = new Matcher(noQuantified, context.facts);
	const mismatch = matcher.matchDeclared(wanted, given) ?? matcher.finish();
	if (!mismatch) return;
	const why = explainMismatch(mismatch);
	report(context, {
		code: "E0463",
		at: locate(context, node),
		message: `a direction is like what it moves: ${showType(wanted)}, and this is ${showType(given)}`,
		related: [{ at: locate(context, place), label: "what it moves" }],
		notes: mismatch.kind === "dim" ? [why.message, ...why.notes] : why.notes,
		hint: why.hint ?? "a gradient is one: `grad(|net| ..)(net)`; `tree.map` makes others of it",
	});
}

function tell(context: Context, node: Parameters<typeof locate>[1], message: string, hint?: Hint): void {
	report(context, { code: "E0463", at: locate(context, node), message, ...(hint && { hint }) });
}
