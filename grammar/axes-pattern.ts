/**
 * Patterns of axes: `"b (h d) -> b h d"`, `"i k, k j -> i j"`. One or several lists of axes, and, after `->`, the list of
 * the result. Places are offsets in the pattern.
 */
export interface AxesPattern {
	readonly inputs: readonly AxesList[];
	readonly output: AxesList;
}

export interface AxesList {
	readonly items: readonly AxisItem[];
	readonly start: number;
	readonly end: number;
}

export type AxisItem = SingleAxis | AxisGroup | RestAxes;

/** A name, or `1`. */
export interface SingleAxis {
	readonly kind: "axis";
	/** Absent for an axis of size 1. */
	readonly name?: string;
	readonly start: number;
	readonly end: number;
}

/** `(h d)`: one axis made of several; `()` has size 1. */
export interface AxisGroup {
	readonly kind: "group";
	readonly axes: readonly SingleAxis[];
	readonly start: number;
	readonly end: number;
}

/** `...` */
export interface RestAxes {
	readonly kind: "rest";
	readonly start: number;
	readonly end: number;
}

export interface PatternProblem {
	readonly message: string;
	readonly start: number;
	readonly end: number;
}

interface Token {
	readonly text: string;
	readonly start: number;
	readonly end: number;
}

function tokensOf(text: string): Token[] {
	return [...text.matchAll(/->|\.\.\.|[\p{L}_][\p{L}\p{N}_]*|\d+|\S/gu)].map((match) => ({
		text: match[0],
		start: match.index,
		end: match.index + match[0].length,
	}));
}

/** Reads a pattern; the first thing that is wrong with it, if it is none. */
export function parseAxesPattern(text: string): AxesPattern | PatternProblem {
	const tokens = tokensOf(text);
	const arrows = tokens.filter((t) => t.text === "->");
	const [arrow, second] = arrows;
	if (!arrow)
		return { message: "a pattern says what becomes of the axes: `a b -> b a`", start: 0, end: text.length };
	if (second) return { message: "a pattern has one `->`", start: second.start, end: second.end };
	const before = tokens.slice(0, tokens.indexOf(arrow));
	const after = tokens.slice(tokens.indexOf(arrow) + 1);
	const inputs: AxesList[] = [];
	let from = 0;
	for (const [i, token] of before.entries()) {
		if (token.text !== ",") continue;
		const list = listOf(before.slice(from, i), token.start);
		if ("message" in list) return list;
		inputs.push(list);
		from = i + 1;
	}
	const last = listOf(before.slice(from), arrow.start);
	if ("message" in last) return last;
	const output = listOf(after, text.length);
	if ("message" in output) return output;
	return { inputs: [...inputs, last], output };
}

function listOf(tokens: readonly Token[], end: number): AxesList | PatternProblem {
	const items: AxisItem[] = [];
	let group: { axes: SingleAxis[]; start: number } | undefined;
	for (const token of tokens) {
		const { text, start } = token;
		if (text === "(" && !group) {
			group = { axes: [], start };
		} else if (text === ")" && group) {
			items.push({ kind: "group", axes: group.axes, start: group.start, end: token.end });
			group = undefined;
		} else if (text === "..." && !group) {
			if (items.some((item) => item.kind === "rest"))
				return { message: "`...` stands once", start, end: token.end };
			items.push({ kind: "rest", start, end: token.end });
		} else if (/^[\p{L}_]/u.test(text) || text === "1") {
			const axis: SingleAxis = { kind: "axis", ...(text !== "1" && { name: text }), start, end: token.end };
			if (group) group.axes.push(axis);
			else items.push(axis);
		} else {
			const message = /^\d/.test(text)
				? "an axis is a name, or 1: a size is given by an option, `n = 5`"
				: `\`${text}\` means nothing here: an axis is a name, several in brackets are one, \`...\` stands for leading ones`;
			return { message, start, end: token.end };
		}
	}
	if (group) return { message: "this bracket is not closed", start: group.start, end: group.start + 1 };
	const first = tokens[0];
	const final = tokens.at(-1);
	return { items, start: first?.start ?? end, end: final?.end ?? end };
}

/** The single axes of a list, in order, those in brackets too. */
export function singleAxes(list: AxesList): SingleAxis[] {
	return list.items.flatMap((item) =>
		item.kind === "axis" ? [item] : item.kind === "group" ? [...item.axes] : [],
	);
}

/**
 * `"ik,kj->ij"`: each list is one word, and stands for as many axes as it has letters. Undefined if that is not meant:
 * `ranks` are those of the operands without their leading axes, where they are known.
 */
export function spelledOut(
	pattern: AxesPattern,
	ranks: readonly (number | undefined)[],
): AxesPattern | undefined {
	const word = (list: AxesList): SingleAxis | undefined => {
		const named = list.items.filter((item) => item.kind !== "rest");
		const [only] = named;
		return named.length === 1 && only?.kind === "axis" && only.name ? only : undefined;
	};
	const letters = (list: AxesList): AxesList => {
		const single = word(list);
		if (!single?.name) return list;
		const axes = [...single.name].map(
			(name, i): SingleAxis => ({ kind: "axis", name, start: single.start + i, end: single.start + i + 1 }),
		);
		return {
			...list,
			items: list.items.flatMap((item): readonly AxisItem[] => (item === single ? axes : [item])),
		};
	};
	const meant = pattern.inputs.every((list, i) => {
		const single = word(list);
		if (!single?.name) return list.items.length === 0;
		const rank = ranks[i];
		return /^\p{L}+$/u.test(single.name) && (rank === undefined || rank === [...single.name].length);
	});
	const longer = pattern.inputs.some((list) => (word(list)?.name?.length ?? 0) > 1);
	if (!meant || !longer || pattern.output.items.some((item) => item.kind === "group")) return undefined;
	return { inputs: pattern.inputs.map(letters), output: letters(pattern.output) };
}
