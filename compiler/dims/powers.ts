import { atomBounds } from "./bounds.js";
import {
	type Atom,
	add,
	asConstant,
	asVariable,
	atomKey,
	constant,
	constantPart,
	type Dim,
	type Factor,
	mul,
	mulMonomials,
	ofAtom,
	one,
	power,
	scale,
	sumOfTerms,
	type Term,
	termFrom,
	zero,
} from "./polynomial.js";

/**
 * Powers with exponents that are sizes. `b^(x + 2*y + 3)` is `b^3 * b^x * (b^y)^2`, so that the laws of powers are those
 * of monomials. An exponent with terms that are taken away, `depth - l`, cannot be taken apart in integers: its power
 * is one atom, an *open* one, and joins the other powers of its base in a product.
 */

interface PowerFactor extends Factor {
	readonly atom: Atom & { readonly kind: "power" };
}

/** `base ^ exponent` in normal form. */
export function powerOf(base: Dim, exponent: Dim): Dim {
	const times = asConstant(exponent);
	if (times !== undefined && times >= 0) return power(base, times);
	const whole = asConstant(base);
	if (whole !== undefined) return product(primesOf(whole), exponent);
	const [only] = base.terms;
	if (base.terms.length > 1 || only === undefined) return split(base, exponent);
	let result = powerOf(constant(only.coefficient), exponent);
	for (const { atom, power: often } of only.factors) {
		const more = scale(exponent, often);
		result = mul(
			result,
			atom.kind === "power" ? powerOf(atom.base, mul(atom.exponent, more)) : split(ofAtom(atom), more),
		);
	}
	return result;
}

function product(primes: readonly number[], exponent: Dim): Dim {
	return primes.reduce((so, prime) => mul(so, split(constant(prime), exponent)), one);
}

/** Larger numbers are bases of their own. */
const mostFactored = 1_000_000;

/** `12` is `2 * 2 * 3`. */
export function primesOf(whole: number): readonly number[] {
	if (whole === 1) return [];
	if (whole < 2 || whole > mostFactored) return [whole];
	const found: number[] = [];
	let left = whole;
	for (let divisor = 2; divisor * divisor <= left; divisor++)
		for (; left % divisor === 0; left /= divisor) found.push(divisor);
	return left > 1 ? [...found, left] : found;
}

/** By the terms of the exponent, where none of them can be negative. */
function split(base: Dim, exponent: Dim): Dim {
	// `2^(n - l + 1)` may be 1, where `2^(n - l)` has no value: it stays as it is.
	if (isOpen(exponent)) return ofAtom({ kind: "power", base, exponent });
	let result = one;
	for (const term of exponent.terms) {
		if (term.factors.length === 0) {
			result = mul(power(base, term.coefficient), result);
			continue;
		}
		const atom: Atom = { kind: "power", base, exponent: sumOfTerms([termFrom(1, term.factors)]) };
		result = mul(result, sumOfTerms([termFrom(1, [{ atom, power: term.coefficient, key: atomKey(atom) }])]));
	}
	return result;
}

/** Whether it may be negative, by its terms. */
export function isOpen(exponent: Dim): boolean {
	return exponent.terms.some(
		(term) => term.coefficient < 0 || term.factors.some((factor) => atomBounds(factor.atom).low < 0),
	);
}

function isOpenPower(factor: Factor): boolean {
	return factor.atom.kind === "power" && isOpen(factor.atom.exponent);
}

export function hasOpenPower(term: Term): boolean {
	return term.factors.some(isOpenPower);
}

/** The term with each open power joined with what else there is of its base: `2^(n - l) * 2^l` is `2^n`. */
export function withoutOpenPowers(term: Term): Term {
	const open = term.factors.find(isOpenPower);
	if (open === undefined) return term;
	let { coefficient } = term;
	let factors = term.factors;
	const bases = new Map<string, Dim>();
	for (const factor of term.factors)
		if (factor.atom.kind === "power" && isOpenPower(factor))
			bases.set(factor.atom.base.key, factor.atom.base);
	for (const base of bases.values()) {
		let exponent = zero;
		for (const factor of factors) if (isPowerOf(factor, base)) exponent = add(exponent, exponentOf(factor));
		let others = factors.filter((factor) => !isPowerOf(factor, base));
		const whole = asConstant(base);
		// `2 * 2^(l - 1)` is `2^l`, and `n * n^(l - 1)` is `n^l`.
		while (
			whole !== undefined &&
			constantPart(exponent) < 0 &&
			coefficient % whole === 0 &&
			coefficient !== 0
		) {
			coefficient /= whole;
			exponent = add(exponent, one);
		}
		const atom = asVariable(base);
		const plain = atom && others.find((factor) => factor.key === atomKey(atom));
		if (plain !== undefined && constantPart(exponent) < 0) {
			const taken = Math.min(plain.power, -constantPart(exponent));
			others = others.filter((factor) => factor !== plain);
			if (plain.power > taken) others = [...others, { ...plain, power: plain.power - taken }];
			exponent = add(exponent, constant(taken));
		}
		const joined = split(base, exponent);
		// A sum to a power that is known would be several terms.
		const [only] = joined.terms.length === 1 ? joined.terms : ofAtom({ kind: "power", base, exponent }).terms;
		factors = mulMonomials(others, (only as Term).factors);
		coefficient *= (only as Term).coefficient;
	}
	return termFrom(coefficient, factors);
}

export function isPowerOf(factor: Factor, base: Dim): factor is PowerFactor {
	return factor.atom.kind === "power" && factor.atom.base.key === base.key;
}

function exponentOf(factor: PowerFactor): Dim {
	return scale(factor.atom.exponent, factor.power);
}

/** What `base` is raised to, to give a single term; a number that is a power of it counts. */
export function logarithmOf(d: Dim, base: Dim): Dim | undefined {
	const [term] = d.terms;
	if (d.terms.length !== 1 || term === undefined) return undefined;
	const whole = asConstant(base);
	let left = term.coefficient;
	let times = 0;
	for (; whole !== undefined && whole > 1 && left > 1 && left % whole === 0; left /= whole) times += 1;
	if (left !== 1) return undefined;
	const atom = asVariable(base);
	let sum = constant(times);
	for (const factor of term.factors) {
		if (isPowerOf(factor, base)) sum = add(sum, exponentOf(factor));
		else if (atom !== undefined && factor.key === atomKey(atom)) sum = add(sum, constant(factor.power));
		else return undefined;
	}
	return sum;
}

/** The exponent of `base` in a term, what is in its coefficient included. */
export function exponentIn(term: Term, base: Dim): Dim {
	const whole = asConstant(base);
	const atom = asVariable(base);
	let times = 0;
	for (let left = term.coefficient; whole !== undefined && whole > 1 && left % whole === 0; left /= whole)
		times += 1;
	let sum = constant(times);
	for (const factor of term.factors) {
		if (isPowerOf(factor, base)) sum = add(sum, exponentOf(factor));
		else if (atom !== undefined && factor.key === atomKey(atom)) sum = add(sum, constant(factor.power));
	}
	return sum;
}

/** The term without what `exponentIn` counts. */
export function withoutBase(term: Term, base: Dim): Term {
	const whole = asConstant(base) ?? 0;
	const atom = asVariable(base);
	let { coefficient } = term;
	while (whole > 1 && coefficient !== 0 && coefficient % whole === 0) coefficient /= whole;
	const isCounted = (factor: Factor): boolean =>
		isPowerOf(factor, base) || (atom !== undefined && factor.key === atomKey(atom));
	return termFrom(
		coefficient,
		term.factors.filter((factor) => !isCounted(factor)),
	);
}

/** Whether a power stands anywhere in it. */
export function hasPower(d: Dim): boolean {
	return d.key.includes("p(");
}
