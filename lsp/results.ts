import type { Diagnostic, Location } from "../compiler/source/diagnostic.js";
import type { RunEvent } from "../runtime/events.js";
import type { Picture } from "../runtime/pictures/picture.js";
import type { ResultState } from "./extensions.js";
import type { DeclarationUse } from "./features/declarations.js";
import { type Edit, editBetween, moveRange } from "./moving.js";
import * as show from "./show-results.js";

/** A result beside the text, in offsets of the text as it is now. */
export interface Result {
	readonly start: number;
	readonly end: number;
	readonly state: ResultState;
	readonly summary: string;
	readonly markdown: string;
	/** What was drawn there, one a turn. */
	readonly pictures: readonly NamedPicture[];
}

export interface NamedPicture {
	readonly name: string;
	readonly picture: Picture;
}

interface Entry {
	/** Where it is in the text that is run. */
	readonly at: Location;
	/** Where it is now. */
	start: number;
	end: number;
	/** The index of the declaration that it stands in. */
	readonly declaration: number;
	state: Exclude<ResultState, "stale">;
	/** What stands there, by the label of the fit that it is of. */
	readonly parts: Map<string, show.Shown>;
	readonly pictures: Map<string, NamedPicture>;
	diagnostic?: Diagnostic;
}

interface Declaration extends DeclarationUse {
	/** As it was run. */
	readonly text: string;
	/** Does it still stand in the file as it was run? */
	readonly whole: boolean;
}

/**
 * The results of one run of one file. They move with the text; one whose declaration, or a declaration that this
 * one uses, is no longer what was run, is stale, and sound again when the edit is undone.
 */
export class Results {
	private readonly entries = new Map<string, Entry>();
	private declarations: readonly Declaration[];
	/** Where the declarations are in the text that is run. */
	private readonly origins: readonly Declaration[];
	private readonly labels = new Map<number, { readonly label: string; readonly at: Location }>();
	private text: string;
	private otherFilesChanged = false;
	private stale: readonly boolean[];
	/** Fits that have begun and not ended. */
	private readonly active = new Set<number>();
	finished = false;

	constructor(
		private readonly file: string,
		text: string,
		declarations: readonly DeclarationUse[],
	) {
		this.text = text;
		this.declarations = declarations.map((one) => ({
			...one,
			text: text.slice(one.start, one.end),
			whole: true,
		}));
		this.origins = this.declarations;
		this.stale = this.declarations.map(() => false);
	}

	get runningFits(): number {
		return this.active.size;
	}

	/** Announces a place that will have a result. */
	queue(at: Location): void {
		this.put(at, "", "queued", show.waiting);
	}

	accept(event: RunEvent): void {
		switch (event.kind) {
			case "fit-started":
				this.active.add(event.fit);
				this.labels.set(event.fit, event);
				this.put(event.at, event.label, "running", show.started(event));
				return;
			case "progress": {
				const fit = this.labels.get(event.fit);
				if (fit) this.put(fit.at, fit.label, "running", show.progress(event));
				return;
			}
			case "fit-finished":
				this.active.delete(event.fit);
				this.put(
					event.at,
					event.label,
					event.status === "diverged" ? "failed" : "done",
					show.finished(event),
				);
				for (const track of event.tracks) this.put(track.at, event.label, "done", show.track(track));
				for (const violation of event.violations)
					this.put(violation.at, event.label, "done", show.violation(violation));
				if (event.status === "diverged") this.blame(event.at, event.label, event.reason);
				return;
			case "check":
				this.put(event.at, event.turn ?? "", event.passed ? "done" : "failed", show.check(event));
				return;
			case "plot": {
				const entry = this.put(event.at, event.turn ?? "", "done", show.plot(event));
				entry?.pictures.set(event.turn ?? "", event);
				return;
			}
			case "problem": {
				const entry = this.put(event.diagnostic.at, "", "failed", show.problem(event.diagnostic));
				if (entry) entry.diagnostic = event.diagnostic;
				return;
			}
			case "finished":
				this.finish();
		}
	}

	/** Nothing more will come: what was still to come will not. */
	finish(): void {
		this.finished = true;
		this.active.clear();
		for (const [key, entry] of this.entries) if (entry.state === "queued") this.entries.delete(key);
		for (const entry of this.entries.values()) if (entry.state === "running") entry.state = "failed";
	}

	/** Follows the text, whose declarations stand at `spans`. True if a result moved, or its validity changed. */
	edit(
		text: string,
		spans: readonly { readonly start: number; readonly end: number }[],
		otherFilesChanged = this.otherFilesChanged,
	): boolean {
		const edit = editBetween(this.text, text);
		if (!edit && otherFilesChanged === this.otherFilesChanged) return false;
		this.otherFilesChanged = otherFilesChanged;
		this.text = text;
		if (edit) {
			this.declarations = follow(this.declarations, edit, text, spans);
			for (const entry of this.entries.values()) this.place(entry, edit);
		}
		this.stale = this.declarations.map(
			(one) => otherFilesChanged || [...one.uses].some((index) => !this.declarations[index]?.whole),
		);
		return this.entries.size > 0;
	}

	all(): Result[] {
		const found = [...this.entries.values()].map((entry): Result => {
			const { start, end } = entry;
			const state = this.isStale(entry) ? "stale" : entry.state;
			return { start, end, state, ...show.together(entry.parts), pictures: [...entry.pictures.values()] };
		});
		return found.sort((a, b) => a.start - b.start || a.end - b.end);
	}

	/** What went wrong while running, where that still holds; in offsets of the text as it is now. */
	diagnostics(): Diagnostic[] {
		return [...this.entries.values()].flatMap((entry) =>
			entry.diagnostic && !this.isStale(entry)
				? [{ ...entry.diagnostic, at: { file: this.file, start: entry.start, end: entry.end } }]
				: [],
		);
	}

	private isStale(entry: Entry): boolean {
		return this.stale[entry.declaration] ?? false;
	}

	private blame(at: Location, label: string, reason = "its objective is no longer a number"): void {
		const entry = this.entries.get(keyOf(at));
		if (!entry) return;
		entry.diagnostic = {
			code: "E0602",
			severity: "warning",
			message: `${label} diverged: ${reason}`,
			at,
			related: [],
			notes: [],
			fixes: [],
		};
	}

	private put(at: Location, label: string, state: Entry["state"], shown: show.Shown): Entry | undefined {
		if (at.file !== this.file) return undefined;
		const key = keyOf(at);
		const known = this.entries.get(key);
		if (known) {
			known.state = known.state === "failed" && state === "done" ? "failed" : state;
			known.parts.set(label, shown);
			return known;
		}
		const declaration = this.originOf(at);
		const { start, end } = this.nowAt(at, declaration) ?? at;
		const parts = new Map([[label, shown]]);
		const entry: Entry = { at, start, end, declaration, state, parts, pictures: new Map() };
		this.entries.set(key, entry);
		return entry;
	}

	/** In a declaration that is as it was run a result is where it was; in one that changed it moves with the text. */
	private place(entry: Entry, edit: Edit): void {
		Object.assign(
			entry,
			this.nowAt(entry.at, entry.declaration) ?? moveRange({ start: entry.start, end: entry.end }, edit),
		);
	}

	/** The declaration that a place of the text that is run stands in. */
	private originOf(at: Location): number {
		return this.origins.findIndex((one) => one.start <= at.start && at.start <= one.end);
	}

	/** Where a place of the text that is run is now, if its declaration is whole. */
	private nowAt(at: Location, index: number): { start: number; end: number } | undefined {
		const origin = this.origins[index];
		const now = this.declarations[index];
		if (!origin || !now?.whole) return undefined;
		const shift = now.start - origin.start;
		return { start: at.start + shift, end: at.end + shift };
	}
}

/** Where declarations are now: each is the one of the same text, or, if there is none, what the edit left of it. */
function follow(
	declarations: readonly Declaration[],
	edit: Edit,
	text: string,
	spans: readonly { readonly start: number; readonly end: number }[],
): Declaration[] {
	const byText = new Map<string, { readonly start: number; readonly end: number }[]>();
	for (const span of spans) {
		const own = text.slice(span.start, span.end);
		const list = byText.get(own);
		if (list) list.push(span);
		else byText.set(own, [span]);
	}
	return declarations.map((one) => {
		const same = byText.get(one.text)?.shift();
		return same ? { ...one, ...same, whole: true } : { ...moveRange(one, edit), whole: false };
	});
}

function keyOf(at: Location): string {
	return `${at.start} ${at.end}`;
}
