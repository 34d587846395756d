import type { Diagnostic, Fix } from "../compiler/source/diagnostic.js";
import { LineIndex } from "../compiler/source/text.js";
import { lastLineShown, type Mark, renderFrame } from "./render-frame.js";
import { type Palette, plainPalette, type Style } from "./render-palette.js";

export interface RenderOptions {
	readonly palette?: Palette;
	/** How wide a line of output may be. */
	readonly width?: number;
}

/** The texts of files, by the path under which diagnostics name them. */
export type Sources = ReadonlyMap<string, string>;

/** All diagnostics, with a blank line between them, and a summary. Nothing when there are none. */
export function renderDiagnostics(
	diagnostics: readonly Diagnostic[],
	sources: Sources,
	options: RenderOptions = {},
): string {
	if (diagnostics.length === 0) return "";
	const indices = new Indices(sources);
	const shown = diagnostics.map((diagnostic) => `${render(diagnostic, indices, options)}\n`);
	return `${shown.join("\n")}\n${renderSummary(diagnostics, options.palette)}\n`;
}

/** One diagnostic, without a newline at the end. */
export function renderDiagnostic(
	diagnostic: Diagnostic,
	sources: Sources,
	options: RenderOptions = {},
): string {
	return render(diagnostic, new Indices(sources), options);
}

/** `2 errors, 1 warning`. */
export function renderSummary(diagnostics: readonly Diagnostic[], palette: Palette = plainPalette): string {
	const parts: string[] = [];
	for (const severity of ["error", "warning"] as const) {
		const count = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
		if (count > 0) parts.push(palette(severity, `${count} ${severity}${count === 1 ? "" : "s"}`));
	}
	return parts.join(", ");
}

/** The line indices of the sources, made when they are first needed. */
class Indices {
	private readonly made = new Map<string, LineIndex>();

	constructor(private readonly sources: Sources) {}

	get(file: string): LineIndex | undefined {
		const text = this.sources.get(file);
		if (text === undefined) return undefined;
		const index = this.made.get(file) ?? new LineIndex(text);
		this.made.set(file, index);
		return index;
	}
}

function render(diagnostic: Diagnostic, indices: Indices, options: RenderOptions): string {
	const palette = options.palette ?? plainPalette;
	const style: Style = diagnostic.severity;
	const head = palette(style, `${diagnostic.severity}[${diagnostic.code}]`);
	const lines = [`${head}${palette("strong", `: ${diagnostic.message}`)}`];
	const files = marksByFile(diagnostic);
	const numbers = widthOfNumbers(files, indices);
	const pad = " ".repeat(numbers);
	for (const [file, marks] of files) {
		const index = indices.get(file);
		const arrow = file === diagnostic.at.file ? "-->" : ":::";
		lines.push(`${pad}${palette("frame", arrow)} ${placeOf(file, marks[0]?.at.start ?? 0, index)}`);
		if (index === undefined) continue;
		lines.push(`${pad} ${palette("frame", "|")}`);
		lines.push(
			...renderFrame(index, marks, { palette, primary: style, width: options.width ?? 120, numbers }),
			`${pad} ${palette("frame", "|")}`,
		);
	}
	// The last frame is closed only by what hangs below it.
	if (lines.at(-1) === `${pad} ${palette("frame", "|")}` && diagnostic.notes.length === 0) lines.pop();
	for (const note of diagnostic.notes)
		lines.push(`${pad} ${palette("frame", "=")} ${headed("note", note, palette, numbers + 3)}`);
	if (diagnostic.hint !== undefined) lines.push(headed("hint", diagnostic.hint, palette, 0));
	for (const fix of diagnostic.fixes) lines.push(...renderFix(fix, indices, palette, numbers));
	return lines.join("\n");
}

/** `note: text`, further lines below the text. */
function headed(head: string, text: string, palette: Palette, indent: number): string {
	const further = " ".repeat(indent + head.length + 2);
	return `${palette("note", `${head}:`)} ${text.split("\n").join(`\n${further}`)}`;
}

/** The marks of each file, that of the diagnostic first. */
function marksByFile(diagnostic: Diagnostic): Map<string, Mark[]> {
	const files = new Map<string, Mark[]>();
	files.set(diagnostic.at.file, [{ at: diagnostic.at, label: diagnostic.label, primary: true }]);
	for (const { at, label } of diagnostic.related) {
		const marks = files.get(at.file) ?? [];
		marks.push({ at, label, primary: false });
		files.set(at.file, marks);
	}
	return files;
}

function widthOfNumbers(files: ReadonlyMap<string, readonly Mark[]>, indices: Indices): number {
	let last = 1;
	for (const [file, marks] of files) {
		const index = indices.get(file);
		if (index !== undefined) last = Math.max(last, lastLineShown(index, marks));
	}
	return String(last).length;
}

/** `file:line:column`, or the file alone where its text is not known. */
function placeOf(file: string, offset: number, index: LineIndex | undefined): string {
	if (index === undefined) return file;
	const { line, column } = index.position(offset);
	return `${file}:${line + 1}:${column + 1}`;
}

/** The longest fix whose result is shown. */
const mostFixedLines = 3;

function renderFix(fix: Fix, indices: Indices, palette: Palette, numbers: number): string[] {
	const lines = [headed("fix", fix.title, palette, 0)];
	const file = fix.edits[0]?.at.file;
	const index = file === undefined ? undefined : indices.get(file);
	if (index === undefined || fix.edits.some((edit) => edit.at.file !== file)) return lines;
	const fixed = fixedLines(fix, index);
	if (fixed === undefined) return lines;
	for (const { number, text } of fixed) {
		lines.push(`${palette("frame", String(number).padStart(numbers))} ${palette("success", `+ ${text}`)}`);
	}
	return lines;
}

/** The lines that the edits touch, as they are afterwards; nothing when they are many. */
function fixedLines(fix: Fix, index: LineIndex): { number: number; text: string }[] | undefined {
	const edits = [...fix.edits].sort((a, b) => a.at.start - b.at.start);
	const first = index.position(edits[0]?.at.start ?? 0).line;
	const last = Math.max(...edits.map((edit) => index.position(edit.at.end).line));
	let result = "";
	let at = index.start(first);
	for (const edit of edits) {
		result += index.text.slice(at, edit.at.start) + edit.replacement;
		at = Math.max(at, edit.at.end);
	}
	result += index.text.slice(at, Math.max(at, index.end(last)));
	const lines = result.split(/\r\n|\r|\n/).map((text) => text.replaceAll("\t", "    "));
	if (lines.length > mostFixedLines) return undefined;
	return lines.map((text, i) => ({ number: first + 1 + i, text }));
}
