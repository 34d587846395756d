import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { openProgram } from "../../runtime/open.js";
import { evaluateProgram } from "../support/evaluate.js";
import {
	helpers,
	inputText,
	openText,
	type RestProgram,
	restProgram,
	spelledByDots,
	writtenOut,
} from "../support/rests/rest-programs.js";
import { backends } from "../support/run.js";
import { assertClose } from "../support/values.js";

/** What a rest stands for in each call: up to three axes. */
const rests: readonly (readonly number[])[] = [[], [4], [2, 3], [3, 1, 2]];

/** The functions of a program, with the rest and with its axes written out. */
function textsOf(
	program: RestProgram,
	spell = writtenOut,
): { readonly open: string; readonly written: readonly string[] } {
	return {
		open: openText(program, "open"),
		written: rests.map((rest, r) => program.text(`written${r}`, spell(rest.length))),
	};
}

function errorsOf(text: string): string[] {
	const file = join(tmpdir(), "rests.ansatz");
	return openProgram(file, text).diagnostics.flatMap((d) => (d.severity === "error" ? [d.message] : []));
}

function compare(program: RestProgram, texts: ReturnType<typeof textsOf>): void {
	const calls = rests.map(
		(rest, r) =>
			`${texts.written[r]}let x${r} = ${inputText(program, rest)}\nlet open${r} = open(x${r})\nlet closed${r} = written${r}(x${r})\n`,
	);
	const text = `${head}${texts.open}${calls.join("")}`;
	for (const backend of backends) {
		const result = evaluateProgram(text, { backend });
		for (const r of rests.keys()) {
			const [a, b] = [`open${r}`, `closed${r}`];
			assert.deepEqual(result.shape(a), result.shape(b), `${a} in\n${text}`);
			assertClose(result.numbers(a), result.numbers(b), 1e-9, `${backend.name}: ${a} in\n${text}\n`);
		}
	}
}

const head = `precision f64\n${helpers}`;

describe("elaborate: random programs with a rest", () => {
	it("compute what the same programs do with its axes written out", function () {
		this.timeout(120_000);
		fc.assert(
			fc.property(restProgram(false), (program) => compare(program, textsOf(program))),
			{ numRuns: 15 },
		);
	});

	it("are refused where one of the same programs without it is", function () {
		this.timeout(120_000);
		let [refused, accepted] = [0, 0];
		fc.assert(
			fc.property(restProgram(true), (program) => {
				const texts = textsOf(program, spelledByDots);
				if (errorsOf(head + texts.open).length > 0) {
					refused++;
					return;
				}
				accepted++;
				for (const text of texts.written) assert.deepEqual(errorsOf(head + text), [], texts.open + text);
				compare(program, texts);
			}),
			{ numRuns: 40 },
		);
		assert.ok(refused > 15 && accepted > 2, `${refused} refused, ${accepted} accepted`);
	});
});
