import type * as ast from "../../grammar/ast.js";
import { type AnyNode, children } from "../../grammar/visit.js";

/** Whether the value of a reparametrization is computed from the weight that it replaces: outside of starts. */
export function usesSubject(node: ast.ReparamDeclaration): boolean {
	const name = node.subject?.name.kind === "Identifier" ? node.subject.name.name : undefined;
	const mentions = (part: AnyNode): boolean =>
		(part.kind === "Name" && "name" in part && part.name === name) || children(part).some(mentions);
	return node.members.some((m) => m.kind !== "Leaf" && mentions(m));
}
