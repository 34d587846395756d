import type * as ast from "../../../grammar/ast.js";

/** A text without anything computed in it. */
export function literalText(node: ast.Expression): string | undefined {
	if (node.kind !== "String" || node.parts.some((p) => typeof p !== "string")) return undefined;
	return node.parts.join("");
}

/** A number that is written out, or arithmetic on such: `1/16`. */
export function literalNumber(node: ast.Expression): number | undefined {
	switch (node.kind) {
		case "Number":
			return node.value;
		case "Parenthesized":
			return literalNumber(node.inner);
		case "Unary": {
			const operand = node.operator === "-" ? literalNumber(node.operand) : undefined;
			return operand === undefined ? undefined : -operand;
		}
		case "Binary": {
			const a = literalNumber(node.left);
			const b = literalNumber(node.right);
			if (a === undefined || b === undefined) return undefined;
			return { "+": a + b, "-": a - b, "*": a * b, "/": a / b }[node.operator as string];
		}
		default:
			return undefined;
	}
}
