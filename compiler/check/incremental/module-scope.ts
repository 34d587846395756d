import { isSeenFrom, type NameOrder } from "../../program/order.js";
import type { Location } from "../../source/diagnostic.js";
import { type Binding, type BindingRole, type ImportPlace, Scope } from "../context.js";
import type { HostOnly } from "../fits/kernel.js";
import type { DeclarationFlow } from "../flow/flow.js";
import { errorType, type Type } from "../types/types.js";
import { AnchoredPlace } from "./anchor.js";
import { currentUnit, type Looked, markCircular, type Unit, type UnitHome, type UnitOwner } from "./unit.js";

let lastIdentity = 0;

/** A name of the top level. It stays the same object while its declaration is there. */
export class TopBinding implements Binding {
	readonly id = ++lastIdentity;
	role: BindingRole = "local";
	/** Of a declaration of the prelude: every file sees it. */
	isExported = false;
	fixed = false;
	documentation: string | undefined;
	importedAt: Location | undefined;
	/** Of an import: what it stands for. */
	target: TopBinding | undefined;
	/** How its type is found, when it is asked for. */
	read: () => Type = () => errorType;
	/** How it is found what of the host level it leads to. */
	leads: (() => HostOnly | undefined) | undefined;
	/** How it is found on what its values depend. */
	flows: (() => DeclarationFlow | undefined) | undefined;
	/** The unit that computes its value; a name cannot be used while that runs. */
	value: Unit<unknown> | undefined;
	/** Whether the file names it only from its line on. */
	inOrder: NameOrder = "never";
	private place: Location;
	private knownFace: string | undefined;

	constructor(
		readonly name: string,
		readonly owner: UnitOwner,
		place: Location,
	) {
		this.place = place;
	}

	get at(): Location {
		return this.target?.at ?? this.place;
	}

	set at(place: Location) {
		this.place = place;
	}

	get type(): Type {
		return this.read();
	}

	host(): HostOnly | undefined {
		return this.target ? this.target.host() : this.leads?.();
	}

	flow(): DeclarationFlow | undefined {
		return this.target ? this.target.flow() : this.flows?.();
	}

	get uses(): number {
		return 0;
	}

	/** Who uses it is told by the units that do. */
	set uses(_: number) {
		const store = currentUnit()?.store;
		if (!store) return;
		store.used ??= new Set();
		store.used.add(this);
	}

	/** What is seen of it without asking for its type. */
	get face(): string {
		if (this.knownFace === undefined) {
			const { target, place } = this;
			const at = place instanceof AnchoredPlace ? place.key : "";
			this.knownFace = `${this.id} ${this.role} ${this.fixed} ${this.isExported} ${at} ${target ? target.face : ""}`;
		}
		return this.knownFace;
	}

	/** It is declared anew. */
	refresh(): void {
		this.knownFace = undefined;
	}
}

/** The names at the top of a file. What a declaration sees of them depends on where it stands. */
export class ModuleScope extends Scope implements Looked {
	imports: ImportPlace | undefined;
	private readonly importPlaces: Looked = { faceOf: () => `${this.imports?.isFirst}` };
	private readonly declared = new Map<string, TopBinding[]>();

	constructor(
		readonly home: UnitHome,
		readonly outer?: Scope,
	) {
		super(outer);
	}

	private namesText = "";
	private namesVersion = 0;
	private isStale = true;

	/** Forgets all names, to be given those of the next text. */
	restart(): void {
		this.isStale = true;
		this.names.clear();
		this.declared.clear();
	}

	add(binding: TopBinding): void {
		this.names.set(binding.name, binding);
		const list = this.declared.get(binding.name);
		if (list) list.push(binding);
		else this.declared.set(binding.name, [binding]);
	}

	/** What another file that imports the name gets. */
	exported(name: string): TopBinding | undefined {
		return this.declared.get(name)?.at(-1);
	}

	override find(name: string): Binding | undefined {
		return this.look(name) ?? (this.isBeingFound(name) ? undefined : this.outside(name));
	}

	/** A name whose value is being found means that one, and not what is around the file. */
	private isBeingFound(name: string): boolean {
		const unit = currentUnit();
		return !!this.declared.get(name)?.some((b) => b.value?.isUnderWay && this.isNamed(b, unit));
	}

	/** Around a file is the prelude, of which others see what it exports. */
	outside(name: string): Binding | undefined {
		if (!(this.outer instanceof ModuleScope)) return this.outer?.find(name);
		const found = this.outer.look(name);
		return found?.isExported ? found : undefined;
	}

	override hidden(name: string): Binding | undefined {
		return this.find(name);
	}

	override below(name: string): Location | undefined {
		if (this.look(name)) return undefined;
		return this.declared.get(name)?.findLast((binding) => binding.inOrder !== "never")?.at;
	}

	override importPlace(): ImportPlace | undefined {
		currentUnit()?.noteLook(this.importPlaces, undefined);
		return this.imports;
	}

	override *inside(): Iterable<Binding> {}

	override *visible(): Iterable<Binding> {
		const unit = currentUnit();
		if (unit?.home === this.home) unit.noteLook(this, undefined);
		const seen = new Set<string>();
		for (const name of this.names.keys()) {
			const declared = this.declared.get(name) ?? [];
			const binding = this.visibleOf(declared, unit);
			markUnderWay(declared);
			if (!binding) continue;
			seen.add(name);
			yield binding;
		}
		for (const binding of this.parent?.visible() ?? []) {
			const isOwn = binding instanceof TopBinding && !binding.isExported;
			if (!seen.has(binding.name) && !isOwn) yield binding;
		}
	}

	/** Tells what all names are, as they are seen from a unit. */
	private allNames(unit: Unit<unknown>): string {
		if (this.isStale) {
			this.isStale = false;
			const text = [...this.declared.values()]
				.flatMap((list) => list.map(({ face, owner }) => `${face} ${owner.index}`))
				.join("|");
			if (text !== this.namesText) this.namesVersion++;
			this.namesText = text;
		}
		return `${this.namesVersion} ${unit.owner?.index} ${unit.owner?.isData}`;
	}

	private look(name: string): TopBinding | undefined {
		const unit = currentUnit();
		if (unit?.home === this.home) unit.noteLook(this, name);
		const declared = this.declared.get(name);
		if (!declared) return undefined;
		const found = this.visibleOf(declared, unit);
		markUnderWay(declared);
		return found;
	}

	faceOf(name: string | undefined, unit: Unit<unknown>): string {
		if (name === undefined) return this.allNames(unit);
		const declared = this.declared.get(name);
		if (!declared) return "";
		const found = this.visibleOf(declared, unit);
		if (found) return found.face;
		const below = declared.at(-1);
		return below ? `below ${below.face}` : "";
	}

	/** Of several declarations of one name: the last one that holds there. */
	private visibleOf(
		declared: readonly TopBinding[],
		unit: Unit<unknown> | undefined,
	): TopBinding | undefined {
		const [only] = declared;
		if (declared.length === 1) return only && this.isVisible(only, unit) ? only : undefined;
		const visible = declared.filter((binding) => this.isVisible(binding, unit));
		return visible.findLast((binding) => binding.inOrder === "always") ?? visible.at(-1);
	}

	/** While its value is being found, a name cannot be used. */
	private isVisible(binding: TopBinding, unit: Unit<unknown> | undefined): boolean {
		if (!this.isNamed(binding, unit)) return false;
		const isOwn = unit?.owner?.scope === this;
		return !(isOwn && binding.inOrder !== "never" && binding.value?.isUnderWay);
	}

	/** Whether the file names it there. */
	private isNamed(binding: TopBinding, unit: Unit<unknown> | undefined): boolean {
		const owner = unit?.owner;
		if (!owner || owner.scope !== this) return true;
		if (binding.inOrder === "never") return true;
		// The files of the prelude share their names: what stands in another one stands before.
		const isApart = binding.owner.anchor.file !== owner.anchor.file;
		return isApart || isSeenFrom(owner, { index: binding.owner.index, order: binding.inOrder });
	}
}

/** What does not see a name because its value is being found depends on from where it is asked. */
function markUnderWay(declared: readonly TopBinding[]): void {
	if (!currentUnit()) return;
	for (const { value } of declared) if (value?.isRunning) markCircular(value);
}

/** The scope of a statement of the top level: what it declares is taken up by the scope of the file. */
export class StatementScope extends Scope {
	constructor(private readonly file: ModuleScope) {
		super(file);
	}

	override hidden(name: string): Binding | undefined {
		return this.file.outside(name);
	}
}
