import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { evaluate, evaluators, interpret } from "../../compiler/ir/interpret.js";
import { type Attributes, type ElementType, Equation, type TensorData } from "../../compiler/ir/ir.js";
import { IrError, inferType, primitives } from "../../compiler/ir/primitives/index.js";
import { read } from "../../compiler/ir/read.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { assertClose } from "../support/compare.js";
import { backends, compute, vector } from "../support/run.js";

interface StoredTensor {
	readonly element: ElementType;
	readonly shape: readonly number[];
	readonly data: readonly (number | "nan" | "inf" | "-inf")[];
}

interface Case {
	readonly operation: string;
	readonly inputs: readonly StoredTensor[];
	readonly attributes: Attributes;
	readonly output: StoredTensor;
}

const words = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, "-inf": Number.NEGATIVE_INFINITY } as const;

function decode({ element, shape, data }: StoredTensor): TensorData {
	return tensor(
		{ element, shape },
		data.map((x) => (typeof x === "number" ? x : words[x])),
	);
}

/** Relative to the size of the result: NumPy sums in another order and has its own elementary functions. */
const tolerance = 4e-15;

describe("the reference interpreter", () => {
	it("has a row for every primitive", () => {
		assert.deepEqual([...evaluators.keys()].sort(), [...primitives.keys()].sort());
	});

	// The fixture stays with its script, which the compiler of TypeScript does not copy.
	const fixture = new URL("../../../test/ir/oracle/numpy_oracle.generated.json", import.meta.url);
	const cases = JSON.parse(readFileSync(fixture, "utf8")) as Case[];
	const byOperation = new Map<string, Case[]>();
	for (const item of cases)
		byOperation.set(item.operation, [...(byOperation.get(item.operation) ?? []), item]);
	for (const [operation, items] of byOperation) {
		it(`computes ${operation} like NumPy`, () => {
			for (const { inputs, attributes, output } of items) {
				const data = inputs.map(decode);
				const expected = decode(output);
				const values = data.map((value, id) => ({ id, type: value.type }));
				const type = inferType(
					operation,
					data.map((value) => value.type),
					attributes,
				);
				const equation = new Equation(operation, values, attributes, [{ id: 99, type }]);
				// Of a Fourier transform the errors are relative to all of its numbers together.
				const greatest = Array.from<number>(expected.data).reduce(
					(most, x) => Math.max(most, Math.abs(x)),
					1,
				);
				const scale = (k: number) =>
					operation === "fourier" ? greatest : Math.max(1, Math.abs(expected.data[k] as number));
				assertClose(evaluate(equation, data), expected, (k) => tolerance * scale(k), JSON.stringify(inputs));
			}
		});
	}

	it("covers most operations with NumPy", () => {
		const without = [...primitives.keys()].filter((name) => !byOperation.has(name));
		assert.deepEqual(without, [
			"stop_gradient",
			"guard",
			"dynamic_slice",
			"dynamic_update",
			"random_bits",
			"random_uniform",
			"constant",
			"fill",
		]);
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
