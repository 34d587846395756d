import type { ProgramHost } from "../program/module.js";
import type { Context, Knowledge, NodeTable, Session } from "./context.js";
import {
	currentUnit,
	type Found,
	foundOf,
	type NodeKind,
	type Question,
	type Store,
	tablesOf,
	type Unit,
	type UnitHome,
} from "./incremental/unit.js";

/**
 * What is known about nodes and sizes, kept from check to check. While checking, what is asked of a node is mostly asked
 * by the unit that found it, in a table of its own; the table of all nodes is for the editor, and made when it asks.
 */
export class Findings {
	readonly values = new Map<number, number>();
	private readonly all: Found = {};
	private readonly fresh = new Set<Found>();

	get(kind: NodeKind, node: object): unknown {
		if (this.fresh.size > 0) this.gather();
		return this.all[kind]?.get(node);
	}

	keep({ own }: Store): void {
		this.fresh.add(own);
	}

	forget(store: Store): void {
		if (!this.fresh.delete(store.own))
			for (const [kind, known] of tablesOf(store.own))
				for (const node of known.keys()) this.all[kind]?.delete(node);
		for (const atom of store.values ?? []) this.values.delete(atom);
	}

	private gather(): void {
		for (const own of this.fresh)
			for (const [kind, known] of tablesOf(own)) {
				const all = foundOf(this.all, kind);
				for (const [node, value] of known) all.set(node, value);
			}
		this.fresh.clear();
	}
}

/** What a unit finds out about the nodes of its declaration. */
class OwnTable<Value> implements NodeTable<Value> {
	constructor(private readonly kind: NodeKind) {}

	get(node: object): Value | undefined {
		const unit = currentUnit();
		const found = unit?.store.own[this.kind]?.get(node) ?? this.nearby(unit, node);
		return found as Value | undefined;
	}

	/** What the other units of the declaration found. */
	private nearby(unit: Unit<unknown> | undefined, node: object): unknown {
		for (const { store } of unit?.owner?.units ?? []) {
			const found = store.own[this.kind]?.get(node);
			if (found !== undefined) return found;
		}
		return undefined;
	}

	set(node: object, value: Value): void {
		const store = currentUnit()?.store;
		if (store) foundOf(store.own, this.kind).set(node, value);
	}
}

/** What a unit finds out about nodes that are not its own. */
class ForeignTable<Value> implements NodeTable<Value> {
	constructor(
		private readonly kind: NodeKind,
		private readonly findings: Findings,
	) {}

	get(node: object): Value | undefined {
		const own = currentUnit()?.store.foreign?.[this.kind]?.get(node);
		return (own ?? this.findings.get(this.kind, node)) as Value | undefined;
	}

	set(node: object, value: Value): void {
		const store = currentUnit()?.store;
		if (!store) return;
		store.foreign ??= {};
		foundOf(store.foreign, this.kind).set(node, value);
	}
}

/** What a check of a program asks and tells: always of the unit that runs. */
export function newSession(
	home: UnitHome & { readonly host: ProgramHost; readonly precision: "f32" | "f64" | undefined },
	findings: Findings,
): Session {
	const outside: Pick<Store, "diagnostics" | "reported" | "uses"> = { diagnostics: [] };
	const foreign: Knowledge = {
		types: new ForeignTable("types", findings),
		definitions: new ForeignTable("definitions", findings),
		scopes: new ForeignTable("scopes", findings),
		get foreign() {
			return foreign;
		},
	};
	const knowledge: Knowledge = {
		types: new OwnTable("types"),
		definitions: new OwnTable("definitions"),
		scopes: new OwnTable("scopes"),
		foreign,
	};
	const values = {
		get: (atom: number) => findings.values.get(atom),
		set: (atom: number, value: number) => {
			const store = currentUnit()?.store;
			if (store) {
				store.values ??= [];
				store.values.push(atom);
			}
			findings.values.set(atom, value);
		},
	};
	let host = { asked: home.host, watched: watched(home.host) };
	return {
		get precision() {
			return home.precision;
		},
		get host() {
			if (host.asked !== home.host) host = { asked: home.host, watched: watched(home.host) };
			return host.watched;
		},
		get diagnostics() {
			return (currentUnit()?.store ?? outside).diagnostics;
		},
		get reported() {
			const store = currentUnit()?.store ?? outside;
			store.reported ??= new Set();
			return store.reported;
		},
		get uses() {
			const store = currentUnit()?.store ?? outside;
			store.uses ??= new Map();
			return store.uses;
		},
		knowledge,
		values,
	};
}

/** The library does not change while the process lives. */
const constant: ReadonlySet<PropertyKey> = new Set(["readLibrary", "libraryNames"]);

/** Notes what a unit asks, so that it is checked again when the answer changes. */
function watched(host: ProgramHost): ProgramHost {
	return new Proxy(host, {
		get(target, method) {
			const member: unknown = Reflect.get(target, method);
			if (typeof member !== "function") return member;
			return (...args: unknown[]): unknown => {
				const answer: unknown = Reflect.apply(member, target, args);
				if (!constant.has(method))
					currentUnit()?.noteQuestion({ method, arguments: args }, answerText(answer));
				return answer;
			};
		},
	});
}

/** Asks again. */
export function ask(host: ProgramHost, question: Question): string {
	const member: unknown = Reflect.get(host, question.method);
	return typeof member === "function"
		? answerText(Reflect.apply(member, host, [...question.arguments]))
		: answerText(undefined);
}

function answerText(answer: unknown): string {
	return JSON.stringify(answer) ?? "undefined";
}

/** Where a declaration works on nodes of another, what it finds out is kept apart. */
export function lend(context: Context, session: Session): Session {
	return isLent(context) ? { ...session, knowledge: session.knowledge.foreign } : session;
}

/** Whether these nodes belong to another declaration: a function of its text that is called here. */
export function isLent({ anchor }: Context): boolean {
	const owner = currentUnit()?.owner;
	return owner !== undefined && owner.anchor !== anchor;
}

/** The same for all that one declaration checks, until it is checked again. */
export function checkOf(session: Session): object {
	return currentUnit()?.store ?? session;
}
