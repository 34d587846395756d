import { isNonNegative } from "./bounds.js";
import { eased, splitCases, withoutLocals } from "./exponents.js";
import { type Facts, reduce, withAtLeast, withDivides } from "./facts.js";
import { isProvablyNonNegative } from "./inequalities.js";
import { asLinear } from "./normalize.js";
import {
	add,
	addedPart,
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
import { vanishesByResidues } from "./residues.js";
import { type Example, findExample } from "./search.js";
import { showAtLeast, showDivides, showEquation } from "./show.js";

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
	return unlessOverflowing(() => equalVerdict(a, b, facts));
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
	const { facts: known } = eased(facts, [a, b]);
	const difference = reduce(sub(a, b), known);
	if (difference.terms.length === 0) return { verdict: "equal" };
	// An example takes any values, and what the value of a declared size says of its divisors is no matter of examples.
	if (hasValue(difference) && vanishesByResidues(difference).identity === "zero") return { verdict: "equal" };
	const differs = (left: number, right: number): boolean => left !== right;
	const example = findExample(a, b, facts, differs);
	if (example !== undefined) {
		const everywhere = differsEverywhere(difference, known);
		const settle = everywhere ? undefined : divisibilityThatSettles(a, b, facts);
		return { verdict: "unequal", example, everywhere, settle };
	}
	const residues = vanishesByResidues(difference);
	if (residues.identity === "zero") return { verdict: "equal" };
	if (vanishesByBounds(difference, known)) return { verdict: "equal" };
	if (inCases(a, b, facts, vanishes)) return { verdict: "equal" };
	if (residues.identity === "not zero") {
		const hints = new Map(
			[...residues.residues].map(([key, { residue, period }]) => [key, residue + period]),
		);
		const found = findExample(a, b, facts, differs, hints);
		if (found !== undefined) return { verdict: "unequal", example: found, everywhere: false };
	}
	return { verdict: "undecided", settle: divisibilityThatSettles(a, b, facts) ?? showEquation(sub(a, b)) };
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
	return unlessOverflowing(() => atLeastVerdict(a, b, facts));
}

/** Whether `a >= b` holds: the same without what is said where it does not. */
export function isAtLeast(a: Dim, b: Dim, facts: Facts): boolean {
	if (isAtLeastAtOnce(a, b)) return true;
	const decided = unlessOverflowing((): { readonly verdict: "holds" | "open" } => {
		const { facts: known } = eased(facts, [a, b]);
		const difference = reduce(sub(a, b), known);
		const holds =
			isProvablyNonNegative(difference, known.nonNegative) ||
			vanishesByResidues(difference).identity === "zero" ||
			inCases(a, b, facts, isNotNegative);
		return { verdict: holds ? "holds" : "open" };
	});
	return decided.verdict === "holds";
}

function atLeastVerdict(a: Dim, b: Dim, facts: Facts): AtLeastVerdict {
	const { facts: known } = eased(facts, [a, b]);
	const difference = reduce(sub(a, b), known);
	if (isProvablyNonNegative(difference, known.nonNegative)) return { verdict: "holds" };
	const example = findExample(a, b, facts, (left, right) => left < right);
	const everywhere = isProvablyNonNegative(sub(neg(difference), one), known.nonNegative);
	const settle =
		asConstant(sub(a, b)) === undefined
			? (divisibilityOfTurns(a, b, facts) ?? showAtLeast(settling(sub(a, b), facts)))
			: undefined;
	if (example !== undefined) return { verdict: "fails", example, everywhere, settle };
	// Nothing else is left of `h >= h`; with rests of floors it may still be an identity.
	if (vanishesByResidues(difference).identity === "zero") return { verdict: "holds" };
	if (inCases(a, b, facts, isNotNegative)) return { verdict: "holds" };
	return { verdict: "undecided", settle };
}

/** How often a proof about powers is split into two cases. */
const mostSplits = 3;

/** Shows something about `a - b` for powers: where it is not seen at once, in cases of what stands in their exponents. */
function inCases(
	a: Dim,
	b: Dim,
	facts: Facts,
	holds: (difference: Dim, facts: Facts) => boolean,
	splits = mostSplits,
): boolean {
	const here = eased(facts, [a, b]);
	if (here.exponents.length === 0) return false;
	if (splits < mostSplits && holds(reduce(sub(a, b), here.facts), here.facts)) return true;
	const [first] = splitCases(here);
	if (splits === 0 || first === undefined) return false;
	return first.every((least) => inCases(a, b, withAtLeast(here.facts, least, zero), holds, splits - 1));
}

function isNotNegative(difference: Dim, facts: Facts): boolean {
	return (
		isProvablyNonNegative(difference, facts.nonNegative) || vanishesByResidues(difference).identity === "zero"
	);
}

function vanishes(difference: Dim, facts: Facts): boolean {
	return (
		difference.terms.length === 0 ||
		vanishesByResidues(difference).identity === "zero" ||
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

function settling(difference: Dim, facts: Facts): Dim {
	const plain = withoutFloor(difference);
	return sub(addedPart(plain), withoutLocals(addedPart(neg(plain)), facts));
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
	return vanishesByResidues(difference).identity === "zero";
}

function vanishesByBounds(difference: Dim, facts: Facts): boolean {
	return (
		isProvablyNonNegative(difference, facts.nonNegative) &&
		isProvablyNonNegative(neg(difference), facts.nonNegative)
	);
}

function differsEverywhere(difference: Dim, facts: Facts): boolean {
	return (
		isProvablyNonNegative(sub(difference, one), facts.nonNegative) ||
		isProvablyNonNegative(sub(neg(difference), one), facts.nonNegative)
	);
}

/** A clause `c divides x` under which both are equal: of the divisors of the floors, and what is under them. */
function divisibilityThatSettles(a: Dim, b: Dim, facts: Facts): string | undefined {
	for (const atom of atomsOf(sub(a, b))) {
		if (atom.kind !== "floor") continue;
		const parts = ownAtoms(atom.numerator).filter((part) => part.kind !== "floor");
		const divisor = withoutLocals(atom.divisor, facts);
		for (const dividend of [...parts.map(ofAtom), atom.numerator]) {
			const assumed = withDivides(facts, divisor, dividend);
			if (assumed !== facts && isProvablyEqual(a, b, assumed)) return showDivides(divisor, dividend);
		}
	}
	return undefined;
}
