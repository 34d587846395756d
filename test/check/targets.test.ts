import assert from "node:assert/strict";
import { checkProgram } from "../../compiler/check/check.js";
import { showType } from "../../compiler/check/types/show.js";
import { loadProgram } from "../../compiler/program/load.js";
import { parseFile } from "../../grammar/parse.js";
import { describedHost } from "../support/described-host.js";
import { lineIndexOf } from "../support/lines.js";
import { fixturePath, fixtures, matchSnapshot } from "../support/snapshot.js";

// The programs that the notation is judged by. What is told of them is written down: types, and what is not there yet.
describe("the target programs", () => {
	for (const { name, text } of fixtures("targets")) {
		it(`${name}: what is told of it`, () => {
			const host = describedHost("target.ansatz", text);
			const checked = checkProgram(loadProgram("target.ansatz", text, host), host);
			const lines = lineIndexOf(text);
			const told = checked.diagnostics.map(
				(d) => `${d.severity} ${d.code} line ${lines(d.at.start)}: ${d.message}`,
			);
			const names = [...(checked.scopes.get(checked.program.root)?.names.values() ?? [])];
			const types = names.filter((b) => b.role !== "import").map((b) => `${b.name}: ${showType(b.type)}`);
			matchSnapshot(fixturePath("targets", `${name}.expected`), [...told, ...types].join("\n"));
		});
	}
});

/** So many lines the design gives each of these declarations, without imports and data; what they need besides is not counted. */
const budgets: Readonly<Record<string, readonly [declarations: RegExp, lines: number]>> = {
	"01-digits-with-a-constraint": [/./, 14],
	"02-lenet": [/./, 11],
	"03-bounded-logistic-regression": [/./, 7],
	"04-rate-constraint": [/./, 10],
	"05-burgers": [/./, 17],
	"06-sinkhorn": [/^fn sinkhorn/, 8],
	"07-orthogonal-rnn": [/./, 6],
	"08-gan": [/^fit gan/, 10],
	"09-decay-per-feature": [/^fit /, 7],
	"10-space-with-conditions": [/^(type Regularization|search)/, 7],
	"11-adapting": [/^(let|fit adapt)/, 7],
	"12-optimizers": [/^optimizer/, 10],
	"13-inverting-a-sampler": [/^fn invert/, 3],
	"14-many-fits": [/^let (members|spread|\()/, 6],
	"15-choice": [/^(model Cell|fit supernet|let found|check)/, 13],
	"16-claims": [/^(let seeds|let plain|let ours|check|plot)/, 6],
};

describe("the line budgets of the target programs", () => {
	it("are of all of them", () => {
		assert.deepEqual(
			fixtures("targets").map((f) => f.name),
			Object.keys(budgets),
		);
	});

	for (const { name, text } of fixtures("targets")) {
		const [declarations, most] = budgets[name] ?? [/./, 0];
		it(`${name}: at most ${most} lines`, () => {
			const counted = parseFile(text).slices.flatMap((slice) => {
				const own =
					text
						.slice(slice.offset)
						.split(/\n(?=[^\s}])/)[0]
						?.trim() ?? "";
				if (/^(import|data|\/\/)/.test(own) || !declarations.test(own)) return [];
				return own.split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("//"));
			});
			assert.ok(counted.length > 0 && counted.length <= most, `${counted.length}:\n${counted.join("\n")}`);
		});
	}
});
