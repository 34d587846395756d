/** The part of a text that an edit replaced. */
export interface Edit {
	readonly start: number;
	readonly oldEnd: number;
	readonly newEnd: number;
}

/** What differs between two texts, as one edit; undefined where nothing does. */
export function editBetween(before: string, after: string): Edit | undefined {
	if (before === after) return undefined;
	const limit = Math.min(before.length, after.length);
	let start = 0;
	while (start < limit && before.charCodeAt(start) === after.charCodeAt(start)) start++;
	let same = 0;
	while (
		same < limit - start &&
		before.charCodeAt(before.length - 1 - same) === after.charCodeAt(after.length - 1 - same)
	) {
		same++;
	}
	return { start, oldEnd: before.length - same, newEnd: after.length - same };
}

/** Where a range is after an edit: it moves with what stands above, and grows with what is written inside. */
export function moveRange<Range extends { readonly start: number; readonly end: number }>(
	range: Range,
	edit: Edit,
): Range {
	const shift = edit.newEnd - edit.oldEnd;
	const start = edit.oldEnd <= range.start ? range.start + shift : Math.min(range.start, edit.start);
	const end =
		edit.oldEnd <= range.end && edit.start < range.end
			? range.end + shift
			: Math.min(range.end, Math.max(edit.start, start));
	return { ...range, start, end: Math.max(start, end) };
}
