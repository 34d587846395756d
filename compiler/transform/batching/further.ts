import { sizeOf, type Value } from "../../ir/ir.js";
import { integerOf, integersOf, signedOf } from "../../ir/primitives/primitive.js";
import { convolution } from "./convolution.js";
import { type BatchRule, inputAt, type Lanes, rowsOf } from "./rule.js";

const allRows = (lanes: Lanes): Value[] => lanes.inputs.map((_, k) => rowsOf(lanes, k));

/** Operations on the last axes: the lanes are one more leading axis. */
const leading: BatchRule = (lanes) => lanes.builder.emit(lanes.operation, allRows(lanes), lanes.attributes);

const alongAxis: BatchRule = (lanes) =>
	lanes.builder.emit(lanes.operation, allRows(lanes), {
		...lanes.attributes,
		axis: integerOf(lanes.attributes, "axis") + 1,
	});

const alongAxes: BatchRule = (lanes) =>
	lanes.builder.emit(lanes.operation, allRows(lanes), {
		...lanes.attributes,
		axes: integersOf(lanes.attributes, "axes").map((axis) => axis + 1),
	});

/** Along the axis of lanes a window is one element. */
const window: BatchRule = (lanes) => {
	const { builder, attributes, size, type, operation } = lanes;
	const shape = [size, ...type.shape];
	// Windows do not slide along nothing.
	if (size === 0) return builder.zeros({ ...type, shape });
	const one = Object.fromEntries(
		["stride", "dilation", "input_dilation", "window"].map((name) => [
			name,
			[1, ...integersOf(attributes, name)],
		]),
	);
	const none = Object.fromEntries(["low", "high"].map((name) => [name, [0, ...signedOf(attributes, name)]]));
	const x = rowsOf(lanes, 0);
	const result = builder.emit(operation, [x], { ...one, ...none });
	if (operation !== "window_argmax") return result;
	// Places are counted in all of x: those of a lane begin where it begins. -1 is no place.
	const lane = builder.emit("iota", [], { shape, axis: 0, element: "i32" });
	const begin = builder.emit("mul", [lane, builder.fill(sizeOf(x.type.shape) / size, lane.type)]);
	const met = builder.emit("ge", [result, builder.zeros(result.type)]);
	return builder.emit("select", [met, builder.emit("sub", [result, begin]), result]);
};

const scatter: BatchRule = (lanes) => {
	const { builder, operation, attributes } = lanes;
	const indices = inputAt(lanes, 1);
	const axis = integerOf(attributes, "axis") + 1;
	const batch = integerOf(attributes, "batch");
	if (batch === 0 && !indices.batched) {
		return builder.emit(operation, [rowsOf(lanes, 0), indices.value, rowsOf(lanes, 2)], { axis, batch });
	}
	return builder.emit(operation, allRows(lanes), { axis, batch: batch + 1 });
};

const searchsorted: BatchRule = (lanes) => {
	const { builder, operation, attributes } = lanes;
	const [sorted, values] = [inputAt(lanes, 0), inputAt(lanes, 1)];
	// One line for all values: those of all lanes are more of them.
	if (!sorted.batched && sorted.value.type.shape.length === 1)
		return builder.emit(operation, [sorted.value, values.value], attributes);
	return leading(lanes);
};

/** Of one matrix for all lanes, the right sides of the lanes stand side by side: it is factored once. */
const system: BatchRule = (lanes) => {
	const { builder, operation, attributes, size, type } = lanes;
	const [matrix, right] = [inputAt(lanes, 0), inputAt(lanes, 1)];
	if (matrix.batched) return leading(lanes);
	const rank = type.shape.length;
	const [outer, columns] = [type.shape.slice(0, -1), type.shape.at(-1) as number];
	const axes = Array.from({ length: rank - 1 }, (_, axis) => axis);
	const beside = builder.transpose(right.value, [...axes.map((axis) => axis + 1), 0, rank]);
	const solved = builder.emit(
		operation,
		[matrix.value, builder.reshape(beside, [...outer, size * columns])],
		attributes,
	);
	return builder.transpose(builder.reshape(solved, [...outer, size, columns]), [rank - 1, ...axes, rank]);
};

const rows = (names: string, rule: BatchRule): Record<string, BatchRule> =>
	Object.fromEntries(names.split(" ").map((name) => [name, rule]));

/** Running operations, windows, scatters and routines of linear algebra. */
export const furtherBatchRules: Readonly<Record<string, BatchRule>> = {
	...rows("cumprod cummax cumlogsumexp linear_recurrence argsort", alongAxis),
	convolution,
	...rows("window_sum window_max window_argmax", window),
	...rows("scatter_set scatter_min scatter_max", scatter),
	searchsorted,
	...rows("triangular_solve solve", system),
	...rows("cholesky log_abs_determinant determinant_sign linear_assignment", leading),
	...rows("qr_q qr_r svd_u svd_values svd_v eigh_values eigh_vectors", leading),
	fourier: alongAxes,
};
