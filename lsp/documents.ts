import { resolve } from "node:path";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { NodeHost } from "../runtime/node-host.js";
import { Analysis } from "./analysis.js";
import { pathOf, ToProtocol } from "./to-protocol.js";

interface Entry {
	readonly host: NodeHost;
	readonly path: string;
	version: number;
	/** Grows when something outside the document changed that it may depend on. */
	outside: number;
	current: ToProtocol;
}

/** The open documents, each with the one analysis of its present version. */
export class Documents {
	private readonly entries = new Map<string, Entry>();
	private outside = 0;

	constructor(private readonly open: { get(uri: string): TextDocument | undefined; all(): TextDocument[] }) {}

	/** The analysis of a document as it is now: made when it is first asked for, and shared. */
	current(uri: string): ToProtocol | undefined {
		const document = this.open.get(uri);
		if (!document) return undefined;
		const known = this.entries.get(uri);
		if (known && known.version === document.version && known.outside === this.outside) return known.current;
		const path = known?.path ?? pathOf(uri);
		const host = known?.host ?? new NodeHost(path, (file) => this.textOf(file));
		const analysis = Analysis.of(path, document.getText(), host, known?.current.analysis);
		const current = new ToProtocol(uri, analysis);
		this.entries.set(uri, { host, path, version: document.version, outside: this.outside, current });
		return current;
	}

	version(uri: string): number | undefined {
		return this.open.get(uri)?.version;
	}

	close(uri: string): void {
		this.entries.delete(uri);
	}

	/** Files on disk changed: everything is read again. */
	refresh(): string[] {
		this.outside++;
		return this.open.all().map((document) => document.uri);
	}

	/** The open documents that import this one. */
	dependents(uri: string): string[] {
		const path = pathOf(uri);
		const found = [...this.entries].filter(
			([other, entry]) => other !== uri && entry.current.analysis.uses(path),
		);
		for (const [, entry] of found) entry.version = -1;
		return found.map(([other]) => other);
	}

	private textOf(file: string): string | undefined {
		const path = resolve(file);
		return this.open
			.all()
			.find((document) => pathOf(document.uri) === path)
			?.getText();
	}
}
