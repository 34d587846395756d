import { resolve } from "node:path";
import type { Module, ProgramHost } from "../compiler/program/module.js";
import type { Diagnostic, Location } from "../compiler/source/diagnostic.js";
import { atOnce, type Steps } from "../grammar/steps.js";
import { type Completions, completions } from "./features/completion.js";
import { definition } from "./features/definition.js";
import { format } from "./features/format.js";
import { type Hint, hints } from "./features/hints.js";
import { type Hover, hover } from "./features/hover.js";
import { references } from "./features/references.js";
import { type SignatureHelp, signature } from "./features/signature.js";
import { type OutlineSymbol, symbols } from "./features/symbols.js";
import { Snapshot } from "./snapshot.js";

export type { Completion, Completions } from "./features/completion.js";
export type { Hint } from "./features/hints.js";
export type { Hover } from "./features/hover.js";
export type { SignatureHelp } from "./features/signature.js";
export type { OutlineSymbol } from "./features/symbols.js";

/**
 * What an editor asks about one version of one file, in offsets and texts. An edit makes a new analysis of the old
 * one, which takes over what is known of the declarations that stay: then only the new one is to be asked.
 */
export class Analysis {
	/** Of the file itself; mistakes in files that it imports stand at their import. */
	readonly diagnostics: readonly Diagnostic[];

	private constructor(
		readonly snapshot: Snapshot,
		private readonly host: ProgramHost,
	) {
		this.diagnostics = ownDiagnostics(snapshot);
	}

	static of(path: string, text: string, host: ProgramHost, previous?: Analysis): Analysis {
		return atOnce(Analysis.inSteps(path, text, host, previous));
	}

	/**
	 * The same in small steps. `declared` is given an analysis that has the problems of the syntax, and answers what is
	 * asked about one place; questions about the whole file wait for the last step.
	 */
	static *inSteps(
		path: string,
		text: string,
		host: ProgramHost,
		previous?: Analysis,
		declared?: (analysis: Analysis) => void,
	): Steps<Analysis> {
		const early = (snapshot: Snapshot) => declared?.(new Analysis(snapshot, host));
		return new Analysis(yield* Snapshot.inSteps(path, text, host, previous?.snapshot, early), host);
	}

	/** A file of the program, by the name under which locations speak of it. */
	module(file: string): Module | undefined {
		return this.snapshot.module(file);
	}

	/** Is the file part of this program? */
	uses(path: string): boolean {
		return this.snapshot.modules.some((module) => !module.library && resolve(module.path) === resolve(path));
	}

	hover(offset: number): Hover | undefined {
		return hover(this.at(offset), offset);
	}

	completions(offset: number): Completions {
		return completions(this.at(offset), offset, this.host);
	}

	definition(offset: number): Location | undefined {
		return definition(this.at(offset), offset);
	}

	references(offset: number): Location[] {
		return references(this.snapshot, offset);
	}

	signature(offset: number): SignatureHelp | undefined {
		return signature(this.at(offset), offset);
	}

	symbols(): OutlineSymbol[] {
		return symbols(this.snapshot);
	}

	hints(start: number, end: number): Hint[] {
		return hints(this.at(start, end), start, end);
	}

	/** With what can be known there. */
	private at(start: number, end = start): Snapshot {
		this.snapshot.prepare(start, end);
		return this.snapshot;
	}

	format(): { readonly start: number; readonly end: number; readonly text: string } | undefined {
		return format(this.snapshot);
	}
}

function ownDiagnostics(snapshot: Snapshot): Diagnostic[] {
	const { diagnostics, program } = snapshot.checked;
	const own = diagnostics.filter((one) => one.at.file === snapshot.path);
	for (const slice of snapshot.root.tree.slices) {
		for (const { declaration } of slice.items) {
			if (declaration.kind !== "Import" || declaration.source.kind === "Missing") continue;
			const module = program.imports.get(declaration);
			const wrong =
				module && diagnostics.find((one) => one.at.file === module.path && one.severity === "error");
			if (!module || !wrong) continue;
			own.push({
				...wrong,
				at: snapshot.locate(slice, declaration.source.span),
				message: `in ${declaration.source.path}: ${wrong.message}`,
				label: undefined,
				related: [{ at: wrong.at, label: wrong.message }],
				fixes: [],
			});
		}
	}
	return own;
}
