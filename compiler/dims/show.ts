import {
	type Atom,
	add,
	asConstant,
	asVariable,
	atomKey,
	constant,
	type Dim,
	degree,
	type Factor,
	neg,
	ownAtoms,
	sub,
	sumOfTerms,
	type Term,
	termFrom,
} from "./polynomial.js";
import { isPowerOf, logarithmOf } from "./powers.js";

/**
 * A size in the user's notation: `2*d + 1`, `floor((h + 2*p - k)/s) + 1`, `last(widths)`. Negative terms come last,
 * and what the normal form moved out of a floor goes back in where that saves a subtraction.
 */
export function show(d: Dim): string {
	const terms = gatherIntoFloors(d).terms;
	if (terms.length === 0) return "0";
	const positive = terms.filter((term) => term.coefficient > 0);
	const negative = terms.filter((term) => term.coefficient < 0);
	let text = "";
	for (const term of [...positive, ...negative]) {
		const shown = showTerm(Math.abs(term.coefficient), term.factors);
		if (text === "") text = term.coefficient < 0 ? `-${shown}` : shown;
		else text += term.coefficient < 0 ? ` - ${shown}` : ` + ${shown}`;
	}
	return text;
}

function showTerm(whole: number, written: readonly Factor[]): string {
	const { coefficient, factors } = gatherPowers(whole, written);
	const parts = factors.map((factor, index) => {
		// `d/heads*k` reads well, `heads*d/heads` does not.
		const alone = coefficient === 1 && index === 0;
		const shown = showAtom(factor.atom, !alone || factor.power > 1);
		return factor.power === 1 ? shown : `${shown}^${factor.power}`;
	});
	if (coefficient !== 1 || parts.length === 0) parts.unshift(`${coefficient}`);
	return parts.join("*");
}

/** `2 * 2^l * 2^m` becomes `2^(l + m + 1)`: for showing only, the normal form has one factor for each. */
function gatherPowers(
	coefficient: number,
	factors: readonly Factor[],
): { readonly coefficient: number; readonly factors: readonly Factor[] } {
	const bases = new Map<string, Dim>();
	for (const { atom } of factors) if (atom.kind === "power") bases.set(atom.base.key, atom.base);
	let left = coefficient;
	let kept = factors;
	for (const base of bases.values()) {
		const own = asVariable(base);
		const powers = kept.filter((factor) => isPowerOf(factor, base) || (own && factor.key === atomKey(own)));
		// A number goes in where nothing of it is left outside: `2^(l + 1)`, but `6*2^l`.
		const number = logarithmOf(constant(left), base);
		const exponent = logarithmOf(
			sumOfTerms([termFrom(number === undefined ? 1 : left, powers)]),
			base,
		) as Dim;
		if (number !== undefined) left = 1;
		const atom: Atom = { kind: "power", base, exponent };
		kept = [...kept.filter((factor) => !powers.includes(factor)), { atom, power: 1, key: atomKey(atom) }];
	}
	return { coefficient: left, factors: kept };
}

/** `2^l`, `2^(depth - l)`, `(n + 1)^l`. */
function showPower({ base, exponent }: Atom & { kind: "power" }): string {
	const shown = show(exponent);
	return `${showDivisor(base)}^${/^[\p{L}\p{N}_]+$/u.test(shown) ? shown : `(${shown})`}`;
}

/** An atom; `tight` where an exact quotient needs brackets. */
export function showAtom(atom: Atom, tight = false): string {
	switch (atom.kind) {
		case "variable":
			return atom.name;
		case "length":
			return `len(${showList(atom, atom.outer ?? [])})`;
		case "element":
			return showElement(atom);
		case "floor": {
			const quotient = `${showNumerator(atom.numerator)}/${showDivisor(atom.divisor)}`;
			if (atom.exact !== true) return `floor(${quotient})`;
			return tight ? `(${quotient})` : quotient;
		}
		case "power":
			return showPower(atom);
	}
}

function showNumerator(d: Dim): string {
	const shown = show(d);
	const gathered = gatherIntoFloors(d);
	return gathered.terms.length > 1 || shown.startsWith("-") ? `(${shown})` : shown;
}

function showDivisor(d: Dim): string {
	const bare = asVariable(d);
	if (bare !== undefined) return showAtom(bare, true);
	const whole = asConstant(d);
	if (whole !== undefined && whole >= 0) return `${whole}`;
	const [term] = d.terms;
	const power = d.terms.length === 1 && term ? gatherPowers(term.coefficient, term.factors) : undefined;
	const isPower = power?.coefficient === 1 && power.factors.length === 1;
	return isPower && power.factors[0]?.atom.kind === "power" ? show(d) : `(${show(d)})`;
}

function showElement(atom: Atom & { kind: "element" }): string {
	return showEntry(atom, atom.outer ?? [], atom.index);
}

/** The list at these indices of lists within lists: `stages[i]`. */
export function showList(list: ListName, outer: readonly Dim[]): string {
	const last = outer.at(-1);
	return last === undefined ? list.list : showEntry(list, outer.slice(0, -1), last);
}

type ListName = Pick<Atom & { kind: "element" }, "list" | "listId">;

function showEntry(list: ListName, outer: readonly Dim[], index: Dim): string {
	const name = showList(list, outer);
	if (asConstant(index) === 0) return `first(${name})`;
	const fromEnd = sub(index, add(lengthOf(list, outer), constant(-1)));
	return asConstant(fromEnd) === 0 ? `last(${name})` : `${name}[${show(index)}]`;
}

function lengthOf({ list, listId }: ListName, outer: readonly Dim[]): Dim {
	const length: Atom = { kind: "length", list, listId, ...(outer.length > 0 && { outer }) };
	return sumOfTerms([termFrom(1, [{ atom: length, power: 1, key: atomKey(length) }])]);
}

/**
 * `floor((h + k)/2) - k` becomes `floor((h - k)/2)`: for showing only, since the normal form keeps the coefficients
 * under a floor from 0 up to the divisor.
 */
function gatherIntoFloors(d: Dim): Dim {
	for (const term of d.terms) {
		const factor = term.factors[0];
		if (term.coefficient !== 1 || degree(term) !== 1 || factor?.atom.kind !== "floor") continue;
		const { atom } = factor;
		let moved = sumOfTerms([]);
		for (const inner of atom.numerator.terms) {
			const outer = d.terms.find((candidate) => candidate.key === inner.key);
			if (outer !== undefined && outer.coefficient < 0) moved = add(moved, sumOfTerms([outer]));
		}
		if (moved.terms.length === 0) continue;
		const numerator = addMultiples(atom.numerator, atom.divisor, moved);
		// Only worth it where the floor still begins with something that is added.
		if (!numerator.terms.some((inner) => inner.coefficient > 0)) continue;
		const gathered: Atom = { ...atom, numerator };
		const rest = sub(sub(d, sumOfTerms([term])), moved);
		return add(rest, sumOfTerms([asTerm(gathered)]));
	}
	return d;
}

function addMultiples(numerator: Dim, divisor: Dim, times: Dim): Dim {
	const by = asConstant(divisor);
	if (by === undefined) return numerator;
	return add(numerator, sumOfTerms(times.terms.map((term) => termFrom(term.coefficient * by, term.factors))));
}

function asTerm(atom: Atom): Term {
	return termFrom(1, [{ atom, power: 1, key: atomKey(atom) }]);
}

/** `2 divides h`, as it stands after `where`; of powers of one base, what that says of the exponents. */
export function showDivides(divisor: Dim, dividend: Dim): string {
	for (const atom of [...ownAtoms(divisor), ...ownAtoms(dividend)]) {
		if (atom.kind !== "power") continue;
		const [below, above] = [logarithmOf(divisor, atom.base), logarithmOf(dividend, atom.base)];
		if (below && above) return showAtLeast(sub(above, below));
	}
	return `${show(divisor)} divides ${show(dividend)}`;
}

/** `n >= m`, with every term on the side where it is added. */
export function showAtLeast(difference: Dim): string {
	const [left, right] = sides(difference);
	return `${show(left)} >= ${show(right)}`;
}

/** `a == b`, with every term on the side where it is added. */
export function showEquation(difference: Dim): string {
	const [left, right] = sides(difference);
	return left.terms.length === 0 ? `${show(right)} == ${show(left)}` : `${show(left)} == ${show(right)}`;
}

function sides(difference: Dim): [Dim, Dim] {
	const added = difference.terms.filter((term) => term.coefficient > 0);
	const taken = difference.terms.filter((term) => term.coefficient < 0);
	return [sumOfTerms(added), neg(sumOfTerms(taken))];
}
