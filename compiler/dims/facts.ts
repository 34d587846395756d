import { bounds, declaredMinimum, isNonNegative } from "./bounds.js";
import { isProvablyNonNegative } from "./inequalities.js";
import { asLinear, exactQuotient, floorDiv, occursIn, polynomialQuotient, substitute } from "./normalize.js";
import { nextIdentity } from "./numbering.js";
import {
	type Atom,
	add,
	asConstant,
	asVariable,
	atomKey,
	atomsOf,
	constant,
	content,
	type Dim,
	divideMonomials,
	greatestCommonDivisor,
	mul,
	neg,
	ofAtom,
	ownAtoms,
	scale,
	sub,
	sumOfTerms,
	type Term,
	termFrom,
} from "./polynomial.js";
import { hasPower, logarithmOf, powerOf } from "./powers.js";

/**
 * What is known: `where heads divides d`, `n >= m`, `len(widths) >= 2`, equations. Immutable. Equations and
 * divisibilities become rewriting rules: `heads divides d` rewrites `d` as `heads * q`, with `q` hidden.
 */
export interface Facts {
	/** Atoms that are something else, by their keys; no replacement mentions an atom that has a rule. */
	readonly rules: ReadonlyMap<string, Rule>;
	/** Equations that no atom could be solved for: their leading monomial is rewritten as the rest. */
	readonly monomials: readonly { readonly lead: Term; readonly replacement: Dim }[];
	/** Each is at least 0; rewritten by the rules. */
	readonly nonNegative: readonly Dim[];
	/** Each is 0: the equations that made no rule, for checking examples. */
	readonly vanishing: readonly Dim[];
	/** Each dividend is a multiple of its divisor: those that made no rule. */
	readonly multiples: readonly { readonly divisor: Dim; readonly dividend: Dim }[];
	/** What the hidden quotients stand for, in the user's variables. */
	readonly hidden: ReadonlyMap<string, Dim>;
}

export interface Rule {
	readonly atom: Atom;
	readonly replacement: Dim;
}

export const noFacts: Facts = {
	rules: new Map(),
	monomials: [],
	nonNegative: [],
	vanishing: [],
	multiples: [],
	hidden: new Map(),
};

/** A variable that is equal to no other. Sizes are at least 1 unless told. */
export function variable(
	name: string,
	options: { minimum?: number; value?: number | undefined; local?: true; cases?: readonly Dim[] } = {},
): { dim: Dim; atom: Atom & { kind: "variable" } } {
	const { value, minimum = value ?? 1, local, cases } = options;
	const atom = {
		kind: "variable",
		name,
		id: nextIdentity(),
		minimum,
		...(value !== undefined && { value }),
		...(local && { local }),
		...(cases && { cases }),
	} as const;
	return { dim: ofAtom(atom), atom };
}

/** Rewrites by the facts; hidden quotients may appear in the result. */
export function reduce(d: Dim, facts: Facts): Dim {
	let result = d;
	if (facts.rules.size > 0)
		result = substitute(result, (atom) => facts.rules.get(atomKey(atom))?.replacement);
	return reduceMonomials(result, facts);
}

/** As the equations among the facts say it: `2^k` for n, by `n == 2^k`. */
export function reduced(d: Dim, facts: Facts): Dim {
	return restore(reduce(d, facts), facts);
}

/** Each step makes the polynomial smaller in the order of monomials, so that this ends; the bound is for safety. */
function reduceMonomials(d: Dim, facts: Facts): Dim {
	let result = d;
	for (let round = 0; round < 64 && facts.monomials.length > 0; round++) {
		const next = reduceOnce(result, facts);
		if (next === undefined) break;
		result = next;
	}
	return result;
}

function reduceOnce(d: Dim, facts: Facts): Dim | undefined {
	for (const term of d.terms) {
		for (const rule of facts.monomials) {
			const factors = divideMonomials(term.factors, rule.lead.factors);
			if (factors === undefined) continue;
			const others = sumOfTerms(d.terms.filter((other) => other !== term));
			return add(others, mul(sumOfTerms([termFrom(term.coefficient, factors)]), rule.replacement));
		}
	}
	return undefined;
}

/** Puts what they stand for in the place of hidden quotients. */
export function restore(d: Dim, facts: Facts): Dim {
	return facts.hidden.size === 0 ? d : substitute(d, (atom) => facts.hidden.get(atomKey(atom)));
}

/** Adds `a >= b`. */
export function withAtLeast(facts: Facts, a: Dim, b: Dim): Facts {
	const powers = exponentsOf(a, b);
	if (powers !== undefined) return withAtLeast(facts, powers.left, powers.right);
	const difference = reduce(sub(a, b), facts);
	if (asConstant(difference) !== undefined || isNonNegative(difference)) {
		// A fact that is plainly false must stay, so that nothing is claimed to be an example under it.
		if (isNonNegative(difference)) return facts;
	}
	return { ...facts, nonNegative: [...facts.nonNegative, difference] };
}

/** Of two powers of one base that is at least 2, which are compared as their exponents are: those. */
function exponentsOf(a: Dim, b: Dim): { readonly left: Dim; readonly right: Dim } | undefined {
	if (!hasPower(a) && !hasPower(b)) return undefined;
	for (const atom of [...ownAtoms(a), ...ownAtoms(b)]) {
		if (atom.kind !== "power" || bounds(atom.base).low < 2) continue;
		const [left, right] = [logarithmOf(a, atom.base), logarithmOf(b, atom.base)];
		if (left && right) return { left, right };
	}
	return undefined;
}

/** Adds `a == b`. */
export function withEqual(facts: Facts, a: Dim, b: Dim): Facts {
	const powers = exponentsOf(a, b);
	if (powers !== undefined) return withEqual(facts, powers.left, powers.right);
	const difference = reduce(sub(a, b), facts);
	if (difference.terms.length === 0) return facts;
	const solved = solveForAtom(difference, (atom) => facts.hidden.has(atomKey(atom)));
	if (solved !== undefined) return withRule(facts, solved);
	const lead = difference.terms[0] as Term;
	const vanishing = [...facts.vanishing, difference];
	if (Math.abs(lead.coefficient) !== 1 || lead.factors.length === 0) return { ...facts, vanishing };
	const rest = sub(difference, sumOfTerms([lead]));
	const replacement = lead.coefficient === 1 ? neg(rest) : rest;
	const rule = { lead: termFrom(1, lead.factors), replacement };
	return withQuotients({ ...facts, vanishing, monomials: [...facts.monomials, rule] }, difference);
}

/** `heads*q = 64`, with q hidden, also says that `floor(64/heads)` is q. */
function withQuotients(facts: Facts, difference: Dim): Facts {
	let result = facts;
	for (const atom of ownAtoms(difference)) {
		const linear = facts.hidden.has(atomKey(atom)) ? asLinear(difference, atom) : undefined;
		if (linear === undefined) continue;
		const floor = asVariable(reduce(floorDiv(neg(linear.rest), linear.coefficient), result));
		if (floor?.kind === "floor") result = withRule(result, { atom: floor, replacement: ofAtom(atom) });
	}
	return result;
}

/** Adds that `dividend` is a multiple of `divisor`. */
export function withDivides(facts: Facts, divisor: Dim, dividend: Dim): Facts {
	let by = reduce(divisor, facts);
	let what = reduce(dividend, facts);
	if (by.terms.length === 0 || polynomialQuotient(what, by) !== undefined) return facts;
	const powers = exponentsOf(what, by);
	if (powers !== undefined) return withAtLeast(facts, powers.left, powers.right);
	// 4 | 2*h is 2 | h; what is common to both sides cancels.
	const common = greatestCommonDivisor(content(by), content(what));
	if (common > 1) [by, what] = [divideContent(by, common), divideContent(what, common)];
	[by, what] = withoutCommonPowers(by, what, facts);
	const literal = asConstant(by);
	const solved = literal === undefined ? undefined : solveCongruence(what, Math.abs(literal));
	if (solved !== undefined) {
		const quotient = hiddenQuotient(
			sub(ofAtom(solved.atom), solved.residue),
			constant(Math.abs(literal as number)),
			facts,
		);
		const replacement = add(solved.residue, scale(quotient.dim, Math.abs(literal as number)));
		return withRule({ ...facts, hidden: quotient.hidden }, { atom: solved.atom, replacement });
	}
	const quotient = hiddenQuotient(what, by, facts);
	const equation = sub(what, mul(by, quotient.dim));
	const rule = solveForAtom(
		equation,
		(atom) => atomsOf(by).some((own) => atomKey(own) === atomKey(atom)) || atomKey(atom) === quotient.key,
	);
	if (rule !== undefined) return withRule({ ...facts, hidden: quotient.hidden }, rule);
	return { ...facts, multiples: [...facts.multiples, { divisor: by, dividend: what }] };
}

/** `2^depth | 2*q` is `2^(depth - 1) | q`, where depth is at least 1. */
function withoutCommonPowers(by: Dim, what: Dim, facts: Facts): [Dim, Dim] {
	const power = ownAtoms(by).find((atom) => atom.kind === "power");
	const base = power?.kind === "power" ? asConstant(power.base) : undefined;
	const exponent = power?.kind === "power" ? logarithmOf(by, power.base) : undefined;
	if (base === undefined || base < 2 || exponent === undefined) return [by, what];
	let times = 0;
	let left = content(what);
	for (; left > 0 && left % base === 0; left /= base) {
		if (!isProvablyNonNegative(sub(exponent, constant(times + 1)), facts.nonNegative)) break;
		times += 1;
	}
	if (times === 0) return [by, what];
	return [powerOf(constant(base), sub(exponent, constant(times))), divideContent(what, base ** times)];
}

function divideContent(d: Dim, by: number): Dim {
	return sumOfTerms(d.terms.map((term) => termFrom(term.coefficient / by, term.factors)));
}

function hiddenQuotient(
	dividend: Dim,
	divisor: Dim,
	facts: Facts,
): { dim: Dim; key: string; hidden: ReadonlyMap<string, Dim> } {
	const stands = restore(exactQuotient(dividend, divisor), facts);
	const range = bounds(dividend);
	let minimum = Number.NEGATIVE_INFINITY;
	if (isNonNegative(divisor) && range.low >= 0) minimum = range.low >= 1 ? 1 : 0;
	const { dim, atom } = variable("quotient", { minimum });
	const key = atomKey(atom);
	return { dim, key, hidden: new Map(facts.hidden).set(key, stands) };
}

/** `modulus | what`, solved for an atom whose coefficient has an inverse: `atom = residue (mod modulus)`. */
function solveCongruence(what: Dim, modulus: number): { atom: Atom; residue: Dim } | undefined {
	const small = sumOfTerms(
		what.terms.map((term) => termFrom(((term.coefficient % modulus) + modulus) % modulus, term.factors)),
	);
	// k*m with k prime to the modulus says the same as m.
	for (const atom of candidates(small)) {
		const linear = asLinear(small, atom);
		const coefficient = linear && asConstant(linear.coefficient);
		if (linear === undefined || coefficient === undefined) continue;
		if (greatestCommonDivisor(coefficient, modulus) !== 1) continue;
		const inverse = inverseOf(coefficient, modulus);
		// Written with minus signs, so that the quotient is one of a sum: h = 2*q - w for q = (h + w)/2.
		const residue = sumOfTerms(
			linear.rest.terms.map((term) => termFrom(-((term.coefficient * inverse) % modulus), term.factors)),
		);
		return { atom, residue };
	}
	return undefined;
}

function inverseOf(a: number, modulus: number): number {
	for (let candidate = 1; candidate < modulus; candidate++) {
		if ((a * candidate) % modulus === 1) return candidate;
	}
	return 1;
}

/** Variables made last first; floors and powers only where there is nothing else. */
function candidates(d: Dim): readonly Atom[] {
	const rank = (atom: Atom): number => (atom.kind === "floor" || atom.kind === "power" ? 1 : 0);
	return [...ownAtoms(d)].reverse().sort((a, b) => rank(a) - rank(b));
}

/** `difference = 0` as a rule for an atom with coefficient 1 or -1 that occurs nowhere else in it. */
function solveForAtom(difference: Dim, avoid: (atom: Atom) => boolean): Rule | undefined {
	const all = candidates(difference);
	for (const atom of [...all.filter((one) => !avoid(one)), ...all.filter(avoid)]) {
		const linear = asLinear(difference, atom);
		const coefficient = linear && asConstant(linear.coefficient);
		if (linear === undefined || (coefficient !== 1 && coefficient !== -1)) continue;
		return { atom, replacement: coefficient === 1 ? neg(linear.rest) : linear.rest };
	}
	return undefined;
}

/** Adds a rule and rewrites all that was known by it. The bound of the atom that goes becomes an inequality. */
export function withRule(facts: Facts, rule: Rule): Facts {
	const key = atomKey(rule.atom);
	const apply = (d: Dim): Dim =>
		substitute(d, (atom) => (atomKey(atom) === key ? rule.replacement : undefined));
	const rules = new Map<string, Rule>();
	const stale: Rule[] = [];
	for (const [name, old] of facts.rules) {
		// A rule for a floor or an entry that mentions the atom must be stated anew.
		if (occursIn(rule.atom, ofAtom(old.atom))) stale.push(old);
		else rules.set(name, { ...old, replacement: apply(old.replacement) });
	}
	rules.set(key, rule);
	const changed = {
		...facts,
		rules,
		monomials: [],
		nonNegative: facts.nonNegative.map(apply),
		vanishing: [],
		multiples: [],
	};
	let result: Facts = changed;
	const minimum = declaredMinimum(rule.atom);
	if (Number.isFinite(minimum)) result = withAtLeast(result, rule.replacement, constant(minimum));
	for (const old of stale) result = withEqual(result, apply(ofAtom(old.atom)), apply(old.replacement));
	// What made no rule before may make one now.
	for (const d of facts.vanishing) result = withEqual(result, apply(d), constant(0));
	for (const { divisor, dividend } of facts.multiples)
		result = withDivides(result, apply(divisor), apply(dividend));
	return result;
}
