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
import { tensor } from "../../compiler/ir/tensor.js";
import { assertClose, assertEachEquation, assertSame, rowOf, withAllResults } from "../support/compare.js";
import { makers, type RandomProgram, randomNumbers, randomPrograms } from "../support/programs.js";
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
