import type * as ast from "../../../grammar/ast.js";
import type { Value as IrValue } from "../../ir/ir.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import { evaluate } from "../expressions/evaluate.js";
import { trainable } from "../models/model-parameters.js";
import { leavesLike, leavesOf } from "../models/trees.js";
import { castTo, realOf, reduceAxes, spread, traced } from "../tensors.js";

/**
 * A number whose gradient by the parameters at a place is the given direction there: their inner product, the direction
 * taken as a constant.
 */
export function alongDirection(
	evaluator: Evaluator,
	environment: Environment,
	direction: ast.Expression,
	place: ast.Expression,
): IrValue {
	const { builder } = evaluator;
	const like = trainable(evaluator, evaluate(evaluator, environment, place));
	if (!like) return fail(environment, place, "this has no parameters");
	const given = evaluator.inMode(true, () => evaluate(evaluator, environment, direction));
	const value = like.kind === "traced" ? (traced(evaluator, given, like.value.type.element) ?? given) : given;
	const parts = leavesLike(evaluator, environment, direction, like, value);
	const element = realOf(evaluator, ...leavesOf(like));
	let total = builder.scalar(0, element);
	for (const [i, leaf] of leavesOf(like).entries()) {
		const part = parts[i] ?? fail(environment, direction, "this direction lacks a part");
		const along = spread(evaluator, castTo(evaluator, part, element), [], shapeOf(leaf));
		const product = builder.emit("mul", [
			builder.emit("stop_gradient", [along.value]),
			builder.cast(leaf.value, element),
		]);
		const sum = reduceAxes(
			evaluator,
			"reduce_sum",
			{ kind: "traced", value: product, lanes: [] },
			shapeOf(leaf).map((_, axis) => axis),
		);
		total = builder.emit("add", [total, sum.value]);
	}
	return total;
}
