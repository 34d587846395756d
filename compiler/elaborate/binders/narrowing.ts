import type * as ast from "../../../grammar/ast.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail } from "../evaluator.js";
import { evaluate } from "../expressions/evaluate.js";
import { castTo, traced } from "../tensors.js";
import type { TracedValue, Value } from "../values.js";
import { checkInside, checkRange } from "./checks.js";

/** `int<k>(e)`: the numbers are checked while running, and used as ints below k. */
export function narrow(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	callee: ast.TypeName,
	value: Value | undefined,
): Value {
	const operand = value && traced(evaluator, value);
	const bound =
		callee.type.kind === "BoundedInt" ? evaluate(evaluator, environment, callee.type.bound) : undefined;
	if (!operand || bound?.kind !== "number") return fail(environment, node, "this cannot be narrowed");
	checkWhole(evaluator, environment, node, operand);
	const { interval: _, ...whole } = castTo(evaluator, operand, "i32");
	checkInside(evaluator, environment, node, { ...whole, ...boundOf(operand) }, bound.value, "narrowing");
	return { ...whole, below: bound.value };
}

function boundOf({ below, value }: TracedValue): { readonly below?: number } {
	if (below !== undefined) return { below };
	return value.type.element === "bool" ? { below: 2 } : {};
}

/** That a real has a whole part which is an int: neither nan nor beyond 2^31. */
export function checkWhole(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	value: TracedValue,
): void {
	const { element } = value.value.type;
	if (element === "f32" || element === "f64")
		checkRange(evaluator, environment, node, value, [-(2 ** 31), 2 ** 31], "whole");
}
