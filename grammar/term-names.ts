import type * as ast from "./ast.js";
import { walk } from "./visit.js";

/** The names of the terms of all steps in a piece of code. */
export function termNames(node: ast.Statement): string[] {
	const names: string[] = [];
	walk(node, (inner) => {
		if (inner.kind === "Minimize")
			for (const { name } of (inner as ast.Minimize).terms) if (name) names.push(name.name);
		return undefined;
	});
	return names;
}
