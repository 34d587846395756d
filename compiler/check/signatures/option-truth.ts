import type * as ast from "../../../grammar/ast.js";
import { asConstant, constant } from "../../dims/dim.js";
import { compared } from "../expressions/arithmetic.js";
import { elementAt, lengthOf } from "../types/substitute.js";
import type { ModelType, Type } from "../types/types.js";
import { truthOf } from "./conditions.js";

/** Whether a leaf `if biased`, `if basis != Raw` is there; undefined if it cannot be told. */
export function isOn(model: ModelType, condition: ast.Expression): boolean | undefined {
	return holdsFor((name) => model.configuration.get(name), condition);
}

/** Whether a condition over options holds for these. */
export function holdsFor(
	given: (name: string) => Type | undefined,
	condition: ast.Expression,
): boolean | undefined {
	const option = (node: ast.Expression): Type | undefined =>
		node.kind === "Name" ? given(node.name) : undefined;
	const number = (node: ast.Expression): number | undefined => {
		if (node.kind === "Number") return node.value;
		const type = part(node);
		if (type?.kind === "Real") return type.value;
		return type?.kind === "Int" && type.value ? asConstant(type.value) : undefined;
	};
	// `widths[0]`, `len(widths)`.
	const part = (node: ast.Expression): Type | undefined => {
		if (node.kind === "Index") {
			const list = option(node.base);
			const [item] = node.items;
			const isEntry = list?.kind === "list" && item?.kind === "Number";
			return isEntry ? elementAt(list, constant(item.value)) : undefined;
		}
		if (node.kind !== "Call") return option(node);
		const [argument] = node.arguments;
		const list = argument && option(argument.value);
		return list?.kind === "list" ? { kind: "Int", value: lengthOf(list) } : undefined;
	};
	const text = (node: ast.Expression): string | undefined => {
		if (node.kind === "String")
			return node.parts.every((p) => typeof p === "string") ? node.parts.join("") : undefined;
		const type = part(node);
		return type?.kind === "String" ? type.value : undefined;
	};
	const variant = (node: ast.Expression): string | undefined => {
		const type = option(node);
		if (type) return type.kind === "variant" ? type.value : undefined;
		return node.kind === "Name" && /^[A-Z]/.test(node.name) ? node.name : undefined;
	};
	return truthOf(condition, (node) => {
		const own = part(node);
		if (own) return own.kind === "Bool" ? own.value : undefined;
		if (node.kind !== "Binary") return undefined;
		const [a, b] = [number(node.left), number(node.right)];
		if (a !== undefined && b !== undefined) return compared(node.operator, a, b);
		const [s, t] = [text(node.left), text(node.right)];
		if (s !== undefined && t !== undefined) return compared(node.operator, s, t);
		const [x, y] = [variant(node.left), variant(node.right)];
		return x !== undefined && y !== undefined ? compared(node.operator, x, y) : undefined;
	});
}
