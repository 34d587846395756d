import type { ElementType } from "../ir.js";
import {
	extent,
	input,
	integerOf,
	isNumeric,
	type Primitive,
	require,
	sameShape,
	showType,
} from "./primitive.js";

function scatter(name: string, accepts: (element: ElementType) => boolean): Primitive {
	return {
		name,
		arity: [3, 3],
		attributes: { axis: "integer", batch: "integer" },
		infer(inputs, attributes) {
			const [operand, indices, updates] = [input(inputs, 0), input(inputs, 1), input(inputs, 2)];
			const [axis, batch] = [integerOf(attributes, "axis"), integerOf(attributes, "batch")];
			require(indices.element === "i32", () => "indices must be i32");
			require(updates.element === operand.element && accepts(operand.element), () =>
				`elements ${operand.element} and ${updates.element} are not accepted`);
			require(batch <= indices.shape.length && batch <= axis, () =>
				`batch ${batch} exceeds axis ${axis} or the rank of ${showType(indices)}`);
			const size = extent(operand, axis);
			const expected = [
				...operand.shape.slice(0, axis),
				...indices.shape.slice(batch),
				...operand.shape.slice(axis + 1),
			];
			require(sameShape(updates.shape, expected) &&
				sameShape(operand.shape.slice(0, batch), indices.shape.slice(0, batch)), () =>
				`the updates ${showType(updates)} must be [${expected.join(",")}]`);
			require(size > 0 || updates.shape.includes(0), () => `axis ${axis} of ${showType(operand)} is empty`);
			return operand;
		},
	};
}

/**
 * scatter_set(operand, indices, updates): the operand with rows along `axis` replaced; the updates are shaped like the
 * result of `gather` with the same indices and attributes. Of updates at one place the last one in row-major order
 * wins. `scatter_min` and `scatter_max` keep the extremum of the operand and the updates at each place.
 */
export const scatters: readonly Primitive[] = [
	scatter("scatter_set", () => true),
	scatter("scatter_min", isNumeric),
	scatter("scatter_max", isNumeric),
];
