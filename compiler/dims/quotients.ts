import { isNonNegative } from "./bounds.js";
import { eased } from "./exponents.js";
import { type Facts, reduce, withAtLeast } from "./facts.js";
import { isProvablyNonNegative } from "./inequalities.js";
import { floorDiv, substitute } from "./normalize.js";
import {
	add,
	asConstant,
	atomsOf,
	constant,
	type Dim,
	divideMonomials,
	greatestCommonDivisor,
	mul,
	neg,
	one,
	sub,
	sumOfTerms,
	type Term,
	termFrom,
	zero,
} from "./polynomial.js";
import { exponentIn, hasPower, isOpen, powerOf, primesOf, withoutBase } from "./powers.js";

/**
 * Quotients of powers, as far as what is known of their exponents tells them, in the names of the sizes themselves: the
 * rules of facts may make other sizes of those in exponents, of which less is known.
 */

/** The facts, and that no exponent of these sizes is negative: where one is, they have no value. */
export function withExponents(facts: Facts, dims: readonly Dim[]): Facts {
	let known = facts;
	for (const atom of dims.flatMap(atomsOf))
		if (atom.kind === "power" && isOpen(atom.exponent)) known = withAtLeast(known, atom.exponent, zero);
	return known;
}

/**
 * With floors by powers taken out as far as the exponents say: `floor((2^(x + y) + r)/2^y)` is `2^x + floor(r/2^y)` where
 * x is not negative, and `floor(a/b)` is 0 where a is from 0 up to b, -1 where it is from -b up to 0.
 */
export function withoutQuotients(d: Dim, facts: Facts): Dim {
	const known = eased(facts, [d]).facts;
	const answers = new Map<string, boolean>();
	const isNotNegative = (size: Dim): boolean => {
		let answer = answers.get(size.key);
		if (answer === undefined) {
			answer = isProvablyNonNegative(reduce(size, known), known.nonNegative);
			answers.set(size.key, answer);
		}
		return answer;
	};
	const visit = (size: Dim): Dim =>
		substitute(size, (atom) => {
			if (atom.kind !== "floor") return undefined;
			const numerator = visit(atom.numerator);
			const divisor = visit(atom.divisor);
			if (!hasPower(numerator) && !hasPower(divisor)) return undefined;
			const { quotient, rest } = dividedByTerms(numerator, divisor, isNotNegative);
			return add(quotient, smallQuotient(rest, divisor, isNotNegative) ?? floorDiv(rest, divisor));
		});
	return visit(d);
}

/** The terms that the divisor divides, divided, and the others. */
function dividedByTerms(
	numerator: Dim,
	divisor: Dim,
	isNotNegative: (size: Dim) => boolean,
): { readonly quotient: Dim; readonly rest: Dim } {
	const [by] = divisor.terms;
	if (by === undefined || divisor.terms.length > 1) return { quotient: zero, rest: numerator };
	let quotient = zero;
	const rest: Term[] = [];
	for (const term of numerator.terms) {
		const divided = dividedTerm(term, by, isNotNegative);
		if (divided === undefined) rest.push(term);
		else quotient = add(quotient, divided);
	}
	return { quotient, rest: sumOfTerms(rest) };
}

/** `term / by`, base by base: where each exponent is at least as large above as below. */
function dividedTerm(term: Term, by: Term, isNotNegative: (size: Dim) => boolean): Dim | undefined {
	const bases = new Map<string, Dim>();
	for (const { atom } of [...term.factors, ...by.factors])
		if (atom.kind === "power") bases.set(atom.base.key, atom.base);
	for (const prime of primesOf(Math.abs(by.coefficient))) bases.set(constant(prime).key, constant(prime));
	const common = greatestCommonDivisor(term.coefficient, by.coefficient);
	let above = termFrom(term.coefficient / common, term.factors);
	let below = termFrom(by.coefficient / common, by.factors);
	let result = one;
	for (const base of bases.values()) {
		// `4*2^(n - l)` stays so, rather than `2^(n - l + 2)`, unless the 4 is needed.
		const [plain, whole] = [withoutNumber(above, base), above].map((of) =>
			sub(exponentIn(of, base), exponentIn(below, base)),
		) as [Dim, Dim];
		const isPlain = isNotNegative(plain);
		if (!isPlain && !isNotNegative(whole)) return undefined;
		result = mul(result, powerOf(base, isPlain ? plain : whole));
		const rest = withoutBase(above, base);
		above = isPlain ? termFrom(above.coefficient, rest.factors) : rest;
		below = withoutBase(below, base);
	}
	const factors = divideMonomials(above.factors, below.factors);
	if (factors === undefined || above.coefficient % below.coefficient !== 0) return undefined;
	return mul(result, sumOfTerms([termFrom(above.coefficient / below.coefficient, factors)]));
}

/** The term without its coefficient, where `base` is a number, which counts as its powers. */
function withoutNumber(term: Term, base: Dim): Term {
	return asConstant(base) === undefined ? term : termFrom(1, term.factors);
}

/** A quotient that is 0 or -1. */
function smallQuotient(rest: Dim, divisor: Dim, isNotNegative: (size: Dim) => boolean): Dim | undefined {
	if (!isNonNegative(divisor)) return undefined;
	if (rest.terms.length === 0) return zero;
	if (isNotNegative(rest)) return isNotNegative(sub(sub(divisor, one), rest)) ? zero : undefined;
	const below = neg(rest);
	return isNotNegative(sub(below, one)) && isNotNegative(sub(divisor, below)) ? constant(-1) : undefined;
}
