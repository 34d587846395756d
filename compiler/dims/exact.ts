import { decideEqual, isAtLeast } from "./decide.js";
import { eased } from "./exponents.js";
import { type Facts, reduce, restore } from "./facts.js";
import { exactQuotient, modulo, polynomialQuotient, substitute } from "./normalize.js";
import { asConstant, atomsOf, constant, type Dim, mul, ownAtoms, sub, zero } from "./polynomial.js";
import { hasPower, logarithmOf, powerOf } from "./powers.js";
import { showDivides } from "./show.js";
import { withoutLocals } from "./turns.js";

/** That `divisor` divides `dividend`, which could not be shown. */
export interface Obligation {
	readonly divisor: Dim;
	readonly dividend: Dim;
	/** The `where` clause that would settle it: `heads divides d`. */
	readonly settle: string;
	/** It holds for no sizes at all: `3/2`, `(2*n + 1)/2`. */
	readonly impossible: boolean;
}

/** With the values of declared sizes. */
function valued(d: Dim): Dim {
	return substitute(d, (atom) =>
		atom.kind === "variable" && atom.value !== undefined ? constant(atom.value) : undefined,
	);
}

/** Exact division: the quotient when `b` provably divides `a` under the facts, else what is still to be shown. */
export function exactDiv(a: Dim, b: Dim, facts: Facts): { quotient: Dim } | { undecided: Obligation } {
	const plain = polynomialQuotient(a, b);
	if (plain !== undefined) return { quotient: plain };
	// The hidden quotients of `heads divides d` make `3*d / heads` a polynomial: three times `d/heads`.
	// A quotient of powers of one base, where its exponent is not negative.
	const between = quotientOfPowers(a, b);
	if (between !== undefined && isAtLeast(between.exponent, zero, facts))
		return { quotient: powerOf(between.base, between.exponent) };
	const { facts: known } = eased(facts, [a, b]);
	const reduced = polynomialQuotient(reduce(a, known), reduce(b, known));
	const quotient = exactQuotient(a, b);
	if (reduced !== undefined) {
		const restored = restore(reduced, known);
		// `h / 2^l` says more than `2^(depth - l) * (h / 2^depth)`.
		const isShorter =
			(known === facts && !hasPower(b)) || !atomsOf(restored).some((atom) => atom.kind === "floor");
		return { quotient: isShorter ? restored : quotient };
	}
	if (decideEqual(mul(b, quotient), a, facts).verdict === "equal") return { quotient };
	const rest = asConstant(reduce(modulo(valued(a), valued(b)), known));
	if (rest === 0) return { quotient };
	return {
		undecided: {
			divisor: b,
			dividend: a,
			settle: showDivides(withoutLocals(b, facts), a),
			impossible:
				(rest !== undefined && rest !== 0) ||
				(between !== undefined && isAtLeast(constant(-1), between.exponent, facts)),
		},
	};
}

/** `b^x / b^y` as a power; the exponent may be negative. */
function quotientOfPowers(a: Dim, b: Dim): { readonly base: Dim; readonly exponent: Dim } | undefined {
	if (!hasPower(a) && !hasPower(b)) return undefined;
	for (const atom of [...ownAtoms(b), ...ownAtoms(a)]) {
		if (atom.kind !== "power") continue;
		const [above, below] = [logarithmOf(a, atom.base), logarithmOf(b, atom.base)];
		if (above && below) return { base: atom.base, exponent: sub(above, below) };
	}
	return undefined;
}
