import type * as ast from "../../../grammar/ast.js";
import type { Context } from "../context.js";
import { infer } from "../expressions/expression.js";
import { asTensor } from "../trees/stack.js";
import { type Type, tensor } from "../types/types.js";

/** `state seen = 0`: a state that is not declared is a tensor like its start, of which no numbers are known. */
export function typeOfStart(context: Context, node: ast.Leaf): Type | undefined {
	if (node.role !== "state" || !node.value) return undefined;
	const start = infer(context, node.value);
	const value = asTensor(start);
	return value ? tensor(value.element, value.shape) : start;
}
