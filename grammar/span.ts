/**
 * A half-open range of UTF-16 offsets. Spans of the syntax tree are relative to the start of the slice
 * (the top-level declaration) that they belong to, so that a declaration that only moved is unchanged.
 */
export interface Span {
	readonly start: number;
	readonly end: number;
}

export function spanning(first: Span, last: Span): Span {
	return { start: first.start, end: last.end };
}
