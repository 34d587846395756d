import type { Expression, FunctionDeclaration, Lambda, Parameter } from "../ast.js";
import type { ConcreteNode } from "../concrete.js";
import { endOf } from "../lexer.js";
import { pattern } from "./bindings.js";
import { block } from "./blocks.js";
import type { Context } from "./context.js";
import * as c from "./context.js";
import { expression } from "./expressions.js";
import { typeNode } from "./types.js";

export function parameters(context: Context, node: ConcreteNode | undefined): Parameter[] {
	const list = c.children(node, "parameter").map((one): Parameter => {
		const at = c.startOfNode(one, context.base);
		const name = c.nameIn(one, at);
		const colon = c.token(one, "Colon");
		const type = colon && typeNode(context, c.child(one, "type"), endOf(colon));
		const sign = c.token(one, "Equals");
		const value = sign && expression(context, c.child(one, "expression"), endOf(sign));
		return { kind: "Parameter", name, type, default: value, span: c.nodeSpan(one, at) };
	});
	const close = c.token(node, "RightParen");
	if (c.unfinished(close) && close !== undefined) {
		const name = c.missing(close.startOffset);
		list.push({ kind: "Parameter", name, span: name.span });
	}
	return list;
}

export function lambdaParameters(context: Context, node: ConcreteNode): Lambda["parameters"] {
	return c.children(node, "lambdaParameter").map((one) => {
		const at = c.startOfNode(one, context.base);
		const name = pattern(context, c.child(one, "pattern"), at);
		const colon = c.token(one, "Colon");
		const type = colon && typeNode(context, c.child(one, "type"), endOf(colon));
		return { pattern: name, type, span: c.nodeSpan(one, at) };
	});
}

/** `where n >= m, T: tree`. */
export function conditions(context: Context, node: ConcreteNode | undefined): Expression[] {
	return c.children(node, "condition").map((one): Expression => {
		const at = c.after(node, "Where", c.startOfNode(one, context.base));
		const left = expression(context, c.child(one, "expression"), at);
		const colon = c.token(one, "Colon");
		if (colon === undefined) return left;
		const bound = c.nameIn(one, endOf(colon));
		const span = c.nodeSpan(one, at);
		if (left.kind === "Name") {
			const name = { kind: "Identifier", name: left.name, span: left.span } as const;
			return { kind: "Bound", name, bound, span };
		}
		c.report(context, "E0117", "only a type variable takes a bound", span, "write `where T: tree`");
		return left;
	});
}

type Signature = Pick<FunctionDeclaration, "result" | "where" | "body" | "derivative">;

export function signature(context: Context, node: ConcreteNode | undefined, at: number): Signature {
	const arrow = c.token(node, "Arrow");
	const result = arrow && typeNode(context, c.child(node, "type"), endOf(arrow));
	const where = conditions(context, c.child(node, "conditions"));
	const end = c.endOfNode(node, at);
	const braces = c.child(node, "block");
	const value = c.child(node, "expression");
	const body =
		braces !== undefined
			? block(context, braces, end)
			: expression(context, value, c.after(node, "Equals", end));
	const rule = c.child(node, "derivative");
	return { result, where, body, derivative: rule && derivative(context, rule, end) };
}

function derivative(context: Context, node: ConcreteNode, at: number): FunctionDeclaration["derivative"] {
	const rule = c.token(node, "rule");
	if (rule === undefined) return undefined;
	const names = c.tokens(node, "parameter").map(c.identifier);
	const body = expression(
		context,
		c.child(node, "expression"),
		c.after(node, "FatArrow", c.endOfNode(node, at)),
	);
	return { rule: c.identifier(rule), parameters: names, body, span: c.nodeSpan(node, at) };
}

export function functionDeclaration(context: Context, node: ConcreteNode, at: number): FunctionDeclaration {
	const head = c.token(node, "FunctionHead");
	const end = head === undefined ? at : endOf(head);
	const found = c.token(node, "Identifier") ?? c.token(node, "MethodName");
	const name =
		found === undefined ? c.declaredName(context, node, end, "the function's name") : c.identifier(found);
	const list = c.child(node, "parameters");
	const rest = signature(context, c.child(node, "signature"), c.endOfNode(list, name.span.end));
	const foreign = head === undefined || !roles.has(head.image);
	const role = (foreign ? "fn" : head.image) as FunctionDeclaration["role"];
	const span = c.nodeSpan(node, at);
	return {
		kind: "Function",
		role,
		name,
		parameters: parameters(context, list),
		...rest,
		span,
		...documented(context, span.start),
	};
}

const roles: ReadonlySet<string> = new Set(["fn", "loss", "regularizer", "metric", "schedule"]);

export function method(context: Context, node: ConcreteNode, at: number): FunctionDeclaration {
	const found = c.token(node, "MethodName");
	const list = c.child(node, "parameters") ?? c.child(node, "callParameters");
	const rest = signature(context, c.child(node, "signature"), c.endOfNode(list, at));
	const span = c.nodeSpan(node, at);
	return {
		kind: "Function",
		role: "method",
		name: found && c.identifier(found),
		parameters: parameters(context, list),
		...rest,
		span,
		...documented(context, span.start),
	};
}

function documented(context: Context, start: number): { documentation?: string } {
	const documentation = context.documentation.get(start);
	return documentation === undefined ? {} : { documentation };
}
