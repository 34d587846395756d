import type { ElementType } from "../ir.js";
import { input, integersOf, isNumeric, type Primitive, require } from "./primitive.js";
import { windowAttributes, windowCounts, windowsOf } from "./window.js";

function pooling(name: string, element?: ElementType): Primitive {
	return {
		name,
		arity: [1, 1],
		attributes: { ...windowAttributes, window: "integers" },
		infer(inputs, attributes) {
			const x = input(inputs, 0);
			require(isNumeric(x.element), () => `elements ${x.element} are not accepted`);
			const windows = windowsOf(x.shape, integersOf(attributes, "window"), attributes);
			return { element: element ?? x.element, shape: windowCounts(windows) };
		},
	};
}

/**
 * Sums and maxima over windows, which slide along every axis of x (by windows of extent 1 where nothing is pooled).
 * `window_argmax` gives the row-major place in x where the maximum is met first, -1 in a window that meets no element
 * of x.
 */
export const poolings: readonly Primitive[] = [
	pooling("window_sum"),
	pooling("window_max"),
	pooling("window_argmax", "i32"),
];
