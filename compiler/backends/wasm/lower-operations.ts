import type { Value } from "../../ir/ir.js";
import { integerOf } from "../../ir/primitives/primitive.js";
import { cumulativeKernel } from "./kernels/cumulative.js";
import type { Lowering } from "./lower.js";

const cumulative: Lowering = (planner, { operation, inputs, attributes, output }) => {
	const sources = inputs.map((value: Value) => planner.view(value));
	planner.push(cumulativeKernel(operation, sources, planner.target(output), integerOf(attributes, "axis")));
};

/** The rows of the operations beyond elementary arithmetic. */
export const operationLowerings: Readonly<Record<string, Lowering>> = {
	cumprod: cumulative,
	cummax: cumulative,
	cummin: cumulative,
	cumlogsumexp: cumulative,
	linear_recurrence: cumulative,
};
