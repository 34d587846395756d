import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as lsp from "vscode-languageserver/node";
import type { Diagnostic, Location } from "../compiler/source/diagnostic.js";
import { LineIndex } from "../compiler/source/text.js";
import { libraryFolder } from "../runtime/node-host.js";
import type {
	Analysis,
	Completion,
	Completions,
	Hint,
	Hover,
	OutlineSymbol,
	SignatureHelp,
} from "./analysis.js";
import { type RunStateParams, runCommand, stopCommand } from "./extensions.js";
import type { Result } from "./results.js";

/** The only place that makes the protocol's objects. Positions count lines from 0 and columns in UTF-16 units. */

export function pathOf(uri: string): string {
	return uri.startsWith("file:")
		? fileURLToPath(uri)
		: resolve(uri.replace(/^[^:]*:/, "").replace(/[\\/:]/g, "_"));
}

/** Where a location's file is: `std.nn` is a file of the package. */
export function fileOf(file: string): string {
	const library = /^std\.([a-z_]+)$/.exec(file)?.[1];
	return library === undefined ? resolve(file) : join(libraryFolder, `${library}.ansatz`);
}

/** Translates what one analysis says. */
export class ToProtocol {
	private readonly lines = new Map<string, LineIndex>();

	constructor(
		readonly uri: string,
		readonly analysis: Analysis,
	) {}

	get index(): LineIndex {
		return this.indexOf(this.analysis.snapshot.path);
	}

	private indexOf(file: string): LineIndex {
		const known = this.lines.get(file);
		if (known) return known;
		const made = new LineIndex(this.analysis.module(file)?.text ?? "");
		this.lines.set(file, made);
		return made;
	}

	offset(position: lsp.Position): number {
		return this.index.offset({ line: position.line, column: position.character });
	}

	range(at: { readonly start: number; readonly end: number }, file = this.analysis.snapshot.path): lsp.Range {
		const index = this.indexOf(file);
		const position = (offset: number): lsp.Position => {
			const { line, column } = index.position(offset);
			return { line, character: column };
		};
		return { start: position(at.start), end: position(at.end) };
	}

	location(at: Location): lsp.Location {
		const own = at.file === this.analysis.snapshot.path;
		return { uri: own ? this.uri : pathToFileURL(fileOf(at.file)).href, range: this.range(at, at.file) };
	}

	diagnostic(one: Diagnostic): lsp.Diagnostic {
		const extra = [
			...(one.label ? [one.label] : []),
			...one.notes,
			...(one.hint ? [`hint: ${one.hint}`] : []),
		];
		return {
			range: this.range(one.at),
			severity: one.severity === "error" ? lsp.DiagnosticSeverity.Error : lsp.DiagnosticSeverity.Warning,
			code: one.code,
			source: "ansatz",
			message: [one.message, ...extra].join("\n"),
			...(one.code === "E0211" && { tags: [lsp.DiagnosticTag.Unnecessary] }),
			relatedInformation: one.related.map((related) => ({
				location: this.location(related.at),
				message: related.label,
			})),
		};
	}

	hover(hover: Hover): lsp.Hover {
		return { range: this.range(hover), contents: { kind: lsp.MarkupKind.Markdown, value: hover.markdown } };
	}

	completions(found: Completions): lsp.CompletionList {
		const range = this.range(found);
		return {
			isIncomplete: false,
			items: found.items.map((item) => ({
				label: item.label,
				kind: completionKinds[item.kind],
				detail: item.detail,
				...(item.documentation && {
					documentation: { kind: lsp.MarkupKind.Markdown, value: item.documentation },
				}),
				sortText: `${item.rank}${item.label}`,
				textEdit: { range, newText: item.insert ?? item.label },
			})),
		};
	}

	symbol(symbol: OutlineSymbol): lsp.DocumentSymbol {
		return {
			name: symbol.name,
			detail: symbol.detail,
			kind: symbolKinds[symbol.kind],
			range: this.range(symbol.range),
			selectionRange: this.range(symbol.selection),
			children: symbol.children.map((child) => this.symbol(child)),
		};
	}

	signature(help: SignatureHelp): lsp.SignatureHelp {
		const documentation = help.documentation && { kind: lsp.MarkupKind.Markdown, value: help.documentation };
		return {
			signatures: [
				{
					label: help.label,
					parameters: help.parameters.map((label) => ({ label })),
					...(documentation && { documentation }),
				},
			],
			activeSignature: 0,
			...(help.active !== undefined && { activeParameter: help.active }),
		};
	}

	hint(hint: Hint): lsp.InlayHint {
		return {
			position: this.range({ start: hint.offset, end: hint.offset }).start,
			label: hint.text,
			kind: lsp.InlayHintKind.Type,
		};
	}

	/** The fixes of the diagnostics that touch a range. */
	fixes(diagnostics: readonly Diagnostic[], range: lsp.Range): lsp.CodeAction[] {
		const start = this.offset(range.start);
		const end = this.offset(range.end);
		return diagnostics
			.filter((one) => one.at.start <= end && one.at.end >= start)
			.flatMap((one) =>
				one.fixes.map((fix): lsp.CodeAction => {
					const changes: Record<string, lsp.TextEdit[]> = {};
					for (const edit of fix.edits) {
						const { uri, range: place } = this.location(edit.at);
						changes[uri] = [...(changes[uri] ?? []), { range: place, newText: edit.replacement }];
					}
					return {
						title: fix.title,
						kind: lsp.CodeActionKind.QuickFix,
						diagnostics: [this.diagnostic(one)],
						edit: { changes },
					};
				}),
			);
	}

	/** One lens, above the first declaration, whether or not something runs: the text never jumps. */
	lens(running: boolean): lsp.CodeLens[] {
		const first = this.analysis.symbols()[0];
		if (!first) return [];
		const command = running ? stopCommand : runCommand;
		const title = running ? "Stop" : "Run file";
		return [{ range: this.range(first.selection), command: { title, command, arguments: [this.uri] } }];
	}

	runState(
		version: number,
		running: boolean,
		runningFits: number,
		results: readonly Result[],
	): RunStateParams {
		return {
			uri: this.uri,
			version,
			running,
			runningFits,
			results: results.map(({ state, summary, markdown, ...at }) => ({
				range: this.range(at),
				state,
				summary,
				markdown,
			})),
		};
	}
}

const completionKinds: Record<Completion["kind"], lsp.CompletionItemKind> = {
	function: lsp.CompletionItemKind.Function,
	model: lsp.CompletionItemKind.Class,
	fit: lsp.CompletionItemKind.Event,
	constraint: lsp.CompletionItemKind.Interface,
	variant: lsp.CompletionItemKind.EnumMember,
	optimizer: lsp.CompletionItemKind.Interface,
	reparam: lsp.CompletionItemKind.Interface,
	data: lsp.CompletionItemKind.Module,
	dimension: lsp.CompletionItemKind.Constant,
	parameter: lsp.CompletionItemKind.Variable,
	local: lsp.CompletionItemKind.Variable,
	param: lsp.CompletionItemKind.Field,
	state: lsp.CompletionItemKind.Field,
	part: lsp.CompletionItemKind.Field,
	method: lsp.CompletionItemKind.Method,
	field: lsp.CompletionItemKind.Field,
	option: lsp.CompletionItemKind.Property,
	keyword: lsp.CompletionItemKind.Keyword,
	library: lsp.CompletionItemKind.Module,
	type: lsp.CompletionItemKind.TypeParameter,
};

const symbolKinds: Record<OutlineSymbol["kind"], lsp.SymbolKind> = {
	function: lsp.SymbolKind.Function,
	model: lsp.SymbolKind.Class,
	fit: lsp.SymbolKind.Event,
	data: lsp.SymbolKind.Module,
	dimension: lsp.SymbolKind.Constant,
	type: lsp.SymbolKind.Struct,
	constraint: lsp.SymbolKind.Interface,
	optimizer: lsp.SymbolKind.Interface,
	search: lsp.SymbolKind.Event,
	let: lsp.SymbolKind.Variable,
	param: lsp.SymbolKind.Field,
	state: lsp.SymbolKind.Field,
	part: lsp.SymbolKind.Field,
	track: lsp.SymbolKind.Property,
	method: lsp.SymbolKind.Method,
	check: lsp.SymbolKind.Boolean,
};
