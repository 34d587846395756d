import type * as ast from "./ast.js";
import { type AnyNode, children } from "./visit.js";

/** Whether one of the outermost loops in this has an `until` that asks for something: a time only bounds it. */
export function hasUntil(node: AnyNode): boolean {
	if (node.kind !== "Loop") return children(node).some(hasUntil);
	return (node as ast.Loop).clauses.some((clause) => clause.word === "until" && !clause.unit);
}

/** Whether one of the loops in this ends by a time, so that no two runs need be equal. */
export function endsByTime(node: AnyNode): boolean {
	if (node.kind !== "Loop") return children(node).some(endsByTime);
	const loop = node as ast.Loop;
	return loop.clauses.some((clause) => clause.unit) || endsByTime(loop.body);
}
