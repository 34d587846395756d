import { sizeOf } from "../../ir/ir.js";
import { integersOf } from "../../ir/primitives/primitive.js";
import { windowsOf } from "../../ir/primitives/window.js";
import { attributesOf, windowsBack } from "./convolution.js";
import { type Derivative, inputAt, where } from "./rule.js";

/** The cotangent of each window goes to the place where its maximum is met first. */
const maximum: Derivative = {
	rule(adjoint) {
		const { builder: b, attributes, cotangent } = adjoint;
		const x = inputAt(adjoint, 0);
		const places = b.emit("window_argmax", [x], attributes);
		// A window without any element has -1, which would count as place 0.
		const met = b.emit("ge", [places, b.zeros(places.type)]);
		const count = [sizeOf(places.type.shape)];
		const sums = b.emit(
			"scatter_add",
			[b.reshape(places, count), b.reshape(where(b, met, cotangent), count)],
			{ axis: 0, batch: 0, size: sizeOf(x.type.shape) },
		);
		return b.reshape(sums, x.type.shape);
	},
};

const notFloat: Derivative = { none: "the result is not a float" };

export const poolingDerivatives: Readonly<Record<string, Derivative>> = {
	window_sum: {
		rule(adjoint) {
			const { builder, attributes, cotangent } = adjoint;
			const window = integersOf(attributes, "window");
			const windows = windowsOf(inputAt(adjoint, 0).type.shape, window, attributes);
			const back = windowsBack(windows, cotangent.type.shape);
			return builder.emit("window_sum", [cotangent], { ...attributesOf(back), window });
		},
	},
	window_max: maximum,
	window_argmax: notFloat,
};
