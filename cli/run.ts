import type { Diagnostic } from "../compiler/source/diagnostic.js";
import type { RunEvent } from "../runtime/events.js";
import { NodeHost } from "../runtime/node-host.js";
import { PictureNames } from "../runtime/pictures/names.js";
import { startRun } from "../runtime/worker.js";
import { HistoryLog } from "./log.js";
import { folderOf, historyPicture, PictureFolder, unwritable } from "./pictures.js";
import { ProgressWriter } from "./progress.js";
import { choosePalette } from "./render-palette.js";
import { printDiagnostics } from "./report.js";
import { setValues } from "./set.js";

export interface RunCommandOptions {
	readonly seed: number;
	readonly backend: "wasm" | "interpreter";
	readonly json?: boolean;
	readonly resume?: boolean;
	readonly fresh?: boolean;
	/** Between two checkpoints. */
	readonly checkpoint: number;
	/** Tells only what is wrong. */
	readonly quiet?: boolean;
	/** Where pictures are drawn; `false` draws none, and beside the program if it is absent. */
	readonly plots?: string | false;
	/** Whether the history of each fit is drawn too. */
	readonly histories?: boolean;
	/** A file for the histories of fits: `.csv` or `.jsonl`. */
	readonly log?: string;
	/** `name=value`. */
	readonly set?: readonly string[];
}

/** `ansatz run FILE`. The program runs in a worker; Ctrl-C asks it to stop, and ends it where it goes on. */
export async function runCommand(file: string, options: RunCommandOptions): Promise<number> {
	const sources = new Sources(file);
	const text = changedText(file, options, sources);
	if (text === refused) return 2;
	const report = new RunReport(file, options, sources);
	if (!report.open()) return 2;
	const { resume = false, fresh = false, checkpoint } = options;
	const run = startRun(
		{
			file,
			...(text !== undefined && { text }),
			seed: options.seed,
			backend: options.backend,
			warnings: true,
			keep: { resume, fresh, checkpointSeconds: checkpoint },
			histories: options.histories === true || options.log !== undefined,
		},
		(event) => report.handle(event),
	);
	const stop = (): void => run.stop();
	process.on("SIGINT", stop);
	process.on("SIGTERM", stop);
	const exitCode = await run.finished;
	process.off("SIGINT", stop);
	process.off("SIGTERM", stop);
	return report.close(exitCode);
}

const refused = Symbol("a value that cannot be set");

/** The program with the values of `--set`; nothing where there are none. */
function changedText(
	file: string,
	options: RunCommandOptions,
	sources: Sources,
): string | typeof refused | undefined {
	const source = options.set && new NodeHost(file).readSource(file);
	// A file that is not there is told by the run.
	if (!options.set || !source || "problem" in source) return undefined;
	const changed = setValues(file, source.text, options.set);
	const text = "text" in changed ? changed.text : changed.tried;
	sources.texts.set(file, text ?? source.text);
	if ("text" in changed) return changed.text;
	for (const diagnostic of changed.problems) sources.read(diagnostic);
	printDiagnostics(changed.problems, sources.texts, options.json === true);
	return refused;
}

/** What the command makes of the events of a run: lines, pictures, a log. */
class RunReport {
	private readonly pictures: PictureFolder | undefined;
	private readonly pictureNames = new PictureNames();
	private readonly writer: ProgressWriter;
	/** What checking found comes first, together; for people it goes to standard error. */
	private found: Diagnostic[] | undefined;
	private broken = false;
	private log: HistoryLog | undefined;
	/** The last event waits until the pictures are there. */
	private last: Extract<RunEvent, { kind: "finished" }> | undefined;
	private readonly late: Diagnostic[] = [];

	constructor(
		file: string,
		private readonly options: RunCommandOptions,
		private readonly sources: Sources,
	) {
		const output = process.stdout;
		const pictures = options.plots === false ? undefined : new PictureFolder(options.plots ?? folderOf(file));
		this.pictures = pictures;
		this.found = options.json ? undefined : [];
		this.writer = new ProgressWriter(output, {
			mode: options.json ? "json" : output.isTTY && !options.quiet ? "live" : "plain",
			palette: choosePalette(output.isTTY === true, process.env),
			sources: sources.texts,
			...(pictures && { pictureFile: (name: string) => pictures.file(name) }),
		});
	}

	/** Opens the log, before anything is run that would be lost. */
	open(): boolean {
		const { log } = this.options;
		if (log === undefined) return true;
		try {
			this.log = new HistoryLog(log);
			return true;
		} catch (error) {
			printDiagnostics([unwritable(log, error)], this.sources.texts, this.options.json === true);
			return false;
		}
	}

	handle(event: RunEvent): void {
		if (event.kind === "problem") this.sources.read(event.diagnostic);
		if (event.kind === "check" && !event.passed) this.sources.readFile(event.at.file);
		if (this.found && event.kind === "problem") {
			this.found.push(event.diagnostic);
			return;
		}
		if (this.found && this.found.length > 0) {
			const told = this.options.quiet ? this.found.filter((d) => d.severity === "error") : this.found;
			if (told.length > 0) printDiagnostics(told, this.sources.texts, false);
			this.broken = this.found.some((d) => d.severity === "error");
		}
		this.found = undefined;
		if (event.kind === "plot") {
			this.pictureNames.take(event.name);
			this.pictures?.draw(event.name, event.picture);
		}
		if (event.kind === "history") this.takeHistory(event);
		if (event.kind === "finished") this.last = event;
		else if (!this.broken) this.tell(event);
	}

	private takeHistory(event: Extract<RunEvent, { kind: "history" }>): void {
		try {
			this.log?.write(event);
		} catch (error) {
			this.late.push(unwritable(this.options.log ?? "", error));
			this.log = undefined;
		}
		if (!this.options.histories || !this.pictures) return;
		const picture = historyPicture(event);
		const name = this.pictureNames.nameOf({ kind: "line", title: `history of ${event.label}` }, []);
		this.pictures.draw(name, picture);
		this.tell({ kind: "plot", name, at: event.at, picture });
	}

	private tell(event: RunEvent): void {
		if (!this.options.quiet || isWrong(event)) this.writer.handle(event);
	}

	/** Waits for the pictures, tells the end, and returns the exit code. */
	async close(exitCode: number): Promise<number> {
		this.late.push(...((await this.pictures?.finished()) ?? []));
		try {
			this.log?.close();
		} catch (error) {
			this.late.push(unwritable(this.options.log ?? "", error));
		}
		for (const diagnostic of this.late) {
			this.sources.read(diagnostic);
			this.writer.handle({ kind: "problem", diagnostic });
		}
		const code = this.late.length > 0 && exitCode < 2 ? 2 : exitCode;
		const { last } = this;
		if (last && !this.broken) this.tell(code === 2 ? { ...last, exitCode: 2 } : last);
		this.writer.clear();
		return code;
	}
}

/** What is told even by those who are quiet. */
function isWrong(event: RunEvent): boolean {
	if (event.kind === "check") return !event.passed;
	if (event.kind === "fit-finished") return event.status === "diverged";
	return event.kind === "problem";
}

/** The texts that diagnostics point into, read when the first one does. */
class Sources {
	readonly texts = new Map<string, string>();
	private readonly host: NodeHost;

	constructor(file: string) {
		this.host = new NodeHost(file);
	}

	read(diagnostic: Diagnostic): void {
		for (const { file } of [diagnostic.at, ...diagnostic.related.map((r) => r.at)]) this.readFile(file);
	}

	readFile(file: string): void {
		if (this.texts.has(file)) return;
		const library = file.startsWith("std.") ? this.host.readLibrary(file.slice(4)) : undefined;
		const source = library === undefined ? this.host.readSource(file) : { text: library };
		this.texts.set(file, source && "text" in source ? source.text : "");
	}
}
