import { type Evaluator, shapeOf } from "../evaluator.js";
import { spread, traced, unionLanes } from "../tensors.js";
import { mapTensors, type TracedValue, type Value } from "../values.js";

/**
 * The branch of a computed `if` is evaluated for all lanes, and its value used where the condition holds. What the
 * branch reads passes a guard, whose derivative is 0 where the condition does not hold: no nan of a branch that is
 * not taken arrives.
 */
export function guarded(evaluator: Evaluator, condition: TracedValue): (value: Value) => Value {
	return (value) =>
		mapTensors(value, (tensor) => {
			const operand = traced(evaluator, tensor);
			if (!operand || (operand.value.type.element !== "f32" && operand.value.type.element !== "f64"))
				return tensor;
			return guardTensor(evaluator, operand, condition);
		});
}

function guardTensor(evaluator: Evaluator, value: TracedValue, condition: TracedValue): TracedValue {
	const lanes = unionLanes([value, condition]);
	const shape = shapeOf(value);
	const wide = spread(evaluator, value, lanes, shape);
	const target = [...lanes.map((l) => l.size), ...shape];
	const axes = condition.lanes.map((l) => lanes.findIndex((o) => o.id === l.id));
	const mask = evaluator.builder.broadcast(condition.value, target, axes);
	return { ...value, lanes, value: evaluator.builder.emit("guard", [wide.value, mask]) };
}
