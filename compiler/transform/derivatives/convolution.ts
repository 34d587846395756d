import type { Value } from "../../ir/ir.js";
import { integerOf } from "../../ir/primitives/primitive.js";
import { dilated, type Windows, windowsOf } from "../../ir/primitives/window.js";
import { type Adjoint, type Derivative, inputAt } from "./rule.js";

const spatial = (x: Value): readonly number[] => x.type.shape.slice(2);

/** The attributes of windows, for the derivative of an operation with windows. */
export function attributesOf(
	windows: Omit<Windows, "operand" | "window">,
): Record<string, readonly number[]> {
	const { stride, low, high, dilation, inputDilation } = windows;
	return { stride, low, high, dilation, input_dilation: inputDilation };
}

/**
 * The windows that carry cotangents back to the operand: those of the counts `places`, spread by the stride. Element
 * i of the operand met window p at element k where p stride + k dilation - low = i input_dilation; with the window
 * turned around that is again a sum over windows, which step by input_dilation.
 */
export function windowsBack(windows: Windows, places: readonly number[]): Windows {
	const { operand, window, stride, dilation, inputDilation } = windows;
	const covered = dilated(window, dilation);
	const spread = dilated(places, stride);
	const low = covered.map((n, axis) => n - 1 - (windows.low[axis] as number));
	const needed = dilated(operand, inputDilation);
	return {
		operand: places,
		window,
		stride: inputDilation,
		low,
		high: needed.map(
			(n, axis) => n + (covered[axis] as number) - 1 - (low[axis] as number) - (spread[axis] as number),
		),
		dilation,
		inputDilation: stride,
	};
}

/** The convolution of the cotangent with the kernel turned around, results and channels exchanged in each group. */
function byOperand(adjoint: Adjoint): Value {
	const { builder: b, attributes, cotangent } = adjoint;
	const [x, kernel] = [inputAt(adjoint, 0), inputAt(adjoint, 1)];
	const groups = integerOf(attributes, "groups");
	const windows = windowsOf(spatial(x), spatial(kernel), attributes);
	const [results, inner, ...window] = kernel.type.shape as [number, number, ...number[]];
	const axes = window.map((_, axis) => axis + 2);
	const turned = b.emit("reverse", [kernel], { axes });
	const grouped = b.reshape(turned, [groups, results / groups, inner, ...window]);
	const exchanged = b.transpose(grouped, [0, 2, 1, ...axes.map((axis) => axis + 1)]);
	return b.emit(
		"convolution",
		[cotangent, b.reshape(exchanged, [groups * inner, results / groups, ...window])],
		{ ...attributesOf(windowsBack(windows, spatial(cotangent))), groups },
	);
}

/**
 * The convolution of x with the cotangent as the kernel, batch and channels exchanged in both: stride and dilation
 * change places.
 */
function byKernel(adjoint: Adjoint): Value {
	const { builder: b, attributes, cotangent } = adjoint;
	const [x, kernel] = [inputAt(adjoint, 0), inputAt(adjoint, 1)];
	const groups = integerOf(attributes, "groups");
	const windows = windowsOf(spatial(x), spatial(kernel), attributes);
	const [batch, channels, ...space] = x.type.shape as [number, number, ...number[]];
	const axes = space.map((_, axis) => axis + 2);
	const inner = channels / groups;
	const grouped = b.reshape(x, [batch, groups, inner, ...space]);
	const exchanged = b.transpose(grouped, [2, 1, 0, ...axes.map((axis) => axis + 1)]);
	const covered = dilated(spatial(cotangent), windows.stride);
	const reached = dilated(windows.window, windows.dilation);
	const spread = dilated(space, windows.inputDilation);
	const result = b.emit(
		"convolution",
		[b.reshape(exchanged, [inner, groups * batch, ...space]), b.transpose(cotangent, [1, 0, ...axes])],
		{
			...attributesOf({
				...windows,
				stride: windows.dilation,
				dilation: windows.stride,
				// Exactly as many places as the kernel has.
				high: reached.map(
					(n, axis) =>
						n + (covered[axis] as number) - 1 - (spread[axis] as number) - (windows.low[axis] as number),
				),
			}),
			groups,
		},
	);
	return b.transpose(result, [1, 0, ...axes]);
}

export const convolutionDerivatives: Readonly<Record<string, Derivative>> = {
	convolution: { rule: (adjoint, index) => (index === 0 ? byOperand(adjoint) : byKernel(adjoint)) },
};
