import type * as ast from "../../../grammar/ast.js";
import { atOnce, type Steps } from "../../../grammar/steps.js";
import type { Program } from "../../program/load.js";
import type { Module, ProgramHost } from "../../program/module.js";
import type { Diagnostic, Location } from "../../source/diagnostic.js";
import { type Knowledge, type NodeTable, report, reportKey, type Scope, type Session } from "../context.js";
import { cyclesOf, endlessCalls } from "../expressions/endless.js";
import { groupsOf, joinUses, recursions } from "../expressions/recursion.js";
import { ask, Findings, newSession } from "../session.js";
import { AnchoredPlace } from "./anchor.js";
import { withoutConsequences } from "./consequences.js";
import { FileCheck } from "./file-check.js";
import { type ImportedFile, precisionIn } from "./imports.js";
import { ModuleScope } from "./module-scope.js";
import { orderUnits } from "./order.js";
import {
	type Found,
	foundOf,
	type NodeKind,
	type Question,
	type Store,
	tablesOf,
	type Unit,
	type UnitHome,
} from "./unit.js";

/** What is kept of the checking of some files. */
class Memory implements UnitHome {
	revision = 0;
	checking = false;
	host: ProgramHost;
	/** What `real` is in models and fits; of the library each program decides. */
	precision: "f32" | "f64" | undefined;
	readonly findings = new Findings();
	readonly files = new Map<string, FileCheck>();
	protected readonly session: Session;

	constructor(host: ProgramHost) {
		this.host = host;
		this.session = newSession(this, this.findings);
	}

	ask(question: Question): string {
		return ask(this.host, question);
	}

	keep(store: Store): void {
		this.findings.keep(store);
	}

	forget(store: Store): void {
		this.findings.forget(store);
	}

	protected begin(): void {
		this.revision++;
		this.checking = true;
	}
}

/** The standard library: checked once, for all programs of the process. */
class Library extends Memory {
	readonly prelude = new ModuleScope(this);
	private readonly trees = new Map<string, ast.SyntaxTree>();

	/** Is this the library that was checked, as far as the program has it? */
	agrees(program: Program): boolean {
		return program.modules.every(({ module }) => {
			const known = this.trees.get(module.path);
			return !module.library || known === undefined || known === module.tree;
		});
	}

	/** A whole file at a step: another program may ask for it before the next. */
	*check(program: Program): Steps<void> {
		for (const { module, prelude } of program.modules) {
			if (!module.library || this.trees.has(module.path)) continue;
			this.trees.set(module.path, module.tree);
			const scope = prelude ? this.prelude : new ModuleScope(this, this.prelude);
			const file = new FileCheck(this, this.session, scope);
			this.files.set(module.path, file);
			this.begin();
			try {
				atOnce(file.update(module, (node) => this.imported(program.imports.get(node)), !prelude));
				for (const unit of file.units) unit.settle();
				file.finish(module, usedBy(file.units), () => {});
			} finally {
				this.checking = false;
			}
			yield;
		}
	}

	imported(module: Module | undefined): ImportedFile | undefined {
		const file = module && this.files.get(module.path);
		return module && file && { module, scope: file.scope };
	}
}

let library: Library | undefined;

/** What is kept of a program from one text to the next: each declaration is checked again when it has to be. */
export class CheckMemory extends Memory {
	private library: Library | undefined;
	private overlay: Found = {};

	/** `declared` is told the problems that are known when all names are. */
	*check(
		program: Program,
		host: ProgramHost,
		declared: (problems: readonly Diagnostic[]) => void,
	): Steps<readonly Diagnostic[]> {
		this.host = host;
		if (!library?.agrees(program)) library = new Library(host);
		library.host = host;
		yield* library.check(program);
		const precision = precisionIn(program.root.tree.slices) === "f64" ? "f64" : "f32";
		if (this.library !== library || this.precision !== precision) this.restart(library);
		this.precision = precision;
		const own = program.modules.filter(({ module }) => !module.library).map(({ module }) => module);
		this.begin();
		try {
			yield* this.checkFiles(program, own, declared);
		} finally {
			this.checking = false;
		}
		const told = [
			...program.modules.flatMap(
				({ module }) => (module.library ? library?.files : this.files)?.get(module.path) ?? [],
			),
		].flatMap((file) => file.told);
		const all = [...program.diagnostics, ...told.flatMap((unit) => unit.store.diagnostics).map(resolved)];
		return sorted(withoutConsequences(all, own));
	}

	private restart(from: Library): void {
		for (const file of this.files.values()) file.drop();
		this.files.clear();
		this.library = from;
	}

	/** Checks a declaration now. */
	settle(module: Module, item: ast.Item): void {
		for (const unit of this.files.get(module.path)?.unitsOf(item) ?? []) unit.settle();
	}

	private *checkFiles(
		program: Program,
		modules: readonly Module[],
		declared: (problems: readonly Diagnostic[]) => void,
	): Steps<void> {
		const paths = new Set(modules.map((module) => module.path));
		for (const [path, file] of this.files) {
			if (paths.has(path)) continue;
			file.drop();
			this.files.delete(path);
		}
		for (const module of modules) {
			let file = this.files.get(module.path);
			if (!file) {
				file = new FileCheck(this, this.session, new ModuleScope(this, this.library?.prelude));
				this.files.set(module.path, file);
			}
			yield* file.update(module, (node) => this.imported(program.imports.get(node)));
			yield;
		}
		const files = modules.flatMap((module) => this.files.get(module.path) ?? []);
		const units = files.flatMap((file) => file.units);
		orderUnits(units);
		this.overlay = {};
		const surface = files.flatMap((file) => file.surfaceProblems);
		declared(sorted([...program.diagnostics, ...surface.map(resolved)]));
		for (const unit of units) {
			unit.settle();
			yield;
		}
		const used = usedBy(units);
		const uses = joinUses(units.flatMap((unit) => unit.store.uses ?? []));
		const groups = groupsOf(uses);
		const found = recursions(uses, groups);
		const functions = () => new Map(files.flatMap((file) => file.functions));
		found.push(...endlessCalls(cyclesOf(uses, groups), functions, this.knowledge));
		for (const module of modules) {
			const own = found.filter(({ at }) => at.file === module.path);
			this.files.get(module.path)?.finish(module, used, (context) => {
				for (const problem of own) report(context, problem);
			});
		}
		this.overlay = overlayOf(units);
	}

	private imported(module: Module | undefined): ImportedFile | undefined {
		if (module?.library) return this.library?.imported(module);
		const file = module && this.files.get(module.path);
		return module && file && { module, scope: file.scope };
	}

	scope(module: Module): Scope | undefined {
		const file = (module.library ? this.library : this)?.files.get(module.path);
		return file?.scope;
	}

	/** What is known now of the nodes of the program. */
	get knowledge(): Knowledge {
		const table = <Value>(kind: NodeKind): NodeTable<Value> => ({
			get: (node) => {
				const value =
					this.overlay[kind]?.get(node) ??
					this.findings.get(kind, node) ??
					this.library?.findings.get(kind, node);
				return value as Value | undefined;
			},
			set: () => {},
		});
		const knowledge: Knowledge = {
			types: table("types"),
			definitions: table("definitions"),
			scopes: table("scopes"),
			get foreign() {
				return knowledge;
			},
		};
		return knowledge;
	}
}

function usedBy(units: readonly Unit<unknown>[]): Set<object> {
	const used = new Set<object>();
	for (const { store } of units) for (const name of store.used ?? []) used.add(name);
	return used;
}

/** Of several declarations that found something about a node of another, the last one is shown. */
function overlayOf(units: readonly Unit<unknown>[]): Found {
	const overlay: Found = {};
	for (const { store } of units)
		for (const [kind, found] of tablesOf(store.foreign ?? {})) {
			const all = foundOf(overlay, kind);
			for (const [node, value] of found) all.set(node, value);
		}
	return overlay;
}

/** Places as they are now, as plain data. */
function resolved(diagnostic: Diagnostic): Diagnostic {
	return {
		...diagnostic,
		at: place(diagnostic.at),
		related: diagnostic.related.map((r) => ({ ...r, at: place(r.at) })),
		fixes: diagnostic.fixes.map((fix) => ({
			...fix,
			edits: fix.edits.map((edit) => ({ ...edit, at: place(edit.at) })),
		})),
	};
}

function place(at: Location): Location {
	return at instanceof AnchoredPlace ? at.resolved : at;
}

/** By place; what two declarations say of one place is told once. */
function sorted(diagnostics: readonly Diagnostic[]): Diagnostic[] {
	const first = new Map<string, Diagnostic>();
	for (const one of diagnostics) if (!first.has(reportKey(one))) first.set(reportKey(one), one);
	return [...first.values()].sort((a, b) =>
		a.at.file < b.at.file ? -1 : a.at.file > b.at.file ? 1 : a.at.start - b.at.start,
	);
}
