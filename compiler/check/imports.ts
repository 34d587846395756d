import type * as ast from "../../grammar/ast.js";
import type { Module } from "../program/module.js";
import { nearest } from "../source/near.js";
import { type Context, locate, report } from "./context.js";
import type { Entry } from "./entry.js";
import { ModuleScope, type TopBinding } from "./module-scope.js";
import { errorType } from "./types.js";

/** What an import names: of a file that is part of the program, or of none. */
export interface ImportedFile {
	readonly module: Module;
	readonly scope: ModuleScope;
}

export function declareImport(entry: Entry, node: ast.Import, from: ImportedFile | undefined): void {
	const context = entry.context();
	const exported = from ? exportedNames(from.module) : new Set<string>();
	for (const { name, alias } of node.names) {
		const own = alias ?? name;
		const target = exported.has(name.name)
			? from?.scope.exported(name.name)
			: from && ofPrelude(context, name, alias, from);
		if (from && !target) reportMissing(context, name, from, exported);
		if (target) context.session.knowledge.definitions.set(name, target);
		entry.name(own, {
			role: "import",
			type: () => target?.type ?? errorType,
			imported: { at: own, target },
		});
	}
}

/** A name of the prelude is there without an import; from a library it may be imported too. */
function ofPrelude(
	context: Context,
	name: ast.Identifier,
	alias: ast.Identifier | undefined,
	{ module, scope }: ImportedFile,
): TopBinding | undefined {
	const { outer } = scope;
	const isOwn = scope.exported(name.name) !== undefined;
	const target =
		module.library && !isOwn && outer instanceof ModuleScope ? outer.exported(name.name) : undefined;
	if (target && !alias)
		report(context, {
			code: "E0217",
			severity: "warning",
			at: locate(context, name),
			message: `\`${name.name}\` needs no import`,
		});
	return target;
}

function reportMissing(
	context: Context,
	name: ast.Identifier,
	{ module, scope }: ImportedFile,
	exported: ReadonlySet<string>,
): void {
	const near = nearest(name.name, [...exported]);
	const hidden = scope.exported(name.name) !== undefined;
	const names = [...exported].map((n) => `\`${n}\``).join(", ");
	report(context, {
		code: "E0210",
		at: locate(context, name),
		message: hidden
			? `\`${name.name}\` is not exported by ${module.path}`
			: `${module.path} has no \`${name.name}\``,
		hint:
			near.length > 0
				? `did you mean \`${near[0]}\`?`
				: hidden
					? `write \`export\` before its declaration`
					: exported.size === 0
						? "it exports nothing"
						: `it exports ${names}`,
	});
}

const namesOfTrees = new WeakMap<ast.SyntaxTree, Set<string>>();

function exportedNames({ tree }: Module): Set<string> {
	const known = namesOfTrees.get(tree);
	if (known) return known;
	const names = new Set<string>();
	for (const slice of tree.slices) {
		for (const { exported, declaration } of slice.items) {
			if (!exported) continue;
			if ("name" in declaration && declaration.name?.kind === "Identifier") names.add(declaration.name.name);
			if (declaration.kind === "Type" && declaration.definition.kind === "Variants")
				for (const variant of declaration.definition.variants) names.add(variant.name.name);
			if (declaration.kind === "Let" && declaration.pattern.kind === "NamePattern")
				names.add(declaration.pattern.name);
		}
	}
	namesOfTrees.set(tree, names);
	return names;
}

export function warnUnused(context: Context, name: TopBinding): void {
	if (!name.target || !name.importedAt) return;
	report(context, {
		code: "E0211",
		severity: "warning",
		at: name.importedAt,
		message: `\`${name.name}\` is imported and not used`,
	});
}
