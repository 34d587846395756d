import { decideEqual } from "./decide.js";
import { type Facts, reduce, restore } from "./facts.js";
import { exactQuotient, modulo, polynomialQuotient, substitute } from "./normalize.js";
import { asConstant, constant, type Dim, mul } from "./polynomial.js";
import { showDivides } from "./show.js";

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
	const reduced = polynomialQuotient(reduce(a, facts), reduce(b, facts));
	if (reduced !== undefined) return { quotient: restore(reduced, facts) };
	const quotient = exactQuotient(a, b);
	if (decideEqual(mul(b, quotient), a, facts).verdict === "equal") return { quotient };
	const rest = asConstant(reduce(modulo(valued(a), valued(b)), facts));
	if (rest === 0) return { quotient };
	return {
		undecided: {
			divisor: b,
			dividend: a,
			settle: showDivides(b, a),
			impossible: rest !== undefined && rest !== 0,
		},
	};
}
