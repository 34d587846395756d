import { type AnyNode, eachChild } from "./visit.js";

/**
 * How deep nodes may stand within each other: whoever reads a tree after the parser goes down by recursion, with
 * several frames a node, and the machine's stack is finite.
 */
export const mostNested = 500;

/** Whether nodes stand deeper within each other than that; found without recursion. */
export function isNestedTooDeeply(roots: readonly AnyNode[]): boolean {
	let level: AnyNode[] = [...roots];
	for (let depth = 0; level.length > 0; depth++) {
		if (depth > mostNested) return true;
		const below: AnyNode[] = [];
		for (const node of level) eachChild(node, (child) => below.push(child));
		level = below;
	}
	return false;
}
