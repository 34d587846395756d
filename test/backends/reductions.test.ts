import { strict as assert } from "node:assert";
import fc from "fast-check";
import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import { Builder } from "../../compiler/ir/builder.js";
import type { Attributes, ElementType, Func, TensorData, Value } from "../../compiler/ir/ir.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { assertEachEquation, rowOf } from "../support/compare.js";
import { randomNumbers } from "../support/programs.js";

const { NaN: nan, NEGATIVE_INFINITY: lowest } = Number;

/** Runs the equations on the backend and compares each with the interpreter. */
function check(func: Func, args: readonly TensorData[]): void {
	const all = { ...func, results: func.equations.flatMap((equation) => equation.outputs) };
	const executable = wasmBackend.compile(all, 0);
	args.forEach((arg, k) => {
		executable.write(k, arg);
	});
	const records = executable.run(1);
	const computed = new Map(all.results.map((value, k) => [value, rowOf(records[k] as TensorData, 0)]));
	assertEachEquation(all, args, computed);
}

/** A parameter with those extents, seen through a permutation, and maybe turned round. */
function seen(builder: Builder, element: ElementType, extents: readonly number[], order: number): Value {
	const shape = [...extents];
	const x = builder.parameter({ element, shape });
	const axes = shape.map((_, axis) => axis);
	const turned = order % 2 === 0 ? x : builder.transpose(x, axes.toReversed());
	return order < 4 ? turned : builder.emit("reverse", [turned], { axes: [axes.length - 1] });
}

const numeric = ["reduce_sum", "reduce_prod", "reduce_max", "reduce_min"];
const operations: Readonly<Record<string, readonly string[]>> = {
	f32: numeric,
	f64: numeric,
	i32: numeric,
	bool: ["reduce_and", "reduce_or"],
};

describe("reductions and products on vectors", () => {
	for (const [element, names] of Object.entries(operations)) {
		for (const operation of names) {
			it(`${operation} of ${element} along and across neighbours`, () => {
				const extents = fc.array(fc.constantFrom(1, 2, 3, 5, 8, 13, 16, 35), { minLength: 1, maxLength: 3 });
				fc.assert(
					fc.property(extents, fc.nat(7), fc.nat(7), fc.nat(999), (shape, mask, order, seed) => {
						const builder = new Builder();
						const x = seen(builder, element as ElementType, shape, order);
						const axes = shape.map((_, axis) => axis).filter((axis) => (mask >> axis) & 1);
						const result = builder.emit(operation, [x], { axes });
						const [parameter] = builder.parameters as [Value];
						check(builder.build("reduction", [result]), [
							tensor(parameter.type, randomNumbers(parameter.type, seed)),
						]);
					}),
					{ numRuns: 60 },
				);
			});
		}
	}

	it("extrema keep nan, infinities and the order of zeros wherever they stand", () => {
		for (const element of ["f32", "f64"] as const) {
			for (const [numbers, largest] of [
				[[-0, 0], 0],
				[[lowest, lowest], lowest],
				[[1, nan], nan],
			] as const) {
				for (let place = 0; place < 37; place++) {
					const data = Array.from({ length: 37 }, (_, k) => (k === place ? numbers[1] : numbers[0]));
					const builder = new Builder();
					const x = builder.parameter({ element, shape: [37] });
					const executable = wasmBackend.compile(
						builder.build("extremum", [builder.emit("reduce_max", [x], { axes: [0] })]),
						0,
					);
					executable.write(0, tensor(x.type, data));
					assert.ok(Object.is(executable.run(1)[0]?.data[0], largest), `${largest} at ${place}`);
				}
			}
		}
	});

	for (const element of ["f32", "f64", "i32"] as const) {
		it(`products of ${element} of all shapes: matrices, vectors, thin ones, in batches`, () => {
			const extent = fc.constantFrom(1, 2, 3, 4, 7, 8, 9, 17, 33);
			fc.assert(
				fc.property(extent, extent, extent, fc.constantFrom(0, 1, 3), fc.nat(3), (m, n, k, lanes, order) => {
					const builder = new Builder();
					const outer = lanes === 0 ? [] : [lanes];
					const [first, second] = [order & 1, (order >> 1) & 1];
					const a = builder.parameter({ element, shape: [...outer, ...(first === 0 ? [m, k] : [k, m])] });
					const b = builder.parameter({ element, shape: [...outer, ...(second === 0 ? [k, n] : [n, k])] });
					const base = outer.length;
					const attributes: Attributes = {
						contract: [[base + (first === 0 ? 1 : 0)], [base + (second === 0 ? 0 : 1)]],
						batch: [outer.map((_, axis) => axis), outer.map((_, axis) => axis)],
					};
					const func = builder.build("product", [builder.emit("dot", [a, b], attributes)]);
					check(
						func,
						func.parameters.map(({ type }, side) => tensor(type, randomNumbers(type, m + n + k + side))),
					);
				}),
				{ numRuns: 150 },
			);
		});
	}
});
