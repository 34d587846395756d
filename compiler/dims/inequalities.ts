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
	divideMonomials,
	fromSorted,
	mul,
	mulMonomials,
	neg,
	ofAtom,
	one,
	ownAtoms,
	power,
	scale,
	sub,
	sumOfTerms,
	type Term,
	termFrom,
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
	const system = [negated, ...facts, ...productsWith([negated, ...facts])].slice(0, mostConstraints);
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
			for (let i = 0; i < exponent; i++) product = plainProduct(product, base);
		}
		terms.push(...product.terms);
		if (terms.length > mostTerms) throw new DimOverflow("terms");
	}
	return sumOfTerms(terms);
}

/** Without the laws of powers: what is shifted only has the names of the powers, and is 1 less, say. */
function plainProduct(a: Dim, b: Dim): Dim {
	const terms: Term[] = [];
	if (a.terms.length * b.terms.length > mostTerms) throw new DimOverflow("terms");
	for (const left of a.terms)
		for (const right of b.terms)
			terms.push(termFrom(left.coefficient * right.coefficient, mulMonomials(left.factors, right.factors)));
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
	const powers: Power[] = [];
	const seen = new Set<string>();
	const visit = (d: Dim): void => {
		for (const atom of ownAtoms(d)) {
			if ((atom.kind !== "floor" && atom.kind !== "power") || seen.has(atomKey(atom))) continue;
			seen.add(atomKey(atom));
			if (atom.kind === "power") {
				facts.push(...powerFacts(atom), ...comparedWith(powers, atom));
				powers.push(atom);
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

type Power = Atom & { readonly kind: "power" };

/**
 * Powers of one exponent x are ordered as their bases: `3^x >= 2^x`, and `(2^x)^2 >= 3^x`; where x is at least 1, the
 * difference is at least that of the bases.
 */
function comparedWith(others: readonly Power[], next: Power): Dim[] {
	const found: Dim[] = [];
	for (const other of others) {
		if (other.exponent.key !== next.exponent.key) continue;
		const [low, high] =
			(asConstant(other.base) ?? 0) < (asConstant(next.base) ?? 0) ? [other, next] : [next, other];
		const [a, b] = [asConstant(low.base) ?? 0, asConstant(high.base) ?? 0];
		if (a < 2) continue;
		const isOne = atomBounds(low).low >= a;
		const times = Math.ceil(Math.log(b + 1) / Math.log(a));
		found.push(sub(sub(ofAtom(high), ofAtom(low)), constant(isOne ? b - a : 0)));
		if (a ** times > b && times <= 3)
			found.push(sub(sub(power(ofAtom(low), times), ofAtom(high)), constant(isOne ? a ** times - b : 0)));
	}
	return found;
}

/** `b^x >= (b - 1)*x + 1` for a number b of at least 2 (Bernoulli), where x is not negative. */
function powerFacts(atom: Power): Dim[] {
	const base = asConstant(atom.base) ?? 0;
	if (base < 2) return [];
	return [atom.exponent, sub(sub(ofAtom(atom), scale(atom.exponent, base - 1)), one)];
}

/**
 * Constraints times an atom, for products such as `n*k >= m*k`: where that gives a monomial that stands in the goal or in
 * a constraint, as only then it can be of use.
 */
function productsWith(constraints: readonly Dim[]): Dim[] {
	// By atom, the monomials that it makes another one of.
	const partners = new Map<string, { readonly atom: Atom; readonly monomials: Set<string> }>();
	for (const d of constraints) {
		for (const term of d.terms) {
			if (degree(term) < 2) continue;
			for (const factor of term.factors) {
				if (!startsAtZero(factor.atom)) continue;
				const rest = divideMonomials(term.factors, [{ ...factor, power: 1 }]) ?? [];
				const key = atomKey(factor.atom);
				const known = partners.get(key) ?? { atom: factor.atom, monomials: new Set() };
				partners.set(key, known);
				known.monomials.add(termFrom(1, rest).key);
			}
		}
	}
	const products: Dim[] = [];
	for (const d of constraints)
		for (const { atom, monomials } of partners.values())
			if (d.terms.some((term) => monomials.has(term.key))) products.push(plainProduct(d, ofAtom(atom)));
	return products;
}

/** Whether not all of them can be at least 0 at once: each monomial is an unknown of its own. */
function areInfeasible(system: readonly Dim[]): boolean {
	const numbers = new Map<string, number>();
	const constraints: Constraint[] = [];
	const isNatural: boolean[] = [];
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
				isNatural.push(term.factors.every((factor) => startsAtZero(factor.atom) || factor.power % 2 === 0));
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
	return isInfeasible(constraints, isNatural);
}
