import { input, integerOf, isFloat, type Primitive, require, showType } from "./primitive.js";
import { windowAttributes, windowCounts, windowsOf } from "./window.js";

/**
 * convolution(x, kernel), without turning the kernel around: x [batch, channels, spatial..], kernel
 * [results, channels / groups, spatial..] gives [batch, results, spatial..], with
 * y[b,o,p..] = the sum over c and k.. of x[b, g channels/groups + c, p stride + k dilation - low ..] kernel[o,c,k..]
 * where g is the group of o. Spreading x (`input_dilation`) makes the transposed convolution.
 */
export const convolutions: readonly Primitive[] = [
	{
		name: "convolution",
		arity: [2, 2],
		attributes: { ...windowAttributes, groups: "integer" },
		infer(inputs, attributes) {
			const [x, kernel] = [input(inputs, 0), input(inputs, 1)];
			const groups = integerOf(attributes, "groups");
			require(x.element === kernel.element && isFloat(x.element), () => "elements must be equal floats");
			require(x.shape.length >= 3 && x.shape.length === kernel.shape.length, () =>
				`${showType(x)} and ${showType(kernel)} need batch, channels and the same spatial axes`);
			const [batch, channels, results, inner] = [
				x.shape[0],
				x.shape[1],
				kernel.shape[0],
				kernel.shape[1],
			] as [number, number, number, number];
			require(groups >= 1 && inner * groups === channels && results % groups === 0, () =>
				`${channels} channels and ${results} results do not form ${groups} groups of ${inner} channels`);
			const windows = windowsOf(x.shape.slice(2), kernel.shape.slice(2), attributes);
			return { element: x.element, shape: [batch, results, ...windowCounts(windows)] };
		},
	},
];
