import { strict as assert } from "node:assert";
import { evaluate, evaluateAll } from "../../compiler/ir/interpret.js";
import { type Equation, type Func, sizeOf, type TensorData, type Value } from "../../compiler/ir/ir.js";
import { showType } from "../../compiler/ir/primitives/index.js";
import { printEquation } from "../../compiler/ir/print.js";

/** Equal as numbers: nan equals nan, and 0 equals -0. */
export function sameNumber(a: number, b: number): boolean {
	return a === b || (Number.isNaN(a) && Number.isNaN(b));
}

/** Fails where an element differs by more than tolerance(k), which is 0 by default. */
export function assertClose(
	actual: TensorData,
	expected: TensorData,
	tolerance: (index: number) => number,
	where: string,
): void {
	assert.equal(showType(actual.type), showType(expected.type), where);
	assert.equal(actual.data.length, sizeOf(actual.type.shape), where);
	actual.data.forEach((a, k) => {
		const b = expected.data[k] as number;
		if (sameNumber(a, b) || Math.abs(a - b) <= tolerance(k)) return;
		assert.fail(`element ${k} is ${a}, expected ${b}: ${where}`);
	});
}

export function assertSame(actual: TensorData, expected: TensorData, where: string): void {
	assertClose(actual, expected, () => 0, where);
}

/** Operations that sum f32 in f32 on backends, where the interpreter sums in f64. */
const summing = new Set(["dot", "scatter_add", "convolution"]);

/** Operations that accumulate in f64 on backends, too, but in another order. */
const accumulating = new Set(["reduce_sum", "reduce_prod"]);

/** Functions that a backend may approximate, with the most units in the last place for f32 and f64 (docs/numbers.md). */
export const approximated: Readonly<Record<string, readonly [f32: number, f64: number]>> = {
	exp: [2, 4],
	expm1: [2, 6],
	log: [2, 4],
	log1p: [2, 4],
	tanh: [2, 4],
	sigmoid: [2, 4],
	erf: [3, 12],
	sin: [2, 4],
	cos: [2, 4],
	pow: [1, 0],
};

/** What errors of a few units in the last place grow to in the short loops of random programs. */
const growth = 256;

/**
 * How far element k of the result of an equation on a backend may be from the interpreter's `expected`: for sums of n
 * terms n times the precision of the type times the sum of the absolute values, for approximated functions their units
 * in the last place, else nothing.
 */
export function toleranceOf(
	equation: Equation,
	inputs: readonly TensorData[],
	expected: TensorData,
): (index: number) => number {
	const { element } = expected.type;
	if (element === "i32" || element === "bool") return () => 0;
	const [precision, smallest] = element === "f32" ? [2 ** -24, 2 ** -149] : [2 ** -53, 2 ** -1074];
	const size = (k: number) => Math.abs(expected.data[k] as number);
	const units = approximated[equation.operation];
	if (units !== undefined) {
		const most = units[element === "f32" ? 0 : 1];
		return (k) => most * Math.max(2 * precision * size(k), smallest);
	}
	if (equation.regions.length > 0) {
		const largest = Array.from<number>(expected.data).reduce(
			(most, x) => Math.max(most, Math.abs(x) || 0),
			1,
		);
		return () => growth * precision * largest;
	}
	const wide = accumulating.has(equation.operation) && element === "f32";
	if (!summing.has(equation.operation) && !accumulating.has(equation.operation)) return () => 0;
	const absolute = inputs.map((value) =>
		value.type.element === "i32" ? value : { type: value.type, data: value.data.map(Math.abs) },
	);
	const bounds = evaluate(equation, absolute).data;
	const terms = Math.max(...inputs.map((value) => sizeOf(value.type.shape)), 1);
	// Sums that overflow in one order may not in another.
	return (k) => {
		const bound = bounds[k] as number;
		if (wide) return 2 * precision * size(k) + terms * 2 ** -53 * bound;
		return bound < 1e37 ? terms * precision * bound : Number.POSITIVE_INFINITY;
	};
}

/** The same function with every value as a result, in the order of the equations. */
export function withAllResults(func: Func): Func {
	return { ...func, results: func.equations.flatMap((equation) => equation.outputs) };
}

/** Checks every equation by itself: the interpreter on the inputs that the backend had, against its output. */
export function assertEachEquation(
	func: Func,
	args: readonly TensorData[],
	computed: ReadonlyMap<Value, TensorData>,
): void {
	const values = new Map(computed);
	func.parameters.forEach((parameter, k) => {
		values.set(parameter, args[k] as TensorData);
	});
	for (const equation of func.equations) {
		const inputs = equation.inputs.map((value) => values.get(value) as TensorData);
		const text = `${printEquation(equation)} of ${inputs.map((x) => `[${x.data.slice(0, 40)}]`).join(" ")}`;
		evaluateAll(equation, inputs).forEach((expected, k) => {
			const actual = values.get(equation.outputs[k] as Value) as TensorData;
			assertClose(actual, expected, toleranceOf(equation, inputs, expected), text);
		});
	}
}

/** One row of a record as a tensor. */
export function rowOf(record: TensorData, row: number): TensorData {
	const shape = record.type.shape.slice(1);
	const size = sizeOf(shape);
	return {
		type: { element: record.type.element, shape },
		data: record.data.slice(row * size, (row + 1) * size),
	};
}
