import { strict as assert } from "node:assert";
import fc from "fast-check";
import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import { splitInvariant } from "../../compiler/backends/wasm/invariant.js";
import { Builder } from "../../compiler/ir/builder.js";
import type { Func, TensorData } from "../../compiler/ir/ir.js";
import { primitives, regionPrimitives } from "../../compiler/ir/primitives/index.js";
import { print } from "../../compiler/ir/print.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { assertSame, rowOf } from "../support/compare.js";
import { Choices, Maker, randomNumbers } from "../support/programs.js";
import { scalar, typeOf, vector } from "../support/run.js";

const operationsBefore = (func: Func, carried: number): string[] =>
	(splitInvariant(func, carried)?.before.equations ?? []).map((equation) => equation.operation);

describe("what all steps share", () => {
	it("is the frozen part of a step, without what only spreads numbers", () => {
		const builder = new Builder();
		const weights = builder.parameter(typeOf("f32", 4, 3));
		const [frozen, data] = [builder.parameter(typeOf("f32", 5, 4)), builder.parameter(typeOf("f32", 9, 5))];
		const offset = builder.parameter(typeOf("f32", 4));
		const product = builder.emit("dot", [data, frozen], { contract: [[1], [0]], batch: [[], []] });
		const features = builder.emit("tanh", [
			builder.emit("add", [product, builder.broadcast(offset, [9, 4])]),
		]);
		const spread = builder.emit("neg", [builder.broadcast(offset, [9, 4])]);
		const outputs = builder.emit("dot", [builder.emit("add", [features, spread]), weights], {
			contract: [[1], [0]],
			batch: [[], []],
		});
		const next = builder.emit("add", [weights, builder.broadcast(builder.sum(outputs), [4, 3], [])]);
		const func = builder.build("step", [next, frozen]);
		assert.deepEqual(operationsBefore(func, 1), ["dot", "broadcast", "add", "tanh", "neg", "add"]);
		assert.deepEqual(operationsBefore(func, 0), []);
	});

	it("counts what is carried unchanged as fixed", () => {
		const builder = new Builder();
		const [count, still] = [builder.parameter(typeOf("f64")), builder.parameter(typeOf("f64", 3))];
		const total = builder.sum(builder.emit("exp", [still]));
		const func = builder.build("step", [builder.emit("add", [count, total]), still]);
		assert.deepEqual(operationsBefore(func, 2), ["exp", "reduce_sum"]);
		const executable = wasmBackend.compile(func, 2);
		executable.write(0, scalar("f64", 0));
		executable.write(1, vector("f64", 0, 0, 0));
		executable.run(2);
		assert.equal(executable.read(0).data[0], 6);
		executable.write(1, vector("f64", 0, 0, Number.NEGATIVE_INFINITY));
		executable.run(1);
		assert.equal(executable.read(0).data[0], 8);
		executable.run(0);
		executable.run(1);
		assert.equal(executable.read(0).data[0], 10);
	});

	it("keeps no more than 64 MiB", () => {
		const builder = new Builder();
		const [count, x] = [builder.parameter(typeOf("f64")), builder.parameter(typeOf("f64", 3000))];
		const square = builder.emit("dot", [x, x], { contract: [[], []], batch: [[], []] });
		const func = builder.build("step", [builder.emit("add", [count, builder.sum(square)])]);
		assert.deepEqual(operationsBefore(func, 1), ["dot", "reduce_sum"]);
		const all = builder.emit("add", [square, builder.broadcast(count, [3000, 3000], [])]);
		const large = builder.build("step", [builder.emit("reduce_sum", [all], { axes: [0, 1] })]);
		assert.deepEqual(operationsBefore(large, 1), []);
	});

	it("changes no number of random programs", () => {
		const names = [...primitives.keys(), ...regionPrimitives.keys()];
		let split = 0;
		fc.assert(
			fc.property(
				fc.array(fc.constantFrom(...names), { minLength: 2, maxLength: 12 }),
				fc.array(fc.nat(9999), { minLength: 8, maxLength: 40 }),
				(operations, numbers) => {
					const maker = new Maker(new Choices(numbers));
					for (const operation of operations) maker.emit(operation);
					const { builder } = maker;
					const built = builder.build("step", []);
					const state = built.parameters.find(({ type }) => type.element !== "bool");
					if (state === undefined) return;
					const next = builder.emit("neg", [state]);
					const results = [next, ...new Set(maker.values.slice(-6))];
					const parameters = [state, ...built.parameters.filter((value) => value !== state)];
					const func = { ...builder.build("step", results), parameters };
					if (splitInvariant(func, 1) !== undefined) split++;
					const carrying = wasmBackend.compile(func, 1);
					const single = wasmBackend.compile(func, 0);
					for (const round of [0, 1]) {
						const args = parameters.map(({ type }, k) => tensor(type, randomNumbers(type, k + round)));
						args.forEach((arg, k) => {
							carrying.write(k, arg);
							single.write(k, arg);
						});
						const records = carrying.run(3);
						for (let step = 0; step < 3; step++) {
							const [replaced, ...others] = single.run(1).map((record) => rowOf(record, 0));
							others.forEach((expected, k) => {
								assertSame(rowOf(records[k] as TensorData, step), expected, print(func));
							});
							single.write(0, replaced as TensorData);
						}
					}
				},
			),
			{ numRuns: 150 },
		);
		assert.ok(split > 50, `only ${split} programs had a part that all steps share`);
	}).timeout(30000);
});
