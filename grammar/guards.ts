import type * as ast from "./ast.js";

/**
 * The names that a condition compares, by themselves or in a sum or product: `i > 0`, `i + 1 < n and j != i`. A use of
 * such a name where the condition holds says nothing about its range.
 */
export function comparedNames(condition: ast.Expression): ReadonlySet<string> {
	const names = new Set<string>();
	const operand = (node: ast.Expression): void => {
		if (node.kind === "Name") names.add(node.name);
		else if (node.kind === "Parenthesized") operand(node.inner);
		else if (node.kind === "Unary" && node.operator === "-") operand(node.operand);
		else if (node.kind === "Binary" && arithmetic.has(node.operator)) {
			operand(node.left);
			operand(node.right);
		}
	};
	const visit = (node: ast.Expression): void => {
		if (node.kind === "Parenthesized") visit(node.inner);
		else if (node.kind === "Unary" && node.operator === "not") visit(node.operand);
		else if (node.kind === "Binary" && (node.operator === "and" || node.operator === "or")) {
			visit(node.left);
			visit(node.right);
		} else if (node.kind === "Binary" && comparisons.has(node.operator)) {
			operand(node.left);
			operand(node.right);
		}
	};
	visit(condition);
	return names;
}

const arithmetic: ReadonlySet<string> = new Set(["+", "-", "*"]);
const comparisons: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);
