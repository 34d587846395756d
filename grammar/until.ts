import type * as ast from "./ast.js";
import { type AnyNode, children } from "./visit.js";

/** Whether one of the outermost loops in this has an `until`. */
export function hasUntil(node: AnyNode): boolean {
	if (node.kind !== "Loop") return children(node).some(hasUntil);
	return (node as ast.Loop).clauses.some((clause) => clause.word === "until");
}
