import type * as ast from "../../../grammar/ast.js";
import { branchesOf, branchStatements } from "../../../grammar/branches.js";
import { isDual, type MethodName, writtenOption } from "../../program/constraint-methods.js";
import { type Context, locate, report } from "../context.js";

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
export function checkConcerned(
	context: Context,
	statements: readonly ast.Statement[],
	after = false,
	inBranch = false,
): void {
	if (context.anchor.hasStray("using")) return;
	for (const [i, statement] of statements.entries()) {
		const comes = after || statements.slice(i + 1).some(holdsStep);
		// What a computed condition decides concerns the steps of its branch.
		const isDecided = statement.kind === "IfStatement" && isComputed(context, statement);
		checkConcerned(context, branchStatements(statement), comes && !isDecided, inBranch || isDecided);
		if (statement.kind !== "SubjectTo" || comes) continue;
		const method = heldBy(statement);
		if (!method || !isDual(method)) continue;
		report(context, {
			code: "E0462",
			at: locate(context, statement),
			message: inBranch
				? "a constraint that a computed condition decides concerns the steps below it in this branch, and there is none"
				: "no step comes after this constraint: nothing would hold it",
			hint: inBranch
				? "put the step here, too; or state it above the `if`, with a side that holds where it should not count: `(if c then h else 0) <= 0`"
				: "put it above the `minimize` that it concerns",
		});
	}
}

export function isComputed(context: Context, { condition }: ast.IfStatement): boolean {
	return context.session.knowledge.types.get(condition)?.kind === "tensor";
}

/** The best step is that of least loss: of one objective, in one place. */
export function checkBest(context: Context, body: ast.Block): void {
	const asked: ast.Expression[] = [];
	const visit = (statements: readonly ast.Statement[]): void => {
		for (const statement of statements) {
			if (statement.kind === "Loop") visit(statement.body.statements);
			const option = statement.kind === "SubjectTo" ? writtenOption(statement.by, "best_within") : undefined;
			if (option) asked.push(option);
			visit(branchStatements(statement));
		}
	};
	visit(body.statements);
	const steps = mostSteps(context, body.statements);
	for (const node of asked) {
		if (steps <= 1) continue;
		report(context, {
			code: "E0468",
			at: locate(context, node),
			message: `the best step is that of least loss, and this fit has ${steps} steps, each with a loss of its own`,
			hint: "keep it by hand: a `state` of the least loss and a part for the parameters, set by `<-` in an `if`",
		});
	}
}

/** Of an `if` or a `match` that is decided before running, one side runs. */
function mostSteps(context: Context, statements: readonly ast.Statement[]): number {
	const of = (statement: ast.Statement): number => {
		if (statement.kind === "Minimize") return 1;
		if (statement.kind === "Loop") return mostSteps(context, statement.body.statements);
		const sides = branchesOf(statement).map((side) => mostSteps(context, side));
		const isBoth = statement.kind === "IfStatement" && isComputed(context, statement);
		return isBoth ? sides.reduce((a, b) => a + b, 0) : Math.max(0, ...sides);
	};
	return statements.map(of).reduce((a, b) => a + b, 0);
}

function holdsStep(node: ast.Statement): boolean {
	if (node.kind === "Minimize") return true;
	if (node.kind === "Loop") return node.body.statements.some(holdsStep);
	return branchStatements(node).some(holdsStep);
}
