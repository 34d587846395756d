import type { Value } from "../../ir/ir.js";
import { integerOf } from "../../ir/primitives/primitive.js";
import { windowsOf } from "../../ir/primitives/window.js";
import { convolutionKernel } from "./kernels/convolution.js";
import { cumulativeKernel } from "./kernels/cumulative.js";
import { paddedView, windowsView } from "./kernels/windows.js";
import type { Lowering } from "./lower.js";
import { isWhole } from "./view.js";

const cumulative: Lowering = (planner, { operation, inputs, attributes, output }) => {
	const sources = inputs.map((value: Value) => planner.view(value));
	planner.push(cumulativeKernel(operation, sources, planner.target(output), integerOf(attributes, "axis")));
};

const convolution: Lowering = (planner, { inputs, attributes, output }) => {
	const [x, kernel] = inputs as [Value, Value];
	const rank = output.type.shape.length - 2;
	const windows = windowsOf(x.type.shape.slice(2), kernel.type.shape.slice(2), attributes);
	const padded = paddedView(planner, planner.view(x), windows, 2, 0);
	const weights = planner.view(kernel);
	planner.push(
		convolutionKernel({
			windows: windowsView(padded, windows, output.type.shape.slice(2), 2),
			kernel: isWhole(weights) ? weights : planner.pack(weights),
			target: planner.target(output),
			groups: integerOf(attributes, "groups"),
			rank,
		}),
	);
};

/** The rows of the operations beyond elementary arithmetic. */
export const operationLowerings: Readonly<Record<string, Lowering>> = {
	cumprod: cumulative,
	cummax: cumulative,
	cummin: cumulative,
	cumlogsumexp: cumulative,
	linear_recurrence: cumulative,
	convolution,
};
