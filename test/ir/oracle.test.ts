import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import type { Backend } from "../../compiler/backends/backend.js";
import { Builder } from "../../compiler/ir/builder.js";
import type { Attributes, ElementType, TensorData } from "../../compiler/ir/ir.js";
import { IrError, inferType, primitives } from "../../compiler/ir/primitives/index.js";
import { elements } from "../../compiler/ir/primitives/primitive.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { assertClose, rowOf } from "../support/compare.js";
import { backends } from "../support/run.js";

type StoredNumber = number | "nan" | "inf" | "-inf";

interface StoredTensor {
	readonly element: ElementType;
	readonly shape: readonly number[];
	readonly data: readonly StoredNumber[];
}

/** One operation by NumPy and SciPy; see primitives.py and numpy_oracle.py. */
interface Case {
	readonly operation: string;
	readonly inputs: readonly StoredTensor[];
	readonly attributes: Attributes;
	readonly output: StoredTensor;
	/** Units in the last place that the numbers may differ by. */
	readonly units?: number;
	/** What they may differ by more. */
	readonly absolute?: number;
	/** Whether the signs of zeros are those of the output. */
	readonly zeros?: boolean;
}

const words = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, "-inf": Number.NEGATIVE_INFINITY } as const;
const numberOf = (x: StoredNumber): number => (typeof x === "number" ? x : words[x]);

function decode({ element, shape, data }: StoredTensor): TensorData {
	return tensor({ element, shape }, data.map(numberOf));
}

/** A `constant` keeps its data as an attribute. */
function attributesOf({ attributes }: Case): Attributes {
	const { data } = attributes;
	return data === undefined ? attributes : { ...attributes, data: Float64Array.from(data as number[]) };
}

// The fixtures stay with their scripts, which the compiler of TypeScript does not copy.
function casesOf(file: string): Case[] {
	return JSON.parse(readFileSync(new URL(`../../../test/ir/oracle/${file}`, import.meta.url), "utf8"));
}

function grouped(cases: readonly Case[]): Map<string, Case[]> {
	const groups = new Map<string, Case[]>();
	for (const item of cases) groups.set(item.operation, [...(groups.get(item.operation) ?? []), item]);
	return groups;
}

/** The results of all cases, from one program with all of them. */
function run(backend: Backend, cases: readonly Case[]): TensorData[] {
	const builder = new Builder();
	const args: TensorData[] = [];
	const results = cases.map((item) => {
		const inputs = item.inputs.map((input) => {
			const value = decode(input);
			args.push(value);
			return builder.parameter(value.type);
		});
		return builder.emit(item.operation, inputs, attributesOf(item));
	});
	const executable = backend.compile(builder.build("cases", results), 0);
	args.forEach((value, k) => {
		executable.write(k, value);
	});
	return executable.run(1).map((record) => rowOf(record, 0));
}

function assertCase(actual: TensorData, item: Case, where: string): void {
	const expected = decode(item.output);
	const { element } = expected.type;
	const [unit, smallest] = element === "f32" ? [2 ** -23, 2 ** -149] : [2 ** -52, 2 ** -1074];
	const { units = 0, absolute = 0, zeros = false } = item;
	const tolerance = (k: number) => {
		const size = Math.abs(expected.data[k] as number);
		// Infinities and nan are exact.
		return Number.isFinite(size) ? units * Math.max(unit * size, smallest) + absolute : 0;
	};
	assertClose(actual, expected, tolerance, where);
	if (!zeros) return;
	actual.data.forEach((x, k) => {
		if (x === 0 && expected.data[k] === 0)
			assert.ok(Object.is(x, expected.data[k]), `sign of 0 at ${k}: ${where}`);
	});
}

function assertCases(backend: Backend, cases: readonly Case[]): void {
	run(backend, cases).forEach((actual, k) => {
		const item = cases[k] as Case;
		assertCase(actual, item, JSON.stringify(item));
	});
}

/**
 * A case of numpy_oracle.py, which states no errors: relative to the size of the result, since NumPy sums in another
 * order and has its own elementary functions; of a Fourier transform relative to all of its numbers together.
 */
function withScale(item: Case): Case {
	const numbers = item.output.data.map((x) => Math.abs(numberOf(x))).filter(Number.isFinite);
	const absolute = 4e-15 * (item.operation === "fourier" ? Math.max(1, ...numbers) : 1);
	return { ...item, units: 18, absolute };
}

/** The element types of the inputs, and the one that the operation is told. */
const signature = ({ inputs, attributes }: Case): string =>
	[...inputs.map(({ element }) => element), attributes.element ?? ""].join();

/** The same case with another element in the place of f32. */
function withElement(item: Case, element: ElementType): Case {
	const change = (old: unknown) => (old === "f32" ? element : old);
	return {
		...item,
		inputs: item.inputs.map((input) => ({ ...input, element: change(input.element) as ElementType })),
		attributes: {
			...item.attributes,
			...("element" in item.attributes && { element: change(item.attributes.element) as string }),
		},
	};
}

function isAccepted(item: Case): boolean {
	try {
		inferType(item.operation, item.inputs, attributesOf(item));
		return true;
	} catch (error) {
		if (error instanceof IrError) return false;
		throw error;
	}
}

describe("operations against NumPy and SciPy", () => {
	const chosen = grouped(casesOf("numpy_oracle.generated.json").map(withScale));
	for (const [operation, cases] of chosen) {
		for (const backend of backends) {
			it(`compute chosen cases of ${operation} on ${backend.name}`, () => assertCases(backend, cases));
		}
	}

	const drawn = grouped(casesOf("primitives.generated.json"));

	it("leave out no primitive", () => {
		assert.deepEqual([...drawn.keys()].sort(), [...primitives.keys()].sort());
	});

	it("leave out no element type that a primitive accepts", () => {
		for (const [operation, cases] of drawn) {
			const seen = new Set(cases.map(signature));
			for (const element of elements) {
				for (const item of cases.map((each) => withElement(each, element))) {
					assert.ok(seen.has(signature(item)) || !isAccepted(item), `${operation} of ${signature(item)}`);
				}
			}
		}
	});

	for (const [operation, cases] of drawn) {
		for (const backend of backends) {
			it(`compute ${operation} on ${backend.name}`, () => assertCases(backend, cases));
		}
	}
});
