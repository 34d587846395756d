import type * as ast from "../../../grammar/ast.js";
import { isGlob } from "../../../grammar/places.js";
import type { Value as IrValue } from "../../ir/ir.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import { evaluate } from "../expressions/evaluate.js";
import { trainable } from "../models/model-parameters.js";
import { placesAt } from "../models/places.js";
import { leavesLike, leavesOf } from "../models/trees.js";
import { castTo, realOf, reduceAxes, spread, traced } from "../tensors.js";
import { list, type Value } from "../values.js";

function spelledOut(place: ast.Expression): ast.Expression[] {
	if (place.kind === "Parenthesized") return spelledOut(place.inner);
	return place.kind === "Tuple" ? place.elements.flatMap((e) => spelledOut(e.value)) : [place];
}

/** The tensors of a set of places stay a list, of equal shapes, too. */
function trainableApart(evaluator: Evaluator, tree: Value): Value | undefined {
	if (tree.kind !== "list") return trainable(evaluator, tree);
	const items = tree.items.map((item) => trainable(evaluator, item)).filter((v) => v !== undefined);
	return items.length > 0 ? list(items) : undefined;
}

/**
 * A number whose gradient by the parameters at some places is the given direction there: their inner product, the
 * direction taken as a constant.
 */
export function alongDirection(
	evaluator: Evaluator,
	environment: Environment,
	direction: ast.Expression,
	wrt: readonly ast.Expression[],
): IrValue {
	const { builder } = evaluator;
	const places = wrt.flatMap(spelledOut);
	const trees = places.map((place) => {
		const tree =
			isGlob(place) || place.kind === "Places"
				? list(placesAt(evaluator, environment, place).map((leaf) => leaf.value))
				: evaluate(evaluator, environment, place);
		return trainableApart(evaluator, tree) ?? fail(environment, place, "this has no parameters");
	});
	const [only] = trees;
	if (!only) return fail(environment, direction, "this has no parameters");
	const like: Value =
		trees.length === 1 ? only : { kind: "tuple", elements: trees.map((value) => ({ value })) };
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
