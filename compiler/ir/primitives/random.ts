import { type Attributes, sizeOf, type TensorType } from "../ir.js";
import { elementOf, integersOf, isFloat, type Primitive, require } from "./primitive.js";

function inferShape(inputs: readonly TensorType[], attributes: Attributes): readonly number[] {
	const key = integersOf(attributes, "key");
	require(key.length === 2 && key.every((word) => word <= 0xffffffff), () =>
		"key must be two words of 32 bits");
	const counter = inputs[0];
	require(counter === undefined || counter.element === "i32", () => "counters must be i32");
	const shape = [...(counter?.shape ?? []), ...integersOf(attributes, "shape")];
	require(sizeOf(shape) < 2 ** 31, () => "too many elements");
	return shape;
}

/**
 * Philox4x32-10 streams: pure functions of the key and of an optional counter. See `philox.ts`. Of a tensor of counters
 * [c..] there is a stream for each, and the result is [c.., shape..].
 */
export const random: readonly Primitive[] = [
	{
		name: "random_bits",
		arity: [0, 1],
		attributes: { key: "integers", shape: "integers" },
		infer: (inputs, attributes) => ({ element: "i32", shape: inferShape(inputs, attributes) }),
	},
	{
		name: "random_uniform",
		arity: [0, 1],
		attributes: { key: "integers", shape: "integers", element: "element" },
		infer(inputs, attributes) {
			const element = elementOf(attributes, "element");
			require(isFloat(element), () => "the element must be f32 or f64");
			return { element, shape: inferShape(inputs, attributes) };
		},
	},
];
