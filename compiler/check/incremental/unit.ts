import { numbered } from "../../dims/dim.js";
import type { Diagnostic } from "../../source/diagnostic.js";
import type { Use } from "../context.js";
import type { Anchor } from "./anchor.js";
import { fingerprint, samePrint } from "./fingerprint.js";

/**
 * The smallest piece of checking that is kept and done again: the signature of a function, its body, a whole model, a
 * `let`. While a unit runs, whatever it asks for is noted. It is valid as long as all of that has the same answers;
 * of another unit the answer is its value, told by a fingerprint, so that what depends on a signature is not checked
 * again when only a body changed.
 */

/** What a unit needs of the memory that it belongs to. */
export interface UnitHome {
	/** Grows with each check of the program. */
	readonly revision: number;
	readonly checking: boolean;
	/** Asks the world outside again. */
	ask(question: Question): string;
	/** What a unit found out about nodes and sizes is there. */
	keep(store: Store): void;
	/** It is there no more. */
	forget(store: Store): void;
}

/** Something that was asked of the world outside. */
export interface Question {
	readonly method: PropertyKey;
	readonly arguments: readonly unknown[];
}

/** The declaration that a unit belongs to. */
export interface UnitOwner {
	readonly anchor: Anchor;
	readonly units: readonly Unit<unknown>[];
	/** Its number in the file. */
	readonly index: number;
	readonly scope: object;
	readonly isData: boolean;
}

/** What a name, or all of them, is seen as from a unit. */
export interface Looked {
	faceOf(name: string | undefined, unit: Unit<unknown>): string;
}

export type NodeKind = "types" | "definitions" | "scopes";

/** What is known of nodes. */
export type Found = Partial<Record<NodeKind, Map<object, unknown>>>;

export function tablesOf(found: Found): [NodeKind, Map<object, unknown>][] {
	return Object.entries(found) as [NodeKind, Map<object, unknown>][];
}

/** The findings of a kind, to add to. */
export function foundOf(found: Found, kind: NodeKind): Map<object, unknown> {
	let known = found[kind];
	if (!known) {
		known = new Map();
		found[kind] = known;
	}
	return known;
}

/** What running a unit brought about. */
export interface Store {
	readonly diagnostics: Diagnostic[];
	reported?: Set<string>;
	uses?: Map<string, Map<string, Use>>;
	/** Top-level names that were used. */
	used?: Set<object>;
	/** Sizes whose values it told, by atom. */
	values?: number[];
	/** What it found about nodes of its declaration. */
	readonly own: Found;
	/** What it found about nodes of other declarations: the body of a lambda that it calls. */
	foreign?: Found;
}

/** What most units bring nothing of is not there. */
function emptyStore(): Store {
	return { diagnostics: [], own: {} };
}

export interface Work<T> {
	readonly compute: () => T;
	/** The answer to what is asked while it is being computed. */
	readonly cycle: () => T;
	/** Tells that it is asked for through too many others. */
	readonly tooDeep?: () => void;
	/** What others see of it; all of the value if not told. */
	readonly seen?: (value: T) => unknown;
}

/** A unit that is being validated turned out to be needed: it must run now. */
class Restart {
	constructor(readonly unit: Unit<unknown>) {}
}

/** How many units may wait for one another: the machine's stack is finite. */
const deepest = 200;

let running: Unit<unknown> | undefined;
const stack: Unit<unknown>[] = [];
let lastVersion = 0;

/** The unit that runs now. */
export function currentUnit(): Unit<unknown> | undefined {
	return running;
}

export class Unit<T> {
	store: Store = emptyStore();
	/** Changes with what others see of it. */
	version = 0;
	/** Its declaration is gone. */
	dead = false;
	/** The first of its identities; the order of bases is that of the text. */
	base: number | undefined;
	/** What it has spent of its budget, and whether it is inside something that unrolls. */
	steps = 0;
	isUnrolling = false;
	private count = 0;
	private state: "new" | "known" | "validating" | "running" = "new";
	private settledIn = -1;
	private hasRun = false;
	/** It leads back to itself: what it gives depends on where one comes from, so it always runs again. */
	private circular = false;
	private value: T | undefined;
	private print: readonly unknown[] | undefined;
	/** What it asked for; most ask for little. */
	private looks: Map<Looked, Map<string | undefined, string>> | undefined;
	private units: Map<Unit<unknown>, number> | undefined;
	private questions: { readonly question: Question; readonly answer: string }[] | undefined;

	constructor(
		readonly home: UnitHome,
		readonly owner: UnitOwner | undefined,
		private work: Work<T>,
	) {}

	/** Its declaration changed. */
	renew(work: Work<T>): void {
		this.work = work;
		this.state = "new";
	}

	/** Identities are given anew, from another base. */
	rebase(base: number): void {
		this.base = base;
		this.state = "new";
	}

	get isRunning(): boolean {
		return this.state === "running";
	}

	/** Is its value being found? Then it is not merely being validated: it runs, as it would in a first check. */
	get isUnderWay(): boolean {
		if (this.state === "validating") throw new Restart(this as Unit<unknown>);
		return this.state === "running";
	}

	/** The value; what runs now depends on it. */
	demand(): T {
		const user = running;
		const value = this.settle();
		if (user && user !== this && user.home === this.home) {
			user.units ??= new Map();
			if (!user.units.has(this as Unit<unknown>))
				user.units.set(this as Unit<unknown>, this.state === "running" ? -1 : this.version);
		}
		return value;
	}

	/** Makes it valid for this check of the program. */
	settle(): T {
		if (this.state === "running") {
			markCircular(this as Unit<unknown>);
			return this.work.cycle();
		}
		const isOld = this.home.checking && this.settledIn !== this.home.revision;
		if (!isOld && this.state === "known") return this.value as T;
		if (this.dead) return this.work.cycle();
		if (this.state === "validating") throw new Restart(this as Unit<unknown>);
		if (this.state === "known" && !this.circular && this.holds()) {
			this.settledIn = this.home.revision;
			return this.value as T;
		}
		if (stack.length > deepest && this.work.tooDeep) {
			for (const one of stack) one.markCircular();
			this.work.tooDeep();
			return this.work.cycle();
		}
		return this.run();
	}

	/** Does all that it asked for still have the same answers? */
	private holds(): boolean {
		const self = this as Unit<unknown>;
		for (const [scope, faces] of this.looks ?? [])
			for (const [name, face] of faces) if (scope.faceOf(name, self) !== face) return false;
		for (const { question, answer } of this.questions ?? [])
			if (this.home.ask(question) !== answer) return false;
		this.state = "validating";
		stack.push(self);
		try {
			for (const [unit, version] of this.units ?? []) {
				if (unit.dead || unit.state === "running") return false;
				unit.settle();
				if (unit.version !== version) return false;
			}
			return true;
		} catch (error) {
			if (error instanceof Restart && error.unit === self) return false;
			throw error;
		} finally {
			stack.pop();
			this.state = "known";
		}
	}

	run(): T {
		const self = this as Unit<unknown>;
		this.clear();
		this.hasRun = true;
		this.state = "running";
		const before = running;
		running = self;
		stack.push(self);
		try {
			const { base } = this;
			const next = base === undefined ? undefined : () => base + this.count++;
			this.value = numbered(next, this.work.compute);
			const print = fingerprint(this.work.seen ? this.work.seen(this.value) : this.value);
			if (!this.print || !samePrint(print, this.print)) {
				this.print = print;
				lastVersion += 1;
				this.version = lastVersion;
			}
		} catch (error) {
			this.state = "new";
			throw error;
		} finally {
			stack.pop();
			running = before;
		}
		this.home.keep(this.store);
		this.state = "known";
		this.settledIn = this.home.revision;
		return this.value as T;
	}

	private clear(): void {
		if (!this.hasRun) return;
		this.home.forget(this.store);
		this.store = emptyStore();
		this.count = 0;
		this.steps = 0;
		this.isUnrolling = false;
		this.circular = false;
		this.looks = undefined;
		this.units = undefined;
		this.questions = undefined;
	}

	/** The declaration is gone: nothing that is known of it stands. */
	end(): void {
		this.clear();
		this.dead = true;
		this.state = "new";
	}

	/** Notes as what a name is seen. */
	noteLook(scope: Looked, name: string | undefined): void {
		this.looks ??= new Map();
		let faces = this.looks.get(scope);
		if (!faces) {
			faces = new Map();
			this.looks.set(scope, faces);
		}
		if (!faces.has(name)) faces.set(name, scope.faceOf(name, this as Unit<unknown>));
	}

	noteQuestion(question: Question, answer: string): void {
		this.questions ??= [];
		this.questions.push({ question, answer });
	}

	markCircular(): void {
		this.circular = true;
	}
}

/** All that stands between a running unit and itself sees it half done. */
export function markCircular(unit: Unit<unknown>): void {
	for (const one of stack.slice(Math.max(0, stack.indexOf(unit)))) one.markCircular();
}
