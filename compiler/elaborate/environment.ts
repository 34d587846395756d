import type { Module } from "../program/module.js";
import { isSeenFrom, type NameOrder, type Standing } from "../program/order.js";
import type { Location } from "../source/diagnostic.js";
import type { Lane, Value } from "./values.js";

/** Where a piece of code stands, so that what goes wrong in it can be shown. */
export interface CodeOrigin {
	readonly module: Module;
	readonly offset: number;
}

export type Guard = (value: Value) => Value;

/** Names and their values. `guard` marks the branch of a computed `if`: what is read through it is guarded. */
export class Environment {
	private readonly names = new Map<string, Value>();
	private readonly lazy = new Map<string, () => Value>();
	private readonly inOrder = new Set<string>();
	/** Leading axes that a signature names: `...b`. */
	private readonly rests = new Map<string, readonly number[]>();
	/** The lanes that `for ...b` opened for them. */
	private readonly restLanes = new Map<string, readonly Lane[]>();

	/** Of a file: where it declares its names. */
	private readonly declared = new Map<string, { readonly index: number; readonly order: NameOrder }>();

	private parts: readonly string[] | undefined;

	constructor(
		readonly origin: CodeOrigin,
		readonly parent?: Environment,
		readonly kind: "module" | "local" = "local",
		readonly guard?: Guard,
		/** Of a declaration of a file: where it stands there, which decides what it sees of it. */
		private readonly standing?: Standing,
	) {}

	/** Notes where the file of this environment declares a name. */
	declareAt(name: string, index: number, order: NameOrder): void {
		this.declared.set(name, { index, order });
	}

	/** Where a name that is not of this environment is looked for. */
	private around(name: string): Environment | undefined {
		const { parent, standing } = this;
		const place = standing && parent?.declared.get(name);
		return place && !isSeenFrom(standing, place) ? parent?.parent : parent;
	}

	inner(guard?: Guard): Environment {
		return new Environment(this.origin, this, "local", guard);
	}

	set(name: string, value: Value): void {
		this.names.set(name, value);
	}

	/** A name whose value is computed when it is first asked for. */
	setLazy(name: string, compute: () => Value): void {
		this.lazy.set(name, compute);
	}

	/** As `setLazy`, of a value of the file that may run fits: it is computed where it stands, not where it is looked at. */
	setInOrder(name: string, compute: () => Value): void {
		this.inOrder.add(name);
		this.lazy.set(name, compute);
	}

	/** What a name stands for, unless that is still to be computed in the order of the file. */
	peek(name: string): Value | undefined {
		if (this.inOrder.has(name)) return this.names.get(name);
		return this.own(name) ?? this.around(name)?.peek(name);
	}

	private own(name: string): Value | undefined {
		const compute = this.lazy.get(name);
		if (compute) {
			this.lazy.delete(name);
			try {
				this.names.set(name, compute());
			} catch (error) {
				// Whoever asks again is told the same.
				this.lazy.set(name, compute);
				throw error;
			}
		}
		return this.names.get(name);
	}

	find(name: string): Value | undefined {
		const own = this.own(name);
		if (own) return own;
		const found = this.around(name)?.find(name);
		return found && this.guard ? this.guard(found) : found;
	}

	/** Without the guards of branches: for a value of which only a part is read. */
	findUnguarded(name: string): Value | undefined {
		return this.own(name) ?? this.around(name)?.findUnguarded(name);
	}

	/** Replaces the value where the name was declared. */
	assign(name: string, value: Value): void {
		if (this.names.has(name) || !this.parent) this.names.set(name, value);
		else this.parent.assign(name, value);
	}

	/** A name of this declaration or of the one around it, not of the file. */
	findInDeclaration(name: string): Value | undefined {
		if (this.kind === "module") return undefined;
		return this.names.get(name) ?? this.parent?.findInDeclaration(name);
	}

	setRest(name: string, dims: readonly number[]): void {
		this.rests.set(name, dims);
	}

	findRest(name: string): readonly number[] | undefined {
		return this.rests.get(name) ?? this.parent?.findRest(name);
	}

	setRestLanes(name: string, lanes: readonly Lane[]): void {
		this.restLanes.set(name, lanes);
	}

	/** What a fit owns: where a place that begins with a dot begins. */
	setParts(names: readonly string[]): void {
		this.parts = names;
	}

	findParts(): { readonly path: string; readonly value: Value }[] {
		if (!this.parts) return this.parent?.findParts() ?? [];
		return this.parts.flatMap((path) => {
			const value = this.findUnguarded(path);
			return value ? [{ path, value }] : [];
		});
	}

	/** Those of this declaration: a function called from a binder may name its own leading axes alike. */
	findRestLanes(name: string): readonly Lane[] {
		const own = this.restLanes.get(name);
		if (own) return own;
		return this.rests.has(name) || !this.parent ? [] : this.parent.findRestLanes(name);
	}

	guards(): Guard[] {
		const outer = this.parent?.guards() ?? [];
		return this.guard ? [this.guard, ...outer] : outer;
	}

	/** The names that have a value of their own here, to replace traced tensors once they are computed. */
	ownValues(): ReadonlyMap<string, Value> {
		return this.names;
	}

	locate(node: { readonly span: { readonly start: number; readonly end: number } }): Location {
		const { module, offset } = this.origin;
		return { file: module.path, start: offset + node.span.start, end: offset + node.span.end };
	}
}
