import type { Span } from "../../../grammar/span.js";
import type { Fix } from "../../source/diagnostic.js";
import type { Context } from "../context.js";
import { insertFix } from "../edits.js";
import { showType } from "../types/show.js";
import type { SignatureParameter, Type } from "../types/types.js";

/** What may stand for an argument until a better value is known: what is in scope by its name, or a plain value. */
function placeholder(context: Context, { name, type }: SignatureParameter): string | undefined {
	const known = context.scope.find(name);
	if (
		known &&
		known.role !== "function" &&
		known.role !== "import" &&
		showType(known.type) === showType(type)
	)
		return name;
	return plainValue(type);
}

function plainValue(type: Type): string | undefined {
	if (showType(type) === "Rate") return "1e-3";
	switch (type.kind) {
		case "Int":
			return "1";
		case "Real":
			return "1.0";
		case "Bool":
			return "false";
		case "String":
			return '""';
		case "tensor":
			if (type.shape.dims.length > 0 || type.shape.rest) return undefined;
			return type.element === "bool" ? "false" : type.element === "int" ? "0" : "1.0";
		default:
			return undefined;
	}
}

/** Adds what a call lacks, by name, before its closing bracket; a bare name gets brackets. */
export function missingArgumentFix(
	context: Context,
	node: { readonly span: Span },
	missing: readonly SignatureParameter[],
): readonly Fix[] {
	const given = missing.map((p) => {
		const value = placeholder(context, p);
		return value === undefined ? undefined : `${p.name} = ${value}`;
	});
	if (given.includes(undefined)) return [];
	const text = given.join(", ");
	const source = context.anchor.text(node.span);
	const title = `Give \`${text}\``;
	if (/^[\p{L}_][\p{L}\p{N}_.]*$/u.test(source)) {
		return [insertFix(context, node.span.end, title, `(${text})`)];
	}
	if (!source.endsWith(")")) return [];
	const replacement = /[(,]\s*\)$/.test(source) ? text : `, ${text}`;
	return [insertFix(context, node.span.end - 1, title, replacement)];
}
