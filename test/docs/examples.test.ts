import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { checkProgram } from "../../compiler/check/check.js";
import { loadProgram } from "../../compiler/program/load.js";
import type { DataDescription, ProgramHost } from "../../compiler/program/module.js";
import { NodeHost } from "../../runtime/node-host.js";

const digitsData: DataDescription = {
	arrays: [
		{ name: "x", element: "real", shape: [1797, 64] },
		{ name: "y", element: "int", shape: [1797], below: 10 },
	],
};

/** Every file is the one that the examples import, every data set is the digits. */
function exampleHost(): ProgramHost {
	const node = new NodeHost("examples/digits/digits.ansatz");
	return {
		readSource: () => ({ text: "export model Block() { (x: real) -> real = x }" }),
		readLibrary: (name) => node.readLibrary(name),
		libraryNames: () => node.libraryNames(),
		resolve: (_, path) => path,
		describeData: () => ({ data: digitsData }),
	};
}

function examples(document: string): { readonly line: number; readonly text: string }[] {
	const text = readFileSync(document, "utf8");
	return [...text.matchAll(/```ansatz\n([\s\S]*?)```/g)].map((match) => ({
		line: text.slice(0, match.index).split("\n").length,
		text: match[1] ?? "",
	}));
}

describe("examples in the documents", () => {
	for (const document of ["docs/language.md", "README.md"]) {
		for (const { line, text } of examples(document)) {
			it(`${document}:${line} is sound, up to what is not supported yet`, () => {
				const host = exampleHost();
				const { diagnostics } = checkProgram(loadProgram("example.ansatz", text, host), host);
				const wrong = diagnostics.filter((d) => d.severity === "error" && !d.code.startsWith("E09"));
				assert.deepEqual(
					wrong.map((d) => `${d.code} ${d.message}`),
					[],
				);
			});
		}
	}

	it("are all sound in the README, where nothing is promised that does not work", () => {
		const host = exampleHost();
		for (const { text } of examples("README.md")) {
			const { diagnostics } = checkProgram(loadProgram("example.ansatz", text, host), host);
			assert.deepEqual(
				diagnostics.filter((d) => d.severity === "error").map((d) => d.message),
				[],
			);
		}
	});
});
