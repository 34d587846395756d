import type { Diagnostic } from "../compiler/source/diagnostic.js";
import type { RunEvent } from "../runtime/events.js";
import type { Run, RunOptions } from "../runtime/worker.js";
import type { Analysis } from "./analysis.js";
import { declarationSpans, declarations } from "./features/declarations.js";
import { type Result, Results } from "./results.js";

export type StartRun = (options: RunOptions, onEvent: (event: RunEvent) => void) => Run;

/** Whom a run tells. */
export interface RunListener {
	/** What the run reports; of progress of one fit only the last. */
	events(uri: string, version: number, events: readonly RunEvent[]): void;
	/** The results, or their validity, changed. */
	changed(uri: string): void;
}

interface Entry {
	readonly run: Run;
	/** Of the text that is run. */
	readonly version: number;
	readonly results: Results;
	readonly imported: string;
	events: RunEvent[];
	timer: NodeJS.Timeout | undefined;
}

/** Between two messages about a run, in milliseconds. */
const pause = 50;

/** At most one run a file, and what is left of it. */
export class Runs {
	private readonly entries = new Map<string, Entry>();

	constructor(
		private readonly start: StartRun,
		private readonly listener: RunListener,
	) {}

	/** Runs the text as it is, in place of what runs of this file. */
	run(uri: string, version: number, analysis: Analysis): void {
		this.drop(uri);
		const { path, text, root } = analysis.snapshot;
		const results = new Results(path, text, declarations(analysis.snapshot));
		for (const slice of root.tree.slices) {
			for (const { declaration } of slice.items) {
				if (declaration.kind === "Check") results.queue(analysis.snapshot.locate(slice, declaration.span));
			}
		}
		const accept = (event: RunEvent): void => {
			if (this.entries.get(uri) !== entry) return;
			results.accept(event);
			this.tell(uri, entry, event);
		};
		const early: RunEvent[] = [];
		let ready = false;
		const run = this.start({ file: path, text }, (event) => {
			if (ready) accept(event);
			else early.push(event);
		});
		const entry: Entry = {
			run,
			version,
			results,
			imported: importedTexts(analysis),
			events: [],
			timer: undefined,
		};
		this.entries.set(uri, entry);
		ready = true;
		for (const event of early) accept(event);
		run.finished.then(
			() => this.ended(uri, entry),
			() => this.ended(uri, entry),
		);
		this.listener.changed(uri);
	}

	/** Asks a run to stop; asked again, it ends at once. */
	stop(uri: string): void {
		this.entries.get(uri)?.run.stop();
	}

	/** Forgets the results of a file, and ends what runs of it. */
	clear(uri: string): void {
		if (this.drop(uri)) this.listener.changed(uri);
	}

	private drop(uri: string): boolean {
		const entry = this.entries.get(uri);
		if (!entry) return false;
		this.entries.delete(uri);
		clearTimeout(entry.timer);
		end(entry);
		return true;
	}

	/** Follows the text; true if a result moved or its validity changed. */
	follow(uri: string, analysis: Analysis): boolean {
		const entry = this.entries.get(uri);
		const { snapshot } = analysis;
		const spans = entry ? declarationSpans(snapshot) : [];
		return entry?.results.edit(snapshot.text, spans, importedTexts(analysis) !== entry.imported) ?? false;
	}

	results(uri: string): readonly Result[] {
		return this.entries.get(uri)?.results.all() ?? [];
	}

	diagnostics(uri: string): readonly Diagnostic[] {
		return this.entries.get(uri)?.results.diagnostics() ?? [];
	}

	isRunning(uri: string): boolean {
		const entry = this.entries.get(uri);
		return entry !== undefined && !entry.results.finished;
	}

	runningFits(uri: string): number {
		return this.entries.get(uri)?.results.runningFits ?? 0;
	}

	close(): void {
		for (const entry of this.entries.values()) {
			clearTimeout(entry.timer);
			end(entry);
		}
		this.entries.clear();
	}

	private ended(uri: string, entry: Entry): void {
		if (this.entries.get(uri) !== entry) return;
		entry.results.finish();
		this.flush(uri, entry);
	}

	private tell(uri: string, entry: Entry, event: RunEvent): void {
		const last = entry.events.at(-1);
		if (event.kind === "progress" && last?.kind === "progress" && last.fit === event.fit) entry.events.pop();
		entry.events.push(event);
		entry.timer ??= setTimeout(() => this.flush(uri, entry), pause);
	}

	private flush(uri: string, entry: Entry): void {
		clearTimeout(entry.timer);
		entry.timer = undefined;
		const { events } = entry;
		entry.events = [];
		if (events.length > 0) this.listener.events(uri, entry.version, events);
		this.listener.changed(uri);
	}
}

/** Its results are not wanted any more. */
function end(entry: Entry): void {
	if (entry.results.finished) return;
	entry.run.stop();
	entry.run.stop();
}

function importedTexts(analysis: Analysis): string {
	const { modules, root } = analysis.snapshot;
	return modules.flatMap((module) => (module === root || module.library ? [] : [module.text])).join("\0");
}
