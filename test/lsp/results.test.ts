import assert from "node:assert/strict";
import type { Location } from "../../compiler/source/diagnostic.js";
import { declarationSpans, declarations } from "../../lsp/features/declarations.js";
import { editBetween, moveRange } from "../../lsp/moving.js";
import { type Result, Results } from "../../lsp/results.js";
import { longestSummary, sparkline } from "../../lsp/show-results.js";
import type { RunEvent } from "../../runtime/events.js";
import { fixture } from "../support/lsp-fixture.js";

const program = `fit train(rate: real = 0.1) {
  param w: real = 0
  repeat 20 { minimize (w - 3)^2 using sgd(0.1) }
}
let r = train()
let other = 1
check r.w > 2 "near"
check other > 0 "unrelated"
`;

function place(text: string, part: string): Location {
	const start = text.indexOf(part);
	assert.ok(start >= 0, part);
	return { file: "/main.ansatz", start, end: start + part.length };
}

function finished(at: Location, label = "train()", more: Partial<RunEvent> = {}): RunEvent {
	return {
		kind: "fit-finished",
		fit: 1,
		label,
		at,
		status: "finished",
		steps: 20,
		seconds: 0.25,
		loss: 0.001234,
		history: [9, 4, 1],
		tracks: [],
		violations: [],
		...more,
	} as RunEvent;
}

function ran(): Results {
	const { analysis } = fixture(`$0${program}`);
	const results = new Results("/main.ansatz", program, declarations(analysis.snapshot));
	results.accept({ kind: "fit-started", fit: 1, label: "train()", at: place(program, "train()"), steps: 20 });
	results.accept(finished(place(program, "train()")));
	const check = (text: string): RunEvent => ({
		kind: "check",
		role: "check",
		at: place(program, text),
		source: text,
		passed: true,
		compared: "2.9 > 2 (by 0.9)",
	});
	results.accept(check("check r.w > 2"));
	results.accept(check("check other > 0"));
	results.finish();
	return results;
}

function edit(results: Results, text: string, otherFilesChanged = false): boolean {
	return results.edit(text, declarationSpans(fixture(`$0${text}`).analysis.snapshot), otherFilesChanged);
}

function states(text: string, results: Results): string[] {
	return results.all().map((one) => `${text.slice(one.start, one.end)}: ${one.state}`);
}

describe("results beside the text", () => {
	it("stand where they came about", () => {
		assert.deepEqual(states(program, ran()), [
			"train(): done",
			"check r.w > 2: done",
			"check other > 0: done",
		]);
	});

	it("move with edits above, between and below them, and stay sound", () => {
		const results = ran();
		const edited = `// a comment\n${program.replace("let other", "\n\nlet other")}// the end\n`;
		assert.equal(edit(results, edited), true);
		assert.deepEqual(states(edited, results), [
			"train(): done",
			"check r.w > 2: done",
			"check other > 0: done",
		]);
	});

	it("are stale when their declaration changes, and those that rest on it, but no others", () => {
		const results = ran();
		const edited = program.replace("sgd(0.1)", "sgd(0.2)");
		edit(results, edited);
		assert.deepEqual(states(edited, results), [
			"train(): stale",
			"check r.w > 2: stale",
			"check other > 0: done",
		]);
	});

	it("are stale when something is written directly behind their declaration", () => {
		const results = ran();
		edit(results, program.replace("other = 1", "other = 1 + 1"));
		assert.deepEqual(
			results.all().map((one) => one.state),
			["done", "done", "stale"],
		);
	});

	it("go with their declaration to another place", () => {
		const results = ran();
		const line = 'check other > 0 "unrelated"\n';
		const edited = program.replace(line, "").replace("let r", `${line}let r`);
		edit(results, edited);
		assert.deepEqual(states(edited, results), [
			"check other > 0: done",
			"train(): done",
			"check r.w > 2: done",
		]);
	});

	it("are sound again when the edit is undone", () => {
		const results = ran();
		edit(results, program.replace("minimize (w - 3)^2", "min"));
		edit(results, program.replace("other = 1", "other = 12"));
		assert.deepEqual(
			results.all().map((one) => one.state),
			["done", "done", "stale"],
		);
		edit(results, program);
		assert.deepEqual(states(program, results), [
			"train(): done",
			"check r.w > 2: done",
			"check other > 0: done",
		]);
	});

	it("are all stale when an imported file changes", () => {
		const results = ran();
		edit(results, program, true);
		assert.ok(results.all().every((one) => one.state === "stale"));
	});

	it("come to the right place when the text has moved since the run began", () => {
		const { analysis } = fixture(`$0${program}`);
		const results = new Results("/main.ansatz", program, declarations(analysis.snapshot));
		const edited = `// above\n${program}`;
		edit(results, edited);
		results.accept(finished(place(program, "train()")));
		assert.deepEqual(states(edited, results), ["train(): done"]);
	});

	it("tell the progress of a fit, and that what was waited for did not come", () => {
		const { analysis } = fixture(`$0${program}`);
		const results = new Results("/main.ansatz", program, declarations(analysis.snapshot));
		results.queue(place(program, "check r.w > 2"));
		results.accept({
			kind: "fit-started",
			fit: 1,
			label: "train()",
			at: place(program, "train()"),
			steps: 20,
		});
		results.accept({
			kind: "progress",
			fit: 1,
			step: 5,
			steps: 20,
			loss: 0.5,
			terms: {},
			violations: {},
			multipliers: {},
			stepsPerSecond: 10,
			secondsLeft: 1.5,
		});
		assert.deepEqual(
			results.all().map(({ state, summary }) => [state, summary]),
			[
				["running", "25 %, loss 0.5, 1.5 s left"],
				["queued", "waiting"],
			],
		);
		assert.equal(results.runningFits, 1);
		results.accept({ kind: "finished", exitCode: 130, passed: 0, failed: 0, seconds: 1 });
		assert.deepEqual(
			results.all().map((one) => one.state),
			["failed"],
		);
		assert.equal(results.runningFits, 0);
	});

	it("keep within the length of a line, and name the fits where several share a place", () => {
		const { analysis } = fixture(`$0${program}`);
		const results = new Results("/main.ansatz", program, declarations(analysis.snapshot));
		const at = place(program, "param w: real = 0");
		const track = { name: "distance", value: "0.123456789 ".repeat(9), at };
		for (const label of ["train()", "train(rate = 0.2)"]) {
			results.accept(finished(place(program, "train()"), label, { tracks: [track] } as Partial<RunEvent>));
		}
		for (const one of results.all()) assert.ok(one.summary.length <= longestSummary, one.summary);
		const shared = results.all().find((one) => one.start === at.start) as Result;
		assert.match(shared.markdown, /\*\*train\(\)\*\*[\s\S]*\*\*train\(rate = 0\.2\)\*\*/);
	});

	it("make a finding of what diverged, while it holds", () => {
		const { analysis } = fixture(`$0${program}`);
		const results = new Results("/main.ansatz", program, declarations(analysis.snapshot));
		results.accept(
			finished(place(program, "train()"), "train()", {
				status: "diverged",
				reason: "loss is nan at step 3",
			} as Partial<RunEvent>),
		);
		assert.deepEqual(
			results.diagnostics().map((one) => [one.code, one.message]),
			[["E0602", "train() diverged: loss is nan at step 3"]],
		);
		edit(results, program.replace("0.1)", "0.01)"));
		assert.deepEqual(results.diagnostics(), []);
	});

	it("leave out places in other files", () => {
		const results = ran();
		results.accept(finished({ file: "/other.ansatz", start: 0, end: 3 }));
		assert.equal(results.all().length, 3);
	});
});

describe("ranges in a text that changes", () => {
	it("are those of the same characters, wherever the edit is outside them", () => {
		const before = "aaa [middle] bbb";
		for (const after of ["[middle] bbb", "aaa and more [middle] bbb", "aaa [middle]", "aaa [middle] b!b"]) {
			const edit = editBetween(before, after);
			assert.ok(edit);
			const moved = moveRange({ start: 4, end: 12 }, edit);
			assert.equal(after.slice(moved.start, moved.end), "[middle]");
		}
		assert.equal(editBetween(before, before), undefined);
	});

	it("never turn around", () => {
		for (let start = 0; start < 8; start++) {
			for (let length = 0; start + length <= 8; length++) {
				for (const inserted of ["", "x", "xxxxx"]) {
					const edit = { start, oldEnd: start + length, newEnd: start + inserted.length };
					const moved = moveRange({ start: 3, end: 6 }, edit);
					assert.ok(moved.start <= moved.end && moved.start >= 0, JSON.stringify({ edit, moved }));
				}
			}
		}
	});
});

describe("the course of a loss", () => {
	it("is drawn from its lowest to its highest, with gaps where it is no number", () => {
		assert.equal(sparkline([0, 7, 3.5]), "▁█▅");
		assert.equal(sparkline([1, Number.NaN, 2]), "▁ █");
		assert.equal(sparkline([2, 2]), "▁▁");
		assert.equal(sparkline([]), "");
		assert.equal([...sparkline(Array.from({ length: 200 }, (_, i) => i))].length, 12);
	});
});
