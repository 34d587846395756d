import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { assertClose, expectValues, flat, type Numbers, onBackends } from "../support/values.js";
import { covers } from "./fixture.js";

interface Run {
	readonly problem: string;
	readonly lr: number;
	readonly memory: number;
	readonly start: Readonly<Record<string, Numbers>>;
	/** Before each step. */
	readonly losses: readonly number[];
	readonly end: Readonly<Record<string, Numbers>>;
}

/** Made by `test/stdlib/oracle/lbfgs.py`. */
interface Reference {
	readonly steps: number;
	readonly runs: readonly Run[];
}

const file = new URL("../../../test/stdlib/oracle/lbfgs.generated.json", import.meta.url);
const { steps, runs } = JSON.parse(readFileSync(file, "utf8")) as Reference;

const problems = `precision f64
fn rosenbrock(p: (x: real[4])) -> real = sum i in 3: (100 * (p.x[i + 1] - p.x[i]^2)^2 + (1 - p.x[i])^2)
fn regression(p: (a: real[4], b: real[4], c: real[4])) -> real = {
  let x = for k in 7: k / 3 - 1
  (sum k in 7: ((sum i: tanh(x[k] * p.a[i] + p.b[i]) * p.c[i]) - sin(3 * x[k]))^2) + 0.001 * sum(p.c^4)
}
`;

function record(values: Readonly<Record<string, Numbers>>): string {
	return `(${Object.entries(values)
		.map(([name, numbers]) => `${name} = ${JSON.stringify(numbers)}`)
		.join(", ")},)`;
}

describe("standard library: L-BFGS", () => {
	for (const { problem, lr, memory, start, losses, end } of runs) {
		const optimizer = `lbfgs(${lr.toFixed(1)}, memory = ${memory}, tolerance = 1e-12)`;
		covers(
			"lbfgs",
			`${problem} by ${optimizer} as PyTorch for ${steps} steps, in a fit and in an argmin`,
			() => {
				const names = Object.keys(start);
				const text = `${problems}
fit learn() {
${names.map((name) => `  param ${name}: real[4] = ${JSON.stringify(start[name])}`).join("\n")}
  repeat ${steps} { minimize ${problem}((${names.map((name) => `${name} = ${name}`).join(", ")},))  using ${optimizer} }
}
let fitted = learn()
let losses = fitted.run.history.loss
let found = argmin(${record(start)}, ${problem}, using = ${optimizer}, steps = ${steps})
`;
				for (const result of onBackends(text)) {
					assertClose(result.numbers("losses"), losses, 1e-9, "losses");
					for (const [name, numbers] of Object.entries(end)) {
						assertClose(result.numbers(`fitted.${name}`), flat(numbers), 1e-8, `${name} in a fit`);
						assertClose(result.numbers(`found.${name}`), flat(numbers), 1e-8, `${name} in an argmin`);
					}
				}
			},
		);
	}

	covers("lbfgs", "to the minimum, where it rests; in lanes; its steps have a derivative", () => {
		expectValues(
			`${problems}
let far = argmin((x = [2.2, 1.0, 0.5, 1.7],), rosenbrock, using = lbfgs(), steps = 60)
let quadratic = for k in 3: argmin(zeros([2]), |w| sum((w - k)^2) + (w[0] - w[1])^4, using = lbfgs(), steps = 12)
let rested = argmin(ones([2]), |w| sum((w - 1)^2), using = lbfgs(), steps = 5)
let slope = grad(|p| sum(argmin([0.0, 3.0], |w| sum((w - p)^2 * [1.0, 2.0]), using = lbfgs(), steps = 8)))(0.5)
let implied = grad(|p| sum(argmin([0.0, 3.0], |w| sum((w - p)^2 * [1.0, 2.0]), using = lbfgs(), steps = 20, gradient = implicit(cg(4)))))(0.5)
`,
			{
				"far.x": [1, 1, 1, 1],
				quadratic: [
					[0, 0],
					[1, 1],
					[2, 2],
				],
				rested: [1, 1],
				slope: 2,
				implied: 2,
			},
			{ tolerance: 1e-7 },
		);
	});

	covers(
		"strong_wolfe",
		"both conditions hold, from first steps of all sizes, where the function is not finite, too",
		() => {
			const functions: Readonly<Record<string, (t: number) => readonly [number, number]>> = {
				"(t - 3)^2": (t) => [(t - 3) ** 2, 2 * (t - 3)],
				"-t / (t^2 + 2)": (t) => [-t / (t * t + 2), (t * t - 2) / (t * t + 2) ** 2],
				"(t + 0.004)^5 - 2 * (t + 0.004)^4": (t) => [
					(t + 0.004) ** 5 - 2 * (t + 0.004) ** 4,
					5 * (t + 0.004) ** 4 - 8 * (t + 0.004) ** 3,
				],
				"-log(5 - t) * 0 - t - 4 * sqrt(5 - t)": (t) => [
					-t - 4 * Math.sqrt(5 - t),
					-1 + 2 / Math.sqrt(5 - t),
				],
			};
			for (const [formula, of] of Object.entries(functions)) {
				const [value, slope] = of(0);
				for (const first of [1e-3, 0.1, 1, 10, 1e3]) {
					const text = `precision f64
let t = strong_wolfe(|t| value_and_grad(|t: real| ${formula})(t), value_and_grad(|t: real| ${formula})(0.0), ${first.toFixed(4)}, c2 = 0.1)
`;
					for (const result of onBackends(text)) {
						const [t = Number.NaN] = result.numbers("t");
						const [there, change] = of(t);
						const what = `${formula} from ${first}: t = ${t}`;
						assert.ok(there <= value + 1e-4 * t * slope, what);
						assert.ok(Math.abs(change) <= 0.1 * Math.abs(slope), what);
					}
				}
			}
		},
	);
});
