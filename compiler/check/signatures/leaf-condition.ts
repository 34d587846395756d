import type * as ast from "../../../grammar/ast.js";
import { type Context, locate, report } from "../context.js";
import { notBool } from "../expressions/conditional.js";
import { infer } from "../expressions/expression.js";

/** `if biased`: an option by itself, so that it can be told where the leaf is there. */
export function checkLeafCondition(context: Context, node: ast.Expression): void {
	const type = infer(context, node);
	if (type.kind === "error") return;
	if (type.kind !== "Bool") notBool(context, node, type);
	else if (!isOverOptions(context, node, true))
		report(context, {
			code: "E0363",
			at: locate(context, node),
			message: "the condition of a parameter is of options alone, and this computes something else",
			notes: ["where the parameter is used, the condition is asked again, of the options alone"],
			hint: "compare options, their entries (`widths[0]`) and lengths with numbers, texts and variants; or make it an option: `wide: Bool`",
		});
}

/** Options (`withParts` their entries and lengths, and texts), and what compares them: it can be told again where it matters. */
export function isOverOptions(context: Context, node: ast.Expression, withParts = false): boolean {
	switch (node.kind) {
		case "Parenthesized":
			return isOverOptions(context, node.inner, withParts);
		case "Unary":
			return isOverOptions(context, node.operand, withParts);
		case "Binary":
			return isOverOptions(context, node.left, withParts) && isOverOptions(context, node.right, withParts);
		case "Name": {
			const role = context.scope.find(node.name)?.role;
			return role === "parameter" || role === "variant" || role === "dimension";
		}
		case "String":
			return withParts && node.parts.every((part) => typeof part === "string");
		case "Call":
			return (
				withParts && isLength(context, node) && node.arguments.every((a) => isOverOptions(context, a.value))
			);
		case "Index":
			return (
				withParts && isOverOptions(context, node.base) && node.items.every((item) => item.kind === "Number")
			);
		default:
			return node.kind === "Number" || node.kind === "Bool";
	}
}

/** `len(widths)`, of the library. */
function isLength(context: Context, { callee, arguments: given }: ast.Call): boolean {
	const type = callee.kind === "Name" ? context.scope.find(callee.name)?.type : undefined;
	return type?.kind === "function" && type.special === "len" && given.every((a) => !a.name);
}
