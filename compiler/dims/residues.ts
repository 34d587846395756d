import { floorDiv } from "./normalize.js";
import {
	type Atom,
	add,
	asConstant,
	atomKey,
	constant,
	type Dim,
	leastCommonMultiple,
	mul,
	ofAtom,
	power,
	scale,
	zero,
} from "./polynomial.js";

/** How many vectors of residues are tried before giving up. */
const mostVectors = 65536;

/** `residues`: for a difference, those of the variables (by key) where it shows. */
export type ResidueAnswer =
	| { readonly identity: "zero" }
	| {
			readonly identity: "not zero";
			readonly residues: ReadonlyMap<string, { residue: number; period: number }>;
	  }
	| { readonly identity: "too many" };

/**
 * Whether a polynomial with floors is 0 everywhere. With `x = L*y + rho`, for L a multiple of all nested divisors,
 * every floor becomes a polynomial in y, and polynomials agree on all large y only if they are identical. Exact
 * where all divisors are literals; a floor with a symbolic divisor counts as a variable of its own, so that "zero"
 * is right all the same, while "not zero" says nothing then.
 */
export function vanishesByResidues(d: Dim): ResidueAnswer {
	const all = [...periodsOf(d)].map(([key, { atom, period }]) => ({
		key,
		period,
		value: declaredValue(atom),
	}));
	const periods = all.filter(({ value }) => value === undefined);
	const vectors = periods.reduce((product, { period }) => product * period, 1);
	if (vectors > mostVectors) return { identity: "too many" };
	for (let vector = 0; vector < vectors; vector++) {
		const residues = new Map<string, { residue: number; period: number }>();
		for (const { key, period, value } of all)
			if (value !== undefined) residues.set(key, { residue: value % period, period });
		let rest = vector;
		for (const { key, period } of periods) {
			residues.set(key, { residue: rest % period, period });
			rest = Math.floor(rest / period);
		}
		if (onClass(d, residues).terms.length > 0) return { identity: "not zero", residues };
	}
	return { identity: "zero" };
}

/** A declared size leaves the rest that its value leaves. */
function declaredValue(atom: Atom): number | undefined {
	return atom.kind === "variable" ? atom.value : undefined;
}

function literalDivisor(atom: Atom): number | undefined {
	const divisor = atom.kind === "floor" ? asConstant(atom.divisor) : undefined;
	return divisor === undefined || divisor <= 0 ? undefined : divisor;
}

/** For every atom under a floor with a literal divisor: after how many steps all those floors are linear in it. */
function periodsOf(d: Dim): Map<string, { atom: Atom; period: number }> {
	const periods = new Map<string, { atom: Atom; period: number }>();
	const note = (key: string, atom: Atom, period: number): void => {
		const before = periods.get(key)?.period ?? 1;
		periods.set(key, { atom, period: leastCommonMultiple(before, period) });
	};
	for (const term of d.terms) {
		for (const { atom } of term.factors) {
			const divisor = literalDivisor(atom);
			if (divisor === undefined || atom.kind !== "floor") continue;
			for (const inner of atom.numerator.terms)
				for (const factor of inner.factors)
					if (literalDivisor(factor.atom) === undefined) note(factor.key, factor.atom, divisor);
			for (const [key, { atom: deep, period }] of periodsOf(atom.numerator))
				note(key, deep, period * divisor);
		}
	}
	return periods;
}

/** The polynomial on one class of residues, in terms of the quotients (under the names of the atoms themselves). */
function onClass(d: Dim, residues: ReadonlyMap<string, { residue: number; period: number }>): Dim {
	let sum = zero;
	for (const term of d.terms) {
		let product = constant(term.coefficient);
		for (const { atom, power: exponent } of term.factors) {
			const divisor = literalDivisor(atom);
			let base = ofAtom(atom);
			if (divisor !== undefined && atom.kind === "floor") {
				base = floorDiv(onClass(atom.numerator, residues), constant(divisor));
			} else {
				const known = residues.get(atomKey(atom));
				if (known !== undefined) base = add(scale(base, known.period), constant(known.residue));
			}
			product = mul(product, power(base, exponent));
		}
		sum = add(sum, product);
	}
	return sum;
}
