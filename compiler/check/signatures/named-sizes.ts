import type * as ast from "../../../grammar/ast.js";
import { type Binding, type Context, report } from "../context.js";
import { showType } from "../types/show.js";
import type { Type } from "../types/types.js";
import { type SignatureBuilder, sourceText } from "./type-node.js";

/** The sizes that the conditions of a signature name: each is one of its parameters. */

/** `x: real[n] where x > 2`: a condition, or a size before it, takes a parameter for a size. */
export function noSize(context: Context, size: Binding, type: Type): void {
	report(context, {
		code: "E0303",
		at: size.at,
		message: `a size is a whole number known before running, and \`${size.name}\` is ${showType(type)}`,
	});
}

/** A size that only a condition names: no call says what it is. */
export function refuseUnnamed(
	context: Context,
	node: ast.FunctionDeclaration,
	signature: SignatureBuilder,
): void {
	if (node.where.length === 0) return;
	const types = [...node.parameters.map((p) => p.type), node.result].flatMap((type) => type ?? []);
	const names = new Set<string>();
	for (const { name } of node.parameters) if (name.kind === "Identifier") names.add(name.name);
	for (const type of types)
		for (const [word] of sourceText(context, type).matchAll(/[\p{L}_][\p{L}\p{N}_]*/gu)) names.add(word);
	for (const { name } of signature.dims) {
		const size = context.scope.names.get(name);
		if (size?.role !== "dimension" || names.has(name) || !/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) continue;
		report(context, {
			code: "E0202",
			at: size.at,
			message: `no parameter has a size \`${name}\``,
			hint: "a condition is about the sizes of the parameters and the result",
		});
	}
}
