import type * as ast from "../../../grammar/ast.js";
import { armStatements } from "../../../grammar/branches.js";

/** A static condition as a key: equal conditions have equal text. */
export function conditionText(node: ast.Expression): string {
	switch (node.kind) {
		case "Name":
			return node.name;
		case "Parenthesized":
			return conditionText(node.inner);
		case "Unary":
			return node.operator === "not"
				? opposite(conditionText(node.operand))
				: `${node.operator} ${conditionText(node.operand)}`;
		case "Binary":
			// `a != b` is the opposite of `a == b`, however it is written.
			return node.operator === "!="
				? `not ${conditionText(node.left)} == ${conditionText(node.right)}`
				: `${conditionText(node.left)} ${node.operator} ${conditionText(node.right)}`;
		case "Number":
			return String(node.value);
		case "Field":
			return `${conditionText(node.base)}.${node.name.kind === "Identifier" ? node.name.name : "?"}`;
		default:
			return `expression at ${node.span.start}`;
	}
}

/** The conjunction of conditions, of which each may be missing. */
export function both(
	a: ast.Expression | undefined,
	b: ast.Expression | undefined,
): ast.Expression | undefined {
	if (!a || !b) return a ?? b;
	return { kind: "Binary", operator: "and", operatorSpan: b.span, left: a, right: b, span: b.span };
}

/** The condition under which a statement of an `if` runs. */
export function conditionFor(node: ast.IfStatement, statement: ast.Statement): ast.Expression | undefined {
	if (node.then.statements.includes(statement)) return node.condition;
	const { condition, span } = node;
	const otherwise: ast.Expression = { kind: "Unary", operator: "not", operand: condition, span };
	return node.else?.kind === "IfStatement" ? both(otherwise, conditionFor(node.else, statement)) : otherwise;
}

/** The condition under which a statement of a `match` runs: a case `Decay(..)` of variants says it. */
export function conditionForCase(node: ast.Match, statement: ast.Statement): ast.Expression | undefined {
	const pattern = node.arms.find((arm) => armStatements(arm).includes(statement))?.pattern;
	if (pattern?.kind !== "VariantPattern") return undefined;
	const { name, span } = pattern;
	const right: ast.Expression = { kind: "Name", name: name.name, span };
	return { kind: "Binary", operator: "==", operatorSpan: span, left: node.subject, right, span };
}

/** What holds in a case of an `if`: the parts of an `and`, or the opposites of the parts of an `or`. */
export function assuming(
	assumed: ReadonlySet<string>,
	condition: ast.Expression,
	isTrue: boolean,
): ReadonlySet<string> {
	const texts = new Set(assumed);
	const add = (node: ast.Expression, holds: boolean): void => {
		if (node.kind === "Parenthesized") add(node.inner, holds);
		else if (node.kind === "Unary" && node.operator === "not") add(node.operand, !holds);
		else if (node.kind === "Binary" && node.operator === (holds ? "and" : "or")) {
			add(node.left, holds);
			add(node.right, holds);
		} else texts.add(holds ? conditionText(node) : opposite(conditionText(node)));
	};
	add(condition, isTrue);
	return texts;
}

export function opposite(text: string): string {
	return text.startsWith("not ") ? text.slice(4) : `not ${text}`;
}

/** In the case `Svd` of `match basis {..}`. */
export function assumingCase(
	assumed: ReadonlySet<string>,
	subject: ast.Expression,
	variant: string,
): ReadonlySet<string> {
	return new Set([...assumed, `${conditionText(subject)} == ${variant}`]);
}

/** Below the cases that took all values of these variants. */
export function assumingCases(
	assumed: ReadonlySet<string>,
	subject: ast.Expression,
	variants: ReadonlySet<string>,
): ReadonlySet<string> {
	const text = conditionText(subject);
	return new Set([...assumed, ...[...variants].map((v) => `not ${text} == ${v}`)]);
}

/** A condition as it is written. */
export function showCondition(node: ast.Expression): string {
	switch (node.kind) {
		case "Parenthesized":
			return `(${showCondition(node.inner)})`;
		case "Unary":
			return `${node.operator} ${showCondition(node.operand)}`;
		case "Binary":
			return `${showCondition(node.left)} ${node.operator} ${showCondition(node.right)}`;
		default:
			return conditionText(node);
	}
}

/** Whether a condition holds, where `known` tells it of its parts; undefined if it cannot be told. */
export function truthOf(
	node: ast.Expression,
	known: (part: ast.Expression) => boolean | undefined,
): boolean | undefined {
	if (node.kind === "Parenthesized") return truthOf(node.inner, known);
	if (node.kind === "Unary" && node.operator === "not") {
		const inner = truthOf(node.operand, known);
		return inner === undefined ? undefined : !inner;
	}
	if (node.kind === "Binary" && (node.operator === "and" || node.operator === "or")) {
		const [left, right] = [truthOf(node.left, known), truthOf(node.right, known)];
		const decides = node.operator === "or";
		if (left === decides || right === decides) return decides;
		return left === undefined || right === undefined ? undefined : !decides;
	}
	return known(node);
}

/** What the conditions around say of one: `basis == Svd` says that it is not `Raw`. */
export function assumedTruth(
	assumed: ReadonlySet<string>,
	node: ast.Expression,
	prefix = "",
): boolean | undefined {
	return truthOf(node, (part) => {
		const text = conditionText(part);
		const isNegative = text.startsWith("not ");
		const positive = prefix + (isNegative ? text.slice(4) : text);
		if (assumed.has(positive)) return !isNegative;
		if (assumed.has(`not ${positive}`)) return isNegative;
		const [subject, value] = positive.split(" == ");
		if (value === undefined || !/^[A-Z\d]/.test(value)) return undefined;
		const other = [...assumed].some((a) => {
			const [left, right] = a.split(" == ");
			return left === subject && right !== undefined && right !== value && /^[A-Z\d]/.test(right);
		});
		return other ? isNegative : undefined;
	});
}
