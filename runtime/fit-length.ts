import { ElaborationError } from "../compiler/elaborate/evaluator.js";
import { takenBranch } from "../compiler/elaborate/expressions/cases.js";
import { unit } from "../compiler/elaborate/values.js";
import type * as ast from "../grammar/ast.js";
import type { FitRun } from "./fit.js";
import { LoopRunner } from "./loop.js";

/** How many steps these lines of a fit make, as far as it is known before they run. */
export function stepsAhead(fit: FitRun, statements: readonly ast.Statement[]): number {
	let total = 0;
	for (const statement of statements) {
		if (statement.kind === "Minimize") total += 1;
		if (statement.kind === "Loop") total += stepsOf(fit, statement);
		total += stepsAhead(fit, branchAhead(fit, statement));
	}
	return total;
}

/** The branch that will be taken, as far as it is known. */
function branchAhead(fit: FitRun, node: ast.Statement): readonly ast.Statement[] {
	try {
		let taken: ReturnType<typeof takenBranch>;
		fit.peek((e) => {
			taken = takenBranch(e, fit.environment, node);
			return unit;
		});
		return taken?.statements ?? [];
	} catch (error) {
		if (error instanceof ElaborationError) return [];
		throw error;
	}
}

function stepsOf(fit: FitRun, node: ast.Loop): number {
	try {
		return new LoopRunner(fit, node, 0).steps;
	} catch (error) {
		// Its length depends on what comes before it.
		if (error instanceof ElaborationError) return 0;
		throw error;
	}
}

/** A step outside the loops is a loop of one turn. */
export function loopOfOne(node: ast.Minimize): ast.Loop {
	const { span } = node;
	return {
		kind: "Loop",
		head: "repeat",
		bindings: [],
		count: { kind: "Number", value: 1, integer: true, span },
		clauses: [],
		body: { kind: "Block", statements: [node], span },
		span,
	};
}
