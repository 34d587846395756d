import { strict as assert } from "node:assert";
import fc from "fast-check";
import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import { lowerings } from "../../compiler/backends/wasm/lower.js";
import { assemble } from "../../compiler/backends/wasm/module.js";
import { webAssembly } from "../../compiler/backends/wasm/webassembly.js";
import { Builder } from "../../compiler/ir/builder.js";
import { interpret } from "../../compiler/ir/interpret.js";
import type { Func, TensorData, Value } from "../../compiler/ir/ir.js";
import { primitives, regionPrimitives } from "../../compiler/ir/primitives/index.js";
import { print } from "../../compiler/ir/print.js";
import { call, functionOf, whileLoop } from "../../compiler/ir/regions.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { batch } from "../../compiler/transform/batch.js";
import { gradients } from "../../compiler/transform/reverse.js";
import { simplify } from "../../compiler/transform/simplify.js";
import { assertClose, assertEachEquation, assertSame, rowOf, withAllResults } from "../support/compare.js";
import {
	Choices,
	Maker,
	makers,
	type RandomProgram,
	randomNumbers,
	randomPrograms,
} from "../support/programs.js";
import { regionMakers } from "../support/regions.js";
import { typeOf } from "../support/run.js";

function runOnce(func: Func, args: readonly TensorData[]): Map<Value, TensorData> {
	const executable = wasmBackend.compile(func, 0);
	args.forEach((value, k) => {
		executable.write(k, value);
	});
	const records = executable.run(1);
	return new Map(func.results.map((value, k) => [value, rowOf(records[k] as TensorData, 0)]));
}

/** Every equation against the interpreter, then the fused program with its own results against the same numbers. */
function check({ func, args }: RandomProgram): void {
	const all = withAllResults(func);
	const computed = runOnce(all, args);
	assertEachEquation(func, args, computed);
	for (const [value, data] of runOnce(func, args)) {
		const expected = computed.get(value) ?? (args[func.parameters.indexOf(value)] as TensorData);
		assertSame(data, expected, `%${value.id} of\n${print(func)}`);
	}
}

describe("the embedded backend", () => {
	it("has a lowering and a generator of tests for every primitive", () => {
		const names = [...primitives.keys()].sort();
		const loops = [...regionPrimitives.keys()].sort();
		assert.deepEqual([...lowerings.keys()].sort(), [...names, ...loops].sort());
		assert.deepEqual(Object.keys(makers).sort(), names);
		assert.deepEqual(Object.keys(regionMakers).sort(), loops);
	});

	for (const operation of primitives.keys()) {
		it(`computes ${operation} like the interpreter`, () => {
			fc.assert(fc.property(randomPrograms([operation], 3), check), { numRuns: 25, seed: 1 });
		});
	}

	for (const operation of regionPrimitives.keys()) {
		it(`computes ${operation} like the interpreter`, () => {
			fc.assert(fc.property(randomPrograms([operation], 3), check), { numRuns: 60, seed: 1 });
		});
	}

	it("computes random programs with regions like the interpreter", () => {
		const names = [
			...primitives.keys(),
			...[...regionPrimitives.keys()].flatMap((name) => [name, name, name]),
		];
		fc.assert(fc.property(randomPrograms(names, 8), check), { numRuns: 100 });
	}).timeout(30000);

	it("computes derivatives of random programs with regions, and many lanes of them, like the interpreter", () => {
		const loops = [...regionPrimitives.keys()];
		let checked = 0;
		fc.assert(
			fc.property(
				fc.array(fc.constantFrom(...loops, "dot", "reduce_sum", "mul"), { minLength: 1, maxLength: 4 }),
				fc.array(fc.nat(9999), { minLength: 8, maxLength: 30 }),
				(operations, numbers) => {
					const maker = new Maker(new Choices(numbers), ["f64", "i32", "bool"]);
					maker.bounded = true;
					for (const operation of operations) maker.emit(operation);
					const { builder } = maker;
					const output = maker.values.at(-1) as Value;
					const wrt = builder.parameters.filter(({ type }) => type.element === "f64");
					if (output.type.element !== "f64" || wrt.length === 0) return;
					checked++;
					const loss = builder.sum(builder.emit("sin", [output]));
					const func = builder.build("slopes", gradients(builder, loss, wrt));
					const which = func.parameters.map((_, k) => k % 2 === 0);
					for (const program of [func, simplify(func), simplify(batch(func, 3, which))]) {
						const args = program.parameters.map(({ type }, k) => tensor(type, randomNumbers(type, k)));
						const expected = interpret(program, args);
						[...runOnce(program, args)].forEach(([value, actual]) => {
							const wanted = expected[program.results.indexOf(value)] as TensorData;
							const scale = Array.from<number>(wanted.data).reduce(
								(most, x) => Math.max(most, Math.abs(x)),
								1,
							);
							assertClose(actual, wanted, () => 1e-9 * scale, print(program));
						});
					}
				},
			),
			{ numRuns: 80, seed: 3 },
		);
		assert.ok(checked > 20, `only ${checked} programs were checked`);
	}).timeout(30000);

	it("keeps the condition of a while apart from what is carried", () => {
		const builder = new Builder();
		const [k, x] = [builder.parameter(typeOf("i32")), builder.parameter(typeOf("f64", 3, 5))];
		const results = whileLoop(
			builder,
			[k, x],
			(inner, [n]) => inner.emit("lt", [n as Value, inner.scalar(0, "i32")]),
			(inner, [n, y]) => {
				const sum = inner.emit("add", [inner.emit("sigmoid", [x]), y as Value]);
				return [inner.emit("add", [n as Value, inner.scalar(1, "i32")]), inner.emit("sin", [sum])];
			},
		);
		const func = builder.build("apart", results);
		check({ func, args: [tensor(k.type, [-3]), tensor(x.type, randomNumbers(x.type, 3))] });
	});

	it("compiles the function of several calls once", () => {
		const layer = functionOf("layer", [typeOf("f32", 4)], (builder, [x]) => [
			builder.emit("sin", [builder.emit("exp", [builder.emit("cos", [x as Value])])]),
		]);
		const sizes = [1, 2, 9].map((count) => {
			const builder = new Builder();
			let x = builder.parameter(typeOf("f32", 4));
			for (let k = 0; k < count; k++) x = call(builder, layer, [x])[0] as Value;
			return assemble(builder.build("calls", [x]), 0).bytes.length;
		}) as [number, number, number];
		const kernel = sizes[0] / 2;
		assert.ok((sizes[2] - sizes[1]) / 7 < kernel, String(sizes));
	});

	it("computes random programs like the interpreter", () => {
		fc.assert(fc.property(randomPrograms(undefined, 16), check), { numRuns: 250 });
	}).timeout(30000);

	it("does not write over an operand that is read in another order", () => {
		const builder = new Builder();
		const x = builder.parameter(typeOf("f64", 7, 7));
		const y = builder.emit("dot", [x, x], { contract: [[1], [0]], batch: [[], []] });
		const turned = builder.emit("sub", [y, builder.transpose(y, [1, 0])]);
		const mirrored = builder.emit("mul", [builder.emit("reverse", [y], { axes: [0, 1] }), y]);
		const arg = tensor(x.type, randomNumbers(x.type, 3));
		for (const result of [turned, mirrored]) {
			const func = builder.build("order", [result]);
			const actual = runOnce(func, [arg]).get(result) as TensorData;
			assertClose(actual, interpret(func, [arg])[0] as TensorData, () => 1e-12, print(func));
		}
	});

	it("makes valid modules", () => {
		fc.assert(
			fc.property(randomPrograms(), ({ func }) => webAssembly.validate(assemble(func, 0).bytes)),
			{ numRuns: 30 },
		);
	});
});
