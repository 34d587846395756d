import type { Diagnostic, Location } from "../compiler/source/diagnostic.js";
import { LineIndex } from "../compiler/source/text.js";
import type { Sources } from "./render.js";

/** A place in machine-readable output. */
interface Place {
	readonly file: string;
	readonly start: Point;
	readonly end: Point;
}

/** Line and column from 1, where the text is known; the column and the offset (from 0) in UTF-16 units. */
interface Point {
	readonly line?: number;
	readonly column?: number;
	readonly offset: number;
}

/** Diagnostics as JSON, one object a line. */
export function diagnosticsToJson(diagnostics: readonly Diagnostic[], sources: Sources): string {
	const indices = new Map<string, LineIndex>();
	const place = (at: Location): Place => {
		const text = sources.get(at.file);
		const index = indices.get(at.file) ?? (text === undefined ? undefined : new LineIndex(text));
		if (index !== undefined) indices.set(at.file, index);
		const point = (offset: number): Point => {
			if (index === undefined) return { offset };
			const { line, column } = index.position(offset);
			return { line: line + 1, column: column + 1, offset };
		};
		return { file: at.file, start: point(at.start), end: point(at.end) };
	};
	return diagnostics.map((diagnostic) => `${JSON.stringify(toJson(diagnostic, place))}\n`).join("");
}

function toJson(diagnostic: Diagnostic, place: (at: Location) => Place): object {
	const { code, severity, message, label, notes, hint } = diagnostic;
	return {
		code,
		severity,
		message,
		...place(diagnostic.at),
		label,
		related: diagnostic.related.map((related) => ({ ...place(related.at), label: related.label })),
		notes,
		hint,
		fixes: diagnostic.fixes.map((fix) => ({
			title: fix.title,
			edits: fix.edits.map((edit) => ({ ...place(edit.at), replacement: edit.replacement })),
		})),
	};
}
