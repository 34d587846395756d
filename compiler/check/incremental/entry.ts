import type * as ast from "../../../grammar/ast.js";
import type { Span } from "../../../grammar/span.js";
import { noFacts } from "../../dims/dim.js";
import type { ModuleName } from "../../program/module.js";
import { isDataDeclaration } from "../../program/order.js";
import type { BindingRole, Context, Session } from "../context.js";
import { orOverflow } from "../expressions/arithmetic.js";
import type { Type } from "../types/types.js";
import { Anchor } from "./anchor.js";
import { orSpent, reportDeep } from "./budget.js";
import { identityOf, markSymbol } from "./fingerprint.js";
import { type ModuleScope, StatementScope, TopBinding } from "./module-scope.js";
import { currentUnit, Unit, type UnitHome, type UnitOwner, type Work } from "./unit.js";

/** What a top-level name is, beside its type. */
export interface Naming {
	readonly role: BindingRole;
	readonly type: () => Type;
	readonly fixed?: boolean;
	readonly inOrder?: TopBinding["inOrder"];
	readonly host?: TopBinding["leads"];
	readonly flow?: TopBinding["flows"];
	readonly value?: Unit<unknown>;
	readonly imported?: { readonly at: ast.Identifier; readonly target: TopBinding | undefined };
}

/**
 * A declaration of a file from one text to the next: its names, its units of checking, the identity of its symbols.
 * A declaration of the same kind and name goes on where the one before it left off.
 */
export class Entry implements UnitOwner {
	index = 0;
	/** Its names and units stand. */
	isDeclared = false;
	readonly anchor: Anchor;
	readonly names: TopBinding[] = [];
	item: ast.Item;
	private readonly bindings = new Map<string, TopBinding>();
	private readonly known = new Map<string, Unit<unknown>>();
	private touched = new Set<Unit<unknown> | TopBinding>();
	private readonly symbols = new Map<string, SymbolCell<object>>();

	constructor(
		readonly home: UnitHome,
		readonly session: Session,
		readonly module: ModuleName,
		readonly scope: ModuleScope,
		slice: ast.Slice,
		item: ast.Item,
	) {
		this.item = item;
		this.anchor = new Anchor(module.path, slice);
	}

	get units(): readonly Unit<unknown>[] {
		return [...this.known.values()];
	}

	get isData(): boolean {
		return isDataDeclaration(this.item.declaration);
	}

	/** Takes up the declaration as it is now. */
	update(item: ast.Item, declare: (entry: Entry) => void): void {
		this.item = item;
		this.touched = new Set();
		this.names.length = 0;
		this.isDeclared = true;
		declare(this);
		for (const [key, unit] of this.known) {
			if (this.touched.has(unit)) continue;
			unit.end();
			this.known.delete(key);
		}
		for (const [key, binding] of this.bindings) if (!this.touched.has(binding)) this.bindings.delete(key);
	}

	end(): void {
		for (const unit of this.known.values()) unit.end();
	}

	/** The context of the declaration: where a statement declares names, they are kept apart. */
	context(scope?: StatementScope): Context {
		return {
			session: this.session,
			module: this.module,
			anchor: this.anchor,
			scope: scope ?? this.scope,
			facts: noFacts,
			assumed: new Set(),
			stage: "host",
			trail: [],
		};
	}

	statementScope(): StatementScope {
		return new StatementScope(this.scope);
	}

	name(node: ast.Identifier | ast.NamePattern, naming: Naming, key = node.name): TopBinding {
		const at = this.anchor.place(node.span);
		let binding = this.bindings.get(key);
		if (!binding || binding.name !== node.name) {
			binding = new TopBinding(node.name, this, at);
			this.bindings.set(key, binding);
		}
		binding.refresh();
		binding.at = at;
		binding.role = naming.role;
		binding.isExported = this.item.exported;
		binding.read = naming.type;
		binding.leads = naming.host;
		binding.flows = naming.flow;
		binding.fixed = naming.fixed ?? naming.imported?.target?.fixed ?? false;
		binding.inOrder = naming.inOrder ?? "never";
		binding.value = naming.value;
		binding.target = naming.imported?.target;
		binding.importedAt = naming.imported && this.anchor.place(naming.imported.at.span);
		binding.documentation = naming.imported
			? naming.imported.target?.documentation
			: this.item.documentation || undefined;
		this.touched.add(binding);
		this.names.push(binding);
		return binding;
	}

	/** A unit of the declaration, by a key; sizes that are too large are told at the whole declaration. */
	unit<T>(key: string, work: Work<T>): Unit<T> {
		const guarded: Work<T> = {
			...work,
			tooDeep: () => reportDeep(this.context(), this.headNode()),
			compute: () => {
				const context = this.context();
				const compute = () => ({ value: work.compute() });
				const made = orOverflow<{ readonly value: T } | undefined>(
					context,
					this.item,
					() => orSpent(context, this.headNode(), compute, () => undefined),
					undefined,
				);
				return made ? made.value : work.cycle();
			},
		};
		const before = this.known.get(key) as Unit<T> | undefined;
		const unit = before ?? new Unit<T>(this.home, this, guarded);
		if (before) before.renew(guarded);
		else this.known.set(key, unit as Unit<unknown>);
		this.touched.add(unit as Unit<unknown>);
		return unit;
	}

	/**
	 * A symbol that stays the same while the declaration is there; what it holds is `made` anew when it is checked
	 * again. Who reads what the unit fills in depends on that unit.
	 */
	symbol<S extends object>(
		key: string,
		plain: ReadonlySet<PropertyKey>,
		unit: () => Unit<unknown>,
	): SymbolCell<S> {
		const before = this.symbols.get(key) as SymbolCell<S> | undefined;
		if (before) return before;
		const cell = new SymbolCell<S>(plain, unit);
		this.symbols.set(key, cell as SymbolCell<object>);
		return cell;
	}

	/** Where something is told of the whole declaration. */
	private headNode(): { readonly span: Span } {
		const { declaration } = this.item;
		if (declaration.kind === "Let") return declaration.value;
		return "name" in declaration && declaration.name ? declaration.name : declaration;
	}

	/** Tells a text of the declaration from every other one. */
	get edition(): number {
		return identityOf(this.item);
	}
}

/** A symbol, and what it holds now. */
class SymbolCell<S extends object> {
	readonly shell: S;
	held: S | undefined;

	constructor(plain: ReadonlySet<PropertyKey>, unit: () => Unit<unknown>) {
		const now = (property: PropertyKey): object => {
			if (!plain.has(property)) {
				const filling = unit();
				if (currentUnit() !== filling) filling.demand();
			}
			return this.held ?? {};
		};
		this.shell = new Proxy({} as S, {
			get: (_, property): unknown => Reflect.get(now(property), property),
			has: (_, property) => Reflect.has(now(property), property),
			set: (_, property, value) => Reflect.set(this.held ?? {}, property, value),
		});
		markSymbol(this.shell);
	}

	/** What others see of it beside its name and place. */
	seen(plain: ReadonlySet<PropertyKey>): unknown {
		return Object.entries(this.held ?? {}).filter(([property]) => !plain.has(property));
	}
}
