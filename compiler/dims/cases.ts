import { substitute } from "./normalize.js";
import { asConstant, atomKey, atomsOf, constant, type Dim } from "./polynomial.js";
import type { Example } from "./search.js";

/**
 * Sizes that are one of several, as `if wide then 2 * d else d` is: what is not seen of any number is asked of each of
 * them.
 */

/** So many cases are told apart, and so many sizes of this kind at once. */
const mostCases = 8;
const mostSplits = 3;

let splits = 0;

/** What a size may be, where it is one of several; else the size alone. */
export function casesOf(d: Dim): readonly Dim[] {
	const [only] = atomsOf(d);
	return only?.kind === "variable" && only.cases && d.key === atomKey(only) ? only.cases : [d];
}

/** Of both; undefined where these are too many. */
export function jointCases(a: Dim, b: Dim): readonly Dim[] | undefined {
	const all = new Map([...casesOf(a), ...casesOf(b)].map((d) => [d.key, d]));
	return all.size <= mostCases ? [...all.values()] : undefined;
}

/** The least of the cases, where all are numbers. */
export function leastCase(cases: readonly Dim[]): number | undefined {
	const numbers = cases.map(asConstant).filter((n) => n !== undefined);
	return numbers.length === cases.length ? Math.min(...numbers) : undefined;
}

/** An example of one case, with what the size is there. */
export function exampleIn(name: string, known: Dim, example: Example | undefined): Example | undefined {
	const value = asConstant(
		substitute(known, (atom) => {
			const one = atom.kind === "variable" ? example?.values.get(atom.name) : undefined;
			return one === undefined ? undefined : constant(one);
		}),
	);
	if (!example || value === undefined) return example;
	return { ...example, values: new Map([...example.values, [name, value]]) };
}

/** What is decided of two sizes in each case; undefined where there are none. */
export function inEachCase<T>(
	a: Dim,
	b: Dim,
	decide: (a: Dim, b: Dim) => T,
): readonly { readonly name: string; readonly known: Dim; readonly found: T }[] | undefined {
	const atom = [...atomsOf(a), ...atomsOf(b)].find((atom) => atom.kind === "variable" && atom.cases);
	if (atom?.kind !== "variable" || !atom.cases || splits >= mostSplits) return undefined;
	splits++;
	try {
		return atom.cases.map((known) => {
			const instead = (d: Dim): Dim =>
				substitute(d, (other) => (other.kind === "variable" && other.id === atom.id ? known : undefined));
			return { name: atom.name, known, found: decide(instead(a), instead(b)) };
		});
	} finally {
		splits--;
	}
}
