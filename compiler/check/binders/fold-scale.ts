import {
	add,
	asConstant,
	atomsOf,
	constant,
	type Dim,
	decideEqual,
	exactQuotient,
	type Facts,
	floorDiv,
	hasPower,
	mul,
	neg,
	powerOf,
	sub,
} from "../../dims/dim.js";

/** A size of a fold's state in turn `index`, by what it is before and after the first turn. */
export type SizeInTurn = (before: Dim, after: Dim, index: Dim, facts: Facts) => Dim | undefined;

/** The numbers that sizes are multiplied or divided by in each turn. */
const factors = [2, 3, 4, 5, 6, 7, 8];

/** Times a number in each turn: `2*c` of `c` is `c * 2^i`. */
export function timesInTurn(before: Dim, after: Dim, index: Dim): Dim | undefined {
	const factor = factors.find((n) => mul(before, constant(n)).key === after.key);
	if (factor !== undefined) return mul(before, powerOf(constant(factor), index));
	// `2^depth`, and then `2^(depth - 1)`.
	const divisor = factors.find((n) => mul(after, constant(n)).key === before.key);
	return divisor === undefined ? undefined : mul(before, powerOf(constant(divisor), neg(index)));
}

/** Through a number in each turn, rounded down or up: `h/2^i` where a turn makes `h/2` of `h`. */
export function quotientInTurn(before: Dim, after: Dim, index: Dim, facts: Facts): Dim | undefined {
	if (asConstant(before) !== undefined) return undefined;
	for (const atom of atomsOf(after)) {
		const factor = atom.kind === "floor" ? asConstant(atom.divisor) : undefined;
		if (atom.kind !== "floor" || factor === undefined || factor < 2) continue;
		for (const divide of [atom.exact ? exactQuotient : floorDiv, ceilDiv])
			if (isEqual(divide(before, constant(factor)), after, facts))
				return divide(before, powerOf(constant(factor), index));
	}
	return undefined;
}

/** Whether a factor is more likely than a sum. */
export function isScaledSize(before: Dim, after: Dim, index: Dim, facts: Facts): boolean {
	return hasPower(before) || quotientInTurn(before, after, index, facts) !== undefined;
}

function ceilDiv(a: Dim, b: Dim): Dim {
	return floorDiv(add(a, sub(b, constant(1))), b);
}

function isEqual(a: Dim, b: Dim, facts: Facts): boolean {
	return a.key === b.key || decideEqual(a, b, facts).verdict === "equal";
}
