import type * as ast from "./ast.js";

/** `match` as a statement. */
export function matchOf(node: ast.Statement): ast.Match | undefined {
	return node.kind === "ExpressionStatement" && node.value.kind === "Match" ? node.value : undefined;
}

/** The statements of a case: those of its braces, or the one that it is. */
export function armStatements(arm: ast.Match["arms"][number]): readonly ast.Statement[] {
	const { body } = arm;
	return body.kind === "ExpressionStatement" && body.value.kind === "Block" ? body.value.statements : [body];
}

/** The cases of an `if` or a `match`, of which one runs; none of any other statement. */
export function branchesOf(node: ast.Statement): readonly (readonly ast.Statement[])[] {
	const match = matchOf(node);
	if (match) return match.arms.map(armStatements);
	if (node.kind !== "IfStatement") return [];
	const otherwise = node.else?.kind === "Block" ? node.else.statements : node.else ? [node.else] : [];
	return [node.then.statements, otherwise];
}

/** The statements that an `if` or a `match` may run; none of any other statement. */
export function branchStatements(node: ast.Statement): readonly ast.Statement[] {
	return branchesOf(node).flat();
}
