import type * as ast from "../../../grammar/ast.js";
import { factsOf } from "../binders/whole.js";
import { type Context, within } from "../context.js";
import { Covered, isMatchable, openArm, reportMissing } from "../expressions/cases.js";
import { infer } from "../expressions/expression.js";
import { assuming, assumingCases } from "../signatures/conditions.js";
import { errorType, type PlaceLeaf } from "../types/types.js";
import { placesOf } from "./places.js";

/**
 * `if c then a else b`, `match m { A => a; B => b }` as places: what is known before running decides which of them are
 * meant, so each may be. Undefined where a condition is computed: that is a value, and no place.
 */
export function chosenPlaces(
	context: Context,
	node: ast.If | ast.Match,
): readonly (PlaceLeaf[] | undefined)[] | undefined {
	if (node.kind === "If") {
		const { condition, then, else: otherwise } = node;
		if (infer(context, condition).kind !== "Bool" || !otherwise) return undefined;
		const side = (place: ast.Expression, holds: boolean): PlaceLeaf[] | undefined =>
			placesOf(
				within(context, {
					assumed: assuming(context.assumed, condition, holds),
					facts: factsOf(context, condition, holds),
				}),
				place,
			);
		return [side(then, true), side(otherwise, false)].map(maybe);
	}
	const subject = infer(context, node.subject);
	const matchable = isMatchable(context, node.subject, subject);
	const covered = new Covered();
	const found = node.arms.map((arm) => {
		const known = within(context, {
			assumed: assumingCases(context.assumed, node.subject, covered.variants),
		});
		const { scope, certain } = openArm(known, node.subject, arm, matchable ? subject : errorType);
		if (matchable) covered.add(context, arm.pattern, certain);
		return arm.body.kind === "ExpressionStatement" ? placesOf(scope, arm.body.value) : undefined;
	});
	if (!matchable || !reportMissing(context, node, subject, covered)) return [undefined];
	return found.map(maybe);
}

/** Only the run knows whether these are meant. */
function maybe(places: readonly PlaceLeaf[] | undefined): PlaceLeaf[] | undefined {
	return places?.map((place) => ({ ...place, uncertain: true }));
}
