import type * as ast from "../../grammar/ast.js";
import { freeNames, patternNames } from "../../grammar/free-names.js";

/** Whether the value of a reparametrization is computed from the weight that it replaces: outside of starts. */
export function usesSubject(node: ast.ReparamDeclaration): boolean {
	const name = subjectOf(node);
	if (name === undefined) return false;
	const used = usedByValue(node);
	return node.members.some((m) => isOfValue(m, used) && freeNames(m.value).has(name));
}

/** Whether it can begin at a value that is given: its value is computed from the weight, or a start is. */
export function beginsAtSubject(node: ast.ReparamDeclaration): boolean {
	const name = subjectOf(node);
	if (name === undefined) return false;
	return node.members.some((m) => "value" in m && m.value !== undefined && freeNames(m.value).has(name));
}

/** The `let`s that the value is computed from, and the value itself. */
export function valueLines(node: ast.ReparamDeclaration): (ast.Let | ast.ExpressionStatement)[] {
	const used = usedByValue(node);
	return node.members.filter((m) => isOfValue(m, used));
}

function isOfValue(
	member: ast.Member,
	used: ReadonlySet<string>,
): member is ast.Let | ast.ExpressionStatement {
	if (member.kind === "ExpressionStatement") return true;
	return member.kind === "Let" && patternNames(member.pattern).some((name) => used.has(name));
}

/** The names that the value reads, by the `let`s between, too: a later line sees those above it. */
function usedByValue(node: ast.ReparamDeclaration): ReadonlySet<string> {
	const used = new Set<string>();
	for (const member of [...node.members].reverse()) {
		if (!isOfValue(member, used)) continue;
		for (const name of freeNames(member.value).keys()) used.add(name);
	}
	return used;
}

function subjectOf({ subject }: ast.ReparamDeclaration): string | undefined {
	return subject?.name.kind === "Identifier" ? subject.name.name : undefined;
}
