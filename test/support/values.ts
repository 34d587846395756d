import assert from "node:assert/strict";
import { type Evaluated, type EvaluateOptions, evaluateProgram } from "./evaluate.js";
import { backends } from "./run.js";

export type Numbers = number | readonly Numbers[];

export function flat(numbers: Numbers): number[] {
	return typeof numbers === "number" ? [numbers] : numbers.flatMap(flat);
}

/** Equal up to `tolerance` relative to the larger of 1 and the expected number; nan and infinities exactly. */
export function assertClose(
	actual: readonly number[],
	expected: readonly number[],
	tolerance: number,
	what: string,
): void {
	assert.equal(actual.length, expected.length, `${what}: ${actual.length} numbers, not ${expected.length}`);
	expected.forEach((wanted, i) => {
		const got = actual[i] as number;
		const same = Number.isFinite(wanted)
			? Math.abs(got - wanted) <= tolerance * Math.max(1, Math.abs(wanted))
			: Object.is(got, wanted);
		assert.ok(same, `${what}: element ${i} is ${got}, not ${wanted}`);
	});
}

/** Runs a program on both backends and compares its values; `true` and `false` count as 1 and 0. */
export function expectValues(
	text: string,
	expected: Readonly<Record<string, Numbers>>,
	options: EvaluateOptions & { readonly tolerance?: number } = {},
): void {
	for (const backend of backends) {
		const result = evaluateProgram(text, { ...options, backend });
		for (const [name, numbers] of Object.entries(expected)) {
			assertClose(
				result.numbers(name),
				flat(numbers),
				options.tolerance ?? 1e-12,
				`${name} on ${backend.name}`,
			);
		}
	}
}

/** The values of one name on each backend, after checking that the backends agree. */
export function valuesOf(text: string, name: string, options: EvaluateOptions = {}): number[] {
	const [first, ...others] = backends.map((backend) =>
		evaluateProgram(text, { ...options, backend }).numbers(name),
	);
	assert.ok(first);
	for (const other of others) assertClose(other, first, 1e-6, `${name} on both backends`);
	return first;
}

/** Each backend's run of a program. */
export function onBackends(text: string, options: EvaluateOptions = {}): Evaluated[] {
	return backends.map((backend) => evaluateProgram(text, { ...options, backend }));
}

/** The gradient of a term of `w: real[n]` at a point: minus the step of one turn of `sgd(1)`. */
export function gradientProgram(term: string, point: readonly number[], setup = ""): string {
	return `precision f64
${setup}
fit probe() {
  param w: real[${point.length}] = [${point.join(", ")}]
  repeat 1 { minimize ${term}  using sgd(1) }
}
let moved = probe().w
let start: real[${point.length}] = [${point.join(", ")}]
let gradient = start - moved
`;
}
