import { sizeOf, type Value } from "../../ir/ir.js";
import { integerOf, integersOf } from "../../ir/primitives/primitive.js";
import { windowsOf } from "../../ir/primitives/window.js";
import { routines } from "../../ir/routines/index.js";
import { convolutionKernel } from "./kernels/convolution.js";
import { cumulativeKernel } from "./kernels/cumulative.js";
import { windowPositionKernel } from "./kernels/pooling.js";
import { reduceKernel } from "./kernels/reduce.js";
import { routineKernel } from "./kernels/routine.js";
import { scatterKernel } from "./kernels/scatter.js";
import { paddedView, windowsView } from "./kernels/windows.js";
import type { Lowering } from "./lower.js";
import { isWhole, newBuffer, type View, wholeView } from "./view.js";

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

/** A reduction of every window, whose elements are axes of a view; the padding does not change the result. */
const pooling =
	(reduction: string, fill: number, integerFill = fill): Lowering =>
	(planner, { inputs, attributes, output }) => {
		const source = planner.view(inputs[0] as Value);
		const windows = windowsOf(source.shape, integersOf(attributes, "window"), attributes);
		const number = source.buffer.element === "i32" ? integerFill : fill;
		const padded = paddedView(planner, source, windows, 0, number);
		const view = windowsView(padded, windows, output.type.shape, 0);
		const axes = source.shape.map((_, axis) => axis);
		planner.push(reduceKernel(reduction, view, planner.target(output), axes));
	};

const windowPosition: Lowering = (planner, { inputs, attributes, output }) => {
	const source = planner.view(inputs[0] as Value);
	const windows = windowsOf(source.shape, integersOf(attributes, "window"), attributes);
	const data = Float64Array.from({ length: sizeOf(source.shape) }, (_, k) => k);
	const buffer = newBuffer({ element: "i32", shape: source.shape }, "constant", data);
	const seen = (view: View, fill: number): View =>
		windowsView(paddedView(planner, view, windows, 0, fill), windows, output.type.shape, 0);
	const [values, numbers] = [seen(source, 0), seen(wholeView(buffer, source.shape), -1)];
	const target = planner.target(output);
	planner.push(windowPositionKernel(values, numbers, target, source.shape.length));
};

const scatter: Lowering = (planner, { operation, inputs, attributes, output }) => {
	const [operand, indices, updates] = inputs.map((value) => planner.view(value)) as [View, View, View];
	planner.push(
		scatterKernel(operation, operand, indices, updates, planner.target(output), {
			axis: integerOf(attributes, "axis"),
			batch: integerOf(attributes, "batch"),
		}),
	);
};

/** A routine reads whole buffers in row-major order. */
const routine: Lowering = (planner, { operation, inputs, attributes, output }) => {
	const sources = inputs.map((value) => {
		const view = planner.view(value);
		return isWhole(view) ? view : planner.pack(view);
	});
	planner.push(routineKernel(operation, attributes, sources, planner.target(output)));
};

/** The rows of the operations beyond elementary arithmetic. */
export const operationLowerings: Readonly<Record<string, Lowering>> = {
	cumprod: cumulative,
	cummax: cumulative,
	cumlogsumexp: cumulative,
	linear_recurrence: cumulative,
	convolution,
	window_sum: pooling("reduce_sum", 0),
	window_max: pooling("reduce_max", Number.NEGATIVE_INFINITY, -(2 ** 31)),
	window_argmax: windowPosition,
	...Object.fromEntries(Object.keys(routines).map((operation) => [operation, routine])),
	scatter_set: scatter,
	scatter_min: scatter,
	scatter_max: scatter,
};
