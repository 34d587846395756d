import { condition } from "./conditions.js";
import {
	asList,
	asNumber,
	type Environment,
	type Expression,
	expression,
	real,
	type TensorType,
	tensorOf,
	type Value,
	type Variable,
	variable,
} from "./description.js";
import type { FitDeclaration, Line, LoopHead, Minimize, Place, Using, WritingCall } from "./fits.js";
import { type Member, type ModelDeclaration, type Part, type Visible, visibleInside } from "./instances.js";
import { lively, someMaking, someParts, someReal, someStart, withVisible } from "./models.js";
import { type OptimizerUse, rules } from "./optimizers.js";
import { inner, named, oneOf, type Scope } from "./scope.js";
import { type Size, sizeOfName } from "./sizes.js";
import { anything } from "./values.js";

/** What a place among the lines of a fit knows. */
interface Spot {
	readonly scope: Scope;
	/** The `let`s of the turn that steps may read, and which parts of the fit they read. */
	lets: readonly Known[];
	/** Those that only a track or an `until` may read: what they were computed from has changed. */
	stale: readonly Known[];
	readonly turn: Variable | undefined;
	readonly depth: number;
	/** How many turns are certain. */
	readonly turns: number;
	readonly inBranch: boolean;
}

interface Known {
	readonly self: Variable;
	readonly kept?: Variable;
	readonly roots: ReadonlySet<string>;
}

/** Makes a random fit of some models. */
class FitMaker {
	private readonly rootOf = new Map<Variable, ReadonlySet<string>>();
	private readonly tracks: Variable[] = [];
	private readonly trained: string[];
	private readonly seen: Visible;
	private wrote = false;
	private terms = 0;

	constructor(
		private readonly scope: Scope,
		private readonly of: ModelDeclaration,
		private readonly parameters: readonly Variable[],
	) {
		this.seen = visibleInside(of);
		for (const { variable: v, root } of [...this.seen.values, ...this.seen.models, ...this.seen.writing])
			this.rootOf.set(v, new Set([root]));
		this.trained = [
			...of.members.filter((m) => m.kind === "param").map((m) => m.self.name),
			...of.parts.filter((p) => !p.frozen).map((p) => p.name),
		];
	}

	private get source() {
		return this.scope.source;
	}

	lines(): Line[] {
		const scope = withVisible(inner(this.scope, ...this.parameters), this.seen);
		const lines: Line[] = [];
		let spot: Spot = { scope, lets: [], stale: [], turn: undefined, depth: 0, turns: 0, inBranch: false };
		const loops = 1 + this.source.below(2);
		for (let k = 0; k < loops; k++) {
			if (this.source.chance(20)) lines.push(this.functionLine(spot, (s) => (spot = s)));
			if (this.source.chance(15)) lines.push(this.minimize(spot));
			if (this.source.chance(15)) lines.push(...this.write(spot));
			lines.push(this.loop(spot));
		}
		if (this.source.chance(50)) lines.push(this.track(spot, 0));
		return lines;
	}

	private head(spot: Spot): { head: LoopHead; turn: Variable | undefined; scope: Scope; turns: number } {
		const { source } = this;
		const rows = spot.scope.variables.filter(
			(v) =>
				this.parameters.includes(v) &&
				v.type.kind === "tensor" &&
				v.type.shape.length > 0 &&
				v.type.element === "real",
		);
		return oneOf<ReturnType<FitMaker["head"]>>(this.scope, [
			() => {
				const count = 1 + source.below(4);
				const head: LoopHead = {
					names: [],
					write: () => `repeat ${count}`,
					turns: () => Array.from({ length: count }, () => []),
				};
				return { head, turn: undefined, scope: spot.scope, turns: count };
			},
			() => {
				const [from, count] = [source.below(2), 1 + source.below(3)];
				const turn: Variable = { name: source.fresh("i"), type: tensorOf("int"), path: true };
				const head: LoopHead = {
					names: [turn],
					write: () => `for ${turn.name} in ${from}..${from + count}`,
					turns: () => Array.from({ length: count }, (_, k) => [from + k]),
				};
				return { head, turn, scope: inner(spot.scope, turn), turns: count };
			},
			rows.length > 0 &&
				(() => {
					const of = source.pick(rows);
					const row: Variable = {
						name: source.fresh("x"),
						type: { ...(of.type as TensorType), shape: (of.type as TensorType).shape.slice(1) },
						path: true,
					};
					const head: LoopHead = {
						names: [row],
						write: (s) => `for ${row.name} in ${s.name(of)}`,
						turns: (e) => asList(e.get(of)).map((value) => [value]),
					};
					return { head, turn: undefined, scope: inner(spot.scope, row), turns: 1 };
				}),
			() => {
				const items = [0.25, 0.5, 0.125].slice(0, 1 + source.below(3));
				const item: Variable = { name: source.fresh("x"), type: real, path: true };
				const head: LoopHead = {
					names: [item],
					write: () => `for ${item.name} in [${items.join(", ")}]`,
					turns: () => items.map((x) => [x]),
				};
				return { head, turn: undefined, scope: inner(spot.scope, item), turns: items.length };
			},
		]);
	}

	private loop(around: Spot): Extract<Line, { kind: "loop" }> {
		const { head, turn, scope, turns } = this.head(around);
		// What a turn moves, the next one finds moved.
		const spot: Spot = {
			...around,
			scope,
			turn: turn ?? around.turn,
			depth: around.depth + 1,
			turns,
			lets: [],
			stale: [...around.stale, ...around.lets],
			inBranch: around.inBranch,
		};
		const lines = this.turn(spot, 1 + this.source.below(4));
		const until =
			this.source.chance(20) && !lines.some((line) => line.kind === "track" && line.every !== undefined)
				? condition(this.reading(spot), 2)
				: undefined;
		return { kind: "loop", head, lines, ...(until && { until }) };
	}

	/** The lines of a turn, with a step at least. */
	private turn(spot: Spot, count: number): Line[] {
		const lines: Line[] = [];
		let steps = 0;
		let here = spot;
		const set = (next: Spot): void => {
			here = next;
			spot.lets = next.lets;
			spot.stale = next.stale;
		};
		for (let k = 0; k < count; k++) {
			const kind = this.source.pick([
				"minimize",
				"let",
				"let",
				"write",
				"track",
				"if",
				"loop",
				"function",
			] as const);
			if (kind === "minimize") {
				lines.push(this.minimize(here));
				steps++;
			} else if (kind === "let") lines.push(this.letLine(here, set));
			else if (kind === "function") lines.push(this.functionLine(here, set));
			else if (kind === "write") lines.push(...this.write(here));
			else if (kind === "track" && !here.inBranch)
				lines.push(this.track(here, here.depth === 1 ? here.turns : 0));
			else if (kind === "loop" && here.depth < 3) {
				lines.push(this.loop(here));
				this.outdate(here, this.trained);
				steps++;
			} else if (kind === "if") {
				lines.push(this.branch(here));
				steps++;
			}
		}
		if (steps === 0) lines.push(this.minimize(here));
		if (this.source.chance(30) && !here.inBranch)
			lines.push(this.track(here, here.depth === 1 ? here.turns : 0));
		return lines;
	}

	private branch(spot: Spot): Line {
		const scope = this.steps(spot);
		const { turn } = spot;
		const test =
			turn !== undefined && this.source.chance(60)
				? expression(
						{ kind: "tensor", element: "bool", shape: [] },
						[variable(turn)],
						() => `${turn.name} % 2 == 0`,
						(e) => asNumber(e.get(turn)) % 2 === 0,
					)
				: condition(scope, 2);
		const side = (): Line[] => {
			const within: Spot = { ...spot, inBranch: true, depth: spot.depth };
			return this.turn(within, 1 + this.source.below(2));
		};
		const yes = side();
		const no = this.source.chance(50) ? side() : [];
		this.outdate(spot, this.trained);
		return { kind: "if", test, yes, no };
	}

	/** What steps may read: without what is outdated, but for what it was. */
	private steps(spot: Spot): Scope {
		const fixed = [...spot.stale, ...spot.lets].flatMap(({ kept }) => (kept ? [kept] : []));
		return { ...inner(spot.scope, ...spot.lets.map((l) => l.self), ...fixed), plain: true };
	}

	/** What tracks may read. */
	private reading(spot: Spot): Scope {
		return { ...inner(spot.scope, ...[...spot.stale, ...spot.lets].map((l) => l.self)), plain: true };
	}

	private outdate(spot: Spot, roots: readonly string[]): void {
		const hit = (l: Known): boolean => roots.some((root) => l.roots.has(root));
		spot.stale = [...spot.stale, ...spot.lets.filter(hit)];
		spot.lets = spot.lets.filter((l) => !hit(l));
	}

	private rootsOf(of: Expression): ReadonlySet<string> {
		return new Set([...of.free].flatMap((v) => [...(this.rootOf.get(v) ?? [])]));
	}

	private letLine(spot: Spot, set: (spot: Spot) => void): Line {
		const scope = this.steps(spot);
		const type = this.source.chance(50) ? real : someReal(this.scope);
		const of = type.shape.length === 0 ? lively(scope, 2) : anything(scope, type, 2);
		const name = this.source.fresh("y");
		const self: Variable = { name, type, path: true };
		const kept: Variable = { name: `stop(${name})`, type, path: true };
		const roots = this.rootsOf(of);
		this.rootOf.set(self, roots);
		set({ ...spot, lets: [...spot.lets, { self, kept, roots }] });
		return { kind: "let", self, of, kept };
	}

	/** Of what is there where it is used: it may not read a `let`, which may be outdated there. */
	private functionLine(spot: Spot, set: (spot: Spot) => void): Line {
		const parameters = this.source.chance(50) ? [named(this.scope, "u", real)] : [];
		const of = lively(inner({ ...spot.scope, plain: true }, ...parameters), 2);
		const self: Variable = {
			name: this.source.fresh("z"),
			type: { kind: "function", parameters: parameters.map((p) => p.type), result: real },
			path: true,
		};
		this.rootOf.set(self, this.rootsOf(of));
		set({ ...spot, scope: inner(spot.scope, self) });
		return { kind: "function", self, parameters, of };
	}

	private track(spot: Spot, interval: number): Line {
		const type = this.source.chance(60) ? real : someReal(this.scope);
		const scope = this.reading(spot);
		const of = type.shape.length === 0 ? lively(scope, 2) : anything(scope, type, 2);
		const self: Variable = { name: this.source.fresh("t"), type };
		this.tracks.push(self);
		const every = interval > 0 && this.source.chance(30) ? 1 + this.source.below(interval) : undefined;
		return { kind: "track", self, of, ...(every && { every }) };
	}

	private minimize(spot: Spot): Minimize {
		const { source } = this;
		const scope = this.steps(spot);
		const several = source.chance(30);
		const terms: { name?: string; of: Expression; writes?: WritingCall }[] = [];
		for (let k = several ? 2 : 1; k > 0; k--)
			terms.push({ of: lively(scope, 3), ...(several && { name: `term${this.terms++}` }) });
		const call = spot.inBranch ? undefined : this.writingCall(scope);
		if (call) terms.push({ ...call, ...(several && { name: `term${this.terms++}` }) });
		if (call && !several)
			for (const [k, term] of terms.entries()) terms[k] = { name: `term${this.terms++}`, ...term };
		const wrt = source.chance(40) ? this.places() : undefined;
		const roots = wrt ? wrt.map((p) => p.text.replace(/\..*|\[.*/, "")) : this.trained;
		const using = this.using(spot, wrt);
		this.outdate(spot, roots);
		return {
			kind: "minimize",
			sense: source.chance(20) ? "maximize" : "minimize",
			terms,
			...(wrt && { wrt }),
			using,
		};
	}

	/** A model of the fit whose call writes its states. */
	private writingCall(scope: Scope): { of: Expression; writes: WritingCall } | undefined {
		const parts = this.of.parts.filter(
			(p) => !p.several && !p.frozen && p.making.of.methods.some((m) => m.name === "" && m.writes.length > 0),
		);
		if (parts.length === 0 || this.wrote || !this.source.chance(60)) return undefined;
		const part = this.source.pick(parts);
		const method = part.making.of.methods.find((m) => m.name === "");
		const seen = this.seen.writing.find((s) => s.variable.name === part.name);
		if (!method || !seen || seen.variable.type.kind !== "function") return undefined;
		const args = seen.variable.type.parameters.map((p) => anything(scope, p, 1));
		const { result } = seen.variable.type;
		const scalar = result.kind === "tensor" && result.shape.length === 0;
		const of = expression(
			real,
			[variable(seen.variable), ...args],
			(s) => {
				const call = `${part.name}(${args.map((a) => a.write(s)).join(", ")})`;
				return scalar ? `tanh(${call})` : `sum(tanh(${call}))`;
			},
			(e) => {
				const value = (e.get(seen.variable) as (...args: readonly Value[]) => Value)(
					...args.map((a) => a.value(e)),
				);
				const total = (v: Value): number =>
					Array.isArray(v) ? v.reduce<number>((sum, x) => sum + total(x), 0) : Math.tanh(asNumber(v));
				return total(value);
			},
		);
		return { of, writes: { path: [part.name], method, args } };
	}

	private places(): Place[] {
		const chosen = this.trained.filter(() => this.source.chance(50));
		const names = chosen.length > 0 ? chosen : this.trained.slice(0, 1);
		return names.map((name) => this.place(name));
	}

	private place(name: string): Place {
		const part = this.of.parts.find((p) => p.name === name);
		const whole: Place = {
			text: name,
			has: (id) => id === name || id.startsWith(`${name}.`) || id.startsWith(`${name}[`),
		};
		if (!part || this.source.chance(50)) return whole;
		const params = part.making.of.members.filter((m) => m.kind === "param" && (!m.where || part.making.flag));
		const leaf = this.source.pick(params).self.name;
		if (part.several && !part.several.stack) {
			const k = this.source.below(part.several.count);
			return { text: `${name}[${k}].${leaf}`, has: (id) => id === `${name}[${k}].${leaf}` };
		}
		if (this.source.chance(30))
			return {
				text: `${name}.**.${leaf}`,
				has: (id) => id.startsWith(`${name}.`) && id.endsWith(`.${leaf}`),
			};
		return { text: `${name}.${leaf}`, has: (id) => id === `${name}.${leaf}` };
	}

	private using(spot: Spot, wrt: readonly Place[] | undefined): Using[] {
		const places = wrt ?? this.trained.map((name) => this.place(name));
		if (places.length > 1 && this.source.chance(40))
			return [
				{ optimizer: this.optimizer(spot), on: places[0] as Place },
				{ optimizer: this.optimizer(spot), on: "rest" },
			];
		return [{ optimizer: this.optimizer(spot) }];
	}

	private optimizer(spot: Spot): OptimizerUse {
		const { source } = this;
		const rule = source.pick(rules);
		const eta = source.pick([0.1, 0.05, 0.2]);
		const beta = rule.name !== "sgd" && source.chance(50) ? source.pick([0.5, 0.25]) : undefined;
		const { turn } = spot;
		const kind = source.pick(["number", "count", "turn", "option"] as const);
		const option = spot.scope.variables.find((v) => this.of.numbers.some((n) => n.name === v.name));
		const made = ((): { text: string; rate: (e: Environment, count: number) => number } => {
			if (kind === "count") return { text: `|t| ${eta} / (1 + t)`, rate: (_, t) => eta / (1 + t) };
			if (kind === "turn" && turn)
				return { text: `${eta} / (1 + ${turn.name})`, rate: (e) => eta / (1 + asNumber(e.get(turn))) };
			if (kind === "option" && option)
				return {
					text: `${eta} * sigmoid(${option.name})`,
					rate: (e) => eta / (1 + Math.exp(-asNumber(e.get(option)))),
				};
			return { text: `${eta}`, rate: () => eta };
		})();
		return {
			rule,
			beta,
			reads: [],
			write: () => `${rule.name}(${made.text}${beta === undefined ? "" : `, beta = ${beta}`})`,
			rate: made.rate,
		};
	}

	private write(spot: Spot): Line[] {
		const { source } = this;
		const targets = this.seen.values.filter(({ variable: v, root }) => {
			const member = this.of.members.find((m) => m.self.name === v.name);
			if (member) return member.kind !== "let" && v.type.kind === "tensor";
			const part = this.of.parts.find((p) => p.name === root);
			return part !== undefined && !part.frozen && this.isLeaf(part, v);
		});
		if (targets.length === 0) return [];
		const target = source.pick(targets);
		const type = target.variable.type as TensorType;
		const scope = this.steps(spot);
		const id = target.variable.name;
		const first = type.shape[0];
		const part = type.shape.length > 0 && source.chance(40) && first !== undefined;
		const within: TensorType = part ? { ...type, shape: type.shape.slice(1) } : type;
		const value = within.shape.length === 0 ? lively(scope, 2) : anything(scope, within, 2);
		this.outdate(spot, [target.root]);
		const colons = within.shape.map(() => ", :").join("");
		return [
			{
				kind: "write",
				leaf: id,
				text: part ? `${id}[0${colons}]` : id,
				...(part && { at: 0 }),
				value,
			},
		];
	}

	/** Whether a path leads to a parameter or state, all of it. */
	private isLeaf(part: Part, of: Variable): boolean {
		if (part.several?.stack && of.name.includes("[")) return false;
		const last = of.name.split(".").at(-1) as string;
		const isMember = (model: ModelDeclaration): boolean =>
			model.members.some((m) => m.kind !== "let" && m.self.name === last) ||
			model.parts.some((p) => !p.several?.stack && !p.frozen && isMember(p.making.of));
		return (
			of.type.kind === "tensor" &&
			isMember(part.making.of) &&
			of.name !== part.name &&
			!this.inStack(part.making.of, of.name)
		);
	}

	private inStack(model: ModelDeclaration, name: string): boolean {
		return model.parts.some(
			(p) => (p.several?.stack || p.frozen || this.inStack(p.making.of, name)) && name.includes(`.${p.name}`),
		);
	}
}

/** A random fit. */
export function someFit(outer: Scope, models: readonly ModelDeclaration[]): FitDeclaration {
	const { source } = outer;
	const sizes = ["n", "m"].slice(0, 1 + source.below(2));
	const least = new Map(sizes.map((name) => [name, 1]));
	const scope: Scope = { ...outer, variables: [], least, plain: true };
	const parameters: Variable[] = sizes.map((name) => ({
		name: source.fresh("a"),
		type: tensorOf(
			"real",
			sizeOfName(name),
			...(source.chance(30) ? [sizeOfName(source.pick(sizes)) as Size] : []),
		),
	}));
	const numbers = Array.from({ length: source.below(3) }, () => named(outer, "o", real, { path: true }));
	const within = inner(scope, ...parameters, ...numbers);
	const members: Member[] = [];
	const add = (kind: Member["kind"], more: Partial<Member> = {}): void => {
		const type = someReal(within);
		members.push({
			kind,
			self: named(outer, "w", type, { path: true }),
			start: someStart(within, type),
			...more,
		});
	};
	for (let count = 1 + source.below(2); count > 0; count--)
		add("param", source.chance(15) ? { nonnegative: true } : {});
	for (let count = source.below(2); count > 0; count--) add("state");
	// A model that goes on from one that is given, with other options than the defaults.
	const started: Part[] =
		models.length > 0 && source.chance(40)
			? [
					{
						name: source.fresh("p"),
						making: { ...someMaking(within, source.pick(models)), flag: true },
						given: { name: source.fresh("s"), type: real, path: true },
						frozen: source.chance(20),
					},
				]
			: [];
	const of: ModelDeclaration = {
		name: source.fresh("F"),
		sizes,
		numbers,
		members,
		parts: [...started, ...someParts(within, models, started.length > 0 ? 1 : 3)],
		methods: [],
	};
	return { name: of.name, of, parameters, lines: new FitMaker(scope, of, parameters).lines() };
}
