import { hasOpenPower, withoutOpenPowers } from "./powers.js";

/**
 * Integer polynomials over atoms, in normal form: terms in graded lexicographic order, the constant last, no term
 * with coefficient 0. Everything else about sizes is built on the few operations here.
 */

/** An integer-valued polynomial over atoms, in normal form. Immutable; equal normal forms have equal `key`. */
export interface Dim {
	readonly key: string;
	readonly terms: readonly Term[];
}

/** An integer times a monomial; the constant term has no factors. `key` is that of the monomial alone. */
export interface Term {
	readonly coefficient: number;
	readonly factors: readonly Factor[];
	readonly key: string;
}

/** An atom to a power of at least 1. */
export interface Factor {
	readonly atom: Atom;
	readonly power: number;
	readonly key: string;
}

export type Atom =
	/**
	 * `id` makes it unique, `name` is for showing, `minimum` is the least value that it can take. A declared size has a
	 * `value`: inequalities and divisibility may use it, equality does not look at it. A `local` one, the index of a turn,
	 * is no name that a condition of a signature could be about.
	 */
	| {
			readonly kind: "variable";
			readonly name: string;
			readonly id: number;
			readonly minimum: number;
			readonly value?: number;
			readonly local?: true;
			/** It is one of these: the values of an `if` or a `match` that is decided before running. */
			readonly cases?: readonly Dim[];
	  }
	/**
	 * `floor(numerator / divisor)`. `exact` says that the division was shown to leave no rest, so that it is
	 * written `d/heads`; it is no part of the identity.
	 */
	| { readonly kind: "floor"; readonly numerator: Dim; readonly divisor: Dim; readonly exact?: boolean }
	/**
	 * The entry at `index` of a static list of unknown length; entries are at least `minimum`, else 1. Of a list within
	 * lists `outer` tells which list it is: `stages[i][j]` has the outer index i.
	 */
	| {
			readonly kind: "element";
			readonly list: string;
			readonly listId: number;
			readonly outer?: readonly Dim[];
			readonly index: Dim;
			readonly minimum?: number;
			/** Of a list that is put together: the sizes in it, which its identity stands for. */
			readonly of?: readonly Dim[];
	  }
	/** The length of a static list, or of one within lists: `len(stages[i])`. */
	| {
			readonly kind: "length";
			readonly list: string;
			readonly listId: number;
			readonly outer?: readonly Dim[];
	  }
	/**
	 * `base ^ exponent`, where the exponent is not negative: elsewhere it has no value. The base is a prime number, an
	 * atom or a sum; the exponent a single monomial, or what may be negative by its terms (`depth - l`).
	 */
	| { readonly kind: "power"; readonly base: Dim; readonly exponent: Dim };

/** A coefficient left the range in which numbers are exact integers. */
export class DimOverflow extends RangeError {
	constructor(readonly of: "number" | "terms" = "number") {
		super(of === "number" ? "a size is beyond 2^53" : "a size has too many terms");
		this.name = "DimOverflow";
	}
}

function exactInteger(n: number): number {
	if (!Number.isSafeInteger(n)) throw new DimOverflow();
	return n === 0 ? 0 : n;
}

/** What identifies an atom. */
export function atomKey(atom: Atom): string {
	switch (atom.kind) {
		case "variable":
			return `v${atom.id}`;
		case "floor":
			return `f(${atom.numerator.key}/${atom.divisor.key})`;
		case "element":
			return `e${atom.listId}${outerKey(atom)}[${atom.index.key}]`;
		case "length":
			return `l${atom.listId}${outerKey(atom)}`;
		case "power":
			return `p(${atom.base.key}^${atom.exponent.key})`;
	}
}

/** All sizes in an entry or a length. */
export function sizesIn(atom: ListAtom): readonly Dim[] {
	const indices = indicesOf(atom);
	return atom.kind === "element" && atom.of ? [...indices, ...atom.of] : indices;
}

type ListAtom = Atom & { kind: "element" | "length" };

function outerKey({ outer }: ListAtom): string {
	return outer === undefined ? "" : outer.map((index) => `[${index.key}]`).join("");
}

/** The indices of an entry or a length, from the outermost list to the innermost. */
export function indicesOf(atom: ListAtom): readonly Dim[] {
	const outer = atom.outer ?? [];
	return atom.kind === "element" ? [...outer, atom.index] : outer;
}

const kindRank = { variable: 0, element: 1, length: 2, floor: 3, power: 4 } as const;

/** A total order of atoms: variables as they were made, then lists, floors, powers. It asks for the order of identities only. */
function compareAtoms(a: Atom, b: Atom): number {
	if (a.kind === "variable" && b.kind === "variable") return a.id - b.id;
	if (a.kind === "element" && b.kind === "element") return compareEntries(a, b);
	if (a.kind === "length" && b.kind === "length") return compareEntries(a, b);
	if (a.kind === "floor" && b.kind === "floor")
		return compareDims(a.divisor, b.divisor) || compareDims(a.numerator, b.numerator);
	if (a.kind === "power" && b.kind === "power")
		return compareDims(a.base, b.base) || compareDims(a.exponent, b.exponent);
	return kindRank[a.kind] - kindRank[b.kind];
}

function compareEntries(a: ListAtom, b: ListAtom): number {
	if (a.listId !== b.listId) return a.listId - b.listId;
	const [left, right] = [indicesOf(a), indicesOf(b)];
	for (let i = 0; i < left.length && i < right.length; i++) {
		const order = compareDims(left[i] as Dim, right[i] as Dim);
		if (order !== 0) return order;
	}
	return left.length - right.length;
}

function compareFactors(a: Factor, b: Factor): number {
	return a.key === b.key ? 0 : compareAtoms(a.atom, b.atom);
}

function compareDims(a: Dim, b: Dim): number {
	if (a.key === b.key) return 0;
	for (let i = 0; i < a.terms.length && i < b.terms.length; i++) {
		const left = a.terms[i] as Term;
		const right = b.terms[i] as Term;
		const order = compareMonomials(left, right) || left.coefficient - right.coefficient;
		if (order !== 0) return order;
	}
	return b.terms.length - a.terms.length;
}

/** Graded lexicographic: negative when `a` comes first (is the greater monomial). */
export function compareMonomials(a: Term, b: Term): number {
	const byDegree = degree(b) - degree(a);
	if (byDegree !== 0) return byDegree;
	for (let i = 0; i < a.factors.length && i < b.factors.length; i++) {
		const left = a.factors[i] as Factor;
		const right = b.factors[i] as Factor;
		const byAtom = compareFactors(left, right);
		if (byAtom !== 0) return byAtom;
		if (left.power !== right.power) return right.power - left.power;
	}
	return b.factors.length - a.factors.length;
}

export function degree(term: Term): number {
	let sum = 0;
	for (const factor of term.factors) sum += factor.power;
	return sum;
}

/** Terms with distinct monomials, in any order, as a polynomial. */
function fromTerms(terms: Iterable<Term>): Dim {
	return fromSorted([...terms].sort(compareMonomials));
}

/** Terms with distinct monomials in their order; those with coefficient 0 are left out. */
export function fromSorted(terms: readonly Term[]): Dim {
	const kept = terms.every((term) => term.coefficient !== 0)
		? terms
		: terms.filter((term) => term.coefficient !== 0);
	let key = "";
	for (const term of kept) {
		if (key !== "") key += "+";
		key += term.key === "" ? `${term.coefficient}` : `${term.coefficient}.${term.key}`;
	}
	return { key: key === "" ? "0" : key, terms: kept };
}

function termOf(coefficient: number, factors: readonly Factor[]): Term {
	let key = "";
	for (const factor of factors) {
		if (key !== "") key += "*";
		key += factor.power === 1 ? factor.key : `${factor.key}^${factor.power}`;
	}
	return { coefficient: exactInteger(coefficient), factors, key };
}

function scaled(term: Term, coefficient: number): Term {
	return { coefficient: exactInteger(coefficient), factors: term.factors, key: term.key };
}

/** Sums terms, merging those with one monomial. */
export function sumOfTerms(terms: Iterable<Term>): Dim {
	const byMonomial = new Map<string, Term>();
	for (const term of terms) {
		const before = byMonomial.get(term.key);
		byMonomial.set(term.key, before ? scaled(before, before.coefficient + term.coefficient) : term);
	}
	return fromTerms(byMonomial.values());
}

/** Small constants are made once: most sizes have one. */
const small: Dim[] = [];
const mostSmall = 256;

export function constant(n: number): Dim {
	const known = n >= 0 && n < mostSmall ? small[n] : undefined;
	if (known !== undefined) return known;
	const made = fromSorted([termOf(n, [])]);
	if (Number.isInteger(n) && n >= 0 && n < mostSmall) small[n] = made;
	return made;
}

export const zero = constant(0);
export const one = constant(1);

export function ofAtom(atom: Atom): Dim {
	return fromSorted([termOf(1, [{ atom, power: 1, key: atomKey(atom) }])]);
}

export function add(a: Dim, b: Dim): Dim {
	if (a.terms.length === 0) return b;
	return plus(a, b, 1);
}

/** `a + times * b`: both are in order, so that they are merged. */
function plus(a: Dim, b: Dim, times: 1 | -1): Dim {
	if (b.terms.length === 0) return a;
	const terms: Term[] = [];
	let i = 0;
	let j = 0;
	while (i < a.terms.length && j < b.terms.length) {
		const left = a.terms[i] as Term;
		const right = b.terms[j] as Term;
		if (left.key === right.key) {
			const coefficient = exactInteger(left.coefficient + times * right.coefficient);
			if (coefficient !== 0) terms.push(scaled(left, coefficient));
			i++;
			j++;
		} else if (compareMonomials(left, right) < 0) {
			terms.push(left);
			i++;
		} else {
			terms.push(times === 1 ? right : scaled(right, -right.coefficient));
			j++;
		}
	}
	for (; i < a.terms.length; i++) terms.push(a.terms[i] as Term);
	for (; j < b.terms.length; j++) {
		const right = b.terms[j] as Term;
		terms.push(times === 1 ? right : scaled(right, -right.coefficient));
	}
	return fromSorted(terms);
}

export function scale(a: Dim, by: number): Dim {
	if (by === 1) return a;
	const terms = a.terms.map((term) => scaled(term, term.coefficient * by));
	return by !== -1 && terms.some(hasOpenPower) ? sumOfTerms(terms.map(withoutOpenPowers)) : fromSorted(terms);
}

export function neg(a: Dim): Dim {
	return scale(a, -1);
}

export function sub(a: Dim, b: Dim): Dim {
	return a.key === b.key ? zero : plus(a, b, -1);
}

export function mulMonomials(a: readonly Factor[], b: readonly Factor[]): readonly Factor[] {
	if (a.length === 0) return b;
	if (b.length === 0) return a;
	const byAtom = new Map<string, Factor>();
	for (const factor of a) byAtom.set(factor.key, factor);
	for (const factor of b) {
		const before = byAtom.get(factor.key);
		byAtom.set(factor.key, before ? { ...before, power: before.power + factor.power } : factor);
	}
	return [...byAtom.values()].sort(compareFactors);
}

export function mulTerms(a: Term, b: Term): Term {
	return withoutOpenPowers(termOf(a.coefficient * b.coefficient, mulMonomials(a.factors, b.factors)));
}

/** Longer products are refused: nobody reads such a size, and deciding on it would take too long. */
const mostProducts = 4096;

export function mul(a: Dim, b: Dim): Dim {
	if (a.terms.length * b.terms.length > mostProducts) throw new DimOverflow("terms");
	const [onlyLeft] = a.terms;
	const [onlyRight] = b.terms;
	if (onlyLeft === undefined || onlyRight === undefined) return zero;
	// A number keeps the order of the other's terms.
	if (a.terms.length === 1 && onlyLeft.factors.length === 0) return scale(b, onlyLeft.coefficient);
	if (b.terms.length === 1 && onlyRight.factors.length === 0) return scale(a, onlyRight.coefficient);
	if (a.terms.length === 1 && b.terms.length === 1) return fromSorted([mulTerms(onlyLeft, onlyRight)]);
	const products: Term[] = [];
	for (const left of a.terms) for (const right of b.terms) products.push(mulTerms(left, right));
	return sumOfTerms(products);
}

/** `a` to a power that is a natural number. */
export function power(a: Dim, n: number): Dim {
	if (!Number.isInteger(n) || n < 0)
		throw new RangeError(`the power of a size must be a natural number, not ${n}`);
	let result = one;
	let square = a;
	for (let left = n; left > 0; left = Math.floor(left / 2)) {
		if (left % 2 === 1) result = mul(result, square);
		if (left > 1) square = mul(square, square);
	}
	return result;
}

export function asConstant(d: Dim): number | undefined {
	if (d.terms.length === 0) return 0;
	const only = d.terms[0] as Term;
	return d.terms.length === 1 && only.factors.length === 0 ? only.coefficient : undefined;
}

/** The atom, when the polynomial is nothing but one. */
export function asVariable(d: Dim): Atom | undefined {
	const only = d.terms[0];
	if (d.terms.length !== 1 || only === undefined || only.coefficient !== 1 || only.factors.length !== 1)
		return;
	const factor = only.factors[0] as Factor;
	return factor.power === 1 ? factor.atom : undefined;
}

/** The constant term. */
export function constantPart(d: Dim): number {
	const last = d.terms[d.terms.length - 1];
	return last !== undefined && last.factors.length === 0 ? last.coefficient : 0;
}

/** The terms that are not taken away. */
export function addedPart(d: Dim): Dim {
	return fromSorted(d.terms.filter((term) => term.coefficient > 0));
}

/** The atoms of the terms themselves, without those inside floors and indices. */
export function ownAtoms(d: Dim): readonly Atom[] {
	const found = new Map<string, Atom>();
	for (const term of d.terms) for (const factor of term.factors) found.set(factor.key, factor.atom);
	return [...found.values()];
}

const none: readonly Atom[] = [];

/** All atoms, those inside floors and element indices included; each once, outer ones before inner ones. */
export function atomsOf(d: Dim): readonly Atom[] {
	if (d.terms.every((term) => term.factors.length === 0)) return none;
	const only = asVariable(d);
	if (only?.kind === "variable") return [only];
	const found = new Map<string, Atom>();
	const visit = (dim: Dim): void => {
		for (const term of dim.terms) {
			for (const factor of term.factors) {
				if (found.has(factor.key)) continue;
				found.set(factor.key, factor.atom);
				for (const part of partsOf(factor.atom)) visit(part);
			}
		}
	};
	visit(d);
	return [...found.values()];
}

const noParts: readonly Dim[] = [];

/** The sizes that an atom is made of. */
export function partsOf(atom: Atom): readonly Dim[] {
	switch (atom.kind) {
		case "floor":
			return [atom.numerator, atom.divisor];
		case "element":
		case "length":
			return sizesIn(atom);
		case "power":
			return [atom.base, atom.exponent];
		default:
			return noParts;
	}
}

/** `a / b` of monomials, coefficients aside; nothing when `b` has a factor that `a` lacks. */
export function divideMonomials(a: readonly Factor[], b: readonly Factor[]): readonly Factor[] | undefined {
	const left = new Map<string, Factor>();
	for (const factor of a) left.set(factor.key, factor);
	for (const factor of b) {
		const have = left.get(factor.key);
		if (have === undefined || have.power < factor.power) return undefined;
		if (have.power === factor.power) left.delete(factor.key);
		else left.set(factor.key, { ...have, power: have.power - factor.power });
	}
	return [...left.values()];
}

export function termFrom(coefficient: number, factors: readonly Factor[]): Term {
	return termOf(coefficient, factors);
}

const mostSteps = 10_000;

/**
 * Polynomial division over the integers: `a = quotient * b + remainder`, where a monomial of the remainder that the
 * leading monomial of `b` divides has a coefficient from 0 up to (and without) that of the leading term. Quotient and
 * remainder are unique, which makes them fit for a normal form. The leading coefficient of `b` must be positive.
 */
export function divide(a: Dim, b: Dim): { quotient: Dim; remainder: Dim } {
	const lead = b.terms[0] as Term;
	let rest = a;
	const quotient: Term[] = [];
	const settled: Term[] = [];
	for (let step = 0; rest.terms.length > 0; step++) {
		// Products of powers are no monomials of products (`2^(n - l) * 2^l` is `2^n`), so that it may not end by itself.
		if (step > mostSteps) return { quotient: zero, remainder: a };
		const first = rest.terms[0] as Term;
		const factors = divideMonomials(first.factors, lead.factors);
		const times = factors === undefined ? 0 : Math.floor(first.coefficient / lead.coefficient);
		if (factors !== undefined && times !== 0) {
			const step = termOf(times, factors);
			quotient.push(step);
			rest = sub(rest, mul(fromTerms([step]), b));
		}
		// What is left of the first monomial can not be reduced: later steps only touch smaller ones.
		const left = rest.terms[0];
		if (left !== undefined && left.key === first.key) {
			settled.push(left);
			rest = fromTerms(rest.terms.slice(1));
		}
	}
	return { quotient: sumOfTerms(quotient), remainder: sumOfTerms(settled) };
}

export function greatestCommonDivisor(a: number, b: number): number {
	let [x, y] = [Math.abs(a), Math.abs(b)];
	while (y !== 0) [x, y] = [y, x % y];
	return x;
}

export function leastCommonMultiple(a: number, b: number): number {
	return exactInteger((a / greatestCommonDivisor(a, b)) * b);
}

/** The greatest common divisor of the coefficients; 0 for the zero polynomial. */
export function content(d: Dim): number {
	return d.terms.reduce((sum, term) => greatestCommonDivisor(sum, term.coefficient), 0);
}

/** `floor(a / b)` of exact integers, without the rounding of a quotient; NaN for a divisor of 0. */
export function floorOfQuotient(a: number, b: number): number {
	if (b === 0) return Number.NaN;
	const rest = a % b;
	// Adding 0 makes a 0 of -0.
	const whole = (a - rest) / b + 0;
	return rest !== 0 && rest < 0 !== b < 0 ? whole - 1 : whole;
}
