/** Identities of variables. They grow in the order in which they are given, and monomials are ordered by them. */

let last = 0;
let source: (() => number) | undefined;

export function nextIdentity(): number {
	if (source) return source();
	last += 1;
	return last;
}

/** While `compute` runs, identities come from `next`: so that what is computed again gets the same ones. */
export function numbered<T>(next: (() => number) | undefined, compute: () => T): T {
	const before = source;
	source = next;
	try {
		return compute();
	} finally {
		source = before;
	}
}
