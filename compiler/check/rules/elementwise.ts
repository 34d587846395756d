import type * as ast from "../../../grammar/ast.js";
import { patternNames } from "../../../grammar/free-names.js";
import { type AnyNode, children } from "../../../grammar/visit.js";
import type { Context } from "../context.js";
import type { RuleSymbol } from "../types/symbols.js";

/** Functions of the library that act on each element by itself, whatever the shape. */
const ofElements: ReadonlySet<string> = new Set(
	"abs acos asin atan cos cosh erf exp expm1 lgamma log log1p relu sigmoid sign sin sinh softplus sqrt stop tan tanh".split(
		" ",
	),
);
const initializers: ReadonlySet<string> = new Set(["zeros", "ones"]);

/**
 * Whether a reparametrization acts on each element by itself, as far as its text tells: so it is the same for each of many
 * tensors as for all of them as one.
 */
export function isElementwise(user: Context, { node, module }: RuleSymbol): boolean {
	const context = { ...user, module };
	if (node.kind !== "Reparam" || node.where.length > 0 || !isAnyShape(node.subject?.type)) return false;
	if (!node.parameters.every((p) => p.type?.kind === "NamedType" && p.type.shape === undefined)) return false;
	const own = new Set<string>();
	if (node.subject?.name.kind === "Identifier") own.add(node.subject.name.name);
	return node.members.every((member) => {
		switch (member.kind) {
			case "Leaf":
				if (member.by || member.constraint || (member.type && !isAnyShape(member.type))) return false;
				if (member.name.kind === "Identifier") own.add(member.name.name);
				return member.value !== undefined && isOfElements(context, member.value, own);
			case "Let":
				for (const name of patternNames(member.pattern)) own.add(name);
				return isOfElements(context, member.value, own);
			case "ExpressionStatement":
				return isOfElements(context, member.value, own);
			default:
				return false;
		}
	});
}

/** `real[...s]`. */
function isAnyShape(type: ast.TypeNode | undefined): boolean {
	if (type?.kind !== "NamedType") return false;
	return type.shape?.length === 1 && type.shape[0]?.kind === "Rest";
}

function isOfElements(context: Context, node: ast.Expression, own: ReadonlySet<string>): boolean {
	const inner = (part: ast.Expression): boolean => isOfElements(context, part, own);
	switch (node.kind) {
		case "Name":
		case "Number":
			return true;
		case "Parenthesized":
			return inner(node.inner);
		case "Unary":
			return inner(node.operand);
		case "Binary":
			return ["+", "-", "*", "/", "^"].includes(node.operator) && inner(node.left) && inner(node.right);
		case "Call": {
			const { callee, arguments: given } = node;
			if (callee.kind !== "Name" || !isOfLibrary(context, callee)) return false;
			const isBetween = (callee.name === "max" || callee.name === "min") && given.length === 2;
			if (initializers.has(callee.name)) return given.length === 0;
			return (isBetween || ofElements.has(callee.name)) && given.every((g) => !g.name && inner(g.value));
		}
		case "Binder": {
			const [binding, ...others] = node.bindings;
			const isEach = node.word === "for" && others.length === 0 && binding?.pattern.kind === "Rest";
			return isEach && !binding.source && !node.where && isOfOneElement(node.body, own, binding.pattern);
		}
		default:
			return false;
	}
}

/** In `for ...s: ..`: what has elements is read at that one. */
function isOfOneElement(node: AnyNode, own: ReadonlySet<string>, rest: ast.Pattern | ast.Rest): boolean {
	if (node.kind === "Binder") return false;
	if (node.kind === "Index") {
		const { base, items } = node as ast.Index;
		const [item] = items;
		const isThere =
			items.length === 1 &&
			item?.kind === "Rest" &&
			rest.kind === "Rest" &&
			item.name.kind === "Identifier" &&
			rest.name.kind === "Identifier" &&
			item.name.name === rest.name.name;
		if (base.kind === "Name" && isThere) return true;
	}
	if (node.kind === "Name" && "name" in node && typeof node.name === "string" && own.has(node.name))
		return false;
	return children(node).every((part) => isOfOneElement(part, own, rest));
}

function isOfLibrary(context: Context, name: ast.Name): boolean {
	const { session, module } = context;
	return module.library || session.knowledge.definitions.get(name)?.at.file.startsWith("std.") === true;
}
