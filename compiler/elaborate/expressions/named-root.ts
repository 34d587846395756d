import type * as ast from "../../../grammar/ast.js";
import { tellLimit } from "../binders/checks.js";
import type { Environment } from "../environment.js";
import type { Evaluator } from "../evaluator.js";
import { evaluate } from "./evaluate.js";

/** The name that what a call gives has while a path from it is read. */
const rootName = "what is read";

/**
 * `f().net.weight.a`, `(net with { .. }).weight.a`: what the call gives is computed once, and the path goes on from there, as from
 * a name. Undefined for other paths, and those of one field.
 */
export function withNamedRoot(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Field,
): { readonly environment: Environment; readonly node: ast.Field } | undefined {
	const root = rootOf(node.base);
	if (!root || root.above.kind === "none") return undefined;
	const inner = environment.inner();
	const value = evaluate(evaluator, environment, root.node);
	// `loop(..).last`: nothing else of it is read.
	const isLast = root.above.kind === "field" && root.above.name !== "done";
	if (isLast && value.kind === "tuple" && value.ended && root.node.kind === "Call")
		tellLimit(evaluator, environment, root.node, value.ended);
	inner.set(rootName, value);
	return { environment: inner, node: { ...node, base: renamed(node.base, root.node) } };
}

interface Root {
	readonly node: ast.Call | ast.With;
	/** What is read of it first. */
	readonly above: { readonly kind: "none" | "index" } | { readonly kind: "field"; readonly name: string };
}

function rootOf(node: ast.Expression): Root | undefined {
	switch (node.kind) {
		case "Call":
		case "With":
			return { node, above: { kind: "none" } };
		case "Parenthesized":
			return rootOf(node.inner);
		case "Field": {
			const root = rootOf(node.base);
			if (root?.above.kind !== "none") return root;
			const name = node.name.kind === "Identifier" ? node.name.name : "";
			return { ...root, above: { kind: "field", name } };
		}
		case "Index": {
			const root = rootOf(node.base);
			return root?.above.kind === "none" ? { ...root, above: { kind: "index" } } : root;
		}
		default:
			return undefined;
	}
}

function renamed(node: ast.Expression, root: ast.Expression): ast.Expression {
	if (node === root) return { kind: "Name", name: rootName, span: node.span };
	if (node.kind === "Parenthesized") return { ...node, inner: renamed(node.inner, root) };
	if (node.kind === "Field" || node.kind === "Index") return { ...node, base: renamed(node.base, root) };
	return node;
}
