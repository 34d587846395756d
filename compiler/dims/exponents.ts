import { atomBounds } from "./bounds.js";
import { type Facts, reduce, restore, withEqual, withRule } from "./facts.js";
import { isProvablyNonNegative } from "./inequalities.js";
import { asLinear } from "./normalize.js";
import {
	type Atom,
	add,
	asConstant,
	atomKey,
	atomsOf,
	constant,
	constantPart,
	content,
	type Dim,
	neg,
	ofAtom,
	one,
	ownAtoms,
	partsOf,
	sub,
	sumOfTerms,
	type Term,
	termFrom,
	zero,
} from "./polynomial.js";
import { exponentIn, hasPower, isOpen } from "./powers.js";

/**
 * Powers with exponents that are compared. Where `depth >= l + 1` is known, `depth` is rewritten as `l + 1 + slack`, so
 * that `2^depth` becomes `2 * 2^l * 2^slack`, and `2^(depth - l)` becomes `2 * 2^slack`: after that all the rest
 * (cancelling, dividing, comparing) is arithmetic of monomials.
 */
export interface Eased {
	readonly facts: Facts;
	/** Differences of exponents of which it is not known whether they are negative: first of all these matter. */
	readonly open: readonly Dim[];
	/** What stands in exponents. */
	readonly exponents: readonly Atom[];
}

/** More would take too long, and nobody writes them. */
const mostExponents = 10;
const mostRounds = 16;

const mostShift = 8;

const firstSlack = -1000;

/** The facts with rules for what stands in the exponents of these sizes; the same facts where there is no power. */
export function eased(facts: Facts, dims: readonly Dim[]): Eased {
	if (!dims.some(hasPower) && !saysPowers(facts)) return { facts, open: [], exponents: [] };
	const reduced = dims.map((d) => reduce(d, facts));
	const inequalities = facts.nonNegative.filter(hasPower);
	if (inequalities.length === 0 && !reduced.some(hasPower)) return { facts, open: [], exponents: [] };
	const { forms, open } = comparisons([...reduced, ...inequalities], facts);
	let known = withSlack(withoutOpposites(facts, forms), forms);
	for (const atom of exponentsOf(reduced, known)) known = withLeast(known, atom);
	return { facts: known, open, exponents: exponentsOf(reduced, known) };
}

const known = new WeakMap<Facts, boolean>();

/** Whether a fact is about a power: asked at every decision, of facts that are few. */
function saysPowers(facts: Facts): boolean {
	let answer = known.get(facts);
	if (answer === undefined) {
		answer =
			facts.nonNegative.some(hasPower) ||
			[...facts.rules.values(), ...facts.monomials].some((rule) => hasPower(rule.replacement));
		known.set(facts, answer);
	}
	return answer;
}

/** What stands in the exponents. */
function exponentsOf(dims: readonly Dim[], facts: Facts): readonly Atom[] {
	const found = new Map<string, Atom>();
	for (const outer of dims.flatMap((d) => atomsOf(reduce(d, facts))))
		if (outer.kind === "power") for (const atom of atomsOf(outer.exponent)) found.set(atomKey(atom), atom);
	return [...found.values()];
}

/** `depth >= 3` is `depth = 3 + slack`, so that `2^depth` is `8 * 2^slack`. */
function withLeast(facts: Facts, atom: Atom): Facts {
	const { low, high } = atomBounds(atom);
	if (!Number.isFinite(low) || low === high) return facts;
	let least = low;
	while (
		least < low + mostShift &&
		isProvablyNonNegative(sub(ofAtom(atom), constant(least + 1)), facts.nonNegative)
	)
		least += 1;
	return (least > 0 && solvedFor(sub(ofAtom(atom), constant(least)), atom, facts)) || facts;
}

/** Sizes that are not negative: the exponents of open powers, and the differences of exponents that are known to be. */
function comparisons(dims: readonly Dim[], facts: Facts): { forms: readonly Dim[]; open: readonly Dim[] } {
	const forms = new Map<string, Dim>();
	const bases = new Map<string, Dim>();
	const terms: Term[] = [];
	const visit = (d: Dim): void => {
		terms.push(...d.terms);
		for (const atom of ownAtoms(d)) if (atom.kind !== "power") for (const part of partsOf(atom)) visit(part);
	};
	for (const atom of dims.flatMap(atomsOf)) {
		if (atom.kind !== "power") continue;
		bases.set(atom.base.key, atom.base);
		// Where it is negative, the size has no value.
		if (isOpen(atom.exponent)) forms.set(atom.exponent.key, atom.exponent);
	}
	for (const d of dims) visit(d);
	const open: Dim[] = [];
	for (const base of bases.values()) {
		const exponents = new Map<string, Dim>();
		for (const term of terms) {
			const exponent = exponentIn(term, base);
			if (exponents.size < mostExponents) exponents.set(exponent.key, exponent);
		}
		const all = [...exponents.values()];
		for (const [i, a] of all.entries()) {
			for (const b of all.slice(i + 1)) {
				const difference = sub(a, b);
				// What is known of one exponent by itself is its least value, see below.
				if (ownAtoms(difference).length < 2) continue;
				const known = sign(difference, [...facts.nonNegative, ...forms.values()]);
				if (known !== undefined) forms.set(known.key, known);
				else open.push(difference);
			}
		}
	}
	return { forms: [...forms.values()].map(lowest), open };
}

/** `x - z` and `z - x` are both at least 0: both are 0. */
function withoutOpposites(facts: Facts, forms: readonly Dim[]): Facts {
	const keys = new Set(forms.map((form) => form.key));
	const both = forms.filter((form) => form.terms.length > 1 && keys.has(neg(form).key));
	return both.reduce((known, form) => withEqual(known, form, zero), facts);
}

/** `2*z - 3 >= 0` says that `z - 2 >= 0`. */
function lowest(form: Dim): Dim {
	const whole = constantPart(form);
	const others = sub(form, constant(whole));
	const common = content(others);
	if (common <= 1) return form;
	const divided = others.terms.map((term) => termFrom(term.coefficient / common, term.factors));
	return add(sumOfTerms(divided), constant(Math.floor(whole / common)));
}

/** The one of `d` and `-d` that is known not to be negative. */
function sign(d: Dim, known: readonly Dim[]): Dim | undefined {
	if (isProvablyNonNegative(d, known)) return d;
	const opposite = neg(d);
	return isProvablyNonNegative(opposite, known) ? opposite : undefined;
}

/** Rules for atoms, so that as few as possible of these forms have terms that are taken away. */
function withSlack(facts: Facts, forms: readonly Dim[]): Facts {
	let known = facts;
	// The longer ones first: `depth - l >= 1` says that `depth >= 1` as well.
	let left = [...forms].sort((a, b) => b.terms.length - a.terms.length);
	for (let round = 0; round < mostRounds; round++) {
		left = left.map((form) => lowest(reduce(form, known)));
		const count = left.filter(isOpenForm).length;
		if (count === 0) break;
		let best: { facts: Facts; count: number } | undefined;
		for (const form of left.filter(isOpenForm)) {
			for (const atom of ownAtoms(form)) {
				const tried = solvedFor(form, atom, known);
				const open = tried && left.filter((other) => isOpenForm(reduce(other, tried))).length;
				if (tried && open !== undefined && open < (best?.count ?? count))
					best = { facts: tried, count: open };
			}
		}
		if (best === undefined) break;
		known = best.facts;
	}
	return known;
}

/** Open, or with a constant that is taken away. */
function isOpenForm(form: Dim): boolean {
	return isOpen(form) || constantPart(form) < 0;
}

/** `x - rest = slack`, as a rule for x. */
function solvedFor(form: Dim, atom: Atom, facts: Facts): Facts | undefined {
	if (atom.kind === "floor" || atom.kind === "power") return undefined;
	const linear = asLinear(form, atom);
	if (linear === undefined || asConstant(linear.coefficient) !== 1) return undefined;
	// It never leaves the decision, and takes no identity from what is declared.
	const slack: Atom = { kind: "variable", name: "slack", id: firstSlack - facts.hidden.size, minimum: 0 };
	const hidden = new Map(facts.hidden).set(atomKey(slack), restore(form, facts));
	// What is to replace it is made of things that are not negative themselves.
	if (linear.rest.terms.some((term) => term.factors.some((factor) => atomBounds(factor.atom).low < 0)))
		return undefined;
	return withRule({ ...facts, hidden }, { atom, replacement: sub(ofAtom(slack), linear.rest) });
}

/** Exponents that are split into the cases 0 and at least 1, with their least values. */
export function splitCases({ open, exponents }: Eased): readonly (readonly [Dim, Dim])[] {
	const cases: (readonly [Dim, Dim])[] = [];
	for (const difference of open) cases.push([difference, sub(neg(difference), one)]);
	for (const atom of exponents) {
		const { low, high } = atomBounds(atom);
		if (!Number.isFinite(low) || low === high) continue;
		const above = sub(ofAtom(atom), constant(low));
		cases.push([neg(above), sub(above, one)]);
	}
	return cases;
}
