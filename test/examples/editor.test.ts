import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { diagnosedInEditor, runInEditor } from "../../bench/examples/editor.js";
import { readExamples } from "../../bench/examples/programs.js";
import { figuresIn, figuresOf } from "../../bench/examples/readme.js";
import { LspClient } from "../support/lsp-client.js";

const examples = readExamples("examples");

describe("examples in the editor", () => {
	it("open without a diagnostic", async () => {
		const client = new LspClient();
		try {
			await client.initialize();
			for (const example of examples)
				assert.deepEqual(await diagnosedInEditor(client, example), [], example.name);
		} finally {
			await client.close();
		}
	});

	// The others are run so by `npm run examples -- --editor`.
	for (const name of ["digits", "alternating", "bilevel"])
		it(`${name} shows a result in the line of each check, with the figures of the README`, async () => {
			const example = examples.find((e) => e.name === name) ?? assert.fail(name);
			const outcome = await runInEditor(example);
			assert.deepEqual(outcome.problems, []);
			assert.equal(outcome.exitCode, 0);
			assert.equal(figuresOf(outcome), figuresIn(readFileSync("examples/README.md", "utf8"))(name));
		});
});
