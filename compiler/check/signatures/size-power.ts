import type * as ast from "../../../grammar/ast.js";
import {
	addedPart,
	asConstant,
	constant,
	type Dim,
	decideAtLeast,
	neg,
	powerOf,
	show,
} from "../../dims/dim.js";
import { type Context, locate, report } from "../context.js";
import { askFor } from "../hint.js";
import { type SignatureBuilder, withUndivided } from "./type-node.js";

/** `2^depth`, `2^(depth - l)`: the exponent of a size is not negative, which has to be shown. */
export function sizePower(
	context: Context,
	node: ast.Binary,
	base: Dim,
	exponent: Dim,
	signature?: SignatureBuilder,
): Dim | undefined {
	const facts = signature ? withUndivided(context.facts, signature) : context.facts;
	const verdict = decideAtLeast(exponent, constant(0), facts);
	if (verdict.verdict === "holds") return powerOf(base, exponent);
	report(context, {
		code: "E0326",
		at: locate(context, node.right),
		message:
			asConstant(exponent) === undefined
				? `the exponent \`${show(exponent)}\` of a size may be negative`
				: `the exponent of a size is not negative, and this is ${show(exponent)}`,
		...(verdict.settle && { hint: askFor(verdict.settle) }),
	});
	if (!signature || asConstant(exponent) !== undefined) return undefined;
	// From here on it counts as told, which of powers of 2 is the same as a divisibility.
	const two = (d: Dim): Dim => powerOf(constant(2), addedPart(d));
	signature.undivided.push({ divisor: two(neg(exponent)), dividend: two(exponent) });
	return powerOf(base, exponent);
}
