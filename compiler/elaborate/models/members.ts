import { axisToLane } from "../binders/indexing.js";
import type { Evaluator } from "../evaluator.js";
import { shapeOf } from "../evaluator.js";
import { lanesToShape, traced } from "../tensors.js";
import { type Lane, mapTensors, type TensorValue, type TracedValue, type Value } from "../values.js";

/** What is said of one model, for each of a stack: its leading axes are lanes meanwhile. */

/** Lanes of the sizes of a stack. */
export function stackedLanes(evaluator: Evaluator, sizes: readonly number[]): Lane[] {
	return sizes.map((size) => evaluator.newLane("_", size));
}

/** The leading axes of a tensor as lanes. */
export function axesToLanes(
	evaluator: Evaluator,
	tensor: TensorValue | TracedValue,
	lanes: readonly Lane[],
): Value {
	const whole = traced(evaluator, tensor);
	return whole ? lanes.reduce((value, lane) => axisToLane(evaluator, value, 0, lane), whole) : tensor;
}

/** Every tensor of a tree with its leading axes as lanes, and what is computed of that with lanes as axes again. */
export function eachOfStack(
	evaluator: Evaluator,
	whole: Value,
	sizes: readonly number[],
	body: (one: Value) => Value | undefined,
): TracedValue | undefined {
	const lanes = stackedLanes(evaluator, sizes);
	const one = mapTensors(whole, (tensor) => axesToLanes(evaluator, tensor, lanes));
	const result = evaluator.inLanes(lanes, () => body(one));
	const value = result && traced(evaluator, result);
	return value && lanesToShape(evaluator, value, lanes);
}

/** The first sizes of the first tensor in a tree. */
export function firstSizes(evaluator: Evaluator, tree: Value, count: number): readonly number[] {
	let sizes: readonly number[] | undefined;
	mapTensors(tree, (tensor) => {
		const whole = sizes ? undefined : traced(evaluator, tensor);
		if (whole) sizes = shapeOf(whole).slice(0, count);
		return tensor;
	});
	return sizes ?? [];
}
