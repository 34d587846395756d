import type { Minimize, Statement, Track } from "../ast.js";
import type { ConcreteNode } from "../concrete.js";
import { endOf } from "../lexer.js";
import { pattern } from "./bindings.js";
import { block, loopClauses } from "./blocks.js";
import type { Context } from "./context.js";
import * as c from "./context.js";
import { condition, expression } from "./expressions.js";
import { textLiteral } from "./literals.js";
import { typeNode } from "./types.js";

/** A statement that begins with a word of its own. */
export function simpleStatement(context: Context, node: ConcreteNode, at: number): Statement | undefined {
	const [found, read] = node.firstOf(byLabel) ?? [];
	if (found !== undefined && read !== undefined) return read(context, found, at);
	return undefined;
}

const readers: Readonly<Record<string, (context: Context, node: ConcreteNode, at: number) => Statement>> = {
	letStatement: (context, node, at) => {
		const head = c.after(node, "Let", at);
		const name = pattern(context, c.child(node, "pattern"), head);
		const colon = c.token(node, "Colon");
		const type = colon && typeNode(context, c.child(node, "type"), endOf(colon));
		const value = expression(
			context,
			c.child(node, "expression"),
			c.after(node, "Equals", c.endOfNode(node, head)),
		);
		return { kind: "Let", pattern: name, type, value, span: ending(c.nodeSpan(node, at), value.span.end) };
	},
	leaf: (context, node, at) => {
		const head = c.token(node, "LeafHead");
		const name = c.nameIn(node, head === undefined ? at : endOf(head));
		const colon = c.token(node, "Colon");
		const part = (sign: string, label: string) => {
			const found = c.token(node, sign);
			return found && expression(context, c.child(node, label), endOf(found));
		};
		return {
			kind: "Leaf",
			role: head?.image === "state" ? "state" : "param",
			name,
			type: colon && typeNode(context, c.child(node, "type"), endOf(colon)),
			condition: part("If", "condition"),
			constraint: part("In", "constraint"),
			by: part("ByWord", "by"),
			value: part("Equals", "value"),
			span: c.nodeSpan(node, at),
		};
	},
	repeat: (context, node, at) => {
		const count = expression(context, c.child(node, "expression"), c.after(node, "RepeatWord", at));
		const clauses = loopClauses(context, node);
		const body = block(context, c.child(node, "block"), c.endOfNode(node, at));
		return { kind: "Loop", head: "repeat", bindings: [], count, clauses, body, span: c.nodeSpan(node, at) };
	},
	minimize: (context, node, at) => {
		const head = c.token(node, "StepHead");
		const end = head === undefined ? at : endOf(head);
		const terms = c.children(node, "term").map((one): Minimize["terms"][number] => {
			const start = c.startOfNode(one, end);
			const name = c.token(one, "Identifier");
			const value = expression(context, c.child(one, "expression"), c.after(one, "Colon", start));
			return {
				name: name && c.identifier(name),
				value,
				span: { start, end: Math.max(value.span.end, c.endOfNode(one, start)) },
			};
		});
		if (terms.length === 0) terms.push({ value: c.missing(end), span: { start: end, end } });
		const wrt: Minimize["wrt"][number][] = [];
		const using: Minimize["using"][number][] = [];
		for (const clause of c.children(node, "stepClause")) {
			const word = c.token(clause, "WrtWord");
			for (const one of c.children(clause, "expression")) wrt.push(expression(context, one, end));
			if (word !== undefined && c.children(clause, "expression").length === 0)
				wrt.push(c.missing(endOf(word)));
			for (const one of c.children(clause, "usingPart")) {
				const start = c.startOfNode(one, c.after(clause, "UsingWord", end));
				const optimizer = expression(context, c.child(one, "optimizer"), start);
				const on = c.token(one, "OnWord");
				const places = on && expression(context, c.child(one, "on"), endOf(on));
				using.push({ optimizer, on: places, span: { start, end: (places ?? optimizer).span.end } });
			}
		}
		const sense = (head?.image ?? "minimize") as Minimize["sense"];
		return { kind: "Minimize", sense, terms, wrt, using, span: c.nodeSpan(node, at) };
	},
	subjectTo: (context, node, at) => {
		const name = c.token(node, "Identifier");
		const start = c.after(node, "Colon", c.after(node, "ToWord", at));
		const subject = expression(context, c.child(node, "subject"), start);
		const within = c.token(node, "In");
		const by = c.token(node, "ByWord");
		return {
			kind: "SubjectTo",
			name: name && c.identifier(name),
			subject,
			constraint: within && expression(context, c.child(node, "constraint"), endOf(within)),
			by: by && expression(context, c.child(node, "by"), endOf(by)),
			span: c.nodeSpan(node, at),
		};
	},
	track: (context, node, at) => {
		const name = c.nameIn(node, c.after(node, "TrackWord", at));
		const value = expression(context, c.child(node, "expression"), c.after(node, "Equals", name.span.end));
		const every = c.child(node, "every");
		return {
			kind: "Track",
			name,
			value,
			every: every && rhythm(every, value.span.end),
			span: c.nodeSpan(node, at),
		};
	},
	check: (context, node, at) => {
		const head = c.token(node, "CheckHead");
		const message = c.token(node, "String");
		return {
			kind: "Check",
			role: head?.image === "test" ? "test" : "check",
			condition: condition(context, node),
			message: message && textLiteral(context, message),
			span: c.nodeSpan(node, at),
		};
	},
	plot: (context, node, at) => {
		const value = expression(context, c.child(node, "expression"), c.after(node, "PlotWord", at));
		return { kind: "Plot", value, span: c.nodeSpan(node, at) };
	},
};

const byLabel = new Map(Object.entries(readers));

function ending(span: { start: number; end: number }, end: number): { start: number; end: number } {
	return { start: span.start, end: Math.max(span.end, end) };
}

/** `every epoch`, `every 10 steps`, `every n steps`. */
function rhythm(node: ConcreteNode, at: number): Track["every"] {
	const span = c.nodeSpan(node, at);
	const first = c.token(node, "Number") ?? c.token(node, "Identifier");
	if (first === undefined) return undefined;
	const unit = c.token(node, "unit");
	const place = c.spanOf(first);
	if (unit === undefined) return { unit: c.identifier(first), span };
	const integer = /^\d+$/.test(first.image);
	const amount = /^\d/.test(first.image)
		? ({ kind: "Number", value: Number(first.image.replaceAll("_", "")), integer, span: place } as const)
		: ({ kind: "Name", name: first.image, span: place } as const);
	return { amount, unit: c.identifier(unit), span };
}
