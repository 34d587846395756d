import type { IToken } from "chevrotain";
import type { BinaryOperator, Binder, BinderWord, Expression } from "../ast.js";
import type { ConcreteNode } from "../concrete.js";
import { endOf } from "../lexer.js";
import { spanning } from "../span.js";
import { binding } from "./bindings.js";
import { block } from "./blocks.js";
import {
	type Context,
	child,
	children,
	endOfNode,
	missing,
	report,
	sourceOf,
	spanOf,
	startOfNode,
	token,
} from "./context.js";
import { expression, primaryWithPostfix } from "./expressions.js";
import { lambdaParameters } from "./functions.js";

/** Operators are read flat; here their binding makes the tree. */
type Part =
	| { readonly kind: "operator"; readonly token: IToken }
	| { readonly kind: "prefix"; readonly token: IToken }
	| { readonly kind: "lambda"; readonly node: ConcreteNode }
	| { readonly kind: "binder"; readonly node: ConcreteNode; readonly block: ConcreteNode | undefined }
	| { readonly kind: "primary"; readonly node: ConcreteNode }
	| { readonly kind: "missing"; readonly at: number };

const levels: Readonly<Record<string, number>> = {
	"..": 0,
	"|>": 1,
	except: 1,
	or: 2,
	"||": 2,
	and: 3,
	"&&": 3,
	"==": 4,
	"!=": 4,
	"<": 4,
	"<=": 4,
	">": 4,
	">=": 4,
	divides: 4,
	"+": 5,
	"-": 5,
	"*": 6,
	"/": 6,
	"@": 6,
	"%": 6,
	"^": 8,
	"**": 8,
};
const lowest = 0;
const comparison = 4;
const multiplication = 6;
const power = 8;

const foreign: Readonly<Record<string, { means: BinaryOperator; hint: string }>> = {
	"**": { means: "^", hint: "a power is written `^`" },
	"&&": { means: "and", hint: "write `and`" },
	"||": { means: "or", hint: "write `or`" },
};

/** Their body reaches as far as it can; of the others it is a term. */
const wide: ReadonlySet<string> = new Set(["for", "all", "any", "count"]);

export function operators(context: Context, node: ConcreteNode, at: number, openRange: boolean): Expression {
	const sole = solePrimary(node);
	if (sole !== undefined) return primaryWithPostfix(context, sole);
	const parts: Part[] = [];
	flatten(child(node, "operand"), at, parts);
	for (const infix of children(node, "infix")) {
		const operator = token(infix, "operator");
		if (operator === undefined) continue;
		parts.push({ kind: "operator", token: operator });
		const right = child(infix, "operand");
		if (right !== undefined || operator.image !== "..") flatten(right, endOf(operator), parts);
	}
	return new Climber(context, parts, openRange).parse(lowest, false);
}

/** Most expressions have no operator. */
function solePrimary(node: ConcreteNode): ConcreteNode | undefined {
	const operand = node.first("infix") === undefined ? child(node, "operand") : undefined;
	const begins = operand?.first("prefix") ?? operand?.first("lambdaHead") ?? operand?.first("binderHead");
	return begins === undefined && child(operand, "primary") !== undefined ? operand : undefined;
}

function flatten(operand: ConcreteNode | undefined, at: number, parts: Part[]): void {
	if (operand === undefined) {
		parts.push({ kind: "missing", at });
		return;
	}
	const prefix = token(operand, "prefix");
	const lambda = child(operand, "lambdaHead");
	const head = child(operand, "binderHead");
	const primary = child(operand, "primary");
	if (prefix !== undefined) {
		parts.push({ kind: "prefix", token: prefix });
		flatten(child(operand, "operand"), endOf(prefix), parts);
	} else if (lambda !== undefined) {
		parts.push({ kind: "lambda", node: lambda });
		flatten(child(operand, "operand"), endOfNode(lambda, at), parts);
	} else if (head !== undefined) {
		const body = child(operand, "block");
		parts.push({ kind: "binder", node: head, block: body });
		if (body !== undefined) return;
		const colon = token(operand, "Colon");
		flatten(child(operand, "operand"), colon === undefined ? endOfNode(head, at) : endOf(colon), parts);
	} else if (primary !== undefined) parts.push({ kind: "primary", node: operand });
	else parts.push({ kind: "missing", at: startOfNode(operand, at) });
}

class Climber {
	private at = 0;

	constructor(
		private readonly context: Context,
		private readonly parts: readonly Part[],
		private readonly openRange: boolean,
	) {}

	/** Everything from here whose operators bind at least as tightly as `level`. */
	parse(level: number, term: boolean): Expression {
		let left = this.operand(term);
		for (;;) {
			const part = this.parts[this.at];
			if (part?.kind !== "operator") return left;
			const sign = part.token.image;
			const binds = levels[sign] ?? lowest;
			if (binds < level) return left;
			this.at++;
			if (sign === "..") left = this.range(left, part.token, term);
			else left = this.binary(left, part.token, binds, term);
		}
	}

	private range(from: Expression, sign: IToken, term: boolean): Expression {
		const next = this.parts[this.at];
		if (next === undefined || next.kind === "operator") {
			const span = { start: from.span.start, end: endOf(sign) };
			if (!this.openRange)
				report(this.context, "E0107", "the range lacks its end", span, "`0..n` are the numbers below n");
			return { kind: "Range", from, span };
		}
		const to = this.parse(lowest + 1, term);
		return { kind: "Range", from, to, span: spanning(from.span, to.span) };
	}

	private binary(left: Expression, sign: IToken, binds: number, term: boolean): Expression {
		const context = this.context;
		const other = foreign[sign.image];
		if (other !== undefined) {
			report(context, "E0110", `\`${sign.image}\` is not an operator of Ansatz`, spanOf(sign), other.hint);
		}
		const operator = other?.means ?? (sign.image as BinaryOperator);
		const bare = binds >= 2 && binds <= comparison ? bareReduction(left) : undefined;
		const right = this.parse(binds === power ? power - 1 : binds + 1, term);
		const span = spanning(left.span, right.span);
		if (bare !== undefined) this.ambiguous(bare, operator, right);
		if (binds === comparison && left.kind === "Binary" && levels[left.operator] === comparison) {
			const middle = sourceOf(context, left.right.span);
			const hint = `write \`${sourceOf(context, left.span)} and ${middle} ${operator} ${sourceOf(context, right.span)}\``;
			report(context, "E0111", "comparisons do not chain", spanOf(sign), hint);
		}
		return { kind: "Binary", operator, left, right, operatorSpan: spanOf(sign), span };
	}

	private ambiguous(bare: Binder, operator: string, right: Expression): void {
		const inner = sourceOf(this.context, bare.span);
		const rest = sourceOf(this.context, right.span);
		const body = sourceOf(this.context, bare.body.span);
		const head = inner.slice(0, inner.length - body.length).trimEnd();
		const message = `the ${bare.word} takes a term and stops before \`${operator}\`: say what is meant`;
		const hint = `write \`(${inner}) ${operator} ${rest}\` or \`${head} (${body} ${operator} ${rest})\``;
		report(this.context, "E0112", message, bare.span, hint);
	}

	private operand(term: boolean): Expression {
		const part = this.parts[this.at];
		if (part === undefined) return missing(this.endBefore());
		this.at++;
		switch (part.kind) {
			case "missing":
				return missing(part.at);
			case "operator":
				this.at--;
				return missing(part.token.startOffset);
			case "prefix":
				return this.prefix(part.token, term);
			case "primary":
				if (term && child(child(part.node, "primary"), "conditional") !== undefined)
					this.unbracketed(part.node, "if");
				return primaryWithPostfix(this.context, part.node);
			case "lambda": {
				if (term) this.unbracketed(part.node, "a function");
				const body = this.parse(lowest, false);
				const start = startOfNode(part.node, body.span.start);
				const parameters = lambdaParameters(this.context, part.node);
				return { kind: "Lambda", parameters, body, span: { start, end: body.span.end } };
			}
			case "binder":
				return this.binder(part.node, part.block, term);
		}
	}

	private endBefore(): number {
		const part = this.parts[this.at - 1];
		if (part === undefined) return this.context.base;
		if (part.kind === "operator" || part.kind === "prefix") return endOf(part.token);
		return part.kind === "missing" ? part.at : endOfNode(part.node, this.context.base);
	}

	private prefix(sign: IToken, term: boolean): Expression {
		const context = this.context;
		if (sign.image === "!")
			report(context, "E0110", "`!` is not an operator of Ansatz", spanOf(sign), "write `not`");
		const minus = sign.image === "-";
		const operand = this.parse(minus ? power - 1 : sign.image === "!" ? power + 1 : comparison, term);
		const span = { start: sign.startOffset, end: operand.span.end };
		return { kind: "Unary", operator: minus ? "-" : "not", operand, span };
	}

	private binder(node: ConcreteNode, loop: ConcreteNode | undefined, term: boolean): Expression {
		const context = this.context;
		const head = token(node, "For") ?? token(node, "BinderHead");
		const start = head?.startOffset ?? startOfNode(node, context.base);
		const word = (head?.image ?? "for") as BinderWord;
		const reaches = wide.has(word);
		if (term && reaches && loop === undefined) this.unbracketed(node, `\`${word}\``);
		const bindings = children(node, "binding").map((one) => binding(context, one, start));
		const whereToken = token(node, "Where");
		const where = whereToken && expression(context, child(node, "expression"), endOf(whereToken));
		for (const clause of children(node, "loopClause")) {
			const name = token(clause, "LoopClause");
			if (name === undefined) continue;
			const message = `\`${name.image}\` belongs to a loop, which stands as a statement`;
			report(context, "E0113", message, spanOf(name), "a loop is written `for x in xs epochs 20 { .. }`");
		}
		if (loop !== undefined) {
			const hint = `as an expression it is written \`${word} ..: value\`; a loop is a statement`;
			report(context, "E0113", "a loop has no value", spanOf(head as IToken), hint);
		}
		const body =
			loop !== undefined
				? block(context, loop, start)
				: this.parse(reaches ? lowest : multiplication, !reaches);
		const wordSpan = head === undefined ? { start, end: start } : spanOf(head);
		return { kind: "Binder", word, wordSpan, bindings, where, body, span: { start, end: body.span.end } };
	}

	private unbracketed(node: ConcreteNode, what: string): void {
		const span = { start: startOfNode(node, 0), end: endOfNode(node, 0) };
		const message = `${what === "if" ? "`if`" : what} in the term of a reduction stands in brackets`;
		report(
			this.context,
			"E0112",
			message,
			span,
			"a reduction takes a term, as a sigma does: `sum i: (if c then a else b)`",
		);
	}
}

/** The reduction that ends an operand without brackets, so that what follows could belong to it. */
function bareReduction(value: Expression): Binder | undefined {
	if (value.kind === "Binder") return wide.has(value.word) ? undefined : value;
	if (value.kind === "Binary") return bareReduction(value.right);
	return value.kind === "Unary" ? bareReduction(value.operand) : undefined;
}
