import { strict as assert } from "node:assert";
import type { Attributes, TensorType } from "../../compiler/ir/ir.js";
import { inferType } from "../../compiler/ir/primitives/index.js";
import { typeOf } from "../support/run.js";

const windows: Attributes = { stride: [1], low: [0], high: [0], dilation: [1], input_dilation: [1] };
const f32 = (...shape: number[]): TensorType => typeOf("f32", ...shape);

describe("types of operations", () => {
	it("count the places of windows", () => {
		const spread = { stride: [2], low: [1], high: [-1], dilation: [3], input_dilation: [2], groups: 2 };
		// 4 elements spread to 7, padded to 7; windows cover 4: places 0 and 2.
		assert.deepEqual(inferType("convolution", [f32(5, 6, 4), f32(8, 3, 2)], spread), f32(5, 8, 2));
		assert.deepEqual(inferType("window_sum", [f32(4)], { ...windows, window: [4] }), f32(1));
		assert.deepEqual(inferType("window_argmax", [f32(4)], { ...windows, window: [3] }), typeOf("i32", 2));
	});

	const refused: readonly (readonly [string, readonly TensorType[], Attributes, RegExp])[] = [
		["convolution", [f32(1, 4, 9), f32(3, 2, 3)], { ...windows, groups: 2 }, /do not form 2 groups/],
		["convolution", [f32(1, 4, 9), f32(4, 4, 3)], { ...windows, groups: 0 }, /do not form 0 groups/],
		["convolution", [f32(1, 4, 2), f32(4, 4, 3)], { ...windows, groups: 1 }, /3 does not fit in 2/],
		["convolution", [f32(4, 9), f32(4, 3)], { ...windows, groups: 1 }, /spatial axes/],
		["convolution", [f32(1, 4, 9), f32(4, 4, 3)], { ...windows, groups: 1, stride: [0] }, /at least 1/],
		["convolution", [f32(1, 4, 9), f32(4, 4, 3)], { ...windows, groups: 1, low: [0, 0] }, /2 numbers for 1/],
		["convolution", [f32(1, 4, 9), f32(4, 4, 3)], { ...windows, groups: 1, low: [0.5] }, /list of integers/],
		["window_max", [f32(0)], { ...windows, window: [1] }, /at least 1/],
		["window_max", [typeOf("bool", 3)], { ...windows, window: [1] }, /bool are not accepted/],
		["scatter_set", [f32(3), typeOf("i32", 2), f32(3)], { axis: 0, batch: 0 }, /must be \[2\]/],
		["scatter_max", [f32(3), f32(2), f32(2)], { axis: 0, batch: 0 }, /indices must be i32/],
		["scatter_set", [f32(0), typeOf("i32", 2), f32(2)], { axis: 0, batch: 0 }, /is empty/],
		["argsort", [f32(3)], { axis: 0, descending: 1 }, /must be true or false/],
		["argsort", [f32(3)], { axis: 1, descending: false }, /not an axis/],
		["searchsorted", [f32(2, 3), f32(3, 2)], { right: true }, /must begin with/],
		["cholesky", [f32(2, 3)], {}, /must be square/],
		["cholesky", [typeOf("i32", 2, 2)], {}, /i32 are not accepted/],
		["solve", [f32(2, 2), f32(2)], {}, /equal elements and ranks/],
		["solve", [f32(2, 2), f32(3, 1)], {}, /batch and the rows/],
		["linear_assignment", [f32(3)], {}, /must be square/],
		["linear_recurrence", [f32(3), f32(4)], { axis: 0 }, /must be equal/],
		["polygamma", [f32(), typeOf("f64")], {}, /must be equal/],
	];
	for (const [operation, inputs, attributes, message] of refused) {
		it(`refuse ${operation} where ${message.source}`, () => {
			assert.throws(() => inferType(operation, inputs, attributes), { name: "IrError", message });
		});
	}
});
