import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { generatedProgram } from "../../bench/generated-program.js";
import { type CheckedProgram, checkProgram } from "../../compiler/check/check.js";
import { loadProgram } from "../../compiler/program/load.js";
import { NodeHost } from "../../runtime/node-host.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes that are in use, with all that can go gone. */
function used(): number {
	collect();
	collect();
	return process.memoryUsage().heapUsed;
}

const path = "edited.ansatz";

/** Edits as one types them: a number, a name that is new, a line that is broken, a declaration more. */
function edited(text: string, turn: number): string {
	const lines = text.split("\n");
	// Forty lines, again and again: what is kept of a declaration since its first edit is there after the first round.
	const at = ((turn % 40) * 37) % lines.length;
	const line = lines[at] ?? "";
	switch (turn % 4) {
		case 0:
			lines[at] = line.replace(/\d+/, (n) => String(Number(n) + 1));
			break;
		case 1:
			lines[at] = line.replace(/\b([a-z])\b/, `$1${turn}`);
			break;
		case 2:
			lines[at] = line.slice(0, Math.floor(line.length / 2));
			break;
		default:
			lines.push(`let added${turn} = ${turn}`);
	}
	return lines.join("\n");
}

describe("checking again after each edit", () => {
	it("keeps nothing of the texts before: 500 edits leave the heap as it was", () => {
		const text = generatedProgram(300);
		let current = text;
		const host = new NodeHost(path, (asked) => (asked === path ? current : undefined));
		let checked: CheckedProgram | undefined;
		const edit = (turn: number): void => {
			current = edited(text, turn);
			const loaded = loadProgram(path, current, host, checked?.program);
			checked = checkProgram(loaded, host, checked?.memory);
		};
		for (let turn = 0; turn < 100; turn++) edit(turn);
		const before = used();
		for (let turn = 100; turn < 600; turn++) edit(turn);
		const grown = (used() - before) / 2 ** 20;
		// A text and what is known of it takes some MiB: one of each edit would be hundreds.
		assert.ok(grown < 4, `the heap has grown by ${grown.toFixed(1)} MiB`);
		assert.ok(checked);
	});
});
