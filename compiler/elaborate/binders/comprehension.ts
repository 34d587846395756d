import type * as ast from "../../../grammar/ast.js";
import { affordable, turnsIn } from "../budget.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail } from "../evaluator.js";
import { bindPattern, evaluate } from "../expressions/evaluate.js";
import { list, type Value } from "../values.js";
import { listItems } from "./binder-source.js";

/** A list in brackets: all combinations of its names, the last one fastest, that `where` leaves. */
export function evaluateComprehension(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
): Value {
	const items: Value[] = [];
	const turn = (scope: Environment, bindings: readonly ast.Binding[]): void => {
		const [binding, ...others] = bindings;
		if (!binding) {
			const condition = node.where && evaluate(evaluator, scope, node.where);
			if (condition && condition.kind !== "bool")
				fail(scope, node.where ?? node, "what a list has is known before running");
			if (condition?.kind !== "bool" || condition.value) items.push(evaluate(evaluator, scope, node.body));
			return;
		}
		const source = binding.source && evaluate(evaluator, scope, binding.source);
		if (source) affordable(environment, node, items.length + turnsIn(source));
		const entries = source && listItems(source);
		const { pattern } = binding;
		if (!entries || pattern.kind === "Rest") {
			fail(scope, node, "a list in brackets runs over a static list");
			return;
		}
		for (const [i, entry] of entries.entries()) {
			const inner = scope.inner();
			bindPattern(inner, pattern, entry);
			evaluator.at(`[${i}]`, () => turn(inner, others));
		}
	};
	turn(environment, node.bindings);
	return list(items);
}
