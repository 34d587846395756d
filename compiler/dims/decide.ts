import { type Facts, reduce } from "./facts.js";
import { asConstant, type Dim, sub } from "./polynomial.js";
import type { Example } from "./search.js";

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

export type AtLeastVerdict =
	| { readonly verdict: "holds" }
	| {
			readonly verdict: "fails";
			readonly example?: Example;
			readonly everywhere: boolean;
			readonly settle?: string;
	  }
	| { readonly verdict: "undecided"; readonly settle?: string };

export function decideEqual(a: Dim, b: Dim, facts: Facts): Verdict {
	if (a.key === b.key) return { verdict: "equal" };
	const d = reduce(sub(a, b), facts);
	const whole = asConstant(d);
	if (whole === 0) return { verdict: "equal" };
	if (whole !== undefined) return { verdict: "unequal", everywhere: true };
	return { verdict: "undecided" };
}

export function decideAtLeast(a: Dim, b: Dim, facts: Facts): AtLeastVerdict {
	const whole = asConstant(reduce(sub(a, b), facts));
	if (whole === undefined) return { verdict: "undecided" };
	return whole >= 0 ? { verdict: "holds" } : { verdict: "fails", everywhere: true };
}
