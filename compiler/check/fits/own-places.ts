import type * as ast from "../../../grammar/ast.js";
import { entryWords } from "../../../grammar/places.js";
import { type Binding, type Context, locate, report } from "../context.js";
import { infer } from "../expressions/expression.js";
import { errorType } from "../types/types.js";

/**
 * What a step moves and a constraint holds is the fit's own: a part, a `param`, something in one. True where it is; else
 * it is told why not. (A state is told by who asks, as it has no leaves.)
 */
export function isOwnPlace(context: Context, node: ast.Expression): boolean {
	switch (node.kind) {
		case "Root":
		case "Missing":
			return true;
		case "Name": {
			const binding = context.scope.find(node.name);
			// What has no name here is told already.
			if (!binding || ["part", "param", "state"].includes(binding.role)) return true;
			if (binding.type.kind === "places" || binding.type.kind === "error") return true;
			tellForeign(context, node, binding);
			return false;
		}
		case "Field":
		case "Index":
		case "Places":
			return isOwnPlace(context, node.base);
		case "Parenthesized":
			return isOwnPlace(context, node.inner);
		case "Tuple":
			return node.elements.every((e) => isOwnPlace(context, e.value));
		case "If": {
			const { condition, then, else: otherwise } = node;
			const type = context.session.knowledge.types.get(condition) ?? errorType;
			if (type.kind === "Bool" || type.kind === "error")
				return isOwnPlace(context, then) && (!otherwise || isOwnPlace(context, otherwise));
			tellComputed(context, node, "which of these is meant is computed, and known only when it runs");
			return false;
		}
		case "Match":
			return node.arms.every(
				({ body }) => body.kind !== "ExpressionStatement" || isOwnPlace(context, body.value),
			);
		case "Binary":
			if (node.operator === "except") return isOwnPlace(context, node.left);
			break;
		case "Call": {
			const argument = node.arguments[0]?.value;
			if (argument && node.callee.kind === "Name" && entryWords.has(node.callee.name))
				return isOwnPlace(context, argument);
			break;
		}
		default:
			break;
	}
	const { kind } = infer(context, node);
	if (kind === "error" || kind === "places") return true;
	tellComputed(context, node, "this is computed, and no place of the fit");
	return false;
}

function tellComputed(context: Context, node: ast.Expression, message: string): void {
	report(context, {
		code: "E0410",
		at: locate(context, node),
		message,
		hint: "name a part or a `param` of the fit, or what stands in one: `net.head`, `net.**.weight`",
	});
}

function tellForeign(context: Context, node: ast.Name, { name, role, at, type }: Binding): void {
	const isModel = type.kind === "model";
	report(context, {
		code: "E0410",
		at: locate(context, node),
		message:
			role === "parameter"
				? `\`${name}\` is given to this fit, and no part of it: no step moves it`
				: `\`${name}\` is no part and no \`param\` of this fit: no step moves it`,
		related: [{ at, label: role === "local" ? "computed here" : "declared here" }],
		hint:
			role === "parameter"
				? `own a copy that begins with it: ${isModel ? `\`trained = ${name}\`` : `\`param trained: .. = ${name}\``}`
				: "name the part or the `param` itself",
	});
}
