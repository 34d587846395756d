import { declaredMinimum } from "./bounds.js";
import { type Facts, reduce } from "./facts.js";
import { evaluate } from "./normalize.js";
import {
	type Atom,
	atomKey,
	atomsOf,
	type Dim,
	floorOfQuotient,
	indicesOf,
	ofAtom,
	partsOf,
} from "./polynomial.js";
import { hasPower } from "./powers.js";
import { showAtom } from "./show.js";

/** Sizes, in the user's names, for which something does not hold, and what both sides are there. */
export interface Example {
	readonly values: ReadonlyMap<string, number>;
	readonly left: number;
	readonly right: number;
}

/** `n = 1, m = 2`. */
export function showExample(example: Example): string {
	return [...example.values].map(([name, value]) => `${name} = ${value}`).join(", ");
}

/** How many assignments are tried. Small ones first, and most differences show at once. */
const mostTried = 4000;
const mostCandidates = 24;
/** How many more are asked whether they are right, once there is an example. */
const mostAfter = 12;

/** Its value follows from that of others. */
function isComputed(atom: Atom): boolean {
	return atom.kind === "floor" || atom.kind === "power";
}

type Evaluator = (slots: readonly number[]) => number;

/** What was found: an example, and whether there are admissible sizes that are none. */
export interface Found {
	readonly example?: Example;
	readonly isElsewhereRight: boolean;
}

/**
 * Looks for the smallest admissible sizes where `wrong` holds of the two sides: all minima, facts, equal entries at
 * equal indices, and indices within their lists. `hints` are further values to try, by atom.
 */
export function findExample(
	a: Dim,
	b: Dim,
	facts: Facts,
	wrong: (left: number, right: number) => boolean,
	hints: ReadonlyMap<string, number> = new Map(),
): Found {
	const problem = new Problem(a, b, facts);
	const candidates = problem.free.map((atom) => candidateValues(atom, problem.constants, hints));
	const slots = new Array<number>(problem.size).fill(0);
	let tried = 0;
	let most = mostTried;
	let example: Example | undefined;
	let isElsewhereRight = false;
	// By the sum of the ranks of the values, the first variable slowest: n = 1, m = 2 comes before n = 2, m = 1.
	const assign = (position: number, left: number): boolean => {
		const values = candidates[position];
		if (values === undefined) {
			tried += 1;
			if (problem.complete(slots)) {
				const [x, y] = [problem.left(slots), problem.right(slots)];
				if (Number.isSafeInteger(x) && Number.isSafeInteger(y)) {
					if (!wrong(x, y)) isElsewhereRight = true;
					else if (!example) {
						example = { values: problem.named(slots), left: x, right: y };
						most = tried + mostAfter;
					}
					if (example && isElsewhereRight) return true;
				}
			}
			return tried >= most;
		}
		const last = position === candidates.length - 1;
		for (let rank = last ? left : 0; rank <= left && rank < values.length; rank++) {
			slots[position] = values[rank] as number;
			if (assign(position + 1, left - rank)) return true;
		}
		return false;
	};
	const ranks = candidates.reduce((sum, values) => sum + values.length - 1, 0);
	for (let total = 0; total <= ranks; total++) if (assign(0, total)) break;
	return { ...(example && { example }), isElsewhereRight };
}

function candidateValues(
	atom: Atom,
	constants: readonly number[],
	hints: ReadonlyMap<string, number>,
): number[] {
	const minimum = declaredMinimum(atom);
	const values = new Set<number>();
	if (Number.isFinite(minimum)) for (let i = 0; i < 9; i++) values.add(minimum + i);
	else for (const value of [1, 0, 2, -1, 3, -2, 4, -3, 5]) values.add(value);
	const hint = hints.get(atomKey(atom));
	if (hint !== undefined && hint >= minimum) values.add(hint);
	for (const value of constants) if (value >= minimum && values.size < mostCandidates) values.add(value);
	return [...values];
}

/** The values that the constants of the sizes make interesting: where a bound begins to hold or ceases to. */
function interestingConstants(dims: readonly Dim[], rules: Facts["rules"]): number[] {
	const leastValue = (atom: Atom): number => {
		const rule = rules.get(atomKey(atom));
		return rule ? evaluate(rule.replacement, declaredMinimum) : declaredMinimum(atom);
	};
	const seen = new Set<number>();
	const steps = new Set<number>();
	const visit = (d: Dim): void => {
		for (const term of d.terms) {
			seen.add(Math.abs(term.coefficient));
			for (const { atom } of term.factors) {
				// A quotient by a power is 1 from the power on.
				if (atom.kind === "floor" && hasPower(atom.divisor)) {
					const least = evaluate(atom.divisor, leastValue);
					if (Number.isSafeInteger(least)) steps.add(Math.abs(least));
				}
				for (const part of partsOf(atom)) visit(part);
			}
		}
	};
	for (const d of dims) visit(d);
	const whole = [...seen];
	const values = new Set<number>(steps);
	for (const value of whole) for (const near of [value, value + 1, value - 1]) values.add(near);
	for (const value of whole) {
		for (const by of whole)
			if (by > 1 && value > by) for (const more of [0, 1]) values.add(Math.floor(value / by) + more);
	}
	return [...values].sort((x, y) => x - y);
}

/** What an assignment of the free atoms entails, compiled to functions of an array of values. */
class Problem {
	readonly free: Atom[] = [];
	readonly constants: readonly number[];
	readonly left: Evaluator;
	readonly right: Evaluator;
	private readonly slotOf = new Map<string, number>();
	/** Atoms that have a rule: computed from the others. */
	private readonly computed: { slot: number; value: Evaluator; minimum: number }[] = [];
	private readonly nonNegative: Evaluator[] = [];
	private readonly vanishing: Evaluator[] = [];
	private readonly multiples: { divisor: Evaluator; dividend: Evaluator }[] = [];
	private readonly entries: {
		list: string;
		indices: readonly Evaluator[];
		slot: number;
		lengths: readonly (number | undefined)[];
	}[] = [];
	private readonly shown: { name: string; slot: number }[] = [];

	constructor(a: Dim, b: Dim, facts: Facts) {
		const related = relatedFacts([a, b], facts);
		const { rules, nonNegative, vanishing, multiples } = related;
		const dims = [a, b, ...rules.flatMap((rule) => [rule.replacement]), ...nonNegative, ...vanishing];
		for (const { divisor, dividend } of multiples) dims.push(divisor, dividend);
		this.constants = interestingConstants(dims, facts.rules);
		const atoms = new Map<string, Atom>();
		const note = (atom: Atom): void => {
			if (!isComputed(atom)) atoms.set(atomKey(atom), atom);
		};
		for (const d of dims) for (const atom of atomsOf(d)) note(atom);
		for (const rule of rules) for (const atom of atomsOf(ofAtom(rule.atom))) note(atom);
		for (const [key, atom] of atoms)
			if (!facts.rules.has(key)) this.slotOf.set(key, this.free.push(atom) - 1);
		for (const key of atoms.keys()) if (!this.slotOf.has(key)) this.slotOf.set(key, this.slotOf.size);
		for (const rule of rules) {
			const slot = this.slotOf.get(atomKey(rule.atom));
			const value = this.compile(rule.replacement);
			if (slot !== undefined) this.computed.push({ slot, value, minimum: declaredMinimum(rule.atom) });
			else if (isComputed(rule.atom)) this.requireEqual(rule.atom, value);
		}
		this.left = this.compile(a);
		this.right = this.compile(b);
		this.nonNegative.push(...nonNegative.map((d) => this.compile(d)));
		this.vanishing.push(...vanishing.map((d) => this.compile(d)));
		for (const { divisor, dividend } of multiples)
			this.multiples.push({ divisor: this.compile(divisor), dividend: this.compile(dividend) });
		for (const [key, atom] of atoms) {
			if (atom.kind !== "element" && atom.kind !== "length") continue;
			const { list, listId, outer = [] } = atom;
			const indices = indicesOf(atom);
			// Each index lies below the length of its list.
			const lengths = indices.map((_, depth) => {
				const within = depth === 0 ? {} : { outer: outer.slice(0, depth) };
				return this.slotOf.get(atomKey({ kind: "length", list, listId, ...within }));
			});
			this.entries.push({
				list: `${atom.kind}${listId}:${indices.length}`,
				indices: indices.map((index) => this.compile(index)),
				slot: this.slotOf.get(key) as number,
				lengths,
			});
		}
		this.nameAtoms(a, b, facts);
	}

	get size(): number {
		return this.slotOf.size;
	}

	/** Fills in what follows from the free values; whether they are admissible. */
	complete(slots: number[]): boolean {
		for (const { slot, value, minimum } of this.computed) {
			const computed = value(slots);
			// Also refuses NaN, the quotient by 0.
			if (!(computed >= minimum)) return false;
			slots[slot] = computed;
		}
		for (const value of this.nonNegative) if (!(value(slots) >= 0)) return false;
		for (const value of this.vanishing) if (value(slots) !== 0) return false;
		for (const { divisor, dividend } of this.multiples) {
			const [above, below] = [dividend(slots), divisor(slots)];
			if (!Number.isSafeInteger(above) || !Number.isSafeInteger(below) || above % below !== 0) return false;
		}
		return this.entriesAgree(slots);
	}

	named(slots: readonly number[]): ReadonlyMap<string, number> {
		return new Map(this.shown.map(({ name, slot }) => [name, slots[slot] as number]));
	}

	private entriesAgree(slots: readonly number[]): boolean {
		const known = new Map<string, number>();
		for (const { list, indices, slot, lengths } of this.entries) {
			const at = indices.map((index) => index(slots));
			const isOutside = at.some((n, depth) => {
				const length = lengths[depth];
				return !(n >= 0) || (length !== undefined && n >= (slots[length] as number));
			});
			if (isOutside) return false;
			const place = `${list}:${at.join(",")}`;
			const before = known.get(place);
			if (before !== undefined && before !== slots[slot]) return false;
			known.set(place, slots[slot] as number);
		}
		return true;
	}

	private requireEqual(atom: Atom, value: Evaluator): void {
		const own = this.compileAtom(atom);
		this.vanishing.push((slots) => own(slots) - value(slots));
	}

	/** The names of the example: those of the sizes compared, without what only stands in an index. */
	private nameAtoms(a: Dim, b: Dim, facts: Facts): void {
		const visible = new Map<string, Atom>();
		const visit = (d: Dim): void => {
			for (const term of d.terms)
				for (const { atom, key } of term.factors) {
					if (!isComputed(atom)) visible.set(key, atom);
					else for (const part of partsOf(atom)) visit(part);
				}
		};
		visit(a);
		visit(b);
		const used = new Set<string>();
		for (const [key, atom] of visible) {
			if (facts.hidden.has(key)) continue;
			let name = showAtom(atom);
			// Two variables of one name, from two declarations.
			while (used.has(name)) name += "'";
			used.add(name);
			this.shown.push({ name, slot: this.slotOf.get(key) as number });
		}
	}

	private compileAtom(atom: Atom): Evaluator {
		if (atom.kind === "floor") {
			const numerator = this.compile(atom.numerator);
			const divisor = this.compile(atom.divisor);
			return (slots) => quotient(numerator(slots), divisor(slots));
		}
		if (atom.kind === "power") {
			const base = this.compile(atom.base);
			const exponent = this.compile(atom.exponent);
			return (slots) => {
				const times = exponent(slots);
				// No value: what has one somewhere in it is no example.
				return times >= 0 ? base(slots) ** times : Number.NaN;
			};
		}
		const slot = this.slotOf.get(atomKey(atom)) as number;
		return (slots) => slots[slot] as number;
	}

	/** Exact, or NaN, or beyond 2^53: then it says no more than its sign. */
	private compile(d: Dim): Evaluator {
		const terms = d.terms.map((term) => ({
			coefficient: term.coefficient,
			factors: term.factors.map((factor) => ({ value: this.compileAtom(factor.atom), power: factor.power })),
		}));
		return (slots) => {
			let sum = 0;
			for (const term of terms) {
				let product = term.coefficient;
				for (const { value, power } of term.factors) product *= value(slots) ** power;
				// In a sum its digits may matter.
				if (terms.length > 1 && !Number.isSafeInteger(product)) return Number.NaN;
				sum += product;
			}
			return sum;
		};
	}
}

/** Of what is beyond 2^53 nothing is known but that it is greater than what is not. */
function quotient(numerator: number, divisor: number): number {
	if (!Number.isSafeInteger(numerator) || Number.isNaN(divisor)) return Number.NaN;
	if (Number.isSafeInteger(divisor)) return floorOfQuotient(numerator, divisor);
	return numerator === 0 || numerator > 0 === divisor > 0 ? 0 : -1;
}

/** The facts that have to do with these sizes, directly or through one another. */
function relatedFacts(
	dims: readonly Dim[],
	facts: Facts,
): {
	rules: { atom: Atom; replacement: Dim }[];
	nonNegative: Dim[];
	vanishing: Dim[];
	multiples: { divisor: Dim; dividend: Dim }[];
} {
	const keysOf = (d: Dim): string[] => atomsOf(d).map(atomKey);
	const reached = new Set<string>();
	for (const d of dims) for (const key of [...keysOf(d), ...keysOf(reduce(d, facts))]) reached.add(key);
	type Kind = "rules" | "nonNegative" | "vanishing" | "multiples";
	const open: { kind: Kind; index: number; keys: string[] }[] = [
		...[...facts.rules.values()].map((rule, index) => ({
			kind: "rules" as const,
			index,
			keys: [...keysOf(ofAtom(rule.atom)), ...keysOf(rule.replacement)],
		})),
		...facts.nonNegative.map((d, index) => ({ kind: "nonNegative" as const, index, keys: keysOf(d) })),
		...facts.vanishing.map((d, index) => ({ kind: "vanishing" as const, index, keys: keysOf(d) })),
		...facts.multiples.map(({ divisor, dividend }, index) => ({
			kind: "multiples" as const,
			index,
			keys: [...keysOf(divisor), ...keysOf(dividend)],
		})),
	];
	const taken = new Set<string>();
	for (let grown = true; grown; ) {
		grown = false;
		for (const { kind, index, keys } of open) {
			// A fact about no atom at all is false, or it would not have been kept: nothing is admissible under it.
			if (taken.has(`${kind}${index}`) || (keys.length > 0 && !keys.some((key) => reached.has(key))))
				continue;
			taken.add(`${kind}${index}`);
			for (const key of keys) reached.add(key);
			grown = true;
		}
	}
	const has = (kind: Kind) => (_: unknown, index: number) => taken.has(`${kind}${index}`);
	return {
		rules: [...facts.rules.values()].filter(has("rules")),
		nonNegative: facts.nonNegative.filter(has("nonNegative")),
		vanishing: facts.vanishing.filter(has("vanishing")),
		multiples: facts.multiples.filter(has("multiples")),
	};
}
