import type * as ast from "../../../grammar/ast.js";

/** Which conditions of a signature can be read before all of its parameters: what these say may need them. */

const notSizes: ReadonlySet<string> = new Set(["List", "Real", "Bool", "String"]);

/** A condition that mentions nothing but numbers and names of sizes. */
export function isOverSizes(node: ast.Expression, parameters: readonly ast.Parameter[]): boolean {
	switch (node.kind) {
		case "Name":
			return !parameters.some(
				({ name, type }) =>
					name.kind === "Identifier" &&
					name.name === node.name &&
					type?.kind === "NamedType" &&
					notSizes.has(type.name.name),
			);
		case "Number":
			return true;
		case "Parenthesized":
			return isOverSizes(node.inner, parameters);
		case "Unary":
			return node.operator === "-" && node.operand.kind === "Number";
		case "Binary":
			return isOverSizes(node.left, parameters) && isOverSizes(node.right, parameters);
		default:
			return false;
	}
}

/** A condition over these parameters and names of the file, also by functions of them: `len(widths) >= l + 1`. */
export function isOverNames(node: ast.Expression, names: ReadonlySet<string>): boolean {
	switch (node.kind) {
		case "Name":
			return names.has(node.name) || /^[A-Z]/.test(node.name);
		case "Number":
			return true;
		case "Parenthesized":
			return isOverNames(node.inner, names);
		case "Unary":
			return isOverNames(node.operand, names);
		case "Binary":
			return isOverNames(node.left, names) && isOverNames(node.right, names);
		case "Call":
			return node.callee.kind === "Name" && node.arguments.every((a) => isOverNames(a.value, names));
		case "Index":
			return isOverNames(node.base, names) && node.items.every((item) => isOverNames(item, names));
		default:
			return false;
	}
}
