import { atomBounds } from "./bounds.js";
import type { Facts } from "./facts.js";
import { isProvablyNonNegative } from "./inequalities.js";
import { asLinear, substitute } from "./normalize.js";
import {
	type Atom,
	add,
	addedPart,
	asConstant,
	asVariable,
	atomKey,
	atomsOf,
	constant,
	constantPart,
	type Dim,
	neg,
	ofAtom,
	one,
	ownAtoms,
	sub,
	zero,
} from "./polynomial.js";
import { powerOf } from "./powers.js";

/** What a condition of a signature, which knows no index of a turn, has to say for all turns. */

/** Turns within turns. */
const mostNested = 4;

/**
 * `2^depth` for `2^(l + 1)`, where `depth >= l + 1` is known of the index of a turn. The same where there is no such
 * bound.
 */
export function withoutLocals(d: Dim, facts: Facts): Dim {
	return substitute(d, (atom) => {
		if (atom.kind !== "power" || !ownAtoms(atom.exponent).some(isLocal)) return undefined;
		// What a turn needs, as what comes after it will need it: `2^depth` for `2^l`, too.
		const most = atLargest(atom.exponent, facts, (size) => afterTurn(size, facts));
		if (isProvablyNonNegative(most, facts.nonNegative)) return powerOf(atom.base, most);
		// `2^depth` rather than `2^(depth - 1)`, which would ask for a larger depth in turn.
		return powerOf(atom.base, sub(most, constant(Math.min(constantPart(most), 0))));
	});
}

/** `l + 1` for an index l by itself, whose end is known. */
function afterTurn(exponent: Dim, facts: Facts): Dim {
	const index = asVariable(sub(exponent, constant(constantPart(exponent))));
	if (index === undefined || !isLocal(index) || constantPart(exponent) >= 1) return exponent;
	return endOf(index, -1, facts) ? add(ofAtom(index), one) : exponent;
}

/**
 * `h - depth - 1` for `h - l - 2`: where that is not negative, the other is not negative in any turn. Undefined where
 * nothing without an index is found, or nothing that can hold.
 */
export function atLeastInTurns(difference: Dim, facts: Facts): Dim | undefined {
	if (!atomsOf(difference).some(isLocal)) return difference;
	const linear = neg(atLargest(neg(difference), facts));
	const taken = withoutLocals(addedPart(neg(linear)), facts);
	const least = sub(addedPart(linear), taken);
	if (atomsOf(least).some(isLocal)) return undefined;
	return (asConstant(least) ?? 0) < 0 ? undefined : least;
}

/** With each index, where it is no part of something else, at the end of its range where the size is greatest. */
function atLargest(d: Dim, facts: Facts, prepare = (size: Dim): Dim => size): Dim {
	let most = d;
	// The end of an index may be that of a turn around it.
	for (let round = 0; round < mostNested && ownAtoms(most).some(isLocal); round++) {
		most = prepare(most);
		for (const local of ownAtoms(most).filter(isLocal)) most = atMost(most, local, facts);
	}
	return most;
}

function atMost(d: Dim, local: Atom, facts: Facts): Dim {
	const coefficient = asConstant(asLinear(d, local)?.coefficient ?? zero) ?? 0;
	const end = coefficient === 0 ? undefined : endOf(local, coefficient > 0 ? -1 : 1, facts);
	if (end === undefined) return d;
	return substitute(d, (atom) => (atomKey(atom) === atomKey(local) ? end : undefined));
}

/** `depth - 1`, by `depth - l - 1 >= 0`; at the other end by `l - first >= 0`, or what it is at least. */
function endOf(local: Atom, side: 1 | -1, facts: Facts): Dim | undefined {
	for (const known of facts.nonNegative) {
		const linear = asLinear(known, local);
		if (linear !== undefined && asConstant(linear.coefficient) === side)
			return side === -1 ? linear.rest : neg(linear.rest);
	}
	const { low } = atomBounds(local);
	return side === 1 && Number.isFinite(low) ? constant(low) : undefined;
}

function isLocal(atom: Atom): boolean {
	return atom.kind === "variable" && atom.local === true;
}
