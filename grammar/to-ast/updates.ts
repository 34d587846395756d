import type { Expression, With } from "../ast.js";
import type { ConcreteNode } from "../concrete.js";
import { endOf } from "../lexer.js";
import type { Context } from "./context.js";
import * as c from "./context.js";
import { expression } from "./expressions.js";

type Update = With["updates"][number];

/** `place = v; place += v; place |> f; place by r` in a `with`. */
export function update(context: Context, node: ConcreteNode, at: number): Update {
	const start = c.startOfNode(node, at);
	const left = expression(context, c.child(node, "place"), start);
	const sign = c.token(node, "sign");
	if (sign !== undefined) {
		const value = expression(context, c.child(node, "value"), endOf(sign));
		const span = { start, end: Math.max(value.span.end, endOf(sign)) };
		return { place: place(left), operator: sign.image as Update["operator"], value, span };
	}
	if (left.kind === "Binary" && left.operator === "|>") {
		if (left.left.kind === "Binary" && left.left.operator === "|>") {
			const hint = "name the value: `place |> |w| w |> f |> g`";
			c.report(context, "E0116", "an update applies one function", left.operatorSpan, hint);
		}
		return { place: place(left.left), operator: "|>", value: left.right, span: left.span };
	}
	if (left.kind !== "Missing") {
		const hint = "an update is `place = v`, `place += v`, `place |> f` or `place by r`";
		c.report(context, "E0116", "the place is not updated", left.span, hint);
	}
	return { place: place(left), operator: "=", value: c.missing(left.span.end), span: left.span };
}

/** A place of a `with` starts at what is updated: `rows` is its field, `[i, :]` its element. */
function place(value: Expression): Expression {
	const root = { kind: "Root", span: { start: value.span.start, end: value.span.start } } as const;
	switch (value.kind) {
		case "Name": {
			const name = { kind: "Identifier", name: value.name, span: value.span } as const;
			return { kind: "Field", base: root, name, span: value.span };
		}
		case "List": {
			const items = value.elements.map(
				(item): Expression =>
					item.kind === "Spread" ? { kind: "Range", to: item.value, span: item.span } : item,
			);
			return { kind: "Index", base: root, items, span: value.span };
		}
		case "Field":
		case "Index":
		case "Places":
			return { ...value, base: place(value.base) };
		case "Call": {
			const [first, ...others] = value.arguments;
			if (first === undefined) return value;
			return { ...value, arguments: [{ ...first, value: place(first.value) }, ...others] };
		}
		case "Tuple":
			return { ...value, elements: value.elements.map((one) => ({ ...one, value: place(one.value) })) };
		case "Parenthesized":
			return { ...value, inner: place(value.inner) };
		case "Binary":
			if (value.operator !== "except") return value;
			return { ...value, left: place(value.left), right: place(value.right) };
		default:
			return value;
	}
}
