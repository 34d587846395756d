import type {
	Block,
	Expression,
	FunctionDeclaration,
	IfStatement,
	Lambda,
	Loop,
	Member,
	Missing,
	Statement,
} from "../ast.js";
import type { ConcreteNode } from "../concrete.js";
import { endOf } from "../lexer.js";
import { binding } from "./bindings.js";
import type { Context } from "./context.js";
import * as c from "./context.js";
import { condition, expression, soleOperand } from "./expressions.js";
import { functionDeclaration, method } from "./functions.js";
import { simpleStatement } from "./statements.js";

/** A body; functions within it are answered, and read as values. */
export function block(context: Context, node: ConcreteNode | undefined, at: number): Block {
	if (node === undefined) return { kind: "Block", statements: [], span: { start: at, end: at } };
	const statements = c.children(node, "statement").flatMap((one) => asStatement(context, one));
	return { kind: "Block", statements, span: c.nodeSpan(node, at) };
}

/** The body of a model and its kin, where methods stand. */
export function members(context: Context, node: ConcreteNode | undefined): Member[] {
	return c.children(node, "statement").flatMap((one) => statement(context, one) ?? []);
}

export function asStatement(context: Context, node: ConcreteNode): Statement[] {
	const read = statement(context, node);
	if (read === undefined) return [];
	return [read.kind === "Function" ? local(context, read) : read];
}

export function armBody(context: Context, node: ConcreteNode | undefined, at: number): Statement {
	const [first] = node === undefined ? [] : asStatement(context, node);
	if (first !== undefined) return first;
	const value: Missing = c.missing(at);
	return { kind: "ExpressionStatement", value, span: value.span };
}

/** A function where none can be declared: a `let` of a lambda. */
function local(context: Context, declared: FunctionDeclaration): Statement {
	const name = declared.name?.kind === "Identifier" ? declared.name : undefined;
	const list = declared.parameters
		.map((one) => (one.name.kind === "Identifier" ? one.name.name : "_"))
		.join(", ");
	const message =
		declared.role === "method"
			? "a method stands in a model, a constraint or an optimizer"
			: "a function is declared at the top of the file";
	const hint =
		name === undefined
			? `a pattern is bound by \`let (${list}) = ..\``
			: `here, write \`let ${name.name} = |${list}| ..\``;
	const end = declared.name?.span.end ?? declared.span.start + 1;
	c.report(
		context,
		"E0118",
		message,
		{ start: declared.span.start, end: Math.max(end, declared.span.start + 1) },
		hint,
	);
	const parameters = declared.parameters.map((one): Lambda["parameters"][number] => ({
		pattern:
			one.name.kind === "Identifier"
				? { kind: "NamePattern", name: one.name.name, span: one.name.span }
				: one.name,
		type: one.type,
		span: one.span,
	}));
	const value: Lambda = { kind: "Lambda", parameters, body: declared.body, span: declared.span };
	const pattern =
		name === undefined
			? c.missing(declared.span.start)
			: ({ kind: "NamePattern", name: name.name, span: name.span } as const);
	return { kind: "Let", pattern, value, span: declared.span };
}

export function statement(context: Context, node: ConcreteNode): Member | undefined {
	const at = c.startOfNode(node, context.base);
	const declared = c.child(node, "functionDeclaration");
	if (declared !== undefined) return functionDeclaration(context, declared, at);
	const own = c.child(node, "method");
	if (own !== undefined) return method(context, own, at);
	const simple = simpleStatement(context, node, at);
	if (simple !== undefined) return simple;
	const found = c.child(node, "expressionStatement");
	return found === undefined ? undefined : expressionStatement(context, found, at);
}

function expressionStatement(context: Context, node: ConcreteNode, at: number): Statement {
	const left = c.child(node, "left");
	const sign = c.token(node, "sign");
	const sole = sign === undefined ? soleOperand(left) : undefined;
	const body = c.child(sole, "block");
	if (sole !== undefined && body !== undefined)
		return loop(context, c.child(sole, "binderHead") as ConcreteNode, body, at);
	const conditional = c.child(c.child(sole, "primary"), "conditional");
	if (sole?.first("postfix") === undefined && c.child(conditional, "block") !== undefined) {
		return ifStatement(context, conditional as ConcreteNode, at);
	}
	const value = expression(context, left, at);
	if (sign === undefined)
		return {
			kind: "ExpressionStatement",
			value,
			span: { start: at, end: Math.max(value.span.end, c.endOfNode(node, at)) },
		};
	const right = expression(context, c.child(node, "right"), endOf(sign));
	const span = { start: at, end: Math.max(right.span.end, endOf(sign)) };
	if (sign.image === "=") {
		if (value.kind === "Name") {
			return {
				kind: "Define",
				name: { kind: "Identifier", name: value.name, span: value.span },
				value: right,
				span,
			};
		}
		const hint =
			value.kind === "Tuple"
				? "write `let (a, b) = ..`"
				: "a part of a value is set by `<-`, or by `with { .. }`";
		c.report(context, "E0115", "`=` gives a name to a value", c.spanOf(sign), hint);
	} else if (sign.image === "+=") {
		const place = c.sourceOf(context, value.span);
		const hint = `write \`${place} <- ${place} + ${c.sourceOf(context, right.span)}\``;
		c.report(context, "E0110", "`+=` stands in a `with` only", c.spanOf(sign), hint);
		const sum: Expression = {
			kind: "Binary",
			operator: "+",
			left: value,
			right,
			operatorSpan: c.spanOf(sign),
			span,
		};
		return { kind: "Assign", place: value, value: sum, span };
	}
	if (sign.image === "<-" && !places.has(value.kind)) {
		const hint =
			value.kind === "If"
				? "statements stand in braces: `if c { x <- 1 }`"
				: "`<-` sets a name or a part of it: `x <- 1`, `net.weight <- w`";
		c.report(context, "E0115", "this cannot be set", value.span, hint);
	}
	return { kind: "Assign", place: value, value: right, span };
}

const places: ReadonlySet<string> = new Set([
	"Name",
	"Field",
	"Index",
	"Places",
	"Tuple",
	"Parenthesized",
	"Missing",
]);

function loop(context: Context, head: ConcreteNode, body: ConcreteNode, at: number): Loop {
	const word = c.token(head, "BinderHead");
	if (word !== undefined) {
		const hint = `a reduction is written \`${word.image} i: value\`, a loop \`for x in xs { .. }\``;
		c.report(context, "E0113", `\`${word.image}\` does not begin a loop`, c.spanOf(word), hint);
	}
	const bindings = c.children(head, "binding").map((one) => binding(context, one, at));
	const where = c.token(head, "Where");
	const clauses = loopClauses(context, head);
	if (where !== undefined) {
		const value = expression(context, c.child(head, "expression"), endOf(where));
		clauses.unshift({ word: "where", value, span: { start: where.startOffset, end: value.span.end } });
	}
	return {
		kind: "Loop",
		head: "for",
		bindings,
		clauses,
		body: block(context, body, at),
		span: { start: at, end: c.endOfNode(body, at) },
	};
}

export function loopClauses(context: Context, node: ConcreteNode): Loop["clauses"][number][] {
	return c.children(node, "loopClause").flatMap((one) => {
		const word = c.token(one, "LoopClause");
		if (word === undefined) return [];
		const value = expression(context, c.child(one, "expression"), endOf(word));
		const unit = c.token(one, "unit");
		return [
			{
				word: word.image as "epochs" | "steps" | "until",
				value,
				...(unit && { unit: c.identifier(unit) }),
				span: { start: word.startOffset, end: unit ? endOf(unit) : value.span.end },
			},
		];
	});
}

function ifStatement(context: Context, node: ConcreteNode, at: number): IfStatement {
	const start = c.startOfNode(node, at);
	const check = condition(context, node);
	const then = block(context, c.child(node, "block"), check.span.end);
	const span = { start, end: c.endOfNode(node, then.span.end) };
	const word = c.token(node, "Else");
	if (word === undefined) return { kind: "IfStatement", condition: check, then, span };
	return {
		kind: "IfStatement",
		condition: check,
		then,
		else: elsePart(context, c.child(node, "else"), endOf(word)),
		span,
	};
}

function elsePart(context: Context, node: ConcreteNode | undefined, at: number): Block | IfStatement {
	const sole = soleOperand(node);
	const primary = sole?.first("postfix") === undefined ? c.child(sole, "primary") : undefined;
	const body = c.child(primary, "block");
	if (body !== undefined) return block(context, body, at);
	const conditional = c.child(primary, "conditional");
	if (conditional !== undefined && c.child(conditional, "block") !== undefined)
		return ifStatement(context, conditional, at);
	const value = expression(context, node, at);
	if (value.kind !== "Missing")
		c.report(
			context,
			"E0114",
			"the `else` of an `if` with braces has braces",
			value.span,
			"write `else { .. }`",
		);
	const span = value.span;
	return { kind: "Block", statements: [{ kind: "ExpressionStatement", value, span }], span };
}
