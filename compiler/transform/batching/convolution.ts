import { integerOf } from "../../ir/primitives/primitive.js";
import { type BatchRule, inputAt } from "./rule.js";

/**
 * Lanes of the operand are more of its batch, lanes of the kernel more results of each group, and lanes of both more
 * groups: one convolution in every case.
 */
export const convolution: BatchRule = (lanes) => {
	const { builder: b, size, attributes, type } = lanes;
	const [x, kernel] = [inputAt(lanes, 0), inputAt(lanes, 1)];
	const groups = integerOf(attributes, "groups");
	const [batch, results, ...places] = type.shape as [number, number, ...number[]];
	// Groups of no channel in no lane are no groups.
	if (size === 0) return b.zeros({ ...type, shape: [0, ...type.shape] });
	const perGroup = results / groups;
	if (!kernel.batched) {
		const [, , ...rest] = x.value.type.shape as [number, number, ...number[]];
		const all = b.reshape(x.value, [size * batch, ...rest]);
		const result = b.emit("convolution", [all, kernel.value], attributes);
		return b.reshape(result, [size, batch, results, ...places]);
	}
	const [, , inner, ...window] = kernel.value.type.shape as [number, number, number, ...number[]];
	const spatial = places.map((_, axis) => axis);
	if (!x.batched) {
		const split = b.reshape(kernel.value, [size, groups, perGroup, inner, ...window]);
		const grouped = b.transpose(split, [1, 0, 2, 3, ...spatial.map((axis) => axis + 4)]);
		const weights = b.reshape(grouped, [groups * size * perGroup, inner, ...window]);
		const result = b.emit("convolution", [x.value, weights], attributes);
		const apart = b.reshape(result, [batch, groups, size, perGroup, ...places]);
		const front = b.transpose(apart, [2, 0, 1, 3, ...spatial.map((axis) => axis + 4)]);
		return b.reshape(front, [size, batch, results, ...places]);
	}
	const [, , channels, ...space] = x.value.type.shape as [number, number, number, ...number[]];
	const turned = b.transpose(x.value, [1, 0, 2, ...spatial.map((axis) => axis + 3)]);
	const result = b.emit(
		"convolution",
		[
			b.reshape(turned, [batch, size * channels, ...space]),
			b.reshape(kernel.value, [size * results, inner, ...window]),
		],
		{ ...attributes, groups: size * groups },
	);
	const apart = b.reshape(result, [batch, size, results, ...places]);
	return b.transpose(apart, [1, 0, 2, ...spatial.map((axis) => axis + 3)]);
};
