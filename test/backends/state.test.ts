import { strict as assert } from "node:assert";
import fc from "fast-check";
import { interpreterBackend } from "../../compiler/backends/interpreter.js";
import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import { Builder } from "../../compiler/ir/builder.js";
import type { Func, TensorData, Value } from "../../compiler/ir/ir.js";
import { IrError } from "../../compiler/ir/primitives/index.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { assertClose } from "../support/compare.js";
import { Choices, randomNumbers } from "../support/programs.js";
import { backends, scalar, typeOf, vector } from "../support/run.js";

function program(make: (builder: Builder) => readonly Value[]): Func {
	const builder = new Builder();
	return builder.build("state", make(builder));
}

const numbers = (record: TensorData | undefined): number[] => Array.from(record?.data ?? []);

for (const backend of backends) {
	describe(`state on ${backend.name}`, () => {
		it("carries results and records the others, row by row", () => {
			const func = program((builder) => {
				const [count, step] = [builder.parameter(typeOf("i32")), builder.parameter(typeOf("i32"))];
				const next = builder.emit("add", [count, step]);
				const even = builder.emit("eq", [
					builder.emit("mod", [next, builder.scalar(2, "i32")]),
					builder.scalar(0, "i32"),
				]);
				return [next, count, even, builder.broadcast(next, [2], [])];
			});
			const executable = backend.compile(func, 1);
			executable.write(0, scalar("i32", 5));
			executable.write(1, scalar("i32", 3));
			const [before, even, pair] = executable.run(3);
			assert.deepEqual(before?.type, typeOf("i32", 3));
			assert.deepEqual(numbers(before), [5, 8, 11]);
			assert.deepEqual(even?.data, Uint8Array.of(1, 0, 1));
			assert.deepEqual(pair?.type, typeOf("i32", 3, 2));
			assert.deepEqual(numbers(pair), [8, 8, 11, 11, 14, 14]);
			assert.deepEqual(numbers(executable.read(0)), [14]);
			assert.deepEqual(numbers(executable.read(1)), [3]);
			assert.deepEqual(numbers(executable.run(1)[0]), [14]);
		});

		it("permutes carried parameters all at once", () => {
			const func = program((builder) => {
				const [a, b, c] = [1, 2, 3].map(() => builder.parameter(typeOf("f32", 2))) as [Value, Value, Value];
				return [b, c, a];
			});
			const executable = backend.compile(func, 3);
			[10, 20, 30].forEach((x, k) => {
				executable.write(k, vector("f32", x, x + 1));
			});
			executable.run(1);
			assert.deepEqual(
				[0, 1, 2].map((k) => numbers(executable.read(k))),
				[
					[20, 21],
					[30, 31],
					[10, 11],
				],
			);
			executable.run(5);
			assert.deepEqual(numbers(executable.read(0)), [10, 11]);
		});

		it("carries views of a parameter into that parameter", () => {
			const func = program((builder) => {
				const x = builder.parameter(typeOf("f64", 2, 2));
				return [builder.transpose(x, [1, 0]), x];
			});
			const executable = backend.compile(func, 1);
			executable.write(0, tensor(typeOf("f64", 2, 2), [1, 2, 3, 4]));
			assert.deepEqual(numbers(executable.run(2)[0]), [1, 2, 3, 4, 1, 3, 2, 4]);
			assert.deepEqual(numbers(executable.read(0)), [1, 2, 3, 4]);
		});

		it("records more steps than fit in one piece", () => {
			const func = program((builder) => {
				const x = builder.parameter(typeOf("i32"));
				return [builder.emit("add", [x, builder.scalar(1, "i32")]), x];
			});
			const executable = backend.compile(func, 1);
			const count = 10000;
			assert.deepEqual(
				numbers(executable.run(count)[0]),
				Array.from({ length: count }, (_, k) => k),
			);
		});

		it("does nothing in no steps, and starts from zero", () => {
			const func = program((builder) => {
				const x = builder.parameter(typeOf("f32", 2));
				return [builder.emit("cos", [x]), x];
			});
			const executable = backend.compile(func, 1);
			const [record] = executable.run(0);
			assert.deepEqual(record?.type, typeOf("f32", 0, 2));
			assert.deepEqual(numbers(executable.read(0)), [0, 0]);
			executable.run(1);
			assert.deepEqual(numbers(executable.read(0)), [1, 1]);
		});

		it("gives copies: what is read does not change afterwards", () => {
			const func = program((builder) => {
				const x = builder.parameter(typeOf("f32", 1));
				return [builder.emit("add", [x, builder.fill(1, x.type)])];
			});
			const executable = backend.compile(func, 1);
			const written = vector("f32", 1);
			executable.write(0, written);
			const read = executable.read(0);
			executable.run(1);
			assert.deepEqual(numbers(read), [1]);
			assert.deepEqual(numbers(written), [1]);
			assert.deepEqual(numbers(executable.read(0)), [2]);
		});

		it("refuses what does not fit", () => {
			const func = program((builder) => {
				const x = builder.parameter(typeOf("f32", 2));
				return [builder.sum(x)];
			});
			assert.throws(() => backend.compile(func, 1), IrError);
			assert.throws(() => backend.compile(func, 2), IrError);
			const executable = backend.compile(func, 0);
			assert.throws(() => executable.write(0, vector("f64", 1, 2)), RangeError);
			assert.throws(() => executable.write(0, vector("f32", 1)), RangeError);
			assert.throws(() => executable.write(1, vector("f32", 1)), RangeError);
			assert.throws(
				() => executable.write(0, { type: typeOf("f32", 2), data: new Float32Array(3) }),
				RangeError,
			);
			assert.throws(() => executable.read(1), RangeError);
			assert.throws(() => executable.run(-1), RangeError);
			assert.throws(() => executable.run(0.5), RangeError);
		});
	});
}

/** Sizes around those of tiles and of the depth that is packed at once. */
const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33];
const depths = [1, 2, 3, 5, 64, 511, 512, 513, 1030];

describe("matrix products of the embedded backend", () => {
	it("agree with the interpreter at every edge, in every layout", () => {
		fc.assert(
			fc.property(fc.array(fc.nat(9999), { minLength: 10, maxLength: 20 }), (list) => {
				const choices = new Choices(list);
				const [rows, columns, count] = [choices.pick(sizes), choices.pick(sizes), choices.pick(depths)];
				const batch = choices.pick([1, 1, 3]);
				const element = choices.pick(["f32", "f64"] as const);
				const builder = new Builder();
				const operand = (own: number) => {
					const order = choices.permutation(3);
					const extents = [batch, own, count];
					const x = builder.parameter(typeOf(element, ...order.map((k) => extents[k] as number)));
					const turned =
						choices.below(3) === 0 ? builder.emit("reverse", [x], { axes: [choices.below(3)] }) : x;
					return { value: turned, axis: (k: number) => order.indexOf(k) };
				};
				const [a, b] = [operand(rows), operand(columns)];
				const product = builder.emit("dot", [a.value, b.value], {
					contract: [[a.axis(2)], [b.axis(2)]],
					batch: [[a.axis(0)], [b.axis(0)]],
				});
				const func = builder.build("product", [product]);
				const [expected, actual] = [interpreterBackend, wasmBackend].map((backend) => {
					const executable = backend.compile(func, 0);
					func.parameters.forEach(({ type }, k) => {
						executable.write(k, tensor(type, randomNumbers(type, k + rows)));
					});
					return executable.run(1)[0] as TensorData;
				}) as [TensorData, TensorData];
				const precision = element === "f32" ? 2 ** -24 : 2 ** -53;
				assertClose(actual, expected, () => 16 * count * precision, `${rows} x ${columns} x ${count}`);
			}),
			{ numRuns: 120 },
		);
	}).timeout(20000);
});
