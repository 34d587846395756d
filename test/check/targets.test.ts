import assert from "node:assert/strict";
import { checkProgram } from "../../compiler/check/check.js";
import { showType } from "../../compiler/check/types/show.js";
import { loadProgram } from "../../compiler/program/load.js";
import type { DataDescription, ProgramHost } from "../../compiler/program/module.js";
import { parseFile } from "../../grammar/parse.js";
import { NodeHost } from "../../runtime/node-host.js";
import { lineIndexOf } from "../support/lines.js";
import { fixturePath, fixtures, matchSnapshot } from "../support/snapshot.js";

/** A table of a number of columns, with a label of classes or of reals. */
function rows(count: number, features: readonly number[], classes?: number): DataDescription {
	return {
		arrays: [
			{ name: "x", element: "real", shape: [count, ...features] },
			classes === undefined
				? { name: "y", element: "real", shape: [count] }
				: { name: "y", element: "int", shape: [count], below: classes },
		],
	};
}

const data: Readonly<Record<string, DataDescription>> = {
	"digits.csv": rows(1797, [64], 10),
	"breast_cancer.csv": rows(569, [30], 2),
	"diabetes.csv": rows(442, [10]),
	"train-images": rows(60_000, [1, 28, 28], 10),
};

function targetHost(text: string): ProgramHost {
	const node = new NodeHost("target.ansatz");
	return {
		readSource: () => ({ text }),
		readLibrary: (name) => node.readLibrary(name),
		libraryNames: () => node.libraryNames(),
		resolve: (_, path) => path,
		describeData: ({ path }) => {
			const known = data[path];
			return known
				? { data: known }
				: { problem: { code: "E0501", message: `there is no data file ${path}` } };
		},
	};
}

// The programs that the notation is judged by. What is told of them is written down: types, and what is not there yet.
describe("the target programs", () => {
	for (const { name, text } of fixtures("targets")) {
		it(`${name}: what is told of it`, () => {
			const host = targetHost(text);
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
