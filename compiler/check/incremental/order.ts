import type { Unit } from "./unit.js";

/**
 * Identities grow along the text: monomials are ordered by them, so that a size is shown alike whatever was edited.
 * A unit keeps its first identity while it stands in the order; one that moved or is new gets one between those of
 * its neighbours, with room for what comes next to it.
 */
export function orderUnits(units: readonly Unit<unknown>[]): void {
	const kept = longestRising(units.map((unit) => unit.base));
	let before = 0;
	for (let at = 0; at < units.length; ) {
		if (kept.has(at)) {
			before = units[at]?.base ?? before;
			at++;
			continue;
		}
		let end = at;
		while (end < units.length && !kept.has(end)) end++;
		const limit = units[end]?.base ?? Number.POSITIVE_INFINITY;
		const step = Math.min(ample, Math.floor((limit - before) / (end - at + 1)));
		if (step < least) {
			units.forEach((unit, i) => {
				unit.rebase((i + 1) * ample);
			});
			return;
		}
		for (; at < end; at++) {
			before += step;
			units[at]?.rebase(before);
		}
	}
}

/** How many identities a unit may give, where there is room, and at least. */
const ample = 2 ** 32;
const least = 2 ** 16;

/** The places of a longest subsequence that rises. */
function longestRising(values: readonly (number | undefined)[]): Set<number> {
	/** By length: the place of the least last value of a rising subsequence. */
	const ends: number[] = [];
	const previous = new Map<number, number>();
	for (const [at, value] of values.entries()) {
		if (value === undefined) continue;
		let low = 0;
		let high = ends.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			if ((values[ends[middle] ?? 0] ?? 0) < value) low = middle + 1;
			else high = middle;
		}
		const before = ends[low - 1];
		if (before !== undefined) previous.set(at, before);
		ends[low] = at;
	}
	const found = new Set<number>();
	for (let at = ends.at(-1); at !== undefined; at = previous.get(at)) found.add(at);
	return found;
}
