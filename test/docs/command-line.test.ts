import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { catalogue } from "../../cli/catalogue.js";
import type { RunEvent } from "../../runtime/events.js";
import { withHelp } from "../support/command-page.js";
import { assertExpectedText } from "../support/expected-text.js";

const page = "docs/command-line.md";
const text = readFileSync(join(process.cwd(), page), "utf8");

/** Each kind of event, so that a new one is missed here before it is missed on the page. */
const kinds: Readonly<Record<RunEvent["kind"], true>> = {
	"fit-started": true,
	progress: true,
	"fit-finished": true,
	history: true,
	check: true,
	plot: true,
	problem: true,
	finished: true,
};

describe("the page of the command line", () => {
	it("says what --help says", () => assertExpectedText(page, withHelp(text)));

	it("has each kind of event", () => {
		for (const kind of Object.keys(kinds)) assert.ok(text.includes(`| \`${kind}\` |`), kind);
	});

	it("has the codes of commands", () => {
		for (const { code } of catalogue.entries)
			if (code.startsWith("E07")) assert.ok(text.includes(code), code);
	});
});
