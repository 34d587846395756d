import assert from "node:assert/strict";
import fc from "fast-check";
import { renderDiagnostics } from "../../cli/render.js";
import { plainPalette } from "../../cli/render-palette.js";
import { type CheckedProgram, checkProgram } from "../../compiler/check/check.js";
import { showType } from "../../compiler/check/show.js";
import { loadProgram } from "../../compiler/program/load.js";
import { walk } from "../../grammar/visit.js";
import { NodeHost } from "../../runtime/node-host.js";
import { type Edit, editScripts, textsOf } from "../support/edit-scripts.js";
import { fixtures } from "../support/snapshot.js";

interface Source {
	readonly path: string;
	readonly text: string;
}

const sources: readonly Source[] = ["programs", "recover", "ok", "bad"].flatMap((folder) =>
	fixtures(folder).map(({ name, text }) => ({ path: `test/fixtures/${folder}/${name}.ansatz`, text })),
);

/** All that is told of a program: its diagnostics as they are shown, the types of its nodes, what its names mean. */
function told({ program, diagnostics, knowledge }: CheckedProgram): string {
	const texts = new Map(program.modules.map(({ module }) => [module.path, module.text]));
	const lines = [renderDiagnostics(diagnostics, texts, { palette: plainPalette })];
	for (const slice of program.root.tree.slices) {
		for (const item of slice.items) {
			walk(item, (node) => {
				const start = slice.offset + node.span.start;
				const type = knowledge.types.get(node);
				if (type) lines.push(`${start} ${node.kind}: ${showType(type)}`);
				const binding = knowledge.definitions.get(node);
				if (binding)
					lines.push(
						`${start} ${node.kind} is ${binding.role} ${binding.name} at ${binding.at.file} ${binding.at.start}-${binding.at.end}: ${showType(binding.type)}`,
					);
				const scope = knowledge.scopes.get(node);
				if (scope) lines.push(`${start} sees ${[...scope.names.keys()].join(" ")}`);
				return undefined;
			});
		}
	}
	return lines.join("\n");
}

function compare(source: Source, script: readonly Edit[]): void {
	const host = new NodeHost(source.path);
	let checked = checkProgram(loadProgram(source.path, source.text, host), host);
	const done: string[] = [source.text];
	for (const text of textsOf(source.text, script)) {
		done.push(text);
		checked = checkProgram(loadProgram(source.path, text, host, checked.program), host, checked.memory);
		const fresh = checkProgram(loadProgram(source.path, text, host), host);
		const [now, wanted] = [told(checked), told(fresh)];
		if (now !== wanted) assert.equal(now, wanted, `after the texts\n${done.slice(-2).join("\n-----\n")}`);
	}
}

describe("checking after edits gives what checking anew gives", () => {
	it("for random scripts of edits", function () {
		this.timeout(120_000);
		fc.assert(fc.property(fc.constantFrom(...sources), editScripts, compare), {
			numRuns: Number(process.env.RUNS ?? 60),
		});
	});
});
