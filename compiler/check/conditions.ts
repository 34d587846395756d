import type * as ast from "../../grammar/ast.js";

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
