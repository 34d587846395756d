import { showType } from "../../compiler/check/types/show.js";
import type * as ast from "../../grammar/ast.js";
import { walk } from "../../grammar/visit.js";
import type { Snapshot } from "../snapshot.js";

/** A shape beside a name: `scores: real[n, 10]`. */
export interface Hint {
	readonly offset: number;
	readonly text: string;
}

/** VS Code cuts a hint after 43 characters: what is longer is left to the hover. */
const longest = 43;

/** The types of names that are written without one. */
export function hints(snapshot: Snapshot, start: number, end: number): Hint[] {
	const found: Hint[] = [];
	for (const slice of snapshot.root.tree.slices) {
		if (slice.offset > end || slice.offset + slice.text.length < start) continue;
		for (const item of slice.items) {
			walk(item, (node) => {
				for (const name of untyped(node)) {
					const type = snapshot.typeOf(name);
					if (type?.kind !== "tensor" && type?.kind !== "model") continue;
					const text = `: ${showType(type)}`;
					const offset = slice.offset + name.span.end;
					if (text.length <= longest && offset >= start && offset <= end) found.push({ offset, text });
				}
				return undefined;
			});
		}
	}
	return found;
}

function untyped(node: { readonly kind: string }): readonly (ast.Pattern | ast.Identifier)[] {
	if (node.kind === "Let") return (node as ast.Let).type ? [] : namesIn((node as ast.Let).pattern);
	if (node.kind === "Binding") {
		const { pattern } = node as ast.Binding;
		return pattern.kind === "TuplePattern" ? namesIn(pattern) : [];
	}
	return [];
}

function namesIn(pattern: ast.Pattern): readonly ast.Pattern[] {
	if (pattern.kind === "TuplePattern") return pattern.elements.flatMap(namesIn);
	return pattern.kind === "NamePattern" ? [pattern] : [];
}
