import type * as ast from "../../../grammar/ast.js";
import type { Environment } from "../environment.js";
import type { CallValues } from "../evaluator.js";
import { formatOf } from "../tensors.js";
import type { FunctionValue, Value } from "../values.js";
import { aliasOf } from "./type-names.js";

/** The format that `real` has in a call: that of the arguments which are declared by `real`. */

export function precisionOfCall(
	fn: FunctionValue,
	environment: Environment,
	args: CallValues,
): "f32" | "f64" | undefined {
	// Of a model and what stands in a body `real` is that of the declaration around.
	if (environment.kind !== "module") return undefined;
	const trees = new Set(fn.node.where.flatMap(boundIn));
	let next = 0;
	for (const { name, type } of fn.node.parameters) {
		const own = name.kind === "Identifier" ? args.named.get(name.name) : undefined;
		const value = own ?? args.positional[next++];
		const format = value && type && formatAt(environment, type, value, trees);
		if (format) return format;
	}
	return undefined;
}

function boundIn(node: ast.Expression): string[] {
	if (node.kind === "Parenthesized") return boundIn(node.inner);
	if (node.kind === "Binary") return [...boundIn(node.left), ...boundIn(node.right)];
	return node.kind === "Bound" ? [node.name.name] : [];
}

function formatAt(
	environment: Environment,
	type: ast.TypeNode,
	value: Value,
	trees: ReadonlySet<string>,
): "f32" | "f64" | undefined {
	if (type.kind === "TupleType") {
		if (value.kind !== "tuple") return undefined;
		for (const [i, { name, type: part }] of type.elements.entries()) {
			const own = value.elements.find((e) => name && e.name === name.name) ?? value.elements[i];
			const format = own && formatAt(environment, part, own.value, trees);
			if (format) return format;
		}
		return undefined;
	}
	if (type.kind !== "NamedType") return undefined;
	const { name } = type.name;
	if (name === "real") return formatOf(value);
	if (name === "complex") return formatOfTree(value);
	if (trees.has(name)) return formatOfTree(value);
	const alias = aliasOf(environment, type);
	if (alias) return formatAt(alias.environment, alias.type, value, trees);
	const entry = name === "List" ? type.shape?.[0] : undefined;
	if (entry?.kind !== "TypeName" || value.kind !== "list") return undefined;
	for (const item of value.items) {
		const format = formatAt(environment, entry.type, item, trees);
		if (format) return format;
	}
	return undefined;
}

/** Of a tree: all its leaves have one. */
export function formatOfTree(tree: Value): "f32" | "f64" | undefined {
	switch (tree.kind) {
		case "tuple":
			for (const { value } of tree.elements) {
				const format = formatOfTree(value);
				if (format) return format;
			}
			return undefined;
		case "list":
			for (const item of tree.items) {
				const format = formatOfTree(item);
				if (format) return format;
			}
			return undefined;
		case "model":
			for (const member of tree.members.values()) {
				const format = formatOfTree(member);
				if (format) return format;
			}
			return undefined;
		case "stack":
			return formatOfTree(tree.of);
		default:
			return formatOf(tree);
	}
}
