import { atomBounds, isNonNegative } from "./bounds.js";
import { type Constraint, isInfeasible } from "./elimination.js";
import {
	type Atom,
	add,
	asConstant,
	atomKey,
	constant,
	type Dim,
	DimOverflow,
	degree,
	fromSorted,
	mul,
	neg,
	ofAtom,
	one,
	ownAtoms,
	power,
	scale,
	sub,
	sumOfTerms,
	type Term,
} from "./polynomial.js";

/** What is beyond these is left out, which proves less, never more. */
const mostConstraints = 80;
const mostTerms = 400;

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
	return areInfeasible(system);
}

/** After shifting: a finite minimum became 0. */
function startsAtZero(atom: Atom): boolean {
	return Number.isFinite(atomBounds(atom).low);
}

/** Each atom as its minimum and what it is above that, under the atom's own name. Not inside floors and indices. */
function shiftToMinima(d: Dim): Dim {
	if (d.terms.every(isFree)) return d;
	if (d.terms.every(isLinear)) return shiftLinear(d);
	let shifted = shiftedBefore.get(d);
	if (shifted === undefined) {
		shifted = shiftProducts(d);
		shiftedBefore.set(d, shifted);
	}
	return shifted;
}

/** Facts are shifted for each proof that may use them. */
const shiftedBefore = new WeakMap<Dim, Dim>();

function shiftProducts(d: Dim): Dim {
	const terms: Term[] = [];
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
		terms.push(...product.terms);
		if (terms.length > mostTerms) throw new DimOverflow("terms");
	}
	return sumOfTerms(terms);
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
				visit(atom.exponent);
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

/** Whether not all of them can be at least 0 at once: each monomial is an unknown of its own. */
function areInfeasible(system: readonly Dim[]): boolean {
	const numbers = new Map<string, number>();
	const constraints: Constraint[] = [];
	const positive: Constraint[] = [];
	for (const d of system) {
		const found: { unknown: number; coefficient: number }[] = [];
		let whole = 0;
		for (const term of d.terms) {
			if (term.factors.length === 0) {
				whole = term.coefficient;
				continue;
			}
			let unknown = numbers.get(term.key);
			if (unknown === undefined) {
				unknown = numbers.size;
				numbers.set(term.key, unknown);
				if (term.factors.every((factor) => startsAtZero(factor.atom) || factor.power % 2 === 0))
					positive.push({ unknowns: [unknown], coefficients: [1], constant: 0 });
			}
			found.push({ unknown, coefficient: term.coefficient });
		}
		found.sort((a, b) => a.unknown - b.unknown);
		constraints.push({
			unknowns: found.map(({ unknown }) => unknown),
			coefficients: found.map(({ coefficient }) => coefficient),
			constant: whole,
		});
	}
	return isInfeasible([...constraints, ...positive]);
}
