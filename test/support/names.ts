import type { CheckedProgram } from "../../compiler/check/check.js";
import { showType } from "../../compiler/check/types/show.js";

/** The top-level names of the root file with their types. */
export function showNames(program: CheckedProgram): string {
	const scope = program.scopes.get(program.program.root);
	const lines = [...(scope?.names.values() ?? [])].map((b) => `${b.name}: ${showType(b.type)}`);
	return lines.join("\n");
}
