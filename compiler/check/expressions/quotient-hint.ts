import type * as ast from "../../../grammar/ast.js";
import { type Dim, show } from "../../dims/dim.js";
import type { Fix } from "../../source/diagnostic.js";
import { type Context, locate } from "../context.js";
import { askFor, type Hint } from "../hint.js";
import type { Type } from "../types/types.js";

/** What makes the size `a/b` a whole number: a condition, where one can. */
export function quotientHint(a: Dim, b: Dim, isImpossible: boolean): Hint {
	const [above, below] = [show(a), show(b)];
	const isTight = b.terms.length === 1 && !/[*/]/.test(below);
	const quotient = `${a.terms.length > 1 ? `(${above})` : above} / ${isTight ? below : `(${below})`}`;
	const rounded = `round down: \`floor(${quotient})\``;
	return isImpossible ? rounded : askFor(`${below} divides ${above}`, "the signature", `, or ${rounded}`);
}

/** Where a whole number is wanted, and this is a Real by a quotient of whole numbers in it: that can be rounded down. */
export function roundingAdvice(
	context: Context,
	node: ast.Expression,
	type: Type,
): { readonly hint?: Hint; readonly fixes?: readonly Fix[] } {
	const quotient = type.kind === "Real" ? quotientIn(context, node) : undefined;
	if (!quotient) return {};
	const rounded = `floor(${context.anchor.text(quotient.span)})`;
	return {
		hint: `\`/\` gives a Real; rounded down it is \`${rounded}\``,
		fixes: [
			{
				title: `Round down: \`${rounded}\``,
				edits: [{ at: locate(context, quotient), replacement: rounded }],
			},
		],
	};
}

function quotientIn(context: Context, node: ast.Expression): ast.Binary | undefined {
	if (node.kind === "Parenthesized") return quotientIn(context, node.inner);
	if (node.kind === "Unary") return quotientIn(context, node.operand);
	if (node.kind !== "Binary") return undefined;
	const { types } = context.session.knowledge;
	const isWhole = [node.left, node.right].every((side) => types.get(side)?.kind === "Int");
	if (node.operator === "/") return isWhole ? node : undefined;
	return quotientIn(context, node.left) ?? quotientIn(context, node.right);
}
