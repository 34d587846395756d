import { sizeOf } from "../../ir/ir.js";
import { type Evaluator, shapeOf } from "../evaluator.js";
import { spread, unionLanes } from "../tensors.js";
import type { TracedValue } from "../values.js";

/** The elements of tensors as one vector, tensor by tensor. */
export function asVector(evaluator: Evaluator, parts: readonly TracedValue[]): TracedValue {
	const lanes = unionLanes(parts);
	const before = lanes.map((l) => l.size);
	const flat = parts.map((part) => {
		const { value } = spread(evaluator, part, lanes, shapeOf(part));
		return evaluator.builder.reshape(value, [...before, sizeOf(shapeOf(part))]);
	});
	const [first] = flat;
	if (!first)
		return {
			kind: "traced",
			value: evaluator.builder.zeros({ element: evaluator.realElement, shape: [0] }),
			lanes,
		};
	const value =
		flat.length === 1 ? first : evaluator.builder.emit("concatenate", flat, { axis: lanes.length });
	return { kind: "traced", value, lanes };
}

/** The tensors of these shapes again. */
export function fromVector(
	evaluator: Evaluator,
	vector: TracedValue,
	shapes: readonly (readonly number[])[],
): TracedValue[] {
	const { builder } = evaluator;
	const before = vector.lanes.map((l) => l.size);
	let start = 0;
	return shapes.map((shape) => {
		const limit = start + sizeOf(shape);
		const at = { start: [...before.map(() => 0), start], limit: [...before, limit] };
		start = limit;
		const part = builder.emit("slice", [vector.value], at);
		return { kind: "traced", value: builder.reshape(part, [...before, ...shape]), lanes: vector.lanes };
	});
}
