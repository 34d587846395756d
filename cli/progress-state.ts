import type { Location } from "../compiler/source/diagnostic.js";
import { LineIndex } from "../compiler/source/text.js";
import type { RunEvent } from "../runtime/events.js";
import { bar, formatDuration, formatNumber, sparkline } from "../runtime/format.js";
import { renderDiagnostic, type Sources } from "./render.js";
import { type Palette, plainPalette } from "./render-palette.js";

type EventOf<K extends RunEvent["kind"]> = Extract<RunEvent, { kind: K }>;

/** What is known of the fits that run. Immutable. */
export interface ProgressState {
	readonly running: ReadonlyMap<number, RunningFit>;
}

export interface RunningFit {
	readonly label: string;
	readonly steps: number;
	readonly latest?: EventOf<"progress">;
	/** How many tenths of the steps were already told, in plain output; -1 before the first line. */
	readonly told: number;
}

export const noProgress: ProgressState = { running: new Map() };

export interface ProgressOptions {
	readonly palette?: Palette;
	/** The texts of the program, for naming places. */
	readonly sources?: Sources;
	/** Where a picture of this name is drawn; nowhere if this is absent. */
	readonly pictureFile?: (name: string) => string;
	/** Whether progress itself becomes lines: where no live display shows it. */
	readonly plain?: boolean;
}

/** Takes an event in: the next state, and the lines that stay. */
export function advance(
	state: ProgressState,
	event: RunEvent,
	options: ProgressOptions = {},
): { readonly state: ProgressState; readonly lines: readonly string[] } {
	switch (event.kind) {
		case "fit-started": {
			const { label, steps } = event;
			const running = new Map(state.running).set(event.fit, { label, steps, told: -1 });
			const lines = options.plain === true ? [`fit ${label}: ${counted(steps, "step")}`] : [];
			return { state: { running }, lines };
		}
		case "progress":
			return takeProgress(state, event, options);
		case "fit-finished": {
			const running = new Map(state.running);
			running.delete(event.fit);
			return { state: { running }, lines: fitSummary(event, options) };
		}
		case "check":
			return { state, lines: [checkLine(event, options)] };
		// It goes to a log or a picture.
		case "history":
			return { state, lines: [] };
		case "plot":
			return { state, lines: plotLines(event, options) };
		case "problem":
			return {
				state,
				lines: renderDiagnostic(event.diagnostic, options.sources ?? new Map(), options).split("\n"),
			};
		case "finished":
			return { state, lines: [finalLine(event, options)] };
	}
}

function takeProgress(
	state: ProgressState,
	event: EventOf<"progress">,
	options: ProgressOptions,
): { state: ProgressState; lines: string[] } {
	const fit = state.running.get(event.fit) ?? { label: `fit ${event.fit}`, steps: event.steps, told: -1 };
	const share = event.steps > 0 ? event.step / event.steps : 0;
	const tenth = Math.floor(share * 10);
	// The first and the last, and about ten in all, however many there are.
	const tell = options.plain === true && tenth > fit.told;
	const next: RunningFit = { ...fit, steps: event.steps, latest: event, told: tell ? tenth : fit.told };
	const running = new Map(state.running).set(event.fit, next);
	return { state: { running }, lines: tell ? [`  ${fit.label}  ${progressText(event, options)}`] : [] };
}

/** `500/2000  loss 0.4231 (data 0.41, penalty 0.013)  1200 steps/s  1.3 s left` */
function progressText(event: EventOf<"progress">, options: ProgressOptions): string {
	const palette = options.palette ?? plainPalette;
	const terms = Object.entries(event.terms).map(([name, value]) => `${name} ${formatNumber(value)}`);
	const parts = [
		`${event.step}/${event.steps}`,
		`loss ${palette("strong", formatNumber(event.loss))}${terms.length > 0 ? ` (${terms.join(", ")})` : ""}`,
		palette("faint", `${formatNumber(event.stepsPerSecond)} steps/s`),
	];
	parts.splice(2, 0, ...measuredTexts(event));
	if (event.step < event.steps) parts.push(palette("faint", `${formatDuration(event.secondsLeft)} left`));
	return parts.join("  ");
}

/** `norm violated by 0.01, multiplier 0.3` */
function measuredTexts({ violations, multipliers }: EventOf<"progress">): string[] {
	return Object.entries(violations).map(([name, value]) => {
		const multiplier = multipliers[name];
		const weight = multiplier === undefined ? "" : `, multiplier ${formatNumber(multiplier)}`;
		return `${name} violated by ${formatNumber(value)}${weight}`;
	});
}

/** How many fits are shown at once. */
const mostLive = 8;
const barWidth = 20;

/** The lines that a terminal shows of what runs just now. */
export function liveLines(state: ProgressState, options: ProgressOptions = {}): string[] {
	const palette = options.palette ?? plainPalette;
	const fits = [...state.running.values()];
	const lines = fits.slice(0, mostLive).map((fit) => {
		const share = fit.latest !== undefined && fit.latest.steps > 0 ? fit.latest.step / fit.latest.steps : 0;
		const text = fit.latest === undefined ? `0/${fit.steps}` : progressText(fit.latest, options);
		return `${palette("note", bar(share, barWidth))} ${fit.label}  ${text}`;
	});
	if (fits.length > mostLive)
		lines.push(palette("faint", `and ${counted(fits.length - mostLive, "more fit")}`));
	return lines;
}

function fitSummary(event: EventOf<"fit-finished">, options: ProgressOptions): string[] {
	const palette = options.palette ?? plainPalette;
	const sign = {
		finished: palette("success", "✓"),
		diverged: palette("error", "✗"),
		unconverged: palette("warning", "!"),
		stopped: palette("warning", "■"),
	};
	const history = event.history.length > 1 ? `  ${palette("note", sparkline(event.history))}` : "";
	const how =
		event.status === "finished"
			? ""
			: ` ${palette(event.status === "diverged" ? "error" : "warning", event.status)}:`;
	const lines = [
		`${sign[event.status]} ${palette("strong", event.label)}:${how} loss ${formatNumber(event.loss)} after ${counted(event.steps, "step")} in ${formatDuration(event.seconds)}${history}`,
	];
	if (event.reason !== undefined) lines.push(`    ${event.reason}`);
	if (event.kept) lines.push(`    ${palette("faint", "kept from an equal run: no step was made")}`);
	for (const note of event.notes ?? []) lines.push(`    ${note}`);
	for (const { name, value } of event.tracks) lines.push(`    ${name} = ${value}`);
	for (const { name, value, tolerance, met, guarantee, method, multiplier } of event.violations) {
		const kept = guarantee === "exact" ? "exact, up to rounding" : "exact only in the limit";
		const weight = multiplier === undefined ? "" : `, multiplier ${formatNumber(multiplier)}`;
		const how = palette("faint", `(by ${method}: ${kept}${weight})`);
		const holds = met
			? `${name} holds within ${formatNumber(tolerance)}: violated by ${formatNumber(value)}`
			: `${palette("warning", `${name} does not hold`)}: violated by ${formatNumber(value)}, more than ${formatNumber(tolerance)}`;
		lines.push(`    ${holds} ${how}`);
	}
	return lines;
}

function checkLine(event: EventOf<"check">, options: ProgressOptions): string {
	const palette = options.palette ?? plainPalette;
	const sign = event.passed ? palette("success", "✓") : palette("error", "✗");
	const what = event.message ?? event.source;
	const parts = [`${sign} ${event.role} ${palette("strong", what)}`];
	if (event.turn !== undefined) parts.push(palette("faint", ` (${event.turn})`));
	if (event.compared !== undefined) parts.push(`: ${event.compared}`);
	const place = event.passed ? undefined : placeOf(event.at, options.sources);
	if (place !== undefined) parts.push(palette("faint", `  at ${place}`));
	return parts.join("");
}

/** Where the picture is; of lines also their course. */
function plotLines(event: EventOf<"plot">, options: ProgressOptions): string[] {
	const palette = options.palette ?? plainPalette;
	const file = options.pictureFile?.(event.name);
	const lines = event.picture.kind === "line" ? event.picture.series : [];
	const [first] = lines;
	const course =
		lines.length === 1 && first && first.y.length > 1 ? `  ${palette("note", sparkline(first.y))}` : "";
	const where = file === undefined ? palette("faint", "not drawn") : file;
	return [`${palette("note", "▣")} plot ${palette("strong", event.name)}: ${where}${course}`];
}

function finalLine(event: EventOf<"finished">, options: ProgressOptions): string {
	const palette = options.palette ?? plainPalette;
	const checks: string[] = [];
	if (event.passed > 0) checks.push(palette("success", `${counted(event.passed, "check")} passed`));
	if (event.failed > 0) checks.push(palette("error", `${counted(event.failed, "check")} failed`));
	const how = event.exitCode === 130 ? "stopped after" : event.exitCode === 2 ? "failed after" : "done in";
	return [...checks, `${how} ${formatDuration(event.seconds)}`].join(", ");
}

function placeOf(at: Location, sources: Sources | undefined): string {
	const text = sources?.get(at.file);
	if (text === undefined) return at.file;
	const { line, column } = new LineIndex(text).position(at.start);
	return `${at.file}:${line + 1}:${column + 1}`;
}

function counted(count: number, noun: string): string {
	return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
