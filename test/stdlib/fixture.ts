import { readFileSync } from "node:fs";
import type { Numbers } from "../support/values.js";

/** Made by `test/stdlib/oracle/oracle.py`. */
export interface Fixture {
	readonly logits: Readonly<Record<string, Numbers>>;
	readonly points: Readonly<Record<string, Numbers>>;
	readonly matrix: Readonly<Record<string, Numbers>>;
	readonly layers: {
		readonly x: Numbers;
		readonly weights: readonly Numbers[];
		readonly biases: readonly Numbers[];
		readonly linear: Numbers;
		readonly mlp: Numbers;
		readonly mlp_tanh: Numbers;
	};
	readonly optimizers: {
		readonly features: Numbers;
		readonly classes: Numbers;
		readonly start: Numbers;
		readonly steps: number;
		readonly runs: Readonly<Record<string, { readonly values: Numbers; readonly losses: Numbers }>>;
	};
}

const file = new URL("../../../test/stdlib/oracle/oracle.generated.json", import.meta.url);
export const fixture = JSON.parse(readFileSync(file, "utf8")) as Fixture;

/** Which of the library's names have an oracle: each `covers` goes with a test. */
export const covered = new Set<string>();

export function covers(names: string, title: string, test: () => void): void {
	for (const name of names.split(" ")) covered.add(name);
	it(`${names}: ${title}`, test);
}

export function shapeOf(numbers: Numbers): number[] {
	return typeof numbers === "number" ? [] : [numbers.length, ...shapeOf(numbers[0] as Numbers)];
}

/** `let name: real[2, 3] = [[..], [..]]`. */
export function declare(name: string, numbers: Numbers): string {
	return `let ${name}: real[${shapeOf(numbers).join(", ")}] = ${JSON.stringify(numbers)}`;
}

/** Labels as int<k>: the positions of ones. */
export function declareLabels(name: string, labels: readonly number[], classes: number): string {
	const rows = labels.map((label) => Array.from({ length: classes }, (_, c) => Number(c === label)));
	return `${declare(`${name}_rows`, rows)}\nlet ${name} = argmax(${name}_rows, axis = 1)`;
}

/** The gradient of a term of a matrix `w` by one step of `sgd(1)`. */
export function matrixGradient(term: string, point: Numbers, setup: string): string {
	return `precision f64
${setup}
${declare("start", point)}
fit probe() {
  param w: real[${shapeOf(point).join(", ")}] = start
  repeat 1 { minimize ${term}  using sgd(1) }
}
let gradient = start - probe().w
`;
}
