import type { Builder } from "../../compiler/ir/builder.js";
import type { Value } from "../../compiler/ir/ir.js";
import { randomNumbers } from "./programs.js";

/** Where the operation is smooth, and not too steep for differences. */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
	log: [0.5, 2],
	log1p: [-0.5, 2],
	sqrt: [0.5, 2],
	div: [0.5, 2],
	pow: [0.5, 2],
	atan2: [0.5, 2],
	mod: [0.6, 2],
	floor_div: [0.6, 2],
	tan: [-1, 1],
	asin: [-0.8, 0.8],
	acos: [-0.8, 0.8],
	lgamma: [0.5, 4],
	digamma: [1, 4],
	polygamma: [1.5, 4],
};

/** Numbers of a range, spread well and without ties. */
export function numbersIn([low, high]: readonly [number, number], count: number, seed: number): number[] {
	const type = { element: "f64" as const, shape: [count] };
	// Sines of large arguments are spread well and have no ties.
	return randomNumbers(type, seed).map((x, k) => {
		const wave = Math.sin(1e4 * (x + 1.3 * k + 0.7 * seed));
		return low + ((high - low) * (wave + 1)) / 2;
	});
}

/** The range of arguments for a program of these operations. */
export function rangeOf(operations: readonly string[]): readonly [number, number] {
	return operations.length === 1 ? (ranges[operations[0] as string] ?? [-2, 2]) : [-1, 1];
}

/** The sum of a value times fixed weights, so that every element of a derivative counts. */
export function weighted(builder: Builder, value: Value, seed: number): Value {
	const weights = builder.constant(
		numbersIn(
			[0.5, 1.5],
			value.type.shape.reduce((product, n) => product * n, 1),
			seed,
		),
		value.type,
	);
	return builder.sum(builder.emit("mul", [value, weights]));
}

export function addAll(builder: Builder, terms: readonly Value[]): Value {
	return terms.reduce((sum, term) => builder.emit("add", [sum, term]), builder.scalar(0, "f64"));
}
