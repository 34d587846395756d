import type * as ast from "../../../grammar/ast.js";
import type { Span } from "../../../grammar/span.js";
import type { Module } from "../../program/module.js";
import type { Fix } from "../../source/diagnostic.js";
import { nearest } from "../../source/near.js";
import { type Context, locate, report } from "../context.js";
import { foreignHint } from "../expressions/foreign-names.js";
import { meant } from "../hint.js";
import { errorType } from "../types/types.js";
import { reportNameless } from "./declare-item.js";
import type { Entry } from "./entry.js";
import { ModuleScope, type TopBinding } from "./module-scope.js";

/** What an import names: of a file that is part of the program, or of none. */
export interface ImportedFile {
	readonly module: Module;
	readonly scope: ModuleScope;
}

export function declareImport(
	entry: Entry,
	node: ast.Import,
	from: ImportedFile | undefined,
	own: ast.SyntaxTree,
): void {
	const context = entry.context();
	const exported = from ? exportedNames(from.module) : new Set<string>();
	if (entry.item.exported)
		reportNameless(entry, context, "what is imported here is exported by its own file");
	if (from) warnOfPrecision(entry, context, node, from.module, own);
	if (from && node.names.length === 0) warnNameless(entry, context, node, from.module);
	for (const { name, alias } of node.names) {
		const local = alias ?? name;
		// An import that failed, as one of the file itself does, declares nothing beside what is declared here.
		if (!from && declaredNames(own).has(local.name)) continue;
		const target = exported.has(name.name)
			? from?.scope.exported(name.name)
			: from && ofPrelude(context, name, alias, from);
		if (from && !target) reportMissing(context, name, from, exported);
		if (target) context.session.knowledge.definitions.set(name, target);
		entry.name(local, {
			role: "import",
			type: () => target?.type ?? errorType,
			imported: { at: local, target },
		});
	}
}

/** The precision is that of the root file: what an imported one says of it has no effect. */
function warnOfPrecision(
	entry: Entry,
	context: Context,
	node: ast.Import,
	{ tree, path }: Module,
	own: ast.SyntaxTree,
): void {
	const format = precisionIn(tree.slices);
	if (format === undefined || format === (precisionIn(own.slices) ?? "f32")) return;
	report(context, {
		code: "E0209",
		severity: "warning",
		at: entry.anchor.place(node.source.span),
		message: `${path} says \`precision ${format}\`, and this file does not: the file that is run decides`,
		hint: `write \`precision ${format}\` here, too; or name \`${format}\` there where it is the point`,
	});
}

export function precisionIn(slices: readonly ast.Slice[]): string | undefined {
	for (const { items } of slices)
		for (const { declaration } of items)
			if (declaration.kind === "Precision" && declaration.format.kind === "Identifier")
				return declaration.format.name;
	return undefined;
}

/** An import names what it brings: `import std.nn` alone brings nothing. */
function warnNameless(entry: Entry, context: Context, node: ast.Import, { path }: Module): void {
	const file = path.startsWith("std.") ? path : JSON.stringify(path);
	report(context, {
		code: "E0211",
		severity: "warning",
		at: entry.anchor.place(node.span),
		message: "this imports no name",
		hint: `name what is used: \`import ${file} { .. }\``,
		fixes: [
			{ title: "Leave it out", edits: [{ at: entry.anchor.place(wholeLine(entry)), replacement: "" }] },
		],
	});
}

function wholeLine(entry: Entry): Span {
	const { start, end } = entry.item.span;
	const newline = entry.anchor.text({ start: end, end: end + 1 }) === "\n";
	return { start, end: newline ? end + 1 : end };
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
	const foreign = module.library ? foreignHint(context, name.name) : undefined;
	const hidden = scope.exported(name.name) !== undefined;
	const names = [...exported].map((n) => `\`${n}\``).join(", ");
	report(context, {
		code: "E0210",
		at: locate(context, name),
		message: hidden
			? `\`${name.name}\` is not exported by ${module.path}`
			: `${module.path} has no \`${name.name}\``,
		hint:
			foreign ??
			(near.length > 0
				? meant(near.slice(0, 1))
				: hidden
					? `write \`export\` before its declaration`
					: exported.size === 0
						? "it exports nothing"
						: `it exports ${names}`),
	});
}

const namesOfTrees = new WeakMap<ast.SyntaxTree, Set<string>>();

function exportedNames({ tree }: Module): Set<string> {
	const known = namesOfTrees.get(tree);
	if (known) return known;
	const names = declaredNames(tree, true);
	namesOfTrees.set(tree, names);
	return names;
}

function declaredNames(tree: ast.SyntaxTree, isExported = false): Set<string> {
	const names = new Set<string>();
	for (const slice of tree.slices) {
		for (const { exported, declaration } of slice.items) {
			if (isExported && !exported) continue;
			if ("name" in declaration && declaration.name?.kind === "Identifier") names.add(declaration.name.name);
			if (declaration.kind === "Type" && declaration.definition.kind === "Variants")
				for (const variant of declaration.definition.variants) names.add(variant.name.name);
			if (declaration.kind === "Let") for (const name of namesIn(declaration.pattern)) names.add(name);
		}
	}
	return names;
}

function namesIn(pattern: ast.Pattern): readonly string[] {
	if (pattern.kind === "NamePattern") return [pattern.name];
	return pattern.kind === "TuplePattern" ? pattern.elements.flatMap(namesIn) : [];
}

export function warnUnused(entry: Entry, name: TopBinding): void {
	// Of a name that needs no import that is told.
	if (!name.target || !name.importedAt || entry.scope.outer?.find(name.name) === name.target) return;
	report(entry.context(), {
		code: "E0211",
		severity: "warning",
		at: name.importedAt,
		message: `\`${name.name}\` is imported and not used`,
		fixes: removal(entry, name),
	});
}

export function warnTwice(entry: Entry, name: TopBinding, first: TopBinding): void {
	report(entry.context(), {
		code: "E0218",
		severity: "warning",
		at: name.importedAt ?? name.at,
		message: `\`${name.name}\` is imported twice`,
		related:
			first.importedAt && first !== name ? [{ at: first.importedAt, label: "first imported here" }] : [],
		fixes: removal(entry, name),
	});
}

/** A name of the prelude would mean something else from here on; a library may have its own by intention. */
export function warnHiding(entry: Entry, name: TopBinding): void {
	const hidden = entry.scope.outer?.find(name.name);
	if (!name.target || !name.importedAt || !hidden || hidden === name.target) return;
	if (name.at.file.startsWith("std.")) return;
	report(entry.context(), {
		code: "E0219",
		severity: "warning",
		at: name.importedAt,
		message: `this hides the \`${name.name}\` that every file has`,
		hint: `import it under another name: \`${name.target.name} as ..\``,
	});
}

/** Takes a name out of its import, and the import away with the last one. */
function removal(entry: Entry, name: TopBinding): Fix[] {
	const node = entry.item.declaration;
	if (node.kind !== "Import") return [];
	const spans = node.names.map((n) => ({ start: n.name.span.start, end: (n.alias ?? n.name).span.end }));
	const at = node.names.findLastIndex((n) => (n.alias ?? n.name).name === name.name);
	const own = spans[at];
	const [before, after] = [spans[at - 1], spans[at + 1]];
	if (!own) return [];
	let span: Span = own;
	if (before) span = { start: before.end, end: own.end };
	else if (after) span = { start: own.start, end: after.start };
	else span = wholeLine(entry);
	return [
		{
			title: `Do not import \`${name.name}\``,
			edits: [{ at: entry.anchor.place(span), replacement: "" }],
		},
	];
}
