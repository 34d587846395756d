import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { backends } from "../support/run.js";
import { expectValues } from "../support/values.js";

describe("a loop inside the loop of a fit", () => {
	it("makes its steps in each turn; the turns of the outer one count", () => {
		// a falls by 1 three times in each turn; then b takes the new a.
		expectValues(
			`precision f64
fit f() {
  param a: real = 0
  param b: real = 0
  state inner: int = 0
  repeat 2 {
    repeat 3 {
      let next = inner + 1
      minimize a  wrt a  using sgd(1)
      inner <- next
    }
    minimize a * b  wrt b  using sgd(1)
    track a_then = a
  }
}
let r = f()
`,
			{
				"r.a": -6,
				"r.b": 9,
				"r.inner": 6,
				"r.run.steps": 2,
				"r.run.history.a_then": [-3, -6],
				"r.run.history.loss": [0, -18],
			},
		);
	});

	it("is the same as its turns one after another: states of optimizers, rates by the step", () => {
		const program = (loop: string) => `precision f64
fit f() {
  param a: real[2] = [1, -2]
  ${loop}
}
let w = f().a
`;
		for (const rule of ["adam(0.1)", "momentum(0.1, beta = 0.5)", "sgd(|t| 0.1 / (1 + t))"]) {
			const step = `minimize sum(a^4)  using ${rule}`;
			for (const backend of backends) {
				const flat = evaluateProgram(program(`repeat 12 { ${step} }`), { backend }).numbers("w");
				expectValues(program(`repeat 3 { repeat 4 { ${step} } }`), { w: flat });
			}
		}
	});

	it("draws afresh in each of its turns", () => {
		const text = `precision f64
fit f() {
  param a: real[6] = zeros()
  state k: int = 0
  repeat 2 {
    repeat 3 {
      let noise = normal([6])
      let here = for i in 6: if i == k then noise[0] else 0.0
      minimize sum(here * a)  using sgd(1)
      k <- k + 1
    }
  }
}
let w = f().a
`;
		for (const backend of backends)
			assert.equal(new Set(evaluateProgram(text, { backend }).numbers("w")).size, 6);
	});

	it("a term that is not finite in any of its turns ends the fit", () => {
		const text = `fit f() {
  param a: real = 1
  repeat 5 {
    repeat 2 { minimize a^4  using sgd(1e30) }
    minimize 0 * a  wrt a  using sgd(1)
  }
}
let r = f()
`;
		for (const backend of backends) {
			const result = evaluateProgram(text, { backend });
			assert.equal(result.number("r.run.diverged"), 1);
			assert.ok(result.number("r.run.steps") < 5);
		}
	});
});
