import type * as ast from "../../../grammar/ast.js";
import { typeOf } from "../../../grammar/type-of.js";
import type { Environment } from "../environment.js";

/** What an alias stands for, and where its own sizes are named. */
export interface Alias {
	readonly type: ast.TypeNode;
	readonly environment: Environment;
	/** Each size of the alias with what is given for it. */
	readonly sizes: readonly { readonly name: string; readonly given: ast.Expression }[];
	/** The same of its lists. */
	readonly lists: readonly { readonly name: string; readonly given: ast.Expression }[];
}

/** Undefined if a type is no alias. Its sizes have no values yet. */
export function aliasOf(environment: Environment, type: ast.NamedType): Alias | undefined {
	const named = environment.findUnguarded(type.name.name);
	if (named?.kind === "type argument")
		return { type: named.type, environment: named.environment, sizes: [], lists: [] };
	if (named?.kind !== "type" || named.node.definition.kind !== "Alias") return undefined;
	const parameters = parameterNames(named.node);
	const inner = named.environment.inner();
	const sizes: { name: string; given: ast.Expression }[] = [];
	const lists: { name: string; given: ast.Expression }[] = [];
	for (const one of argumentsByName(parameters, type.arguments ?? [])) {
		const declared = named.node.parameters[parameters.indexOf(one.name)]?.type;
		if (declared?.kind === "NamedType" && declared.name.name === "List") {
			lists.push(one);
			continue;
		}
		const isType = /^[A-Z]$/.test(one.name) && !declared;
		const given = isType ? typeOf(one.given) : undefined;
		if (given) inner.set(one.name, { kind: "type argument", type: given, environment });
		else sizes.push(one);
	}
	return { type: named.node.definition.type, environment: inner, sizes, lists };
}

/** The names of a record's fields, in the order of its type. */
export function fieldsOf(environment: Environment, type: ast.TypeNode): readonly string[] {
	if (type.kind === "TupleType") return type.elements.flatMap((e) => (e.name ? [e.name.name] : []));
	const alias = type.kind === "NamedType" ? aliasOf(environment, type) : undefined;
	return alias ? fieldsOf(alias.environment, alias.type) : [];
}

export function parameterNames(node: ast.TypeDeclaration): string[] {
	return node.parameters.map((p) => (p.name.kind === "Identifier" ? p.name.name : ""));
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

const records = new WeakMap<ast.NamedType, ast.TupleType>();

/** `complex[n]` is `(re: real[n], im: real[n])`; other types are what they are. */
export function asRecord(type: ast.TypeNode): ast.TypeNode {
	if (type.kind !== "NamedType" || type.name.name !== "complex") return type;
	const known = records.get(type);
	if (known) return known;
	const { span } = type;
	const part: ast.NamedType = { ...type, name: { ...type.name, name: "real" } };
	const field = (name: string) => ({ name: { kind: "Identifier" as const, name, span }, type: part, span });
	const record: ast.TupleType = { kind: "TupleType", elements: [field("re"), field("im")], span };
	records.set(type, record);
	return record;
}
