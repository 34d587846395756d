import { exactDiv } from "./exact.js";
import { type Facts, reduced } from "./facts.js";
import { asLinear, solveLinear } from "./normalize.js";
import { type Atom, atomKey, atomsOf, type Dim, neg, sub } from "./polynomial.js";
import { hasPower } from "./powers.js";

/** As `solveLinear`; of powers, the facts say what divides them: `2*n = 2^k` gives `2^(k - 1)` where `k >= 1`. */
export function solve(
	formal: Dim,
	actual: Dim,
	isUnknown: (atom: Atom) => boolean,
	facts: Facts,
): { atom: Atom; value: Dim } | undefined {
	const plain = solveLinear(formal, actual, isUnknown);
	if (plain !== undefined || !(hasPower(formal) || hasPower(actual))) return plain;
	const other = reduced(actual, facts);
	const again = solveLinear(formal, other, isUnknown);
	if (again !== undefined) return again;
	const unknowns = new Map(
		[formal, other]
			.flatMap(atomsOf)
			.filter(isUnknown)
			.map((a) => [atomKey(a), a]),
	);
	const [atom] = unknowns.values();
	const linear = atom && unknowns.size === 1 ? asLinear(sub(formal, other), atom) : undefined;
	if (atom === undefined || linear === undefined) return undefined;
	const answer = exactDiv(neg(linear.rest), linear.coefficient, facts);
	return "quotient" in answer ? { atom, value: answer.quotient } : undefined;
}
