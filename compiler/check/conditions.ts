import type * as ast from "../../grammar/ast.js";

/** A static condition as a key: equal conditions have equal text. */
export function conditionText(node: ast.Expression): string {
	switch (node.kind) {
		case "Name":
			return node.name;
		case "Parenthesized":
			return conditionText(node.inner);
		case "Unary":
			return `${node.operator} ${conditionText(node.operand)}`;
		case "Binary":
			return `${conditionText(node.left)} ${node.operator} ${conditionText(node.right)}`;
		case "Number":
			return String(node.value);
		case "Field":
			return `${conditionText(node.base)}.${node.name.kind === "Identifier" ? node.name.name : "?"}`;
		default:
			return `expression at ${node.span.start}`;
	}
}
