import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { interpret } from "../../compiler/ir/interpret.js";
import type { TensorData } from "../../compiler/ir/ir.js";
import { read } from "../../compiler/ir/read.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { verify } from "../../compiler/ir/verify.js";
import { simplify } from "../../compiler/transform/simplify.js";
import { rowOf } from "../support/compare.js";
import { backends } from "../support/run.js";
import { transformations } from "../support/transformations.js";
import type { TransformedProgram } from "../support/transformed-programs.js";

interface Expected {
	readonly shape: readonly number[];
	/** The first ones in row-major order. */
	readonly numbers: readonly number[];
	readonly sum: number;
	/** The sum of the absolute values. */
	readonly size: number;
}

type Case = TransformedProgram & { readonly results: readonly Expected[] };

const path = new URL("../../../test/transform/oracle/jax_oracle.generated.json", import.meta.url);
const cases = JSON.parse(readFileSync(path, "utf8")) as readonly Case[];

function assertResult(actual: TensorData, expected: Expected, where: string): void {
	assert.deepEqual(actual.type.shape, expected.shape, where);
	// Rounding is that of the largest numbers.
	const tolerance = 1e-9 * Math.max(1, expected.size);
	expected.numbers.forEach((number, k) => {
		const found = actual.data[k] as number;
		assert.ok(Math.abs(found - number) <= tolerance, `${k}: ${found}, JAX ${number}: ${where}`);
	});
	const sum = Array.from<number>(actual.data).reduce((a, b) => a + b, 0);
	assert.ok(Math.abs(sum - expected.sum) <= tolerance, `sum ${sum}, JAX ${expected.sum}: ${where}`);
}

describe("nested transformations, against JAX", () => {
	it("are many, of all kinds", () => {
		assert.ok(cases.length >= 200);
		const operations = cases.flatMap(({ text }) => [...text.matchAll(/= (\w+)/g)].map(([, name]) => name));
		for (const name of ["scan", "while", "cond", "call", "custom_derivative"]) {
			assert.ok(operations.filter((other) => other === name).length >= 20, name);
		}
		for (const name of Object.keys(transformations)) {
			assert.ok(cases.filter(({ chain }) => chain.some((other) => other === name)).length >= 10, name);
		}
	});

	for (const { name, text, chain, args, results } of cases) {
		it(name, () => {
			let func = read(text);
			for (const transformation of chain) func = transformations[transformation](func);
			verify(func);
			const inputs = func.parameters.map(({ type }, k) => tensor(type, args[k] as readonly number[]));
			const plain = interpret(func, inputs);
			plain.forEach((actual, k) => {
				assertResult(actual, results[k] as Expected, `${name}, result ${k}`);
			});
			const less = simplify(func);
			verify(less);
			for (const backend of backends) {
				const executable = backend.compile(less, 0);
				inputs.forEach((input, k) => {
					executable.write(k, input);
				});
				executable.run(1).forEach((record, k) => {
					assertResult(rowOf(record, 0), results[k] as Expected, `${name}, result ${k} on ${backend.name}`);
				});
			}
		});
	}
});
