import { isNonNegative } from "./bounds.js";
import { exampleIn, inEachCase } from "./cases.js";
import { type Eased, eased, splitCases } from "./exponents.js";
import { type Facts, reduce, withAtLeast, withDivides } from "./facts.js";
import { isProvablyNonNegative } from "./inequalities.js";
import { asLinear, occursIn } from "./normalize.js";
import {
	add,
	asConstant,
	asVariable,
	atomsOf,
	type Dim,
	DimOverflow,
	mul,
	neg,
	ofAtom,
	one,
	ownAtoms,
	sub,
	zero,
} from "./polynomial.js";
import { hasPower } from "./powers.js";
import { withExponents, withoutQuotients } from "./quotients.js";
import { type ResidueAnswer, vanishesByResidues } from "./residues.js";
import { type Example, findExample } from "./search.js";
import { showAtLeast, showDivides, showEquation } from "./show.js";
import { atLeastInTurns, withoutLocals } from "./turns.js";

/** Whether two sizes are equal for all admissible values of their variables. */
export type Verdict =
	| { readonly verdict: "equal" }
	/**
	 * They differ for some values: `example` has the smallest that were found. `everywhere`: they differ for all.
	 * `settle`: a `where` clause under which they would be equal.
	 */
	| {
			readonly verdict: "unequal";
			readonly example?: Example;
			readonly everywhere: boolean;
			readonly settle?: string;
	  }
	| { readonly verdict: "undecided"; readonly settle?: string };

/** Whether one size is at least another, for all admissible values. */
export type AtLeastVerdict =
	| { readonly verdict: "holds" }
	/** It fails for some values, `everywhere`: for all. `settle`: the `where` clause that would ask for it. */
	| {
			readonly verdict: "fails";
			readonly example?: Example;
			readonly everywhere: boolean;
			readonly settle?: string;
	  }
	| { readonly verdict: "undecided"; readonly settle?: string };

/** Decides `a = b`: by normal form, by facts, by examples, by residues, by inequalities, in this order. */
export function decideEqual(a: Dim, b: Dim, facts: Facts): Verdict {
	return unlessOverflowing(() => {
		const verdict = equalVerdict(a, b, facts);
		if (verdict.verdict === "equal") return verdict;
		const cases = inEachCase(a, b, (x, y) => decideEqual(x, y, facts));
		return cases ? inAll(cases, "equal") : verdict;
	});
}

interface InCase<V> {
	readonly name: string;
	readonly known: Dim;
	readonly found: V;
}

/** That it holds in every case, or where it does not. */
function inAll<
	V extends { readonly verdict: string; readonly everywhere?: boolean; readonly example?: Example },
>(cases: readonly InCase<V>[], right: V["verdict"]): V {
	const wrong = cases.find(({ found }) => found.verdict !== right);
	if (!wrong) return cases[0]?.found as V;
	const { name, known, found } = wrong;
	const example = exampleIn(name, known, found.example);
	const everywhere = found.everywhere && cases.every((c) => c.found.everywhere);
	return {
		...found,
		...(example && { example }),
		...(found.everywhere !== undefined && { everywhere }),
	};
}

/** Where the way to an answer leaves the safe integers, there is none. */
function unlessOverflowing<T>(decide: () => T): T | { readonly verdict: "undecided" } {
	try {
		return decide();
	} catch (error) {
		if (error instanceof DimOverflow) return { verdict: "undecided" };
		throw error;
	}
}

function equalVerdict(a: Dim, b: Dim, facts: Facts): Verdict {
	if (a.key === b.key) return { verdict: "equal" };
	const { facts: known, difference, exponents } = stated(a, b, facts);
	if (difference.terms.length === 0) return { verdict: "equal" };
	// An example takes any values, and what the value of a declared size says of its divisors is no matter of examples.
	if (hasValue(difference) && residuesOf(difference).identity === "zero") return { verdict: "equal" };
	const differs = (left: number, right: number): boolean => left !== right;
	const { example, isElsewhereRight } = findExample(a, b, facts, differs);
	if (example !== undefined) {
		// The value of a declared size is no matter of examples.
		const isSomewhereEqual = isElsewhereRight && !hasValue(difference);
		const everywhere = !isSomewhereEqual && isProved(() => differsEverywhere(difference, example, known));
		const settle = everywhere ? undefined : divisibilityThatSettles(a, b, facts);
		return { verdict: "unequal", example, everywhere, ...(settle && { settle }) };
	}
	const residues = residuesOf(difference);
	if (residues.identity === "zero") return { verdict: "equal" };
	if (isProved(() => vanishesByBounds(difference, known))) return { verdict: "equal" };
	if (exponents.length > 0 && isProved(() => isShownOfPowers(a, b, facts, vanishes)))
		return { verdict: "equal" };
	if (residues.identity === "not zero") {
		const hints = new Map(
			[...residues.residues].map(([key, { residue, period }]) => [key, residue + period]),
		);
		const found = findExample(a, b, facts, differs, hints).example;
		if (found !== undefined) return { verdict: "unequal", example: found, everywhere: false };
	}
	return { verdict: "undecided", settle: divisibilityThatSettles(a, b, facts) ?? showEquation(sub(a, b)) };
}

/** What is to be shown, as the facts say it; without them where that leaves the safe integers. */
function stated(a: Dim, b: Dim, facts: Facts): Eased & { readonly difference: Dim } {
	try {
		const known = eased(facts, [a, b]);
		return { ...known, difference: reduce(sub(a, b), known.facts) };
	} catch (error) {
		if (!(error instanceof DimOverflow)) throw error;
		return { facts, open: [], exponents: [], difference: sub(a, b) };
	}
}

function residuesOf(difference: Dim): ResidueAnswer {
	try {
		return vanishesByResidues(difference);
	} catch (error) {
		if (error instanceof DimOverflow) return { identity: "too many" };
		throw error;
	}
}

/** A proof that leaves the safe integers is none. */
function isProved(prove: () => boolean): boolean {
	try {
		return prove();
	} catch (error) {
		if (error instanceof DimOverflow) return false;
		throw error;
	}
}

function hasValue(d: Dim): boolean {
	return atomsOf(d).some((atom) => atom.kind === "variable" && atom.value !== undefined);
}

/** Of two numbers, or a name and a number, which most are: whether `a >= b` without any fact. */
function isAtLeastAtOnce(a: Dim, b: Dim): boolean {
	const least = asConstant(b);
	if (least === undefined) return a.key === b.key;
	const atom = asVariable(a);
	const known = atom?.kind === "variable" ? atom.minimum : asConstant(a);
	return known !== undefined && known >= least;
}

/** Decides `a >= b`. */
export function decideAtLeast(a: Dim, b: Dim, facts: Facts): AtLeastVerdict {
	if (isAtLeastAtOnce(a, b)) return { verdict: "holds" };
	return unlessOverflowing(() => {
		const verdict = atLeastVerdict(a, b, facts);
		if (verdict.verdict === "holds") return verdict;
		const cases = inEachCase(a, b, (x, y) => decideAtLeast(x, y, facts));
		return cases ? inAll(cases, "holds") : verdict;
	});
}

/** Whether `a >= b` holds: the same without what is said where it does not. */
export function isAtLeast(a: Dim, b: Dim, facts: Facts): boolean {
	if (isAtLeastAtOnce(a, b)) return true;
	if (isShownAtLeast(a, b, facts)) return true;
	const cases = inEachCase(a, b, (x, y) => isAtLeast(x, y, facts));
	return cases?.every(({ found }) => found) ?? false;
}

function isShownAtLeast(a: Dim, b: Dim, facts: Facts): boolean {
	return isProved(() => {
		const { facts: known, difference, exponents } = stated(a, b, facts);
		if (isProved(() => isProvablyNonNegative(difference, known.nonNegative))) return true;
		if (residuesOf(difference).identity === "zero") return true;
		if (exponents.length === 0 || findExample(a, b, facts, isLess).example) return false;
		return isProved(() => isShownOfPowers(a, b, facts, isNotNegative));
	});
}

function isLess(left: number, right: number): boolean {
	return left < right;
}

function atLeastVerdict(a: Dim, b: Dim, facts: Facts): AtLeastVerdict {
	const { facts: known, difference, exponents } = stated(a, b, facts);
	if (isProved(() => isProvablyNonNegative(difference, known.nonNegative))) return { verdict: "holds" };
	const { example, isElsewhereRight } = findExample(a, b, facts, isLess);
	// Nothing else is left of `h >= h`; with rests of floors it may still be an identity.
	if (!example && residuesOf(difference).identity === "zero") return { verdict: "holds" };
	if (!example && exponents.length > 0 && isProved(() => isShownOfPowers(a, b, facts, isNotNegative)))
		return { verdict: "holds" };
	const settle = clauseForAtLeast(a, b, facts);
	if (example === undefined) return { verdict: "undecided", ...(settle && { settle }) };
	const isSomewhereRight = isElsewhereRight && !hasValue(difference);
	const everywhere =
		!isSomewhereRight && isProved(() => isProvablyNonNegative(sub(neg(difference), one), known.nonNegative));
	return { verdict: "fails", example, everywhere, ...(settle && { settle }) };
}

/** The `where` clause that would ask for `a >= b`. */
function clauseForAtLeast(a: Dim, b: Dim, facts: Facts): string | undefined {
	const difference = sub(a, b);
	if (asConstant(difference) !== undefined) return undefined;
	const least = atLeastInTurns(withoutFloor(difference), facts);
	return divisibilityOfTurns(a, b, facts) ?? (least && showAtLeast(least));
}

/** How often a proof about powers is split into two cases. */
const mostSplits = 3;

type Property = (difference: Dim, facts: Facts) => boolean;

/** Shows something about `a - b` for powers, where it is not seen at once. */
function isShownOfPowers(a: Dim, b: Dim, facts: Facts, holds: Property): boolean {
	const difference = sub(a, b);
	const known = withExponents(facts, [a, b]);
	const plainer = withoutQuotients(difference, known);
	if (plainer.key === difference.key) return inCases(difference, eased(facts, [a, b]), holds);
	const here = eased(known, [plainer]);
	return holds(reduce(plainer, here.facts), here.facts) || inCases(plainer, here, holds);
}

/** The same in cases of what stands in exponents; `here` is what is known, under which it is not seen. */
function inCases(difference: Dim, here: Eased, holds: Property, splits = mostSplits): boolean {
	if (here.exponents.length === 0 || splits === 0) return false;
	const [first] = splitCases(here);
	if (first === undefined) return false;
	return first.every((least) => {
		const there = eased(withAtLeast(here.facts, least, zero), [difference]);
		return (
			holds(reduce(difference, there.facts), there.facts) || inCases(difference, there, holds, splits - 1)
		);
	});
}

function isNotNegative(difference: Dim, facts: Facts): boolean {
	return isProvablyNonNegative(difference, facts.nonNegative) || residuesOf(difference).identity === "zero";
}

function vanishes(difference: Dim, facts: Facts): boolean {
	return (
		difference.terms.length === 0 ||
		residuesOf(difference).identity === "zero" ||
		vanishesByBounds(difference, facts)
	);
}

/** `2^depth divides h`, where `floor(h/2^l)` is to be large enough for each turn l: what halves is meant to be halved. */
function divisibilityOfTurns(a: Dim, b: Dim, facts: Facts): string | undefined {
	for (const atom of ownAtoms(sub(a, b))) {
		if (atom.kind !== "floor" || !hasPower(atom.divisor)) continue;
		const divisor = withoutLocals(atom.divisor, facts);
		if (divisor.key === atom.divisor.key) continue;
		const assumed = withDivides(facts, divisor, atom.numerator);
		if (isAtLeast(a, b, assumed)) return showDivides(divisor, atom.numerator);
	}
	return undefined;
}

/** `floor(x/s) + y >= 0` says no more than `x + y*s >= 0`, which is easier to read where y or s is a number. */
function withoutFloor(difference: Dim): Dim {
	for (const atom of ownAtoms(difference)) {
		if (atom.kind !== "floor" || !isNonNegative(atom.divisor)) continue;
		const linear = asLinear(difference, atom);
		if (linear === undefined || asConstant(linear.coefficient) !== 1) continue;
		const { rest } = linear;
		if (asConstant(rest) !== undefined || asConstant(atom.divisor) !== undefined)
			return add(atom.numerator, mul(atom.divisor, rest));
	}
	return difference;
}

/** Equality without examples, for trying a fact out. */
function isProvablyEqual(a: Dim, b: Dim, facts: Facts): boolean {
	const difference = reduce(sub(a, b), eased(facts, [a, b]).facts);
	if (difference.terms.length === 0) return true;
	return residuesOf(difference).identity === "zero";
}

function vanishesByBounds(difference: Dim, facts: Facts): boolean {
	return (
		isProvablyNonNegative(difference, facts.nonNegative) &&
		isProvablyNonNegative(neg(difference), facts.nonNegative)
	);
}

/** By an example of it only one of both can be greater everywhere. */
function differsEverywhere(difference: Dim, { left, right }: Example, facts: Facts): boolean {
	const gap = left > right ? difference : neg(difference);
	return isProvablyNonNegative(sub(gap, one), facts.nonNegative);
}

/** A clause `c divides x` under which both are equal: of the divisors of the floors, and what is under them. */
function divisibilityThatSettles(a: Dim, b: Dim, facts: Facts): string | undefined {
	for (const atom of atomsOf(sub(a, b))) {
		if (atom.kind !== "floor") continue;
		const parts = ownAtoms(atom.numerator).filter((part) => part.kind !== "floor");
		const divisor = withoutLocals(atom.divisor, facts);
		for (const dividend of [...parts.map(ofAtom), atom.numerator]) {
			// `2^n divides n` says nothing that anybody would ask for.
			if (hasPower(divisor) && atomsOf(dividend).some((part) => occursIn(part, divisor))) continue;
			const settles = isProved(() => {
				const assumed = withDivides(facts, divisor, dividend);
				return assumed !== facts && isProvablyEqual(a, b, assumed);
			});
			if (settles) return showDivides(divisor, dividend);
		}
	}
	return undefined;
}
