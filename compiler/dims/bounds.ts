import { type Atom, asConstant, type Dim } from "./polynomial.js";

/** A closed interval; the ends may be infinite. */
export interface Interval {
	readonly low: number;
	readonly high: number;
}

/** Infinity times 0 is 0 here: an unbounded factor of a factor that is 0. */
function times(a: number, b: number): number {
	return a === 0 || b === 0 ? 0 : a * b;
}

function product(a: Interval, b: Interval): Interval {
	const corners = [times(a.low, b.low), times(a.low, b.high), times(a.high, b.low), times(a.high, b.high)];
	return { low: Math.min(...corners), high: Math.max(...corners) };
}

/** The least value that an atom is declared to take, not looking into floors. */
export function declaredMinimum(atom: Atom): number {
	switch (atom.kind) {
		case "variable":
			return atom.minimum;
		case "element":
			return atom.minimum ?? 1;
		case "length":
			// A list within lists has an entry.
			return atom.outer === undefined ? 0 : 1;
		case "floor":
			return Number.NEGATIVE_INFINITY;
		case "power":
			return (asConstant(atom.base) ?? 0) >= 1 ? 1 : Number.NEGATIVE_INFINITY;
	}
}

/** Where the values of an atom lie, by interval arithmetic from the declared minima. */
export function atomBounds(atom: Atom): Interval {
	if (atom.kind === "variable" && atom.value !== undefined) return { low: atom.value, high: atom.value };
	if (atom.kind !== "power" && atom.kind !== "floor")
		return { low: declaredMinimum(atom), high: Number.POSITIVE_INFINITY };
	let known = boundsBefore.get(atom);
	if (known === undefined) {
		known =
			atom.kind === "power"
				? powerBounds(bounds(atom.base), bounds(atom.exponent))
				: quotientBounds(bounds(atom.numerator), bounds(atom.divisor));
		boundsBefore.set(atom, known);
	}
	return known;
}

/** Quotients of quotients are asked again and again. */
const boundsBefore = new WeakMap<Atom, Interval>();

function quotientBounds(above: Interval, below: Interval): Interval {
	// A divisor of 0 has no value, so that one which can not be negative counts as at least 1.
	if (below.low < 0) return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
	const least = Math.max(below.low, 1);
	const quotient = (n: number, d: number): number => {
		if (Number.isFinite(n)) return Number.isFinite(d) ? Math.floor(n / d) : n < 0 ? -1 : 0;
		return n;
	};
	return {
		low: quotient(above.low, above.low < 0 ? least : below.high),
		high: quotient(above.high, above.high < 0 ? below.high : least),
	};
}

/** A power has a value where its exponent is not negative. */
function powerBounds(base: Interval, exponent: Interval): Interval {
	if (base.low < 0) return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
	const low = base.low < 1 ? 0 : Math.min(base.low ** Math.max(exponent.low, 0), mostLeast);
	const high = base.high <= 1 ? 1 : Math.max(base.high ** exponent.high, 1);
	return { low, high: high > mostLeast ? Number.POSITIVE_INFINITY : high };
}

/** What is proved with the least value of a power is proved with less, and stays within exact integers. */
const mostLeast = 2 ** 24;

function raised({ low, high }: Interval, power: number): Interval {
	if (power % 2 === 1 || low >= 0) return { low: low ** power, high: high ** power };
	// An even power is never negative.
	const most = Math.max(low ** power, high ** power);
	return { low: high < 0 ? high ** power : 0, high: most };
}

/** Where the values of a polynomial lie. Coarse: each term is taken by itself. */
export function bounds(d: Dim): Interval {
	let low = 0;
	let high = 0;
	for (const term of d.terms) {
		let range: Interval = { low: term.coefficient, high: term.coefficient };
		for (const factor of term.factors) {
			range = product(range, raised(atomBounds(factor.atom), factor.power));
		}
		low += range.low;
		high += range.high;
	}
	return { low, high };
}

/** Never negative by its declared minima; a divisor of this kind is positive wherever it has a value. */
export function isNonNegative(d: Dim): boolean {
	return bounds(d).low >= 0;
}
