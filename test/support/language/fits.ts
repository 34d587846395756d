import {
	asList,
	asNumber,
	type Callable,
	Decisions,
	Environment,
	type Expression,
	mapped,
	paired,
	type Speller,
	type Value,
	type Variable,
} from "./description.js";
import {
	filled,
	type Instance,
	inside,
	type Leaf,
	leavesOf,
	type Method,
	type ModelDeclaration,
	written,
} from "./instances.js";
import { type OptimizerUse, type States, stepOf } from "./optimizers.js";

/** Some leaves, by what their path begins with; without a path those that no other place names. */
export interface Place {
	readonly text: string;
	readonly has: (id: string) => boolean;
}

export interface Using {
	readonly optimizer: OptimizerUse;
	readonly on?: Place | "rest";
}

/** A call of a model that writes its states, as a term: they are set behind the step. */
export interface WritingCall {
	readonly path: readonly string[];
	readonly method: Method;
	readonly args: readonly Expression[];
}

export interface Minimize {
	readonly kind: "minimize";
	readonly sense: "minimize" | "maximize";
	readonly terms: readonly {
		readonly name?: string;
		readonly of: Expression;
		readonly writes?: WritingCall;
	}[];
	readonly wrt?: readonly Place[];
	readonly using: readonly Using[];
}

/** What a loop of a fit runs over: its names, and their values in each turn. */
export interface LoopHead {
	readonly names: readonly Variable[];
	write(s: Speller): string;
	turns(e: Environment): readonly (readonly Value[])[];
}

export type Line =
	| { readonly kind: "let"; readonly self: Variable; readonly of: Expression; readonly kept?: Variable }
	| {
			readonly kind: "function";
			readonly self: Variable;
			readonly parameters: readonly Variable[];
			readonly of: Expression;
	  }
	| Minimize
	| {
			readonly kind: "write";
			readonly leaf: string;
			readonly text: string;
			readonly at?: number;
			readonly value: Expression;
	  }
	| { readonly kind: "track"; readonly self: Variable; readonly of: Expression; readonly every?: number }
	| {
			readonly kind: "loop";
			readonly head: LoopHead;
			readonly lines: readonly Line[];
			readonly until?: Expression;
	  }
	| {
			readonly kind: "if";
			readonly test: Expression;
			readonly yes: readonly Line[];
			readonly no: readonly Line[];
	  };

export interface FitDeclaration {
	readonly name: string;
	/** Its options, params, states and parts, as those of a model. */
	readonly of: ModelDeclaration;
	readonly parameters: readonly Variable[];
	readonly lines: readonly Line[];
}

/** What a fit gives. */
export interface FitResult {
	readonly instance: Instance;
	readonly tracks: ReadonlyMap<Variable, Value>;
	readonly histories: ReadonlyMap<Variable, readonly Value[]>;
	readonly losses: readonly number[];
	readonly loss: number;
	readonly steps: number;
	readonly terms: ReadonlyMap<string, number>;
}

/** A name of the fit's lines: a value, or a function, which sees what is there where it is called. */
type Entry =
	| { readonly kind: "plain"; readonly self: Variable; readonly value: Value }
	| {
			readonly kind: "let";
			readonly self: Variable;
			readonly value: Value;
			readonly of: Expression;
			readonly at: Instance;
			readonly kept: Variable | undefined;
	  }
	| {
			readonly kind: "function";
			readonly self: Variable;
			readonly parameters: readonly Variable[];
			readonly of: Expression;
	  };

type Change = (instance: Instance) => Instance;

export class Untold extends Error {}

const step = 4e-4;

/** Runs a fit in plain loops; derivatives are differences, along which the `let`s of the turn are computed again. */
export class FitRun {
	private instance: Instance;
	private entries: readonly Entry[] = [];
	private readonly states = new Map<string, States>();
	private readonly counts = new Map<Using, number>();
	private readonly tracks = new Map<Variable, Value>();
	/** Where the tracks of the turn are. */
	private readonly current = new Map<Variable, Value>();
	private inLoop = false;
	private readonly histories = new Map<Variable, Value[]>();
	private readonly terms = new Map<string, number>();
	private readonly losses: number[] = [];
	private lastLoss = Number.NaN;
	/** The loss of the turn that runs. */
	private loss = Number.NaN;
	private steps = 0;

	constructor(
		private readonly fit: FitDeclaration,
		sizes: ReadonlyMap<string, number>,
		options: ReadonlyMap<Variable, Value>,
		private readonly around: Environment,
		/** Told where the decisions of what is computed next belong. */
		private readonly deciding: (decisions: Decisions) => void,
	) {
		const e = new Environment(sizes, around.values, around.decisions).withAll(options);
		this.base = e;
		this.instance = filled(fit.of, sizes, options, e);
	}

	private readonly base: Environment;

	run(): FitResult {
		for (const line of this.fit.lines) {
			if (line.kind === "loop") this.outerLoop(line);
			else if (line.kind === "minimize") {
				this.loss = Number.NaN;
				this.line(line);
				this.endTurn();
			} else this.line(line);
		}
		return {
			instance: this.instance,
			tracks: this.tracks,
			histories: this.histories,
			losses: this.losses,
			loss: this.lastLoss,
			steps: this.steps,
			terms: this.terms,
		};
	}

	/** All names, with the parameters as they are or changed; lets that are still what was computed go along. */
	private environment(decisions: Decisions, change?: Change, entries = this.entries): Environment {
		this.deciding(decisions);
		let e = new Environment(this.base.sizes, this.base.values, decisions);
		const functions: Extract<Entry, { kind: "function" }>[] = [];
		const here = (instance: Instance): Environment => {
			let at = inside(change ? change(instance) : instance, e);
			for (const f of functions) {
				const seen = at;
				const call: Callable = (...args) =>
					f.of.value(seen.withAll(f.parameters.map((p, k) => [p, args[k] as Value])));
				at = at.with(f.self, call);
			}
			return at;
		};
		for (const entry of entries) {
			if (entry.kind === "function") functions.push(entry);
			else if (entry.kind === "plain") e = e.with(entry.self, entry.value);
			else {
				const value = change ? entry.of.value(here(entry.at)) : entry.value;
				e = e.with(entry.self, value);
				if (entry.kept) e = e.with(entry.kept, entry.value);
			}
		}
		return here(this.instance);
	}

	private value(of: Expression): Value {
		return of.value(this.environment(this.around.decisions));
	}

	private endTurn(): void {
		this.steps++;
		this.losses.push(this.loss);
		if (!Number.isNaN(this.loss)) this.lastLoss = this.loss;
	}

	private outerLoop(loop: Extract<Line, { kind: "loop" }>): void {
		const before = this.entries;
		const tracked = tracksOf(loop.lines);
		let turn = 0;
		this.inLoop = true;
		for (const values of loop.head.turns(this.environment(this.around.decisions))) {
			this.entries = [...before, ...plain(loop.head.names, values)];
			this.loss = Number.NaN;
			turn++;
			for (const line of loop.lines) this.line(line);
			this.endTurn();
			for (const { self, every } of tracked) if (every === undefined || turn % every === 0) this.record(self);
			if (loop.until && this.value(loop.until) === true) break;
		}
		this.inLoop = false;
		this.entries = before;
	}

	/** What a track has at the end of a turn. */
	private record(self: Variable): void {
		const value = this.current.get(self);
		if (value === undefined) return;
		this.tracks.set(self, value);
		this.histories.set(self, [...(this.histories.get(self) ?? []), value]);
	}

	private line(line: Line): void {
		switch (line.kind) {
			case "let": {
				const value = this.value(line.of);
				const { self, of, kept } = line;
				this.entries = [...this.entries, { kind: "let", self, of, value, at: this.instance, kept }];
				return;
			}
			case "function":
				this.entries = [...this.entries, line];
				return;
			case "minimize":
				this.minimize(line);
				return;
			case "write":
				this.write(line);
				return;
			case "track":
				this.current.set(line.self, this.value(line.of));
				if (!this.inLoop) this.tracks.set(line.self, this.value(line.of));
				return;
			case "loop": {
				const before = this.entries;
				for (const values of line.head.turns(this.environment(this.around.decisions))) {
					this.entries = [...before, ...plain(line.head.names, values)];
					for (const one of line.lines) this.line(one);
					if (line.until && this.value(line.until) === true) break;
				}
				this.entries = before;
				return;
			}
			case "if": {
				const before = this.entries;
				for (const one of this.value(line.test) === true ? line.yes : line.no) this.line(one);
				this.entries = before;
				return;
			}
		}
	}

	private leaves(): Leaf[] {
		return leavesOf(this.instance);
	}

	private write({ leaf: id, at, value }: Extract<Line, { kind: "write" }>): void {
		const leaf = this.leaves().find((l) => l.id === id);
		if (!leaf) throw new Error(`there is no ${id}`);
		const now = this.value(value);
		const old = leaf.get(this.instance);
		const whole =
			at === undefined
				? now
				: asList(old).map((part, k) => (k === at ? paired(part, now, (_, x) => x) : part));
		this.instance = leaf.set(this.instance, whole);
	}

	private minimize(node: Minimize): void {
		const run = (change?: Change): [readonly number[], Decisions] => {
			const decisions = new Decisions();
			const e = this.environment(decisions, change);
			return [node.terms.map((t) => asNumber(t.of.value(e))), decisions];
		};
		const [terms, here] = run();
		const total = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0);
		if (here.close || here.rough || !(here.largest < 1e3) || !Number.isFinite(total(terms)))
			throw new Untold();
		const path = here.taken.join();
		const at = (change: Change): number => {
			const [moved, decisions] = run(change);
			if (decisions.taken.join() !== path || decisions.close) throw new Untold();
			return total(moved);
		};
		const sign = node.sense === "minimize" ? 1 : -1;
		const moving = this.leaves().filter(
			(leaf) => leaf.trained && (!node.wrt || node.wrt.some((p) => p.has(leaf.id))),
		);
		const next: (readonly [Leaf, Value])[] = [];
		for (const leaf of moving) {
			const now = leaf.get(this.instance);
			const slopes = gradient(now, (value) => at((i) => leaf.set({ ...i }, value)), leaf);
			const using = usingFor(node.using, leaf.id);
			if (!using) continue;
			const key = `${node.using.indexOf(using)} ${leaf.id}`;
			const own = this.states.get(keyed(node, key));
			const count = this.counts.get(using) ?? 0;
			const rate = using.optimizer.rate(this.environment(this.around.decisions), count);
			const [value, states] = stepOf(
				using.optimizer,
				now,
				mapped(slopes, (g) => sign * g),
				rate,
				own,
			);
			this.states.set(keyed(node, key), states);
			next.push([leaf, value]);
		}
		for (const using of node.using) this.counts.set(using, (this.counts.get(using) ?? 0) + 1);
		const commits = node.terms.flatMap(({ writes }) => (writes ? [this.written(writes)] : []));
		for (const [leaf, value] of next) this.instance = leaf.set(this.instance, value);
		for (const commit of commits) this.instance = commit(this.instance);
		node.terms.forEach(({ name }, k) => {
			if (name) this.terms.set(name, terms[k] as number);
		});
		this.loss = total(terms);
	}

	private written({ path, method, args }: WritingCall): Change {
		const e = this.environment(this.around.decisions);
		const reach = (root: Instance): Instance =>
			path.reduce<Instance>((at, name) => at.parts.get(name) as Instance, root);
		const put = (root: Instance, rest: readonly string[], of: Change): Instance => {
			const [name, ...others] = rest;
			if (name === undefined) return of(root);
			return {
				...root,
				parts: new Map(root.parts).set(name, put(root.parts.get(name) as Instance, others, of)),
			};
		};
		const one = reach(this.instance);
		const now = written(
			one,
			method,
			args.map((a) => a.value(e)),
			e,
		);
		const own = new Map([...now].map(([v, value]) => [v.name, value]));
		return (root) =>
			put(root, path, (i) => ({
				...i,
				values: new Map([...i.values].map(([v, value]) => [v, own.get(v.name) ?? value])),
			}));
	}
}

const keyed = (() => {
	const ids = new Map<Minimize, number>();
	return (node: Minimize, key: string): string => {
		if (!ids.has(node)) ids.set(node, ids.size);
		return `${ids.get(node)} ${key}`;
	};
})();

const plain = (names: readonly Variable[], values: readonly Value[]): Entry[] =>
	names.map((self, k) => ({ kind: "plain", self, value: values[k] as Value }));

function tracksOf(lines: readonly Line[]): Extract<Line, { kind: "track" }>[] {
	return lines.flatMap((line) =>
		line.kind === "track" ? [line] : line.kind === "loop" ? tracksOf(line.lines) : [],
	);
}

function usingFor(using: readonly Using[], id: string): Using | undefined {
	return using.find(({ on }) => on === undefined || on === "rest" || on.has(id));
}

/** Differences of the fourth order, element by element. */
function gradient(at: Value, of: (moved: Value) => number, leaf: Leaf): Value {
	let count = 0;
	const moved = (place: number, by: number): Value => {
		let k = 0;
		return mapped(at, (x) => x + (k++ === place ? by : 0));
	};
	return mapped(at, (x) => {
		const place = count++;
		if (leaf.member.nonnegative && x < 3 * step) {
			// What is held at 0 by its constraint has a derivative of the value as it is.
			const weights = [-25, 48, -36, 16, -3];
			return weights.reduce((sum, w, k) => sum + w * of(moved(place, k * step)), 0) / (12 * step);
		}
		const [a, b, c, d] = [-2, -1, 1, 2].map((k) => of(moved(place, k * step))) as [
			number,
			number,
			number,
			number,
		];
		const [near, far] = [(c - b) / (2 * step), (d - a) / (4 * step)];
		// What turns too fast for differences is not told.
		if (Math.abs(near - far) > 2e-5 * Math.max(1, Math.abs(near))) throw new Untold();
		return (4 * near - far) / 3;
	});
}
