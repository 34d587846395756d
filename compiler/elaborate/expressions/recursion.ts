import type * as ast from "../../../grammar/ast.js";
import type { Location } from "../../source/diagnostic.js";
import { ElaborationError, type Evaluator } from "../evaluator.js";

/** How often a function may call itself, one call inside the other; a body that takes much of the stack less often. */
const deepest = 1000;

/** A function that calls itself is put in place call by call; one that never ends is told. */
export function withinItself<T>(
	evaluator: Evaluator,
	node: ast.FunctionDeclaration,
	at: Location,
	body: () => T,
): T {
	const depth = (evaluator.active.get(node) ?? 0) + 1;
	if (depth > deepest) throw endless(node, at, depth);
	evaluator.active.set(node, depth);
	try {
		return body();
	} catch (error) {
		const isTooDeep = error instanceof Error && error.message.includes("call stack size");
		throw isTooDeep && depth > 1 ? endless(node, at, depth) : error;
	} finally {
		evaluator.active.set(node, depth - 1);
	}
}

function endless({ name }: ast.FunctionDeclaration, at: Location, depth: number): ElaborationError {
	return new ElaborationError(
		"E0620",
		`${name?.kind === "Identifier" ? `\`${name.name}\`` : "this function"} calls itself ${depth} times, one call inside the other`,
		at,
		"what ends it must be known before running: an Int, a list, a variant; what is computed ends a `loop`",
	);
}
