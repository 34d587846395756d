import { strict as assert } from "node:assert";
import { evaluators, interpret } from "../../compiler/ir/interpret.js";
import { IrError, primitives } from "../../compiler/ir/primitives/index.js";
import { read } from "../../compiler/ir/read.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { backends, compute, vector } from "../support/run.js";

describe("the reference interpreter", () => {
	it("has a row for every primitive", () => {
		assert.deepEqual([...evaluators.keys()].sort(), [...primitives.keys()].sort());
	});

	it("runs a function that was read from text", () => {
		const func = read(
			[
				"func shift(%0: i32[2,3], %1: i32[], %2: i32[2,1]) {",
				"  %3: i32[2,2] = dynamic_slice %0, %1 {axis=1, size=2}",
				"  %4: i32[2,3] = dynamic_update %0, %2, %1 {axis=1}",
				'  %5: i32[2,3] = constant {data=<9,8,7,6,5,4>, element="i32", shape=[2,3]}',
				"  %6: i32[2,3] = add %4, %5",
				"  return %3, %4, %6",
				"}",
			].join("\n"),
		);
		const x = tensor({ element: "i32", shape: [2, 3] }, [1, 2, 3, 4, 5, 6]);
		const update = tensor({ element: "i32", shape: [2, 1] }, [-1, -2]);
		const at = (start: number) =>
			interpret(func, [x, tensor({ element: "i32", shape: [] }, [start]), update]).map((r) => [...r.data]);
		assert.deepEqual(at(1), [
			[2, 3, 5, 6],
			[1, -1, 3, 4, -2, 6],
			[10, 7, 10, 10, 3, 10],
		]);
		// A window that would leave the tensor is moved inside.
		assert.deepEqual(at(7).slice(0, 2), [
			[2, 3, 5, 6],
			[1, 2, -1, 4, 5, -2],
		]);
		assert.deepEqual(at(-7)[0], [1, 2, 4, 5]);
	});

	it("refuses arguments of another type", () => {
		const func = read("func f(%0: f32[2]) {\n  return %0\n}");
		assert.throws(() => interpret(func, []), IrError);
		assert.throws(() => interpret(func, [vector("f64", 1, 2)]), IrError);
		assert.throws(() => interpret(func, [vector("f32", 1)]), IrError);
		assert.throws(
			() => interpret(func, [{ type: { element: "f32", shape: [2] }, data: new Float64Array(2) }]),
			IrError,
		);
	});

	it("rounds f32 after every operation", () => {
		for (const backend of backends) {
			const [sum] = compute(backend, [vector("f32", 16777216), vector("f32", 1)], (builder, [a, b]) => {
				if (a === undefined || b === undefined) throw new Error("two parameters");
				return [builder.emit("sub", [builder.emit("add", [a, b]), a])];
			});
			assert.deepEqual(sum, [0], backend.name);
		}
	});
});
