import { strict as assert } from "node:assert";
import fc from "fast-check";
import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import { lowerings } from "../../compiler/backends/wasm/lower.js";
import { assemble } from "../../compiler/backends/wasm/module.js";
import { webAssembly } from "../../compiler/backends/wasm/webassembly.js";
import type { Func, TensorData, Value } from "../../compiler/ir/ir.js";
import { primitives } from "../../compiler/ir/primitives/index.js";
import { print } from "../../compiler/ir/print.js";
import { assertEachEquation, assertSame, rowOf, withAllResults } from "../support/compare.js";
import { makers, type RandomProgram, randomPrograms } from "../support/programs.js";

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
		assert.deepEqual([...lowerings.keys()].sort(), names);
		assert.deepEqual(Object.keys(makers).sort(), names);
	});

	for (const operation of primitives.keys()) {
		it(`computes ${operation} like the interpreter`, () => {
			fc.assert(fc.property(randomPrograms([operation], 3), check), { numRuns: 25, seed: 1 });
		});
	}

	it("computes random programs like the interpreter", () => {
		fc.assert(fc.property(randomPrograms(undefined, 16), check), { numRuns: 250 });
	}).timeout(30000);

	it("makes valid modules", () => {
		fc.assert(
			fc.property(randomPrograms(), ({ func }) => webAssembly.validate(assemble(func, 0).bytes)),
			{ numRuns: 30 },
		);
	});
});
