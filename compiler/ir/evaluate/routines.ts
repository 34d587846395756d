import { sizeOf } from "../ir.js";
import { type Routine, routines } from "../routines/index.js";
import { allocate } from "../tensor.js";
import type { Evaluator } from "./evaluator.js";

const evaluatorOf =
	(routine: Routine): Evaluator =>
	(inputs, attributes, type) => {
		const data = allocate(type.element, sizeOf(type.shape));
		routine(inputs, attributes, { type, data });
		return data;
	};

export const routineEvaluators: Readonly<Record<string, Evaluator>> = Object.fromEntries(
	Object.entries(routines).map(([operation, routine]) => [operation, evaluatorOf(routine)]),
);
