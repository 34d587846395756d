import type * as ast from "../../../grammar/ast.js";
import type { Span } from "../../../grammar/span.js";
import type { Location } from "../../source/diagnostic.js";

let lastAnchor = 0;

/**
 * Where a declaration stands. Places in it are relative to the anchor, which lies at its name, and are resolved when
 * they are asked for: so an edit above moves them, and neither a comment nor a word before the name does.
 */
export class Anchor {
	readonly id = ++lastAnchor;
	private origin = 0;
	private slice: ast.Slice;

	constructor(
		readonly file: string,
		slice: ast.Slice,
	) {
		this.slice = slice;
	}

	/** The declaration stands in this slice now, with its name at `origin` of it. */
	moveTo(slice: ast.Slice, origin: number): void {
		this.slice = slice;
		this.origin = origin;
	}

	/** The offset in the file of what is relative to the anchor. */
	resolve(relative: number): number {
		return this.slice.offset + this.origin + relative;
	}

	/** The text at a span of the slice. */
	text(span: Span): string {
		return this.slice.text.slice(span.start, span.end);
	}

	/** The text at a place in this declaration. */
	textAt(at: Location): string | undefined {
		if (at.file !== this.file) return undefined;
		return this.text({ start: at.start - this.slice.offset, end: at.end - this.slice.offset });
	}

	/**
	 * Whether something could not be read in the text at a place, right behind it, on the line where it begins, or in
	 * a declaration above in the same piece of the file, which this may belong to: what is said of its meaning may be
	 * wrong.
	 */
	isBroken(at: Location): boolean {
		if (at.file !== this.file || this.slice.problems.length === 0) return false;
		const [start, end] = [at.start - this.slice.offset, at.end - this.slice.offset];
		return this.slice.problems.some(
			({ span }) =>
				(span.start > start && span.start <= end + 1) ||
				this.isOneLine(span.start, start) ||
				span.start < this.origin,
		);
	}

	/** Whether something above in the same piece of the file could not be read. */
	isBehindBroken(at: Location): boolean {
		return (
			at.file === this.file &&
			this.slice.problems.some(({ span }) => this.slice.offset + span.start < at.start)
		);
	}

	private isOneLine(a: number, b: number): boolean {
		return !this.slice.text.slice(Math.min(a, b), Math.max(a, b)).includes("\n");
	}

	/** Whether what follows on the same line could not be read: that is a part of its beginning only. */
	isCut({ end }: Span): boolean {
		return this.slice.problems.some(
			({ span }) => span.start >= end && /^[ \t]*$/.test(this.slice.text.slice(end, span.start)),
		);
	}

	/** Whether a clause that begins with `word` stands where none can be read. */
	hasStray(word: string): boolean {
		return this.slice.problems.some(({ span }) =>
			new RegExp(`\\b${word}\\s*$`).test(this.slice.text.slice(0, span.start)),
		);
	}

	get problems(): readonly ast.SyntaxProblem[] {
		return this.slice.problems;
	}

	place(span: Span): AnchoredPlace {
		return new AnchoredPlace(this, span.start - this.origin, span.end - this.origin);
	}

	/** A place that was resolved already, as one that moves along. */
	adopt(at: Location): AnchoredPlace {
		if (at instanceof AnchoredPlace) return at;
		const start = this.resolve(0);
		return new AnchoredPlace(this, at.start - start, at.end - start, at.file);
	}
}

/** A place that moves with its declaration. */
export class AnchoredPlace implements Location {
	constructor(
		private readonly anchor: Anchor,
		private readonly from: number,
		private readonly to: number,
		readonly file: string = anchor.file,
	) {}

	get start(): number {
		return this.anchor.resolve(this.from);
	}

	get end(): number {
		return this.anchor.resolve(this.to);
	}

	/** Equal for places that stay equal wherever their declarations move. */
	get key(): string {
		return `${this.anchor.id}:${this.from}-${this.to}`;
	}

	/** The parts of its key. */
	writeKey(parts: unknown[]): void {
		parts.push(this.anchor.id, this.from, this.to);
	}

	get resolved(): Location {
		return { file: this.file, start: this.start, end: this.end };
	}
}
