import assert from "node:assert/strict";
import { clipped, eventToJson, ProgressWriter, type ProgressWriterOptions } from "../../cli/progress.js";
import { colourPalette } from "../../cli/render-palette.js";
import type { RunEvent } from "../../runtime/events.js";
import { bar, formatDuration, formatNumber, sparkline } from "../../runtime/format.js";
import { assertExpectedText } from "../support/expected-text.js";

const program = "fit classifier() {\n}\ncheck accuracy > 0.95\n";
const sources = new Map([["main.ansatz", program]]);
const at = { file: "main.ansatz", start: 0, end: 3 };
const checkAt = { file: "main.ansatz", start: 21, end: 42 };

function started(fit: number, label: string, steps: number): RunEvent {
	return { kind: "fit-started", fit, label, at, steps };
}

function progressed(fit: number, step: number, steps: number, loss: number, terms = {}): RunEvent {
	return {
		kind: "progress",
		fit,
		step,
		steps,
		loss,
		terms,
		violations: {},
		multipliers: {},
		stepsPerSecond: 1234.56,
		secondsLeft: (steps - step) / 1234.56,
	};
}

function finished(fit: number, label: string, more: object = {}): RunEvent {
	return {
		kind: "fit-finished",
		fit,
		label,
		at,
		status: "finished",
		steps: 1000,
		seconds: 1.62,
		loss: 0.04231,
		history: Array.from({ length: 100 }, (_, i) => Math.exp(-i / 20)),
		tracks: [],
		violations: [],
		...more,
	};
}

const run: RunEvent[] = [
	started(1, "classifier(hidden = 64)", 1000),
	...Array.from({ length: 1000 }, (_, i) =>
		progressed(1, i + 1, 1000, 1 / (i + 1), { data: 0.9 / (i + 1), penalty: 0.1 / (i + 1) }),
	),
	finished(1, "classifier(hidden = 64)", {
		tracks: [{ name: "accuracy", value: "0.962", at }],
		violations: [
			{
				name: "rows",
				value: 3.1e-8,
				tolerance: 1e-3,
				met: true,
				guarantee: "exact",
				method: "projection",
				at,
			},
			{
				name: "budget",
				value: 0.0123,
				tolerance: 1e-3,
				met: false,
				guarantee: "asymptotic",
				method: "lagrangian",
				multiplier: 0.25,
				at,
			},
		],
	}),
	started(2, "baseline", 50),
	progressed(2, 10, 50, Number.NaN),
	finished(2, "baseline", {
		status: "diverged",
		reason: "the term `data` was nan at step 11",
		steps: 11,
		seconds: 0.012,
		loss: Number.NaN,
		history: [1, 2, 8, Number.NaN],
	}),
	started(3, "slow", 10),
	finished(3, "slow", { status: "stopped", steps: 1, seconds: 75, history: [1] }),
	{
		kind: "check",
		role: "check",
		at: checkAt,
		source: "accuracy > 0.95",
		passed: true,
		message: "held-out accuracy",
		compared: "0.962 > 0.95 (by 0.012)",
	},
	{
		kind: "check",
		role: "test",
		at: checkAt,
		source: "accuracy > 0.99",
		passed: false,
		compared: "0.962 > 0.99 (by -0.028)",
	},
	{
		kind: "problem",
		diagnostic: {
			code: "E0501",
			severity: "error",
			message: "`digits.csv` is not there",
			at,
			label: "declared here",
			related: [],
			notes: [],
			fixes: [],
		},
	},
	{ kind: "finished", exitCode: 1, passed: 1, failed: 1, seconds: 76.2 },
];

/** What a writer wrote, as a list of writes; the clock goes on by `step` milliseconds at each look. */
function written(
	events: readonly RunEvent[],
	options: ProgressWriterOptions,
	step = 1,
	columns = 200,
): string[] {
	const writes: string[] = [];
	let time = 0;
	const now = (): number => {
		time += step;
		return time;
	};
	const writer = new ProgressWriter(
		{ write: (text) => writes.push(text), columns },
		{ sources, now, ...options },
	);
	for (const event of events) writer.handle(event);
	writer.clear();
	return writes;
}

/** What a terminal shows in the end: understands the two codes that are written. */
function screen(writes: readonly string[]): string[] {
	const lines: string[] = [];
	for (const part of writes.join("").split("\n")) {
		// biome-ignore lint/suspicious/noControlCharactersInRegex: the code that moves up and erases
		const [, up, text] = /^(?:\u001b\[(\d+)A\u001b\[J)?(.*)$/.exec(part) as unknown as [
			string,
			string | undefined,
			string,
		];
		if (up !== undefined) lines.splice(lines.length - Number(up));
		lines.push(text);
	}
	assert.equal(lines.pop(), "");
	return lines;
}

describe("progress of runs", () => {
	it("plain lines", () => {
		const text = written(run, { mode: "plain" }).join("");
		assertExpectedText("test/cli/progress/plain.expected", text);
		// biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
		assert.doesNotMatch(text, /\u001b/);
	});

	it("at most about twenty plain lines a fit, the first and the last always", () => {
		for (const steps of [1, 2, 7, 20, 1000, 99999]) {
			const events = Array.from({ length: steps }, (_, i) => progressed(1, i + 1, steps, 1));
			const lines = written([started(1, "f", steps), ...events], { mode: "plain" })
				.join("")
				.trimEnd()
				.split("\n")
				.slice(1);
			assert.ok(lines.length <= 21, `${lines.length} lines`);
			assert.match(lines[0] as string, new RegExp(` 1/${steps} `));
			assert.match(lines.at(-1) as string, new RegExp(` ${steps}/${steps} `));
		}
	});

	it("leaves on a terminal what stays, and nothing live", () => {
		assertExpectedText(
			"test/cli/progress/terminal.expected",
			`${screen(written(run, { mode: "live" })).join("\n")}\n`,
		);
	});

	it("shows what runs", () => {
		const events = [
			started(1, "a", 100),
			started(2, "b", 100),
			progressed(1, 25, 100, 0.5, { data: 0.4, rest: 0.1 }),
		];
		const writes: string[] = [];
		let time = 0;
		const now = (): number => {
			time += 1000;
			return time;
		};
		const writer = new ProgressWriter({ write: (text) => writes.push(text) }, { mode: "live", now });
		for (const event of events) writer.handle(event);
		assert.deepEqual(screen(writes), [
			"█████··············· a  25/100  loss 0.5 (data 0.4, rest 0.1)  1235 steps/s  6…",
			"···················· b  0/100",
		]);
	});

	it("shows how far constraints are from holding, with their multipliers", () => {
		const measured = { violations: { rows: 0, budget: 0.02 }, multipliers: { budget: 1.5 } };
		const latest = { ...progressed(1, 100, 100, 0.5), ...measured } as RunEvent;
		const events = [started(1, "a", 100), latest];
		assert.match(
			written(events, { mode: "plain" }).join(""),
			/ {2}a {2}100\/100 {2}loss 0\.5 {2}rows violated by 0 {2}budget violated by 0\.02, multiplier 1\.5 {2}1235 steps\/s\n/,
		);
		const json = JSON.parse(written(events, { mode: "json" }).at(-1) ?? "");
		assert.deepEqual({ violations: json.violations, multipliers: json.multipliers }, measured);
	});

	it("shows eight of many fits", () => {
		const events = Array.from({ length: 10 }, (_, i) => started(i, `f${i}`, 5));
		const writes: string[] = [];
		const writer = new ProgressWriter({ write: (text) => writes.push(text) }, { mode: "live" });
		for (const event of events) writer.handle(event);
		const shown = screen(writes);
		assert.equal(shown.length, 9);
		assert.equal(shown[8], "and 2 more fits");
	});

	it("redraws at most ten times a second", () => {
		const events = Array.from({ length: 1000 }, (_, i) => progressed(1, i, 1000, 1));
		// Each event looks at the clock, which goes on by 1 ms: a second in all.
		const count = written([started(1, "f", 1000), ...events], { mode: "live" }).length;
		assert.ok(count >= 8 && count <= 14, `${count} writes`);
	});

	it("as JSON lines", () => {
		const lines = written(run, { mode: "json" }).join("").trimEnd().split("\n");
		assert.equal(lines.length, run.length);
		assert.deepEqual(JSON.parse(lines[0] as string), run[0]);
		assert.equal(JSON.parse(eventToJson(progressed(2, 10, 50, Number.NaN))).loss, "NaN");
	});

	it("in colour, every colour ends", () => {
		const text = written(run, { mode: "plain", palette: colourPalette }).join("");
		assert.ok(text.includes("\u001b[32m✓\u001b[0m"));
		for (const line of text.split("\n")) {
			assert.equal(line.split("\u001b[0m").length * 2 - 1, line.split("\u001b[").length, line);
		}
	});
});

describe("progress: numbers, times and pictures", () => {
	it("numbers", () => {
		const rows: [number, string][] = [
			[0, "0"],
			[-0, "0"],
			[1, "1"],
			[64, "64"],
			[123456, "123456"],
			[1234567, "1.235e6"],
			[0.5, "0.5"],
			[0.123456, "0.1235"],
			[123.456, "123.5"],
			[1234.56, "1235"],
			[12345.6, "12346"],
			[999999.96, "1e6"],
			[0.00123456, "0.001235"],
			[0.000123456, "0.0001235"],
			[0.0000123456, "1.235e-5"],
			[-0.25, "-0.25"],
			[1e300, "1e300"],
			[Number.NaN, "nan"],
			[Number.POSITIVE_INFINITY, "inf"],
			[Number.NEGATIVE_INFINITY, "-inf"],
		];
		for (const [value, expected] of rows) assert.equal(formatNumber(value), expected);
	});

	it("times", () => {
		const rows: [number, string][] = [
			[0, "0 ms"],
			[0.0123, "12 ms"],
			[0.9999, "1.0 s"],
			[4.25, "4.3 s"],
			[9.99, "10 s"],
			[59.7, "1 min"],
			[65, "1 min 5 s"],
			[3600, "1 h"],
			[7384, "2 h 3 min"],
			[Number.POSITIVE_INFINITY, "?"],
		];
		for (const [value, expected] of rows) assert.equal(formatDuration(value), expected);
	});

	it("sparklines", () => {
		assert.equal(sparkline([0, 1, 2, 3, 4, 5, 6, 7]), "▁▂▃▄▅▆▇█");
		assert.equal(sparkline([1, 1, 1]), "▁▁▁");
		assert.equal(sparkline([0, Number.NaN, 7]), "▁×█");
		assert.equal(
			sparkline(
				Array.from({ length: 200 }, (_, i) => i),
				8,
			),
			"▁▂▃▄▅▆▇█",
		);
		assert.equal(sparkline([]), "");
		// Over two decades and more by their logarithms, if all are positive.
		assert.equal(sparkline([1e7, 1e6, 1e5, 1e4, 1000, 100, 10, 1]), "█▇▆▅▄▃▂▁");
		assert.equal(sparkline([1, Number.NaN, 10, 100]), "▁×▅█");
		assert.equal(sparkline([0, 1, 10, 100]), "▁▁▂█");
		assert.equal(sparkline([1, 5, 99]), "▁▁█");
	});

	it("bars", () => {
		assert.equal(bar(0, 4), "····");
		assert.equal(bar(1, 4), "████");
		assert.equal(bar(0.5, 4), "██··");
		assert.equal(bar(0.53125, 4), "██▏·");
		assert.equal(bar(2, 4), "████");
	});

	it("clips, colours aside", () => {
		assert.equal(clipped("abcdef", 4), "abc…");
		assert.equal(clipped("abcd", 4), "abcd");
		assert.equal(clipped("\u001b[1mabc\u001b[0mdef", 4), "\u001b[1mabc\u001b[0m…");
		assert.equal(clipped("\u001b[1mabcdef\u001b[0m", 4), "\u001b[1mabc…\u001b[0m");
		assert.equal(clipped("a日本語", 4), "a日…");
		assert.equal(clipped("日本語", 4), "日…");
	});
});
