import { bounds, isNonNegative } from "./bounds.js";
import {
	type Atom,
	add,
	asConstant,
	asVariable,
	atomKey,
	constant,
	constantPart,
	content,
	type Dim,
	divide,
	divideMonomials,
	type Factor,
	floorOfQuotient,
	greatestCommonDivisor,
	mul,
	neg,
	ofAtom,
	partsOf,
	power,
	sub,
	sumOfTerms,
	type Term,
	termFrom,
	zero,
} from "./polynomial.js";
import { exponentIn, powerOf } from "./powers.js";

/**
 * `floor(a / b)` in normal form: multiples of `b` are moved out (exact polynomial division when nothing is left),
 * common factors cancel, floors within are merged, what is below the divisor vanishes. A divisor of 0 is kept as it
 * stands: such a size has no value.
 */
export function floorDiv(a: Dim, b: Dim): Dim {
	return floorOf(a, b, false);
}

/** `a - b * floor(a / b)`. */
export function modulo(a: Dim, b: Dim): Dim {
	return sub(a, mul(b, floorDiv(a, b)));
}

/** As `floorDiv`, of a division that is known to leave no rest: it is shown as `a/b`. */
export function exactQuotient(a: Dim, b: Dim): Dim {
	return floorOf(a, b, true);
}

function floorOf(a: Dim, b: Dim, exact: boolean): Dim {
	const lead = b.terms[0];
	if (lead === undefined) return ofAtom({ kind: "floor", numerator: a, divisor: b });
	if (lead.coefficient < 0) return floorOf(neg(a), neg(b), exact);
	const { quotient, remainder } = divide(a, b);
	if (remainder.terms.length === 0) return quotient;
	return add(quotient, floorOfRemainder(remainder, b, exact));
}

function floorOfRemainder(remainder: Dim, divisor: Dim, exact: boolean): Dim {
	const positive = isNonNegative(divisor);
	const whole = asConstant(remainder);
	if (whole !== undefined && positive) {
		const least = Math.max(bounds(divisor).low, 1);
		if (whole >= 0 && whole < least) return zero;
		if (whole < 0 && whole >= -least) return constant(-1);
	}
	const cancelled = cancelCommonMonomial(remainder, divisor) ?? cancelContent(remainder, divisor, positive);
	if (cancelled !== undefined) return floorOf(cancelled.remainder, cancelled.divisor, exact);
	if (positive) {
		const inner = onlyFloorTerm(remainder);
		if (inner !== undefined) {
			// floor((floor(x/a) + r) / b) = floor((x + a*r) / (a*b)) for b > 0. That the outer division leaves no rest
			// says nothing about the merged one.
			const rest = sub(remainder, ofAtom(inner));
			const numerator = add(inner.numerator, mul(inner.divisor, rest));
			return floorOf(numerator, mul(inner.divisor, divisor), exact && inner.exact === true);
		}
	}
	return ofAtom({ kind: "floor", numerator: remainder, divisor, ...(exact ? { exact } : {}) });
}

/** `x*z / (y*z)` is `x / y`. */
function cancelCommonMonomial(remainder: Dim, divisor: Dim): { remainder: Dim; divisor: Dim } | undefined {
	const terms = [...divisor.terms, ...remainder.terms];
	let common: readonly Factor[] = (terms[0] as Term).factors;
	for (const term of terms) {
		common = common.flatMap((factor) => {
			const other = term.factors.find((candidate) => candidate.key === factor.key);
			return other === undefined ? [] : [{ ...factor, power: Math.min(factor.power, other.power) }];
		});
	}
	if (common.length === 0) return undefined;
	const without = (d: Dim): Dim =>
		sumOfTerms(
			d.terms.map((term) =>
				termFrom(term.coefficient, divideMonomials(term.factors, common) as readonly Factor[]),
			),
		);
	return { remainder: without(remainder), divisor: without(divisor) };
}

/** `floor((g*x + c) / (g*b))` is `floor((x + floor(c/g)) / b)`: for positive b, or where g divides c. */
function cancelContent(
	remainder: Dim,
	divisor: Dim,
	positive: boolean,
): { remainder: Dim; divisor: Dim } | undefined {
	const whole = constantPart(remainder);
	const others = sub(remainder, constant(whole));
	const common = greatestCommonDivisor(content(divisor), content(others));
	if (common <= 1 || (whole % common !== 0 && !positive)) return undefined;
	const shrunk = (d: Dim): Dim =>
		sumOfTerms(d.terms.map((term) => termFrom(term.coefficient / common, term.factors)));
	return {
		remainder: add(shrunk(others), constant(floorOfQuotient(whole, common))),
		divisor: shrunk(divisor),
	};
}

/** The floor that is a term by itself with coefficient 1, when there is just one such. */
function onlyFloorTerm(d: Dim): (Atom & { kind: "floor" }) | undefined {
	let found: (Atom & { kind: "floor" }) | undefined;
	for (const term of d.terms) {
		const factor = term.factors[0];
		if (term.coefficient !== 1 || term.factors.length !== 1 || factor?.power !== 1) continue;
		if (factor.atom.kind !== "floor") continue;
		if (found !== undefined) return undefined;
		found = factor.atom;
	}
	return found;
}

/**
 * Replaces atoms, all at once, and normalises again. `replace` sees every atom before what is inside it; an element or
 * a length whose indices changed is offered again with its new ones.
 */
export function substitute(d: Dim, replace: (atom: Atom) => Dim | undefined): Dim {
	if (d.terms.length === 0) return d;
	const [only] = d.terms;
	if (d.terms.length === 1 && only) {
		const [factor] = only.factors;
		if (!factor) return d;
		const isAtom = only.coefficient === 1 && only.factors.length === 1 && factor.power === 1;
		if (isAtom) return replaceAtom(factor.atom, replace) ?? d;
	}
	const done = new Map<string, Dim | undefined>();
	const replaced = (factor: Factor): Dim | undefined => {
		if (!done.has(factor.key)) done.set(factor.key, replaceAtom(factor.atom, replace));
		return done.get(factor.key);
	};
	if (d.terms.every((term) => term.factors.every((factor) => replaced(factor) === undefined))) return d;
	let sum = zero;
	for (const term of d.terms) {
		let product = constant(term.coefficient);
		for (const factor of term.factors)
			product = mul(product, power(replaced(factor) ?? ofAtom(factor.atom), factor.power));
		sum = add(sum, product);
	}
	return sum;
}

function replaceAtom(atom: Atom, replace: (atom: Atom) => Dim | undefined): Dim | undefined {
	const direct = replace(atom);
	if (direct !== undefined) return direct;
	if (atom.kind === "floor") {
		const numerator = substitute(atom.numerator, replace);
		const divisor = substitute(atom.divisor, replace);
		if (numerator === atom.numerator && divisor === atom.divisor) return undefined;
		return floorOf(numerator, divisor, atom.exact === true);
	}
	if (atom.kind === "power") {
		const base = substitute(atom.base, replace);
		const exponent = substitute(atom.exponent, replace);
		return base === atom.base && exponent === atom.exponent ? undefined : powerOf(base, exponent);
	}
	if (atom.kind === "variable") return undefined;
	const moved = withIndices(atom, (index) => substitute(index, replace));
	return moved && (replace(moved) ?? ofAtom(moved));
}

/** An entry or a length with other indices; nothing where none changes. */
export function withIndices(
	atom: Atom & { kind: "element" | "length" },
	change: (index: Dim) => Dim,
): (Atom & { kind: "element" | "length" }) | undefined {
	let changed = false;
	const changeOf = (index: Dim): Dim => {
		const next = change(index);
		changed ||= next.key !== index.key;
		return next;
	};
	const outer = atom.outer?.map(changeOf);
	const moved = { ...atom, ...(outer && { outer }) };
	const whole = moved.kind === "element" ? { ...moved, index: changeOf(moved.index) } : moved;
	return changed ? whole : undefined;
}

/** The value where every variable, element and length has one. NaN where a divisor is 0. */
export function evaluate(d: Dim, value: (atom: Atom) => number): number {
	let sum = 0;
	for (const term of d.terms) {
		let product = term.coefficient;
		for (const factor of term.factors) {
			const base = evaluateAtom(factor.atom, value);
			product *= factor.power === 1 ? base : base ** factor.power;
		}
		sum += product;
	}
	return sum;
}

function evaluateAtom(atom: Atom, value: (atom: Atom) => number): number {
	if (atom.kind === "floor")
		return floorOfQuotient(evaluate(atom.numerator, value), evaluate(atom.divisor, value));
	if (atom.kind === "power") return evaluate(atom.base, value) ** evaluate(atom.exponent, value);
	return value(atom);
}

/** Whether `atom` stands anywhere in `d`, in floors and indices too. */
export function occursIn(atom: Atom, d: Dim): boolean {
	const key = atomKey(atom);
	const inside = (dim: Dim): boolean =>
		dim.terms.some((term) =>
			term.factors.some((factor) => factor.key === key || partsOf(factor.atom).some(inside)),
		);
	return inside(d);
}

/**
 * Splits `d` as `coefficient * atom + rest`, neither of which mentions the atom; nothing where it does not occur, or
 * occurs otherwise (to a power, under a floor, in an index).
 */
export function asLinear(d: Dim, atom: Atom): { coefficient: Dim; rest: Dim } | undefined {
	const key = atomKey(atom);
	const with_: Term[] = [];
	const without: Term[] = [];
	for (const term of d.terms) {
		const factor = term.factors.find((candidate) => candidate.key === key);
		if (factor === undefined) without.push(term);
		else if (factor.power !== 1) return undefined;
		else
			with_.push(
				termFrom(
					term.coefficient,
					term.factors.filter((candidate) => candidate !== factor),
				),
			);
	}
	const coefficient = sumOfTerms(with_);
	const rest = sumOfTerms(without);
	if (with_.length === 0 || occursIn(atom, coefficient) || occursIn(atom, rest)) return undefined;
	return { coefficient, rest };
}

/** `a / b` where `b` divides `a` as a polynomial. */
export function polynomialQuotient(a: Dim, b: Dim): Dim | undefined {
	const lead = b.terms[0];
	if (lead === undefined) return undefined;
	const { quotient, remainder } = lead.coefficient < 0 ? divide(neg(a), neg(b)) : divide(a, b);
	return remainder.terms.length === 0 ? quotient : undefined;
}

/**
 * Solves `formal = actual` for the one unknown in it: where it occurs linearly, not under a floor, with a coefficient
 * that divides the rest. A side that is nothing but an unknown is bound even if the other has unknowns too.
 */
export function solveLinear(
	formal: Dim,
	actual: Dim,
	isUnknown: (atom: Atom) => boolean,
): { atom: Atom; value: Dim } | undefined {
	for (const [side, other] of [
		[formal, actual],
		[actual, formal],
	] as const) {
		const bare = asVariable(side);
		if (bare !== undefined && isUnknown(bare) && !occursIn(bare, other)) return { atom: bare, value: other };
	}
	const difference = sub(formal, actual);
	const unknowns = new Map<string, Atom>();
	const collect = (dim: Dim): void => {
		for (const term of dim.terms)
			for (const factor of term.factors) {
				if (isUnknown(factor.atom)) unknowns.set(factor.key, factor.atom);
				else for (const part of partsOf(factor.atom)) collect(part);
			}
	};
	collect(difference);
	const [atom, ...more] = unknowns.values();
	if (atom === undefined || more.length > 0) return undefined;
	const linear = asLinear(difference, atom);
	if (linear === undefined) return solvePower(formal, actual, atom) ?? solvePower(actual, formal, atom);
	const value = polynomialQuotient(neg(linear.rest), linear.coefficient);
	return value === undefined ? undefined : { atom, value };
}

/** `c * b^k = actual` for the exponent: `actual / c` is to be a power of `b`. */
function solvePower(formal: Dim, actual: Dim, atom: Atom): { atom: Atom; value: Dim } | undefined {
	const [term] = formal.terms;
	if (term === undefined || formal.terms.length > 1 || occursIn(atom, actual)) return undefined;
	const powers = term.factors.filter((factor) => occursIn(atom, ofAtom(factor.atom)));
	const power = powers[0]?.atom;
	if (power?.kind !== "power" || occursIn(atom, power.base)) return undefined;
	const others = term.factors.filter((factor) => !powers.includes(factor));
	const quotient = polynomialQuotient(actual, sumOfTerms([termFrom(term.coefficient, others)]));
	const [only] = quotient?.terms ?? [];
	if (only === undefined || quotient?.terms.length !== 1) return undefined;
	const wanted = exponentIn(only, power.base);
	const given = exponentIn(termFrom(1, powers), power.base);
	const solved = solveLinear(given, wanted, (one) => atomKey(one) === atomKey(atom));
	if (solved === undefined) return undefined;
	const back = substitute(formal, (one) => (atomKey(one) === atomKey(atom) ? solved.value : undefined));
	return back.key === actual.key ? solved : undefined;
}
