import { greatestCommonDivisor } from "./polynomial.js";

/**
 * Linear inequalities over whole numbers, by the numbers of their unknowns: the sum of coefficient * unknown, plus
 * `constant`, is at least 0.
 */
export interface Constraint {
	/** In ascending order, each once. */
	readonly unknowns: readonly number[];
	/** As many, none of them 0. */
	readonly coefficients: readonly number[];
	readonly constant: number;
}

/** Limits on the work of one proof. */
const mostWhileEliminating = 300;
const mostCombined = 4000;

/**
 * Whether no whole numbers satisfy all of them; those of which `isNatural` says so are not negative. Fourier and
 * Motzkin: eliminates one unknown after the other; a negative constant left over is a contradiction. "No" may also say
 * that it is not seen.
 */
export function isInfeasible(given: readonly Constraint[], isNatural: readonly boolean[]): boolean {
	const width = isNatural.length;
	const bounds: Constraint[] = [];
	for (let unknown = 0; unknown < width; unknown++)
		if (isNatural[unknown]) bounds.push({ unknowns: [unknown], coefficients: [1], constant: 0 });
	let constraints = withoutRepetition([...given.map(tightened), ...bounds], isNatural);
	if (hasSolution(constraints, width)) return false;
	let combined = 0;
	while (true) {
		if (constraints.some((one) => one.unknowns.length === 0 && one.constant < 0)) return true;
		const chosen = cheapestToEliminate(constraints, width);
		if (chosen === undefined) return false;
		const kept: Constraint[] = [];
		const above: Constraint[] = [];
		const below: Constraint[] = [];
		for (const constraint of constraints) {
			const at = constraint.unknowns.indexOf(chosen);
			if (at < 0) kept.push(constraint);
			else if ((constraint.coefficients[at] as number) > 0) above.push(constraint);
			else below.push(constraint);
		}
		combined += above.length * below.length;
		if (combined > mostCombined) return false;
		for (const positive of above) {
			for (const negative of below) {
				const merged = combine(positive, negative, chosen);
				if (merged !== undefined) kept.push(merged);
			}
		}
		constraints = withoutRepetition(kept, isNatural).slice(0, mostWhileEliminating);
	}
}

const mostChanges = 40;

const largestValue = 2 ** 40;

/**
 * Whether a solution is found at once: from 0 on, what makes a violated constraint hold is raised just enough. Most
 * proofs that fail end here.
 */
function hasSolution(constraints: readonly Constraint[], width: number): boolean {
	const values = new Array<number>(width).fill(0);
	const harm = new Array<number>(width).fill(0);
	for (const { unknowns, coefficients } of constraints)
		for (let i = 0; i < unknowns.length; i++)
			if ((coefficients[i] as number) < 0)
				harm[unknowns[i] as number] = (harm[unknowns[i] as number] as number) + 1;
	for (let left = mostChanges; left >= 0; left--) {
		const violated = constraints.find((constraint) => valueAt(constraint, values) < 0);
		if (violated === undefined) return true;
		const missing = -valueAt(violated, values);
		// What does least harm elsewhere; a value that is positive may be lowered as well.
		let best = -1;
		let least = Number.POSITIVE_INFINITY;
		for (let i = 0; i < violated.unknowns.length; i++) {
			const unknown = violated.unknowns[i] as number;
			const raised = (violated.coefficients[i] as number) > 0;
			const cost = raised ? (harm[unknown] as number) : mostWhileEliminating;
			if (cost < least) [best, least] = [i, cost];
		}
		if (best < 0) return false;
		const coefficient = violated.coefficients[best] as number;
		const unknown = violated.unknowns[best] as number;
		const value =
			(values[unknown] as number) + Math.sign(coefficient) * Math.ceil(missing / Math.abs(coefficient));
		if (Math.abs(value) > largestValue) return false;
		values[unknown] = value;
	}
	return false;
}

function valueAt({ unknowns, coefficients, constant }: Constraint, values: readonly number[]): number {
	let sum = constant;
	for (let i = 0; i < unknowns.length; i++)
		sum += (coefficients[i] as number) * (values[unknowns[i] as number] as number);
	// Where it is not exact, no solution is claimed.
	return Number.isSafeInteger(sum) ? sum : Number.NEGATIVE_INFINITY;
}

/** Unknowns are integers, so that the constant may be rounded down once the coefficients have no common factor. */
function tightened(constraint: Constraint): Constraint {
	const { unknowns, coefficients, constant } = constraint;
	let common = 0;
	for (const value of coefficients) {
		common = greatestCommonDivisor(common, value);
		if (common === 1) return constraint;
	}
	if (common <= 1) return constraint;
	const divisor = common;
	return {
		unknowns,
		coefficients: coefficients.map((value) => value / divisor),
		constant: Math.floor(constant / divisor),
	};
}

/** The one that leaves the fewest constraints; of equal ones that which comes first in them. */
function cheapestToEliminate(constraints: readonly Constraint[], width: number): number | undefined {
	const above = new Array<number>(width).fill(0);
	const below = new Array<number>(width).fill(0);
	const order: number[] = [];
	for (const { unknowns, coefficients } of constraints) {
		for (let i = 0; i < unknowns.length; i++) {
			const unknown = unknowns[i] as number;
			if (above[unknown] === 0 && below[unknown] === 0) order.push(unknown);
			if ((coefficients[i] as number) > 0) above[unknown] = (above[unknown] as number) + 1;
			else below[unknown] = (below[unknown] as number) + 1;
		}
	}
	let best: number | undefined;
	let least = Number.POSITIVE_INFINITY;
	for (const unknown of order) {
		const [up, down] = [above[unknown] as number, below[unknown] as number];
		const cost = up * down - up - down;
		if (cost < least) [best, least] = [unknown, cost];
	}
	return best;
}

/** The sum of multiples of both in which the unknown cancels; nothing where numbers grow out of the exact range. */
function combine(positive: Constraint, negative: Constraint, unknown: number): Constraint | undefined {
	const up = positive.coefficients[positive.unknowns.indexOf(unknown)] as number;
	const down = -(negative.coefficients[negative.unknowns.indexOf(unknown)] as number);
	const constant = up * negative.constant + down * positive.constant;
	if (!Number.isSafeInteger(constant)) return undefined;
	const unknowns: number[] = [];
	const coefficients: number[] = [];
	let i = 0;
	let j = 0;
	while (i < positive.unknowns.length || j < negative.unknowns.length) {
		const left = positive.unknowns[i] ?? Number.POSITIVE_INFINITY;
		const right = negative.unknowns[j] ?? Number.POSITIVE_INFINITY;
		let value = 0;
		if (left <= right) value += down * (positive.coefficients[i++] as number);
		if (right <= left) value += up * (negative.coefficients[j++] as number);
		if (!Number.isSafeInteger(value)) return undefined;
		if (value === 0) continue;
		unknowns.push(Math.min(left, right));
		coefficients.push(value);
	}
	return tightened({ unknowns, coefficients, constant });
}

/** One constraint for each left side, the strongest; the short ones first, since those are kept when there are many. */
function withoutRepetition(constraints: readonly Constraint[], isNatural: readonly boolean[]): Constraint[] {
	const placeOf = new Map<number, number>();
	const strongest: Constraint[] = [];
	for (const constraint of constraints) {
		if (isImplied(constraint, isNatural)) continue;
		let place: number | undefined;
		let hash = hashOf(constraint);
		// Two left sides with one hash: the next numbers are tried.
		for (; ; hash++) {
			place = placeOf.get(hash);
			if (place === undefined || haveOneLeftSide(strongest[place] as Constraint, constraint)) break;
		}
		if (place === undefined) placeOf.set(hash, strongest.push(constraint) - 1);
		else if (constraint.constant < (strongest[place] as Constraint).constant) strongest[place] = constraint;
	}
	return strongest.sort((x, y) => x.unknowns.length - y.unknowns.length);
}

/** By nothing but that unknowns are not negative; not one that says just this. */
function isImplied({ unknowns, coefficients, constant }: Constraint, isNatural: readonly boolean[]): boolean {
	if (constant < 0 || (unknowns.length === 1 && constant === 0)) return false;
	for (let i = 0; i < unknowns.length; i++)
		if ((coefficients[i] as number) < 0 || !isNatural[unknowns[i] as number]) return false;
	return true;
}

function hashOf({ unknowns, coefficients }: Constraint): number {
	let hash = 17;
	for (let i = 0; i < unknowns.length; i++)
		hash =
			(Math.imul(hash, 31) + Math.imul(unknowns[i] as number, 7919) + ((coefficients[i] as number) | 0)) | 0;
	return hash;
}

function haveOneLeftSide(a: Constraint, b: Constraint): boolean {
	if (a.unknowns.length !== b.unknowns.length) return false;
	for (let i = 0; i < a.unknowns.length; i++)
		if (a.unknowns[i] !== b.unknowns[i] || a.coefficients[i] !== b.coefficients[i]) return false;
	return true;
}
