import { patternNames } from "../compiler/elaborate/expressions/evaluate.js";
import type * as ast from "../grammar/ast.js";
import { type AnyNode, walk } from "../grammar/visit.js";

/** The names of a turn that a `minimize` or a constraint of it uses, also by way of other names: they are computed for training. */
export function trainedNames(body: ast.Block): ReadonlySet<string> {
	const lets: ast.Let[] = [];
	const names = new Set<string>();
	const noteNames = (node: AnyNode): void => {
		walk(node, (inner) => {
			if (inner.kind === "Name") names.add((inner as ast.Name).name);
			return undefined;
		});
	};
	walk(body, (node) => {
		if (node.kind === "Let") lets.push(node as ast.Let);
		if (node.kind === "Minimize") for (const term of (node as ast.Minimize).terms) noteNames(term.value);
		if (node.kind === "SubjectTo") noteNames(node);
		return undefined;
	});
	for (let before = -1; names.size > before; ) {
		before = names.size;
		for (const item of lets)
			if (patternNames(item.pattern).some((name) => names.has(name))) noteNames(item.value);
	}
	return names;
}
