/** How many names are worth suggesting. */
const mostSuggestions = 3;

/** Of longer names no slips are looked for: that takes time with the product of the lengths. */
const longestName = 200;

/**
 * The candidates that `name` may be a slip of, nearest first: for "did you mean". A third of the letters may be wrong
 * (swapped neighbours count as one), letter case hardly counts. Of a single letter only the case may be: any two letters
 * are one apart.
 */
export function nearest(name: string, candidates: Iterable<string>): string[] {
	if (name.length > longestName) return [];
	const limit = name.length === 1 ? 0 : Math.max(1, Math.floor(name.length / 3));
	const found: { candidate: string; distance: number }[] = [];
	const wanted = name.toLowerCase();
	const letters = lettersOf(wanted);
	for (const candidate of new Set(candidates)) {
		if (candidate === name || (candidate.length === 1 && name.length > 1)) continue;
		if (Math.abs(candidate.length - name.length) > limit) continue;
		const lower = candidate.toLowerCase();
		// A letter that is wrong is wrong in one word or in both.
		if (countBits(letters ^ lettersOf(lower)) > 2 * limit) continue;
		const distance = editDistance(wanted, lower, limit);
		// A name that only differs in case comes before one that differs in a letter.
		if (distance <= limit) found.push({ candidate, distance });
	}
	found.sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
	return found.slice(0, mostSuggestions).map((entry) => entry.candidate);
}

/** Which letters occur, as bits; several letters may share one. */
function lettersOf(word: string): number {
	let bits = 0;
	for (let i = 0; i < word.length; i++) bits |= 1 << (word.charCodeAt(i) & 31);
	return bits;
}

function countBits(bits: number): number {
	let count = 0;
	for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
	return count;
}

/** The hint at a name that is not among the candidates: the nearest of them, or else `otherwise`. */
export function suggestion(name: string, candidates: Iterable<string>, otherwise: string): string {
	const [near] = nearest(name, candidates);
	return near === undefined ? otherwise : `did you mean \`${near}\`?`;
}

/** Names as messages list them. */
export function quoted(names: readonly string[]): string {
	return names.map((name) => `\`${name}\``).join(", ");
}

/**
 * How many letters to insert, delete, replace, or swap with a neighbour, to make one word of the other; something above
 * `limit` where it is more than that.
 */
export function editDistance(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
	let beforeLast: number[] = [];
	let last = Array.from({ length: b.length + 1 }, (_, j) => j);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		let least = i;
		for (let j = 1; j <= b.length; j++) {
			const same = a[i - 1] === b[j - 1];
			let best = Math.min(
				(last[j - 1] as number) + (same ? 0 : 1),
				(last[j] as number) + 1,
				(row[j - 1] as number) + 1,
			);
			const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
			if (swapped) best = Math.min(best, (beforeLast[j - 2] as number) + 1);
			if (best < least) least = best;
			row.push(best);
		}
		// A swap looks two rows back, and costs one.
		if (least > limit + 1) return least;
		[beforeLast, last] = [last, row];
	}
	return last[b.length] as number;
}
