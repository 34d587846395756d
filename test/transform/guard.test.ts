import { strict as assert } from "node:assert";
import type { Builder } from "../../compiler/ir/builder.js";
import { Builder as IrBuilder } from "../../compiler/ir/builder.js";
import type { Value } from "../../compiler/ir/ir.js";
import { IrError } from "../../compiler/ir/primitives/index.js";
import { gradients, vjp } from "../../compiler/transform/reverse.js";
import { backends, compute, scalar, typeOf, vector } from "../support/run.js";

/** if x > 0 then f(x) else 0, per element, as elaboration writes it. */
function positiveOnly(builder: Builder, x: Value, f: (x: Value) => Value): Value {
	const condition = builder.emit("gt", [x, builder.zeros(x.type)]);
	return builder.emit("select", [condition, f(builder.emit("guard", [x, condition])), builder.zeros(x.type)]);
}

for (const backend of backends) {
	describe(`derivatives of branches on ${backend.name}`, () => {
		it("no nan of the branch not taken arrives, at first and second order", () => {
			const [slopes, curvatures] = compute(backend, [vector("f64", 0, 1, 4, -1)], (builder, [x]) => {
				const input = x as Value;
				const root = positiveOnly(builder, input, (v) => builder.emit("log", [builder.emit("sqrt", [v])]));
				const [slope] = gradients(builder, builder.sum(root), [input]);
				const [curvature] = gradients(builder, builder.sum(slope as Value), [input]);
				return [slope as Value, curvature as Value];
			});
			assert.deepEqual(slopes, [0, 0.5, 0.125, 0]);
			assert.deepEqual(curvatures, [0, -0.5, -0.03125, 0]);
		});

		it("without the guard nan does arrive", () => {
			const [slopes] = compute(backend, [vector("f64", 0)], (builder, [x]) => {
				const input = x as Value;
				const condition = builder.emit("gt", [input, builder.zeros(input.type)]);
				const inverse = builder.emit("log", [input]);
				const value = builder.emit("select", [condition, inverse, builder.zeros(input.type)]);
				return gradients(builder, builder.sum(value), [input]);
			});
			assert.deepEqual(slopes, [Number.NaN]);
		});

		it("stop_gradient stops", () => {
			const [slope] = compute(backend, [scalar("f32", 3)], (builder, [x]) => {
				const input = x as Value;
				const held = builder.emit("stop_gradient", [input]);
				return gradients(builder, builder.emit("mul", [held, input]), [input]);
			});
			assert.deepEqual(slope, [3]);
		});

		it("each variable counts as independent, also where one is computed from another", () => {
			const [byX, byY] = compute(backend, [scalar("f64", 0)], (builder, [x]) => {
				const y = builder.emit("sin", [x as Value]);
				return gradients(builder, builder.emit("exp", [y]), [x as Value, y]);
			});
			assert.deepEqual([byX, byY], [[0], [1]]);
		});

		it("a fresh variable does not count other uses of the same value", () => {
			const [slope] = compute(backend, [scalar("f32", 3)], (builder, [x]) => {
				const variable = builder.fresh(x as Value);
				return gradients(builder, builder.emit("mul", [variable, x as Value]), [variable]);
			});
			assert.deepEqual(slope, [3]);
		});
	});
}

describe("gradients", () => {
	it("are zero where the loss does not depend on the variable", () => {
		const builder = new IrBuilder();
		const [a, b] = [builder.parameter(typeOf("f32")), builder.parameter(typeOf("f32", 2))];
		const [slope] = gradients(builder, builder.emit("exp", [a]), [b]);
		assert.deepEqual(builder.definition(slope as Value)?.attributes, {
			value: 0,
			element: "f32",
			shape: [2],
		});
	});

	it("refuse losses that are no scalar floats, and cotangents of another type", () => {
		const builder = new IrBuilder();
		const x = builder.parameter(typeOf("f32", 2));
		const n = builder.parameter(typeOf("i32"));
		assert.throws(() => gradients(builder, x, [x]), IrError);
		assert.throws(() => gradients(builder, n, [x]), IrError);
		assert.throws(() => gradients(builder, builder.sum(x), [n]), IrError);
		assert.throws(() => vjp(builder, [x], [n], [x]), IrError);
		assert.throws(() => vjp(builder, [x], [], [x]), IrError);
	});
});
