import {
	booleanOf,
	input,
	integersOf,
	isFloat,
	type Primitive,
	require,
	requireAscending,
	showType,
} from "./primitive.js";

/**
 * fourier(x), with x [.., 2] the real and imaginary parts of complex numbers along the last axis: the discrete Fourier
 * transform along `axes`, y[k..] = the sum over j.. of x[j..] exp(-2 pi i (j k / n + ..)); `inverse` turns the sign of
 * the exponent around. Neither divides by n: so each is the adjoint of the other.
 */
export const fouriers: readonly Primitive[] = [
	{
		name: "fourier",
		arity: [1, 1],
		attributes: { axes: "integers", inverse: "boolean" },
		infer(inputs, attributes) {
			const x = input(inputs, 0);
			booleanOf(attributes, "inverse");
			require(isFloat(x.element), () => `elements ${x.element} are not accepted`);
			require(x.shape.at(-1) === 2, () =>
				`the last axis of ${showType(x)} must hold real and imaginary parts`);
			requireAscending(integersOf(attributes, "axes"), x.shape.length - 1);
			return x;
		},
	},
];
