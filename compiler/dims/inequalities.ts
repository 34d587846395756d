import { atomBounds, isNonNegative } from "./bounds.js";
import {
	type Atom,
	add,
	asConstant,
	atomKey,
	constant,
	type Dim,
	degree,
	fromSorted,
	greatestCommonDivisor,
	mul,
	neg,
	ofAtom,
	one,
	ownAtoms,
	power,
	scale,
	sub,
	type Term,
	zero,
} from "./polynomial.js";

/** Limits on the work of one proof: what is beyond them is left out, which proves less, never more. */
const mostConstraints = 80;
const mostWhileEliminating = 300;

/**
 * Whether `d >= 0` can be shown from declared minima and `known` (each at least 0). Variables are shifted to start at
 * 0; when a coefficient is still negative, the negation `d <= -1` is refuted by eliminating monomials (each taken as
 * a variable of its own), with what a floor lies between, and products of the facts, as further constraints.
 */
export function isProvablyNonNegative(d: Dim, known: readonly Dim[]): boolean {
	// Mostly it is what a `where` or a range says.
	if (known.some((fact) => fact.key === d.key)) return true;
	const shifted = shiftToMinima(d);
	if (
		shifted.terms.every(
			(term) => term.coefficient >= 0 && term.factors.every((factor) => startsAtZero(factor.atom)),
		)
	)
		return true;
	const facts = [...known, ...floorFacts([d, ...known])].slice(0, mostConstraints).map(shiftToMinima);
	const negated = sub(neg(shifted), one);
	const system = [negated, ...facts, ...productsWith([negated, ...facts], shifted)].slice(0, mostConstraints);
	return isInfeasible(system);
}

/** After shifting: a finite minimum became 0. */
function startsAtZero(atom: Atom): boolean {
	return Number.isFinite(atomBounds(atom).low);
}

/** Each atom as its minimum and what it is above that, under the atom's own name. Not inside floors and indices. */
function shiftToMinima(d: Dim): Dim {
	if (d.terms.every(isFree)) return d;
	if (d.terms.every(isLinear)) return shiftLinear(d);
	let sum = zero;
	for (const term of d.terms) {
		let product = constant(term.coefficient);
		for (const { atom, power: exponent } of term.factors) {
			const { low, high } = atomBounds(atom);
			let base = ofAtom(atom);
			// A declared size has one value only.
			if (low === high) base = constant(low);
			else if (Number.isFinite(low)) base = add(base, constant(low));
			product = mul(product, power(base, exponent));
		}
		sum = add(sum, product);
	}
	return sum;
}

/** Nothing of it is shifted. */
function isFree(term: Term): boolean {
	return term.factors.every(({ atom }) => {
		const { low, high } = atomBounds(atom);
		return low !== high && (low === 0 || !Number.isFinite(low));
	});
}

function isLinear(term: Term): boolean {
	return term.factors.length === 0 || (term.factors.length === 1 && term.factors[0]?.power === 1);
}

/** The same where every term has one atom at most: what they are shifted by comes together in one number. */
function shiftLinear(d: Dim): Dim {
	const kept: Term[] = [];
	let shift = 0;
	for (const term of d.terms) {
		const [factor] = term.factors;
		const { low, high } = factor ? atomBounds(factor.atom) : unbounded;
		if (low !== high) kept.push(term);
		if (Number.isFinite(low)) shift += term.coefficient * low;
	}
	return add(fromSorted(kept), constant(shift));
}

const unbounded = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

/** `b*f <= a <= b*f + b - 1` for every floor f of a by a positive b. */
function floorFacts(dims: readonly Dim[]): Dim[] {
	const facts: Dim[] = [];
	const seen = new Set<string>();
	const visit = (d: Dim): void => {
		for (const atom of ownAtoms(d)) {
			if ((atom.kind !== "floor" && atom.kind !== "power") || seen.has(atomKey(atom))) continue;
			seen.add(atomKey(atom));
			if (atom.kind === "power") {
				facts.push(...powerFacts(atom));
				continue;
			}
			if (isNonNegative(atom.divisor)) {
				const below = sub(atom.numerator, mul(atom.divisor, ofAtom(atom)));
				facts.push(below, sub(sub(atom.divisor, one), below));
				// A divisor is at least 1, even where its variables may be 0.
				facts.push(sub(atom.divisor, one));
			}
			visit(atom.numerator);
			visit(atom.divisor);
		}
	};
	for (const d of dims) visit(d);
	return facts;
}

/** `b^x >= (b - 1)*x + 1` for a number b of at least 2 (Bernoulli), where x is not negative. */
function powerFacts(atom: Atom & { kind: "power" }): Dim[] {
	const base = asConstant(atom.base) ?? 0;
	if (base < 2) return [];
	return [atom.exponent, sub(sub(ofAtom(atom), scale(atom.exponent, base - 1)), one)];
}

/** Constraints times the atoms of the goal, for products such as `n*k >= m*k`: none above the degree of the goal. */
function productsWith(constraints: readonly Dim[], goal: Dim): Dim[] {
	const highest = (d: Dim): number => d.terms.reduce((most, term) => Math.max(most, degree(term)), 0);
	const limit = Math.max(highest(goal), ...constraints.map(highest));
	if (limit < 2) return [];
	const atoms = new Map<string, Atom>();
	for (const d of [goal, ...constraints]) for (const atom of ownAtoms(d)) atoms.set(atomKey(atom), atom);
	const products: Dim[] = [];
	for (const d of constraints) {
		if (highest(d) >= limit) continue;
		for (const atom of atoms.values()) if (startsAtZero(atom)) products.push(mul(d, ofAtom(atom)));
	}
	return products;
}

/** A linear constraint over monomials: the sum of coefficient * monomial, plus `constant`, is at least 0. */
interface Constraint {
	readonly coefficients: ReadonlyMap<string, number>;
	readonly constant: number;
	/** Equal for equal coefficients. */
	readonly key: string;
}

function constraintOf(coefficients: ReadonlyMap<string, number>, constant: number): Constraint {
	const names: string[] = [];
	for (const [name, value] of coefficients) names.push(`${value}.${name}`);
	const key = names.length === 1 ? (names[0] as string) : names.sort().join("+");
	return { coefficients, constant, key };
}

function asConstraint(d: Dim): Constraint {
	const coefficients = new Map<string, number>();
	let whole = 0;
	for (const term of d.terms) {
		if (term.factors.length === 0) whole = term.coefficient;
		else coefficients.set(term.key, term.coefficient);
	}
	return tightened(coefficients, whole);
}

/** Monomials are integers, so that the constant may be rounded down once the coefficients have no common factor. */
function tightened(coefficients: ReadonlyMap<string, number>, whole: number): Constraint {
	let common = 0;
	for (const value of coefficients.values()) common = greatestCommonDivisor(common, value);
	if (common <= 1) return constraintOf(coefficients, whole);
	const divided = new Map<string, number>();
	for (const [key, value] of coefficients) divided.set(key, value / common);
	return constraintOf(divided, Math.floor(whole / common));
}

/** Fourier and Motzkin: eliminates one monomial after the other; a negative constant left over is a contradiction. */
function isInfeasible(system: readonly Dim[]): boolean {
	let constraints = withoutRepetition([...system.map(asConstraint), ...positiveMonomials(system)]);
	while (true) {
		if (constraints.some((one) => one.coefficients.size === 0 && one.constant < 0)) return true;
		const chosen = cheapestToEliminate(constraints);
		if (chosen === undefined) return false;
		const kept = constraints.filter((one) => !one.coefficients.has(chosen));
		const above = constraints.filter((one) => (one.coefficients.get(chosen) ?? 0) > 0);
		const below = constraints.filter((one) => (one.coefficients.get(chosen) ?? 0) < 0);
		for (const positive of above) {
			for (const negative of below) {
				const merged = combine(positive, negative, chosen);
				if (merged !== undefined) kept.push(merged);
			}
		}
		constraints = withoutRepetition(kept).slice(0, mostWhileEliminating);
	}
}

function positiveMonomials(system: readonly Dim[]): Constraint[] {
	const monomials = new Map<string, boolean>();
	for (const d of system) {
		for (const term of d.terms) {
			if (term.factors.length === 0) continue;
			const positive = term.factors.every((factor) => startsAtZero(factor.atom) || factor.power % 2 === 0);
			monomials.set(term.key, positive);
		}
	}
	const found = [...monomials].filter(([, positive]) => positive);
	return found.map(([key]) => constraintOf(new Map([[key, 1]]), 0));
}

function cheapestToEliminate(constraints: readonly Constraint[]): string | undefined {
	const counts = new Map<string, { above: number; below: number }>();
	for (const { coefficients } of constraints) {
		for (const [key, value] of coefficients) {
			const count = counts.get(key) ?? { above: 0, below: 0 };
			if (value > 0) count.above += 1;
			else count.below += 1;
			counts.set(key, count);
		}
	}
	let best: string | undefined;
	let least = Number.POSITIVE_INFINITY;
	for (const [key, { above, below }] of counts) {
		const cost = above * below - above - below;
		if (cost < least) [best, least] = [key, cost];
	}
	return best;
}

/** The sum of multiples of both in which `key` cancels; nothing where numbers grow out of the exact range. */
function combine(positive: Constraint, negative: Constraint, key: string): Constraint | undefined {
	const up = positive.coefficients.get(key) as number;
	const down = -(negative.coefficients.get(key) as number);
	const coefficients = new Map<string, number>();
	const sum = up * negative.constant + down * positive.constant;
	let exact = Number.isSafeInteger(sum);
	for (const name of new Set([...positive.coefficients.keys(), ...negative.coefficients.keys()])) {
		const value = down * (positive.coefficients.get(name) ?? 0) + up * (negative.coefficients.get(name) ?? 0);
		if (!Number.isSafeInteger(value)) exact = false;
		if (value !== 0) coefficients.set(name, value);
	}
	return exact ? tightened(coefficients, sum) : undefined;
}

/** One constraint for each left side, the strongest; the short ones first, since those are kept when there are many. */
function withoutRepetition(constraints: readonly Constraint[]): Constraint[] {
	const strongest = new Map<string, Constraint>();
	for (const constraint of constraints) {
		if (constraint.coefficients.size === 0 && constraint.constant >= 0) continue;
		const before = strongest.get(constraint.key);
		if (before === undefined || constraint.constant < before.constant)
			strongest.set(constraint.key, constraint);
	}
	return [...strongest.values()].sort((x, y) => x.coefficients.size - y.coefficients.size);
}
