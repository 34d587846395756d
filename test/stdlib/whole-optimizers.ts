import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { assertClose, flat, type Numbers, onBackends } from "../support/values.js";
import { covers, declare } from "./fixture.js";

interface Leaves {
	readonly weight: Numbers;
	readonly bias: Numbers;
}

/** Made by `test/stdlib/oracle/whole_optimizers.py`. */
interface Reference {
	readonly features: Numbers;
	readonly targets: Numbers;
	readonly start: Leaves;
	readonly steps: number;
	readonly runs: Readonly<Record<string, Leaves>>;
}

const file = new URL("../../../test/stdlib/oracle/whole_optimizers.generated.json", import.meta.url);
const reference = JSON.parse(readFileSync(file, "utf8")) as Reference;

describe("standard library: optimizers of all parameters together", () => {
	const { features, targets, start, steps, runs } = reference;
	covers("sharpness_aware clipped", "20 steps around momentum, against NumPy", () => {
		assert.equal(Object.keys(runs).length, 3);
		for (const [optimizer, expected] of Object.entries(runs)) {
			const text = `precision f64
${declare("features", features)}
${declare("targets", targets)}
fit learn() {
  param weight: real[3, 2] = ${JSON.stringify(start.weight)}
  param bias: real[2] = ${JSON.stringify(start.bias)}
  repeat ${steps} {
    minimize (sum i, j: ((features @ weight)[i, j] + bias[j] - targets[i, j])^2) + 0.1 * sum(weight^4)
    using ${optimizer}
  }
}
let r = learn()
let weight = r.weight
let bias = r.bias
`;
			for (const result of onBackends(text)) {
				assertClose(result.numbers("weight"), flat(expected.weight), 1e-12, `weight by ${optimizer}`);
				assertClose(result.numbers("bias"), flat(expected.bias), 1e-12, `bias by ${optimizer}`);
			}
		}
	});
});
