import { resolve } from "node:path";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { Descriptions } from "../runtime/data/descriptions.js";
import { NodeHost } from "../runtime/node-host.js";
import { Analysis } from "./analysis.js";
import { Reading } from "./reading.js";
import { pathOf, ToProtocol } from "./to-protocol.js";

interface Entry {
	readonly host: NodeHost;
	/** The data files that are being read for it. */
	readonly data: Descriptions;
	readonly path: string;
	version: number;
	/** Grows when something outside the document changed that it may depend on. */
	outside: number;
	reading: Reading<ToProtocol>;
	/** What was known of a version before, as long as nothing is of this one. */
	before: ToProtocol | undefined;
}

/** The open documents, each with the one analysis of its present version: read and checked in turns. */
export class Documents {
	private readonly entries = new Map<string, Entry>();
	private outside = 0;

	constructor(private readonly open: { get(uri: string): TextDocument | undefined; all(): TextDocument[] }) {}

	/** The analysis of a document as it is now, under way or done: begun when it is first asked for, and shared. */
	reading(uri: string): Reading<ToProtocol> | undefined {
		const document = this.open.get(uri);
		if (!document) return undefined;
		const known = this.entries.get(uri);
		if (known && known.version === document.version && known.outside === this.outside) return known.reading;
		known?.reading.callOff();
		const path = known?.path ?? pathOf(uri);
		const data = known?.data ?? new Descriptions();
		const host = known?.host ?? new NodeHost(path, (file) => this.textOf(file), data);
		const before = known && latest(known);
		const text = document.getText();
		const reading = new Reading<ToProtocol>(function* (early) {
			const declared = (analysis: Analysis) => early(new ToProtocol(uri, analysis));
			let analysis = yield* Analysis.inSteps(path, text, host, before?.analysis, declared);
			// What hangs on a large data file is checked when that is read.
			for (let awaited = data.awaited(); awaited; awaited = data.awaited()) {
				early(new ToProtocol(uri, analysis));
				yield awaited;
				analysis = yield* Analysis.inSteps(path, text, host, analysis);
			}
			return new ToProtocol(uri, analysis);
		});
		const { version } = document;
		this.entries.set(uri, { host, data, path, version, outside: this.outside, reading, before });
		return reading;
	}

	/** The whole analysis of a document as it is now, without a pause. */
	current(uri: string): ToProtocol | undefined {
		return this.reading(uri)?.finish();
	}

	/** The text is another one: what is under way is not wanted any more. */
	callOff(uri: string): void {
		this.entries.get(uri)?.reading.callOff();
	}

	version(uri: string): number | undefined {
		return this.open.get(uri)?.version;
	}

	close(uri: string): void {
		this.callOff(uri);
		this.entries.get(uri)?.data.close();
		this.entries.delete(uri);
	}

	closeAll(): void {
		for (const uri of [...this.entries.keys()]) this.close(uri);
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
			([other, entry]) => other !== uri && latest(entry)?.analysis.uses(path),
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

function latest({ reading, before }: Entry): ToProtocol | undefined {
	return reading.latest ?? before;
}
