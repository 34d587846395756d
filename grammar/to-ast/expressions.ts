import type { Argument, Call, Expression, Match, Places, Root, With } from "../ast.js";
import type { ConcreteNode } from "../concrete.js";
import { endOf } from "../lexer.js";
import type { Span } from "../span.js";
import { pattern, rest } from "./bindings.js";
import { armBody, block } from "./blocks.js";
import type { Context } from "./context.js";
import * as c from "./context.js";
import { numberLiteral, textLiteral } from "./literals.js";
import { operators } from "./operators.js";
import { update } from "./updates.js";

export function expression(
	context: Context,
	node: ConcreteNode | undefined,
	at: number,
	openRange = false,
): Expression {
	return node === undefined ? c.missing(at) : operators(context, node, at, openRange);
}

/** The operand node of an expression without operators. */
export function soleOperand(node: ConcreteNode | undefined): ConcreteNode | undefined {
	return node !== undefined && node.first("infix") === undefined ? c.child(node, "operand") : undefined;
}

export function primaryWithPostfix(context: Context, operand: ConcreteNode): Expression {
	let value = primary(context, c.child(operand, "primary") as ConcreteNode);
	for (const node of c.children(operand, "postfix")) value = postfix(context, value, node);
	return value;
}

function primary(context: Context, node: ConcreteNode): Expression {
	const number = c.token(node, "Number");
	if (number !== undefined) return numberLiteral(number);
	const text = c.token(node, "String");
	if (text !== undefined) return textLiteral(context, text);
	const truth = c.token(node, "True") ?? c.token(node, "False");
	if (truth !== undefined) return { kind: "Bool", value: truth.image === "true", span: c.spanOf(truth) };
	const fraction = c.token(node, "TupleIndex");
	if (fraction !== undefined) {
		const span = c.spanOf(fraction);
		c.report(context, "E0110", "a number begins with a digit", span, `write \`0${fraction.image}\``);
		return { kind: "Number", value: Number(`0${fraction.image}`), integer: false, span };
	}
	const at = c.startOfNode(node, context.base);
	const select = c.token(node, "PlacesSelect");
	if (select !== undefined) {
		const chosen = select.image.slice(1) as Places["select"];
		return { kind: "Places", base: root(at), select: chosen, members: [], span: c.spanOf(select) };
	}
	const [found, read] = node.firstOf(byLabel) ?? [];
	if (found !== undefined && read !== undefined) return read(context, found, at);
	return c.missing(at);
}

const readers: Readonly<Record<string, (context: Context, node: ConcreteNode, at: number) => Expression>> = {
	nameOrType: (context, node, at) => {
		const name = c.token(node, "Identifier") ?? c.token(node, "ListName");
		if (name === undefined) return c.missing(at);
		const span = c.nodeSpan(node, at);
		const angle = c.token(node, "AngleOpen");
		if (angle !== undefined) {
			const bound = expression(context, c.child(node, "expression"), endOf(angle));
			return { kind: "TypeName", type: { kind: "BoundedInt", bound, span }, span };
		}
		if (name.image === "True" || name.image === "False") {
			const value = name.image === "True";
			c.report(context, "E0110", `\`${name.image}\` is not a value of Ansatz`, span, `write \`${value}\``);
			return { kind: "Bool", value, span };
		}
		return { kind: "Name", name: name.image, span };
	},
	rootField: (context, node, at) => {
		const end = c.after(node, "Dot", at);
		const start = c.startOfNode(node, at);
		const span = c.nodeSpan(node, at);
		if (c.token(node, "PlacesOpen") !== undefined) {
			const members = c.children(node, "expression").map((member) => expression(context, member, end));
			return { kind: "Places", base: root(start), select: "group", members, span };
		}
		return { kind: "Field", base: root(start), name: c.nameIn(node, end), span: c.nodeSpan(node, at) };
	},
	parenthesized: (context, node, at) => {
		const span = c.nodeSpan(node, at);
		const elements = argumentList(context, node);
		const trailing = c.token(node, "RightParen")?.payload?.trailingComma === true;
		const [first] = elements;
		if (elements.length === 1 && first !== undefined && first.name === undefined && !trailing) {
			return { kind: "Parenthesized", inner: first.value, span };
		}
		return { kind: "Tuple", elements, span };
	},
	list: (context, node, at) => {
		const span = c.nodeSpan(node, at);
		const items = elements(context, node, "list");
		if (c.unfinished(c.token(node, "RightBracket"))) items.push(c.missing(span.end));
		return { kind: "List", elements: items, span };
	},
	block: (context, node, at) => block(context, node, at),
	conditional: (context, node, at) => {
		const start = c.startOfNode(node, at);
		const check = condition(context, node);
		const body = c.child(node, "block");
		const thenAt = c.after(node, "Then", check.span.end);
		const then =
			body === undefined ? expression(context, c.child(node, "then"), thenAt) : block(context, body, thenAt);
		if (body !== undefined) {
			const span = { start, end: start + 2 };
			const hint = "where a value is wanted: `if c then a else b`";
			c.report(context, "E0114", "`if` with braces is a statement", span, hint);
		}
		const otherwise = c.token(node, "Else");
		const other = otherwise && expression(context, c.child(node, "else"), endOf(otherwise));
		const end = Math.max(c.endOfNode(node, at), (other ?? then).span.end);
		return { kind: "If", condition: check, then, else: other, span: { start, end } };
	},
	match: (context, node, at) => {
		const subject = expression(context, c.child(node, "expression"), c.after(node, "Match", at));
		const arms = c.children(node, "arm").map((arm): Match["arms"][number] => {
			const matched = pattern(context, c.child(arm, "pattern"), c.startOfNode(arm, at), true);
			const body = armBody(context, c.child(arm, "statement"), c.after(arm, "FatArrow", matched.span.end));
			return { pattern: matched, body, span: { start: matched.span.start, end: body.span.end } };
		});
		return { kind: "Match", subject, arms, span: c.nodeSpan(node, at) };
	},
	seed: (context, node, at) => {
		const value = expression(context, c.child(node, "expression"), c.after(node, "SeedWord", at));
		return {
			kind: "Seed",
			seed: value,
			body: block(context, c.child(node, "block"), value.span.end),
			span: c.nodeSpan(node, at),
		};
	},
	choice: (context, node, at) => {
		const list = c.child(node, "list");
		const end = c.after(node, "ChoiceWord", at);
		const branches =
			list === undefined ? c.missing(end) : (readers.list?.(context, list, end) ?? c.missing(end));
		return { kind: "Choice", branches, span: c.nodeSpan(node, at) };
	},
};

const byLabel = new Map(Object.entries(readers));

function root(at: number): Root {
	return { kind: "Root", span: { start: at, end: at } };
}

/** Of an `if`, where `a = b` is answered and read as `a == b`. */
export function condition(context: Context, node: ConcreteNode): Expression {
	const label = c.child(node, "condition") === undefined ? "expression" : "condition";
	const head = c.token(node, "If") ?? c.token(node, "CheckHead");
	const left = expression(context, c.child(node, label), head === undefined ? context.base : endOf(head));
	const sign = c.token(node, "Equals");
	if (sign === undefined) return left;
	c.report(context, "E0115", "`=` gives a name, it does not compare", c.spanOf(sign), "write `==`");
	const right = expression(context, c.child(node, "other"), endOf(sign));
	const span = { start: left.span.start, end: right.span.end };
	return { kind: "Binary", operator: "==", left, right, operatorSpan: c.spanOf(sign), span };
}

// ---------------------------------------------------------------- what follows a primary

function postfix(context: Context, base: Expression, node: ConcreteNode): Expression {
	const span: Span = {
		start: base.span.start,
		end: Math.max(base.span.end, c.endOfNode(node, base.span.end)),
	};
	const place = c.token(node, "TupleIndex");
	if (place !== undefined) {
		const name = { start: place.startOffset + 1, end: endOf(place) };
		return {
			kind: "Field",
			base,
			name: { kind: "Identifier", name: place.image.slice(1), span: name },
			span,
		};
	}
	const select = c.token(node, "PlacesSelect");
	if (select !== undefined) {
		return { kind: "Places", base, select: select.image.slice(1) as Places["select"], members: [], span };
	}
	const field = c.child(node, "field");
	if (field !== undefined) {
		const dot = c.after(field, "Dot", base.span.end);
		if (c.token(field, "PlacesOpen") === undefined)
			return { kind: "Field", base, name: c.nameIn(field, dot), span };
		const members = c.children(field, "expression").map((member) => expression(context, member, dot));
		return { kind: "Places", base, select: "group", members, span };
	}
	const call = c.child(node, "call");
	if (call !== undefined)
		return { kind: "Call", callee: base, arguments: argumentList(context, call), span } satisfies Call;
	const index = c.child(node, "index");
	if (index !== undefined) {
		const items = elements(context, index, "index");
		const close = c.token(index, "RightBracket");
		if (items.length === 0 || c.unfinished(close)) items.push(c.missing(close?.startOffset ?? span.end));
		if (base.kind === "TypeName" && base.type.kind === "BoundedInt" && base.type.shape === undefined) {
			return { kind: "TypeName", type: { ...base.type, shape: items, span }, span };
		}
		const otherwise = c.token(index, "Else");
		const fallback = otherwise && expression(context, c.child(index, "expression"), endOf(otherwise));
		return { kind: "Index", base, items, fallback, span };
	}
	const changes = c.child(node, "update");
	if (changes === undefined) return base;
	const updates = c.children(changes, "updatePart").map((part) => update(context, part, base.span.end));
	return { kind: "With", base, updates, span } satisfies With;
}

export function argumentList(context: Context, node: ConcreteNode): Argument[] {
	const list = c
		.children(node, "argument")
		.map((one) => argument(context, one, c.startOfNode(node, context.base)));
	const close = c.token(node, "RightParen");
	if (c.unfinished(close) && close !== undefined) {
		const value = c.missing(close.startOffset);
		list.push({ value, span: value.span });
	}
	return list;
}

export function argument(context: Context, node: ConcreteNode, at: number): Argument {
	const name = c.token(node, "Identifier");
	const start = c.startOfNode(node, at);
	const value = expression(context, c.child(node, "expression"), c.after(node, "Equals", start));
	return {
		name: name && c.identifier(name),
		value,
		span: { start, end: Math.max(value.span.end, c.endOfNode(node, start)) },
	};
}

/** Of a list, an index or a shape: `..e` spreads in a list and is a range elsewhere. */
export function elements(context: Context, node: ConcreteNode, where: "list" | "index"): Expression[] {
	return c.children(node, "element").map((element): Expression => {
		const at = c.startOfNode(element, c.startOfNode(node, context.base));
		const span = c.nodeSpan(element, at);
		if (c.token(element, "full") !== undefined) return { kind: "FullSlice", span };
		const dots = c.token(element, "DotDot");
		if (dots !== undefined) {
			const to = c.child(element, "to");
			if (where === "list") return { kind: "Spread", value: expression(context, to, endOf(dots)), span };
			return { kind: "Range", to: to && expression(context, to, endOf(dots)), span };
		}
		const axes = c.child(element, "rest");
		if (axes !== undefined) return rest(axes);
		const some = c.token(element, "SomeWord");
		if (some !== undefined) return { kind: "Some", name: c.nameIn(element, endOf(some)), span };
		const from = expression(context, c.child(element, "expression"), at, where === "index");
		const colon = c.token(element, "colon");
		if (colon === undefined) return from;
		c.report(context, "E0110", "a range is not written with `:`", c.spanOf(colon), "write `a..b`, half open");
		const other = c.child(element, "other");
		return { kind: "Range", from, to: other && expression(context, other, endOf(colon)), span };
	});
}
