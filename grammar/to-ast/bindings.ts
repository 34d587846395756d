import type { Binding, Identifier, Missing, Pattern, Rest } from "../ast.js";
import type { ConcreteNode } from "../concrete.js";
import { endOf } from "../lexer.js";
import {
	after,
	type Context,
	child,
	children,
	endOfNode,
	identifier,
	missing,
	nameIn,
	nodeSpan,
	spanOf,
	startOfNode,
	token,
	unfinished,
} from "./context.js";
import { expression } from "./expressions.js";
import { textLiteral } from "./literals.js";

export function binding(context: Context, node: ConcreteNode, at: number): Binding {
	const dots = child(node, "rest");
	const name =
		dots === undefined ? pattern(context, child(node, "pattern"), startOfNode(node, at)) : rest(dots);
	const within = token(node, "In");
	const source = within && expression(context, child(node, "expression"), endOf(within));
	return { kind: "Binding", pattern: name, source, span: nodeSpan(node, at) };
}

export function rest(node: ConcreteNode): Rest {
	const end = after(node, "Ellipsis", endOfNode(node, 0));
	return { kind: "Rest", name: nameIn(node, end), span: nodeSpan(node, end) };
}

/** In a `match`, a capitalised name is a variant; elsewhere it is bound. */
export function pattern(
	context: Context,
	node: ConcreteNode | undefined,
	at: number,
	inMatch = false,
): Pattern {
	if (node === undefined) return missing(at);
	const span = nodeSpan(node, at);
	const name = token(node, "Identifier");
	const parts = children(node, "pattern").map((part) => pattern(context, part, endOfNode(node, at), inMatch));
	if (unfinished(token(node, "RightParen"))) parts.push(missing(span.end));
	if (name !== undefined) {
		if (token(node, "CallOpen") !== undefined)
			return { kind: "VariantPattern", name: identifier(name), fields: parts, span };
		if (name.image === "_") return { kind: "WildcardPattern", span };
		const variant = inMatch && /^\p{Lu}/u.test(name.image);
		if (variant) return { kind: "VariantPattern", name: identifier(name), fields: [], span };
		return { kind: "NamePattern", name: name.image, span };
	}
	if (token(node, "GroupOpen") !== undefined) return { kind: "TuplePattern", elements: parts, span };
	const number = token(node, "Number");
	if (number !== undefined) {
		const sign = token(node, "Minus") === undefined ? 1 : -1;
		const value = sign * Number(number.image.replaceAll("_", ""));
		return {
			kind: "LiteralPattern",
			value: { kind: "Number", value, integer: /^[\d_]+$/.test(number.image), span },
			span,
		};
	}
	const text = token(node, "String");
	if (text !== undefined) return { kind: "LiteralPattern", value: textLiteral(context, text), span };
	const truth = token(node, "True") ?? token(node, "False");
	if (truth !== undefined) {
		const value = { kind: "Bool", value: truth.image === "true", span: spanOf(truth) } as const;
		return { kind: "LiteralPattern", value, span };
	}
	return missing(span.start);
}

export function isName(name: Identifier | Missing): name is Identifier {
	return name.kind === "Identifier";
}
