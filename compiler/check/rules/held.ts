import type * as ast from "../../../grammar/ast.js";
import { branchStatements } from "../../../grammar/branches.js";
import { isDual, type MethodName, writtenOption } from "../../program/constraint-methods.js";
import { type Context, locate, report, unsupported } from "../context.js";

/** By which method a constraint is held, and which steps it concerns. */

type HeldNode = ast.SubjectTo | ast.Leaf;

const found = new WeakMap<HeldNode, MethodName>();

export function noteMethod(node: HeldNode, method: MethodName | undefined): void {
	if (method) found.set(node, method);
	else found.delete(node);
}

/** The method of a constraint, written or chosen. */
export function heldBy(node: HeldNode): MethodName | undefined {
	return found.get(node);
}

/**
 * A multiplier adds to the objective of the steps below its constraint: with none there it would hold nothing. (A
 * projection holds of what is not moved, too.)
 */
export function checkConcerned(context: Context, statements: readonly ast.Statement[], after = false): void {
	if (context.anchor.hasStray("using")) return;
	for (const [i, statement] of statements.entries()) {
		const comes = after || statements.slice(i + 1).some(holdsStep);
		checkConcerned(context, branchStatements(statement), comes);
		if (statement.kind !== "SubjectTo" || comes) continue;
		const method = heldBy(statement);
		if (!method || !isDual(method)) continue;
		report(context, {
			code: "E0462",
			at: locate(context, statement),
			message: "no step comes after this constraint: nothing would hold it",
			hint: "put it above the `minimize` that it concerns",
		});
	}
}

/** The best step is that of least loss: of one objective, in one place, under constraints that hold throughout. */
export function checkBest(context: Context, body: ast.Block): void {
	let steps = 0;
	const asked: { readonly node: ast.Expression; readonly inTurn: boolean }[] = [];
	const visit = (statements: readonly ast.Statement[], inTurn: boolean): void => {
		for (const statement of statements) {
			if (statement.kind === "Minimize") steps++;
			if (statement.kind === "Loop") visit(statement.body.statements, true);
			const option = statement.kind === "SubjectTo" ? writtenOption(statement.by, "best_within") : undefined;
			if (option) asked.push({ node: option, inTurn });
			visit(branchStatements(statement), inTurn);
		}
	};
	visit(body.statements, false);
	for (const { node, inTurn } of asked) {
		if (inTurn) unsupported(context, node, "the best step under a constraint of a turn");
		else if (steps > 1) unsupported(context, node, "the best step of a fit with several steps");
	}
}

function holdsStep(node: ast.Statement): boolean {
	if (node.kind === "Minimize") return true;
	if (node.kind === "Loop") return node.body.statements.some(holdsStep);
	return branchStatements(node).some(holdsStep);
}
