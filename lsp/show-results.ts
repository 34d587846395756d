import type { Diagnostic } from "../compiler/source/diagnostic.js";
import type { RunEvent } from "../runtime/events.js";
import { blocksOf } from "../runtime/format.js";

/** What is said about a result: short for the end of a line, long for a hover. */
export interface Shown {
	readonly summary: string;
	readonly markdown: string;
}

type Of<Kind extends RunEvent["kind"]> = Extract<RunEvent, { kind: Kind }>;

export const longestSummary = 80;

export const waiting: Shown = { summary: "waiting", markdown: "This is to come." };

/** A number in at most six digits. */
export function number(value: number): string {
	if (!Number.isFinite(value)) return String(value);
	if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
	const size = Math.abs(value);
	return size >= 1e-3 && size < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}

function duration(seconds: number): string {
	if (!Number.isFinite(seconds)) return "?";
	if (seconds < 60) return `${seconds < 10 ? Number(seconds.toFixed(1)) : Math.round(seconds)} s`;
	if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
	return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

/** The course of a quantity in a few characters; what is not finite is a gap. */
export function sparkline(history: readonly number[], width = 12): string {
	const points = Array.from({ length: Math.min(width, history.length) }, (_, i) => {
		const share = history.length <= width ? i : Math.round((i * (history.length - 1)) / (width - 1));
		return history[share] as number;
	});
	return blocksOf(points)
		.map((block) => block ?? " ")
		.join("");
}

export function started(event: Of<"fit-started">): Shown {
	return {
		summary: `0 of ${event.steps} steps`,
		markdown: `**${event.label}** has begun: ${event.steps} steps.`,
	};
}

export function progress(event: Of<"progress">): Shown {
	const share = event.steps > 0 ? Math.floor((100 * event.step) / event.steps) : 0;
	const terms = [
		...Object.entries(event.terms).map(([name, value]) => `- ${name}: ${number(value)}`),
		...Object.entries(event.violations).map(([name, value]) => `- violation of ${name}: ${number(value)}`),
	];
	return {
		summary: `${share} %, loss ${number(event.loss)}, ${duration(event.secondsLeft)} left`,
		markdown: [
			`Step ${event.step} of ${event.steps}, loss ${number(event.loss)}, ${number(event.stepsPerSecond)} steps a second.`,
			...(terms.length > 0 ? [terms.join("\n")] : []),
		].join("\n\n"),
	};
}

export function finished(event: Of<"fit-finished">): Shown {
	const line = sparkline(event.history);
	const head =
		event.status === "diverged"
			? `diverged: ${event.reason ?? "the objective is not finite"}`
			: `loss ${number(event.loss)}${event.status === "finished" ? "" : `, ${event.status}`}`;
	const tracks = event.tracks.map((one) => `${one.name} ${one.value}`);
	const summary = [head, ...tracks, `${event.steps} steps, ${duration(event.seconds)}`, line].filter(
		(part) => part,
	);
	const rows = [
		["loss", number(event.loss)],
		...event.tracks.map((one) => [one.name, one.value]),
		...event.violations.map((one) => [
			`violation of ${one.name}`,
			`${number(one.value)}${one.met ? "" : `, more than ${number(one.tolerance)}`} (${one.method}: ${one.guarantee}${multiplierOf(one)})`,
		]),
		["steps", String(event.steps)],
		["time", duration(event.seconds)],
	];
	return {
		summary: summary.join(" · "),
		markdown: [
			`**${event.label}** ${event.status}${event.reason ? `: ${event.reason}` : ""}`,
			["| | |", "|---|---|", ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join("\n"),
			...(line ? [`\`${sparkline(event.history, 40)}\``] : []),
		].join("\n\n"),
	};
}

export function track(one: Of<"fit-finished">["tracks"][number]): Shown {
	return { summary: one.value, markdown: `${one.name} = ${one.value}` };
}

function multiplierOf(one: Of<"fit-finished">["violations"][number]): string {
	return one.multiplier === undefined ? "" : `, multiplier ${number(one.multiplier)}`;
}

export function violation(one: Of<"fit-finished">["violations"][number]): Shown {
	const how = `held by ${one.method}, ${one.guarantee === "exact" ? "exactly, up to rounding" : "only in the limit"}`;
	return {
		summary: `violation ${number(one.value)}`,
		markdown: `Violation of ${one.name}: ${number(one.value)}${one.met ? "" : `, more than ${number(one.tolerance)}`}; ${how}${multiplierOf(one)}.`,
	};
}

export function check(event: Of<"check">): Shown {
	const compared = event.compared ?? (event.passed ? "holds" : "does not hold");
	const claim = event.message ? `${event.message}: ` : "";
	return {
		summary: `${event.passed ? "✓" : "✗"} ${compared}`,
		markdown: `${event.passed ? "✓" : "✗"} ${claim}\`${event.source}\`\n\n${compared}`,
	};
}

export function plot({ name, picture }: Of<"plot">): Shown {
	const course =
		picture.kind === "line" && picture.series.length === 1 ? sparkline(picture.series[0]?.y ?? []) : "";
	return {
		summary: ["▣", picture.title ?? name, course].filter((part) => part).join(" "),
		markdown: `drawn as \`${name}.svg\` by \`ansatz run\``,
	};
}

export function problem(diagnostic: Diagnostic): Shown {
	const hint = diagnostic.hint ? `\n\n${diagnostic.hint}` : "";
	return { summary: diagnostic.message, markdown: `**${diagnostic.code}** ${diagnostic.message}${hint}` };
}

/** What stands at one place, of one fit or of several. */
export function together(parts: ReadonlyMap<string, Shown>): Shown {
	const real = parts.size > 1 ? [...parts].filter(([, shown]) => shown !== waiting) : [...parts];
	const named = real.length > 1;
	const summary = real.map(([, shown]) => shown.summary).join(" | ");
	const markdown = real.map(([label, shown]) =>
		named && label ? `**${label}**\n\n${shown.markdown}` : shown.markdown,
	);
	return { summary: cut(summary), markdown: markdown.join("\n\n---\n\n") };
}

function cut(text: string): string {
	const line = text.replace(/\s+/g, " ");
	return line.length <= longestSummary ? line : `${line.slice(0, longestSummary - 1)}…`;
}
