import { format as formatText } from "../../grammar/format.js";
import type { Snapshot } from "../snapshot.js";

/** The smallest edit that brings the text into its one form; none if it is there already, or does not parse. */
export function format(
	snapshot: Snapshot,
): { readonly start: number; readonly end: number; readonly text: string } | undefined {
	const { text } = snapshot;
	const formatted = formatText(text);
	if (formatted.problems.length > 0 || formatted.text === text) return undefined;
	const after = formatted.text;
	const limit = Math.min(text.length, after.length);
	let start = 0;
	while (start < limit && text[start] === after[start]) start++;
	let same = 0;
	while (same < limit - start && text[text.length - 1 - same] === after[after.length - 1 - same]) same++;
	return { start, end: text.length - same, text: after.slice(start, after.length - same) };
}
