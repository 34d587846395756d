import type { Value } from "../../ir/ir.js";
import { integerOf } from "../../ir/primitives/primitive.js";
import { scan } from "../../ir/regions.js";
import { type BatchRule, rowsOf } from "./rule.js";

/** A loop over the lanes, for operations that have no form for many of them. */
export const laneByLane: BatchRule = ({ builder, size, operation, inputs, attributes }) => {
	const sequences = inputs.flatMap(({ value, batched }) => (batched ? [value] : []));
	return scan(builder, { init: [], sequences, length: size }, (inner, _carries, elements) => {
		let next = 0;
		const own = inputs.map(({ value, batched }) => (batched ? (elements[next++] as Value) : value));
		return { carries: [], elements: [inner.emit(operation, own, attributes)] };
	})[0] as Value;
};

const alongAxis: BatchRule = (lanes) =>
	lanes.builder.emit(
		lanes.operation,
		lanes.inputs.map((_, k) => rowsOf(lanes, k)),
		{ ...lanes.attributes, axis: integerOf(lanes.attributes, "axis") + 1 },
	);

const rows = (names: string, rule: BatchRule): Record<string, BatchRule> =>
	Object.fromEntries(names.split(" ").map((name) => [name, rule]));

/** Running operations, windows, scatters and routines of linear algebra. */
export const furtherBatchRules: Readonly<Record<string, BatchRule>> = {
	...rows("cumprod cummax cummin cumlogsumexp argsort", alongAxis),
	...rows(
		"linear_recurrence convolution window_sum window_max window_min window_argmax window_argmin",
		laneByLane,
	),
	...rows("scatter_set scatter_min scatter_max searchsorted", laneByLane),
	...rows(
		"cholesky triangular_solve solve log_abs_determinant determinant_sign linear_assignment",
		laneByLane,
	),
	...rows("qr_q qr_r svd_u svd_values svd_v eigh_values eigh_vectors", laneByLane),
};
