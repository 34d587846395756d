import type { Builder, Candidate } from "../../ir/builder.js";
import type { Attributes, Equation, Value } from "../../ir/ir.js";
import { integersOf } from "../../ir/primitives/primitive.js";

/** The function under construction, with `emit` that simplifies what it emits. */
export interface Rewriter {
	readonly builder: Builder;
	emit(operation: string, inputs: readonly Value[], attributes?: Attributes): Value;
}

export type { Candidate } from "../../ir/builder.js";

/** A value equal to the candidate's result, or undefined where the rewrite does not apply. */
export type Rewrite = (rewriter: Rewriter, candidate: Candidate) => Value | undefined;

/** The equation of the value, if it is of that operation. */
export function definedBy(
	rewriter: Rewriter,
	value: Value | undefined,
	operation: string,
): Equation | undefined {
	const equation = value === undefined ? undefined : rewriter.builder.definition(value);
	return equation?.operation === operation ? equation : undefined;
}

/** The number that fills the value, where it is known. */
export function filling(rewriter: Rewriter, value: Value | undefined): number | undefined {
	return definedBy(rewriter, value, "fill")?.attributes.value as number | undefined;
}

export function axesOf(equation: { readonly attributes: Attributes }, name: string): readonly number[] {
	return integersOf(equation.attributes, name);
}

/** The first input. */
export function inputOf(equation: { readonly inputs: readonly Value[] }): Value {
	return equation.inputs[0] as Value;
}

export const range = (count: number): number[] => Array.from({ length: count }, (_, k) => k);

/**
 * When a reshape only inserts and drops axes of extent 1: for each axis of the input its axis in the result, or -1
 * where it is dropped. Undefined for other reshapes.
 */
export function unitReshape(from: readonly number[], to: readonly number[]): number[] | undefined {
	const places: number[] = [];
	let next = 0;
	for (const n of from) {
		if (n === 1) {
			places.push(-1);
			continue;
		}
		while (to[next] === 1) next++;
		if (to[next] !== n) return undefined;
		places.push(next++);
	}
	return to.slice(next).every((n) => n === 1) ? places : undefined;
}
