import type * as ast from "../../../grammar/ast.js";
import { eitherOf } from "../binders/whole.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail } from "../evaluator.js";
import { eitherModel } from "../models/stack.js";
import { formatOf, select, traced } from "../tensors.js";
import type { TracedValue, Value } from "../values.js";

/** What a computed condition selects: element by element, in each tensor of a tree. */
export function choose(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	condition: TracedValue,
	a: Value,
	b: Value,
): Value {
	if (a.kind === "tuple" && b.kind === "tuple" && a.elements.length === b.elements.length)
		return {
			kind: "tuple",
			elements: a.elements.map((element, i) => {
				const other = b.elements[i]?.value ?? element.value;
				return {
					...element,
					value: choose(evaluator, environment, node, condition, element.value, other),
				};
			}),
		};
	if ((a.kind === "model" || a.kind === "stack") && a.kind === b.kind) {
		const either = eitherModel(evaluator, environment, node, condition, a, b);
		return typeof either === "string" ? fail(environment, node, either) : either;
	}
	const [x, y] = [traced(evaluator, a, adaptTo(evaluator, b)), traced(evaluator, b, adaptTo(evaluator, a))];
	if (!x || !y) return fail(environment, node, "a computed `if` chooses between numbers");
	return eitherOf(a, b, select(evaluator, condition, x, y));
}

function adaptTo(evaluator: Evaluator, other: Value): "f32" | "f64" | undefined {
	return formatOf(other) ?? (other.kind === "number" && !other.integer ? evaluator.realElement : undefined);
}
