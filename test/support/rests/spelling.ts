/** Tensors with a rest somewhere in their shape, and how they are written. */

/** An axis of a known size, as it is written and as it is; or the rest. */
export type Item = { readonly text: string; readonly size: number } | "rest";

/** How a rest is spelled: among types, among indices, in a pattern of axes. */
export interface Spelling {
	readonly types: readonly string[];
	readonly indices: readonly string[];
	readonly pattern: readonly string[];
	/** Whether functions with rests of their own are called, or what they do written out. */
	readonly calls: boolean;
}

export const open: Spelling = { types: ["...b"], indices: ["...b"], pattern: ["..."], calls: true };

export function writtenOut(rank: number): Spelling {
	const names = (letter: string): string[] => Array.from({ length: rank }, (_, i) => `${letter}${i}`);
	return { types: names("p"), indices: names("q"), pattern: names("r"), calls: false };
}

/** The same, with `...` in patterns and calls of functions with rests: these may take more axes for theirs. */
export function spelledByDots(rank: number): Spelling {
	return { ...writtenOut(rank), pattern: open.pattern, calls: true };
}

/** One operation: its text, given the tensor and a spelling, and the shape of its result. */
export interface Step {
	readonly text: (x: string, spelling: Spelling) => string;
	readonly shape: readonly Item[];
}

export const known = (item: Item): item is Exclude<Item, "rest"> => item !== "rest";

/** `[n, p0, p1, d]` */
export function shapeText(shape: readonly Item[], { types }: Spelling): string {
	return `[${shape.flatMap((item) => (known(item) ? [item.text] : types)).join(", ")}]`;
}

/** Each axis by what stands at it: a name of a binder, or something else; a rest by its indices. */
export function indexText(
	x: string,
	shape: readonly Item[],
	spelling: Spelling,
	at: (axis: number) => string = (axis) => `i${axis}`,
	fallback = "",
): string {
	const items = shape.flatMap((item, axis) => (known(item) ? [at(axis)] : spelling.indices));
	return items.length === 0 ? x : `${x}[${items.join(", ")}${fallback}]`;
}

/** `for i0, ...b: body`; without names only the body. */
export function binder(
	word: string,
	shape: readonly Item[],
	axes: readonly number[],
	s: Spelling,
	body: string,
): string {
	const names = axes.flatMap((axis) => {
		const item = shape[axis];
		return item === undefined ? [] : known(item) ? [`i${axis} in ${item.text}`] : s.indices;
	});
	return names.length === 0 ? body : `(${word} ${names.join(", ")}: ${body})`;
}

/** From the start before a rest, from the end behind it. */
export function place(shape: readonly Item[], axis: number): number {
	const rest = shape.indexOf("rest");
	return rest >= 0 && axis > rest ? axis - shape.length : axis;
}

export function knownAxes(shape: readonly Item[]): number[] {
	return shape.flatMap((item, axis) => (known(item) ? [axis] : []));
}

export function replaced(shape: readonly Item[], axis: number, ...items: readonly Item[]): Item[] {
	return [...shape.slice(0, axis), ...items, ...shape.slice(axis + 1)];
}

export const times = (factor: number, item: Exclude<Item, "rest">): Item => ({
	text: /^\d+$/.test(item.text) ? `${factor * item.size}` : `${factor} * (${item.text})`,
	size: factor * item.size,
});

export const number = (size: number): Item => ({ text: `${size}`, size });

/** A size of the signature, which is at least 2. */
export function isBase(item: Item | undefined): boolean {
	return item !== undefined && known(item) && /^[nmd]$/.test(item.text);
}

/** What may be done with a tensor of a shape. Draws are numbers, so that a case is short to tell. */
export type Operation = (shape: readonly Item[], draw: Draw, known: Earlier) => Step | undefined;

/** The tensors `x0`, `x1`, .. so far, and whether shapes that may not go together are tried. */
export interface Earlier {
	readonly shapes: readonly (readonly Item[])[];
	readonly careless: boolean;
}

export interface Draw {
	readonly below: (n: number) => number;
	readonly permutation: (n: number) => number[];
	readonly of: <A>(items: readonly A[]) => A | undefined;
}

export function drawsFrom(numbers: readonly number[]): Draw {
	let at = 0;
	const below = (n: number): number => (n <= 1 ? 0 : (numbers[at++ % numbers.length] ?? 0) % n);
	return {
		below,
		of: (items) => items[below(items.length)],
		permutation: (n) => {
			const left = Array.from({ length: n }, (_, i) => i);
			return Array.from({ length: n }, () => left.splice(below(left.length), 1)[0] as number);
		},
	};
}
