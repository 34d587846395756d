import type * as ast from "../../../grammar/ast.js";
import { asConstant } from "../../dims/dim.js";
import { compared } from "../expressions/arithmetic.js";
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
		const type = option(node);
		return type?.kind === "Int" && type.value ? asConstant(type.value) : undefined;
	};
	const variant = (node: ast.Expression): string | undefined => {
		const type = option(node);
		if (type) return type.kind === "variant" ? type.value : undefined;
		return node.kind === "Name" && /^[A-Z]/.test(node.name) ? node.name : undefined;
	};
	return truthOf(condition, (part) => {
		const own = option(part);
		if (own) return own.kind === "Bool" ? own.value : undefined;
		if (part.kind !== "Binary") return undefined;
		const [a, b] = [number(part.left), number(part.right)];
		if (a !== undefined && b !== undefined) return compared(part.operator, a, b);
		const [x, y] = [variant(part.left), variant(part.right)];
		return x !== undefined && y !== undefined ? compared(part.operator, x, y) : undefined;
	});
}
