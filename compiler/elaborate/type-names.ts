import type * as ast from "../../grammar/ast.js";
import type { Environment } from "./environment.js";

/** What an alias stands for, and where its own sizes are named. */
export interface Alias {
	readonly type: ast.TypeNode;
	readonly environment: Environment;
	/** Each size of the alias with what is given for it. */
	readonly sizes: readonly { readonly name: string; readonly given: ast.Expression }[];
}

/** Undefined if a type is no alias. Its sizes have no values yet. */
export function aliasOf(environment: Environment, type: ast.NamedType): Alias | undefined {
	const named = environment.findUnguarded(type.name.name);
	if (named?.kind !== "type" || named.node.definition.kind !== "Alias") return undefined;
	const parameters = named.node.parameters.map((p) => (p.name.kind === "Identifier" ? p.name.name : ""));
	return {
		type: named.node.definition.type,
		environment: named.environment.inner(),
		sizes: argumentsByName(parameters, type.arguments ?? []),
	};
}

/** The arguments of a type by the names of the parameters. */
export function argumentsByName(
	parameters: readonly string[],
	given: readonly ast.Argument[],
): { readonly name: string; readonly given: ast.Expression }[] {
	let next = 0;
	return given.flatMap((argument) => {
		const name = argument.name ? argument.name.name : parameters[next++];
		return name === undefined ? [] : [{ name, given: argument.value }];
	});
}
