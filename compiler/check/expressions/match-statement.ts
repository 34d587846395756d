import type * as ast from "../../../grammar/ast.js";
import { armStatements } from "../../../grammar/branches.js";
import { type Context, within } from "../context.js";
import { assumingCases } from "../signatures/conditions.js";
import { errorType } from "../types/types.js";
import { Covered, isMatchable, openArm, reportMissing } from "./cases.js";
import { infer } from "./expression.js";

/** `match` as a statement: its cases are statements, checked one by one where they stand. */
export function checkMatch(
	context: Context,
	node: ast.Match,
	each: (context: Context, statement: ast.Statement) => void,
): void {
	const subject = infer(context, node.subject);
	const matchable = isMatchable(context, node.subject, subject);
	const covered = new Covered();
	for (const arm of node.arms) {
		const known = within(context, {
			assumed: assumingCases(context.assumed, node.subject, covered.variants),
		});
		const { scope, certain } = openArm(known, node.subject, arm, matchable ? subject : errorType);
		if (matchable) covered.add(context, arm.pattern, certain);
		for (const statement of armStatements(arm)) each(scope, statement);
	}
	if (matchable) reportMissing(context, node, subject, covered);
}
