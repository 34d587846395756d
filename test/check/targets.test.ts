import { checkProgram } from "../../compiler/check/check.js";
import { showType } from "../../compiler/check/types/show.js";
import { loadProgram } from "../../compiler/program/load.js";
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
