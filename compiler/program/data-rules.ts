/** The row at which each part of a split ends: shares (at most 1) are of all rows, whole numbers are rows. */
export function splitEnds(rows: number, sizes: readonly number[]): number[] {
	let end = 0;
	let shares = 0;
	return sizes.map((size) => {
		if (size <= 1) {
			shares += size;
			end += Math.round(shares * rows) - Math.round((shares - size) * rows);
		} else end += size;
		return Math.min(end, rows);
	});
}
