import type * as ast from "../../../grammar/ast.js";
import type { Steps } from "../../../grammar/steps.js";
import { noFacts } from "../../dims/dim.js";
import type { Module } from "../../program/module.js";
import type { Diagnostic } from "../../source/diagnostic.js";
import { type Context, declarationKey, type ImportPlace, locate, report, type Session } from "../context.js";
import type { DeclaredFunction } from "../expressions/endless.js";
import { divisionsIn, warnOfComments } from "../warnings/comments.js";
import { Anchor } from "./anchor.js";
import { declareItem } from "./declare-item.js";
import { Entry } from "./entry.js";
import { declareImport, type ImportedFile, warnHiding, warnTwice, warnUnused } from "./imports.js";
import type { ModuleScope, TopBinding } from "./module-scope.js";
import { Unit, type UnitHome } from "./unit.js";

/** What a file begins with. */
const leading: ReadonlySet<string> = new Set(["Edition", "Precision", "Import"]);

/** What is kept of a file from one text to the next. */
export class FileCheck {
	private entries: Entry[] = [];
	private byItem = new Map<ast.Item, Entry>();
	/** What is looked at anew with each text: problems of its syntax, its names. */
	private readonly surface: Unit<undefined>;
	private readonly end: Unit<undefined>;
	/** Names of imports that stand for what is imported already. */
	private readonly twice = new Set<TopBinding>();
	private beginning: Anchor | undefined;
	private look: () => void = () => {};
	private conclude: () => void = () => {};

	constructor(
		private readonly home: UnitHome,
		private readonly session: Session,
		readonly scope: ModuleScope,
	) {
		const always = (work: () => void): Unit<undefined> =>
			new Unit(home, undefined, {
				compute: () => {
					work();
					return undefined;
				},
				cycle: () => undefined,
			});
		this.surface = always(() => this.look());
		this.end = always(() => this.conclude());
	}

	/** Takes up a text: declares its names. */
	*update(
		module: Module,
		imported: (node: ast.Import) => ImportedFile | undefined,
		ownScope = true,
	): Steps<void> {
		yield* this.pair(module);
		if (ownScope) this.scope.restart();
		this.look = () => this.readSurface(module, imported);
		this.surface.run();
	}

	/** The functions of the file, by the keys of their declarations. */
	get functions(): (readonly [string, DeclaredFunction])[] {
		return this.entries.flatMap(({ item, names, anchor }) => {
			const { declaration } = item;
			const [name] = names;
			if (declaration.kind !== "Function" || !name) return [];
			return [[declarationKey(name.at), { node: declaration, place: (span) => anchor.place(span) }] as const];
		});
	}

	/** Finds the declarations that go on: those whose text stays, then those of the same kind and name. */
	private *pair(module: Module): Steps<void> {
		const before = this.byItem;
		const items = module.tree.slices.flatMap((slice) => slice.items.map((item) => ({ slice, item })));
		const free = new Map<string, Entry[]>();
		// By what they were in the text that was checked last: a check that was left may have given them other items.
		const stay = new Set(items.map(({ item }) => before.get(item)));
		for (const entry of this.entries) {
			if (stay.has(entry)) continue;
			const key = keyOf(entry.item);
			free.set(key, [...(free.get(key) ?? []), entry]);
		}
		const byItem = new Map<ast.Item, Entry>();
		const entries: Entry[] = [];
		for (const [index, { slice, item }] of items.entries()) {
			const entry =
				before.get(item) ??
				free.get(keyOf(item))?.shift() ??
				new Entry(this.home, this.session, module, this.scope, slice, item);
			byItem.set(item, entry);
			entries.push(entry);
			entry.index = index;
			entry.anchor.moveTo(slice, originOf(item));
			// What an import names is looked up with each text.
			if (item.declaration.kind === "Import") entry.item = item;
			else if (entry.item !== item || !entry.isDeclared) entry.update(item, declareItem);
			yield;
		}
		// Where the check is left before, the entries are still those of the text before.
		this.byItem = byItem;
		this.entries = entries;
		for (const list of free.values()) for (const entry of list) entry.end();
	}

	private readSurface(module: Module, imported: (node: ast.Import) => ImportedFile | undefined): void {
		for (const slice of module.tree.slices) this.reportProblems(module, slice);
		this.scope.imports = this.importPlace(module);
		this.twice.clear();
		const first = new Map<string, TopBinding>();
		for (const entry of this.entries) {
			const { declaration } = entry.item;
			if (declaration.kind === "Import")
				entry.update(entry.item, () => declareImport(entry, declaration, imported(declaration), module.tree));
			for (const name of entry.names) {
				const before = first.get(name.name);
				if (before && name.target && before.target === name.target) {
					if (before !== name) this.twice.add(name);
					warnTwice(entry, name, before);
					continue;
				}
				if (declaration.kind === "Import" && !module.library) warnHiding(entry, name);
				if (before)
					report(entry.context(), {
						code: "E0207",
						at: name.importedAt ?? name.at,
						message: `\`${name.name}\` is declared twice`,
						related: [{ at: before.importedAt ?? before.at, label: "first declared here" }],
					});
				first.set(name.name, name);
			}
		}
		// What holds everywhere, then what holds from its line on.
		const names = new Set(
			this.entries.flatMap((entry) => entry.names).filter((name) => !this.twice.has(name)),
		);
		for (const name of names) if (name.inOrder !== "always") this.scope.add(name);
		for (const name of names) if (name.inOrder === "always") this.scope.add(name);
	}

	/** At the beginning of the file, after the imports that are there; the place stays the same object, and moves along. */
	private importPlace({ path, tree }: Module): ImportPlace | undefined {
		let [slice] = tree.slices;
		if (!slice) return undefined;
		let end: number | undefined;
		for (const next of tree.slices) {
			const before = next.items.findLast((item) => leading.has(item.declaration.kind));
			if (before) [slice, end] = [next, before.declaration.span.end];
			if (next.items.some((item) => !leading.has(item.declaration.kind))) break;
		}
		this.beginning ??= new Anchor(path, slice);
		this.beginning.moveTo(slice, end ?? 0);
		const start = this.beginning.resolve(0) - slice.offset;
		return { at: this.beginning.place({ start, end: start }), isFirst: end === undefined };
	}

	private reportProblems(module: Module, slice: ast.Slice): void {
		if (slice.problems.length === 0 && (module.library || divisionsIn(slice).length === 0)) return;
		const context: Context = {
			session: this.session,
			module,
			anchor: new Anchor(module.path, slice),
			scope: this.scope,
			facts: noFacts,
			assumed: new Set(),
			stage: "host",
			trail: [],
		};
		if (!module.library) warnOfComments(context, slice);
		for (const problem of slice.problems) {
			report(context, {
				code: problem.code,
				at: locate(context, problem),
				message: problem.message,
				...(problem.hint !== undefined && { hint: problem.hint }),
				related: problem.related
					? [{ at: locate(context, problem.related), label: problem.related.label }]
					: [],
			});
		}
	}

	/** All units, in the order of the text. */
	get units(): readonly Unit<unknown>[] {
		return this.entries.flatMap((entry) => entry.units);
	}

	/** The units of a declaration; none where the text has gone on without it. */
	unitsOf(item: ast.Item): readonly Unit<unknown>[] {
		return this.byItem.get(item)?.units ?? [];
	}

	/** What can be told of the text before any declaration is checked. */
	get surfaceProblems(): readonly Diagnostic[] {
		return this.surface.store.diagnostics;
	}

	/** What can be told when all is checked. */
	finish(module: Module, used: ReadonlySet<object>, more: (context: Context) => void): void {
		this.conclude = () => {
			const [first] = this.entries;
			if (first) more(first.context());
			if (module.tree.slices.some((slice) => slice.problems.length > 0)) return;
			for (const entry of this.entries) {
				if (entry.item.declaration.kind !== "Import") continue;
				for (const name of entry.names) if (!used.has(name) && !this.twice.has(name)) warnUnused(entry, name);
			}
		};
		this.end.run();
	}

	/** All that has diagnostics, in order. */
	get told(): readonly Unit<unknown>[] {
		return [this.surface as Unit<unknown>, ...this.units, this.end as Unit<unknown>];
	}

	drop(): void {
		for (const entry of this.entries) entry.end();
		this.surface.end();
		this.end.end();
	}
}

/** What a declaration is recognised by when its text changed. */
function keyOf({ declaration }: ast.Item): string {
	if (declaration.kind === "Let") return `Let ${patternKey(declaration.pattern)}`;
	const name = "name" in declaration && declaration.name?.kind === "Identifier" ? declaration.name.name : "";
	return `${declaration.kind} ${name}`;
}

function patternKey(pattern: ast.Pattern): string {
	if (pattern.kind === "NamePattern") return pattern.name;
	return pattern.kind === "TuplePattern" ? `(${pattern.elements.map(patternKey).join(",")})` : pattern.kind;
}

/** Where the name of a declaration stands in its slice. */
function originOf({ declaration }: ast.Item): number {
	if (declaration.kind === "Let") return declaration.pattern.span.start;
	return "name" in declaration && declaration.name?.kind === "Identifier"
		? declaration.name.span.start
		: declaration.span.start;
}
