import type { ProgramHost } from "../program/module.js";
import type { Binding, Context, Knowledge, NodeTable, Scope, Session } from "./context.js";
import { currentUnit, type NodeKind, type Question, type Store, type UnitHome } from "./incremental/unit.js";
import type { Type } from "./types/types.js";

/** What is known about nodes and sizes, kept from check to check; each unit knows what it added. */
export class Findings {
	readonly types = new Map<object, Type>();
	readonly definitions = new Map<object, Binding>();
	readonly scopes = new Map<object, Scope>();
	readonly values = new Map<number, number>();

	forget(store: Store): void {
		for (const kind of ["types", "definitions", "scopes"] as const)
			for (const node of store.nodes[kind]) this[kind].delete(node);
		for (const atom of store.values ?? []) this.values.delete(atom);
	}
}

class OwnTable<Value> implements NodeTable<Value> {
	constructor(
		private readonly kind: NodeKind,
		private readonly known: Map<object, Value>,
	) {}

	get(node: object): Value | undefined {
		return this.known.get(node);
	}

	set(node: object, value: Value): void {
		const unit = currentUnit();
		if (!unit) return;
		unit.store.nodes[this.kind].push(node);
		this.known.set(node, value);
	}
}

/** What a unit finds out about nodes that are not its own. */
class ForeignTable<Value> implements NodeTable<Value> {
	constructor(
		private readonly kind: NodeKind,
		private readonly known: Map<object, Value>,
	) {}

	get(node: object): Value | undefined {
		const own = currentUnit()?.store.foreign?.[this.kind]?.get(node);
		return (own as Value | undefined) ?? this.known.get(node);
	}

	set(node: object, value: Value): void {
		const store = currentUnit()?.store;
		if (!store) return;
		store.foreign ??= {};
		const { foreign } = store;
		const found = foreign[this.kind] ?? new Map<object, unknown>();
		foreign[this.kind] = found;
		found.set(node, value);
	}
}

/** What a check of a program asks and tells: always of the unit that runs. */
export function newSession(home: UnitHome & { readonly host: ProgramHost }, findings: Findings): Session {
	const outside: Pick<Store, "diagnostics" | "reported" | "uses"> = { diagnostics: [] };
	const foreign: Knowledge = {
		types: new ForeignTable("types", findings.types),
		definitions: new ForeignTable("definitions", findings.definitions),
		scopes: new ForeignTable("scopes", findings.scopes),
		get foreign() {
			return foreign;
		},
	};
	const knowledge: Knowledge = {
		types: new OwnTable("types", findings.types),
		definitions: new OwnTable("definitions", findings.definitions),
		scopes: new OwnTable("scopes", findings.scopes),
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
	return {
		get host() {
			return watched(home.host);
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
