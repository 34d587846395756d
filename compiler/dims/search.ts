import type { Facts } from "./facts.js";
import type { Dim } from "./polynomial.js";

/** Sizes, in the user's names, for which something does not hold, and what both sides are there. */
export interface Example {
	readonly values: ReadonlyMap<string, number>;
	readonly left: number;
	readonly right: number;
}

/** `n = 1, m = 2`. */
export function showExample(example: Example): string {
	return [...example.values].map(([name, value]) => `${name} = ${value}`).join(", ");
}

export function findExample(
	_a: Dim,
	_b: Dim,
	_facts: Facts,
	_wrong: (l: number, r: number) => boolean,
): Example | undefined {
	return undefined;
}
