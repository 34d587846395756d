import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import { Builder } from "../../compiler/ir/builder.js";
import { interpret } from "../../compiler/ir/interpret.js";
import type { Attributes, ElementType, TensorData, Value } from "../../compiler/ir/ir.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { gradients } from "../../compiler/transform/reverse.js";
import { assertClose, rowOf } from "../support/compare.js";
import { randomNumbers } from "../support/programs.js";

const plain = (rank: number): Attributes => {
	const [zeros, ones] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(1)];
	return { stride: ones, low: zeros, high: zeros, dilation: ones, input_dilation: ones, groups: 1 };
};

/** What no random program reaches: operands of many blocks, along every axis that is walked in blocks. */
const cases: readonly (readonly [string, readonly number[], readonly number[], Attributes])[] = [
	["many channels", [1, 70, 6, 7], [5, 70, 3, 3], { ...plain(2), low: [1, 1], high: [1, 1] }],
	["long windows", [1, 2, 1300], [3, 2, 700], { ...plain(1), stride: [2] }],
	["large windows", [1, 1, 40, 45], [2, 1, 26, 27], plain(2)],
	["many places", [2, 8, 70, 41], [4, 8, 3, 3], { ...plain(2), high: [1, 2], stride: [1, 2] }],
	["a large batch", [150, 10, 6, 6], [9, 10, 3, 3], plain(2)],
	["groups of many channels", [3, 120, 9], [8, 60, 9], { ...plain(1), low: [4], high: [4], groups: 2 }],
];

describe("blocks of convolutions", () => {
	for (const [name, x, kernel, attributes] of cases) {
		for (const element of ["f32", "f64"] as readonly ElementType[]) {
			it(`${name}, ${element}`, () => {
				const builder = new Builder();
				const inputs = [x, kernel].map((shape) => builder.parameter({ element, shape }));
				const func = builder.build("convolve", [builder.emit("convolution", inputs, attributes)]);
				const args = inputs.map(({ type }, k) => tensor(type, randomNumbers(type, k + 1)));
				const executable = wasmBackend.compile(func, 0);
				args.forEach((arg, k) => {
					executable.write(k, arg);
				});
				const actual = rowOf(executable.run(1)[0] as TensorData, 0);
				const expected = interpret(func, args)[0] as TensorData;
				// Elements are at most 3, so that sums of n products stay far below 9 n.
				const terms = kernel.slice(1).reduce((product, n) => product * n, 1);
				const tolerance = 9 * terms * (element === "f32" ? 2 ** -22 : 2 ** -50);
				assertClose(actual, expected, () => tolerance, name);
			});
		}
	}

	it("derivatives of a convolution with large operands agree on both backends", () => {
		const builder = new Builder();
		const type = (shape: readonly number[]) => ({ element: "f64" as const, shape });
		const inputs = [builder.parameter(type([2, 3, 12, 13])), builder.parameter(type([4, 3, 3, 3]))];
		const result = builder.emit("convolution", inputs, { ...plain(2), stride: [2, 1], low: [1, 5] });
		const slopes = gradients(builder, builder.sum(builder.emit("sin", [result])), inputs);
		const func = builder.build("slopes", slopes);
		const args = inputs.map((value: Value, k) => tensor(value.type, randomNumbers(value.type, k + 1)));
		const executable = wasmBackend.compile(func, 0);
		args.forEach((arg, k) => {
			executable.write(k, arg);
		});
		const records = executable.run(1);
		interpret(func, args).forEach((expected, k) => {
			assertClose(rowOf(records[k] as TensorData, 0), expected, () => 1e-10, `slope ${k}`);
		});
	});
});
