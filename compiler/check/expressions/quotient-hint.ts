import type * as ast from "../../../grammar/ast.js";
import { type Dim, exactDiv, show } from "../../dims/dim.js";
import type { Context } from "../context.js";
import { askFor, type Hint } from "../hint.js";
import type { Type } from "../types/types.js";

/** What makes `a/b` a whole number: a condition, where one can. */
export function quotientHint(
	a: Dim,
	b: Dim,
	{ settle, impossible }: { settle: string; impossible: boolean },
): Hint {
	const [above, below] = [show(a), show(b)];
	const isTight = b.terms.length === 1 && !/[*/]/.test(below);
	const quotient = `${a.terms.length > 1 ? `(${above})` : above} / ${isTight ? below : `(${below})`}`;
	const rounded = `round down: \`floor(${quotient})\``;
	return impossible ? rounded : askFor(settle, "the signature", `, or ${rounded}`);
}

/** Of a Real where a whole number is wanted: what makes its quotient of whole numbers one. */
export function wholeQuotientHint(
	context: Context,
	node: ast.Expression,
	type: Type,
): { readonly hint?: Hint } {
	if (type.kind !== "Real") return {};
	const hint = hintIn(context, node);
	return hint === undefined ? {} : { hint };
}

function hintIn(context: Context, node: ast.Expression): Hint | undefined {
	if (node.kind === "Parenthesized") return hintIn(context, node.inner);
	if (node.kind === "Unary") return hintIn(context, node.operand);
	if (node.kind !== "Binary") return undefined;
	if (node.operator !== "/") return hintIn(context, node.left) ?? hintIn(context, node.right);
	const [a, b] = [sizeOf(context, node.left), sizeOf(context, node.right)];
	if (!a || !b) return undefined;
	const division = exactDiv(a, b, context.facts);
	return "undecided" in division ? quotientHint(a, b, division.undecided) : undefined;
}

function sizeOf(context: Context, node: ast.Expression): Dim | undefined {
	const type = context.session.knowledge.types.get(node);
	return type?.kind === "Int" ? type.value : undefined;
}
