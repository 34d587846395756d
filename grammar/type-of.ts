import type * as ast from "./ast.js";

/** The type that an argument of a type spells: arguments are read as values. Undefined if it is none. */
export function typeOf(node: ast.Expression): ast.TypeNode | undefined {
	const { span } = node;
	const named = (name: ast.Name, more: Partial<ast.NamedType> = {}): ast.NamedType => ({
		kind: "NamedType",
		name: { kind: "Identifier", name: name.name, span: name.span },
		...more,
		span,
	});
	switch (node.kind) {
		case "Name":
			return named(node);
		case "TypeName":
			return node.type;
		case "Parenthesized":
			return typeOf(node.inner);
		case "Call":
			return node.callee.kind === "Name" ? named(node.callee, { arguments: node.arguments }) : undefined;
		case "Index": {
			if (node.base.kind === "Name" && node.base.name === "List") {
				const element = node.items[0] && typeOf(node.items[0]);
				return (
					element && named(node.base, { shape: [{ kind: "TypeName", type: element, span: element.span }] })
				);
			}
			const base = typeOf(node.base);
			return base && "shape" in base && base.shape === undefined
				? withShape(base, node)
				: stacked(base, node);
		}
		case "Tuple": {
			const elements = node.elements.map((e) => {
				const type = typeOf(e.value);
				return type && { ...(e.name && { name: e.name }), type, span: e.span };
			});
			return elements.every((e) => e !== undefined) ? { kind: "TupleType", elements, span } : undefined;
		}
		default:
			return undefined;
	}
}

function withShape(base: ast.TypeNode, { items, span }: ast.Index): ast.TypeNode | undefined {
	return base.kind === "BoundedInt" || base.kind === "TupleType" || base.kind === "NamedType"
		? { ...base, shape: items, span }
		: undefined;
}

function stacked(base: ast.TypeNode | undefined, node: ast.Index): ast.TypeNode | undefined {
	return base?.kind === "NamedType" && base.shape === undefined ? withShape(base, node) : undefined;
}
