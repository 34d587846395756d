import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { backends } from "../support/run.js";
import { expectValues } from "../support/values.js";

describe("a step by a part of a tensor", () => {
	it("moves this part, and what is around it stays", () => {
		expectValues(
			`precision f64
fit rows(k: Int = 1) where k < 3 {
  param w: real[3, 2] = [[1, 2], [3, 4], [5, 6]]
  repeat 2 {
    minimize sum(w^2)  wrt w[k, :]  using sgd(0.25)
    minimize sum(w^2)  wrt w[2, 0]  using sgd(0.25)
    descend [1, 1] wrt w[0, :]  using sgd(0.5)
  }
}
fit held() {
  param w: real[3] in nonnegative by projection = [1, 2, 3]
  repeat 1 { minimize sum(w)  wrt w[1..]  using sgd(2.5) }
}
let w = rows().w
let projected = held().w
`,
			{
				w: [
					[0, 1],
					[0.75, 1],
					[1.25, 6],
				],
				projected: [1, 0, 0.5],
			},
		);
	});

	it("is the same as a step of a parameter of its own: states, starts, other points, branches", () => {
		const anchored = `optimizer anchored(lr: Rate) for p {
  state anchor = p
  state speed = zeros()
  step(g, gradient) {
    speed <- 0.5 * speed + gradient(p - lr * g)
    p - lr * speed + 0.1 * (anchor - p)
  }
}`;
		const steps = (what: string, using: string): string =>
			`for i in 0..6 { if i != 3 { minimize sum((${what} - 1)^4) + prod(${what})  wrt ${what}  using ${using} } }`;
		for (const using of [
			"adam(0.1)",
			"momentum(0.05)",
			"anchored(0.02)",
			"lbfgs()",
			"clipped(sgd(0.1), 0.5)",
		]) {
			const text = `precision f64
${anchored}
fit part() {
  param v: real[4] = [1, 2, 3, 4]
  ${steps("v[1..3]", using)}
}
fit own() {
  param v: real[2] = [2, 3]
  ${steps("v", using)}
}
let of_part = part().v
let of_own = own().v
`;
			for (const backend of backends) {
				const result = evaluateProgram(text, { backend });
				const [first, ...others] = result.numbers("of_part");
				assert.equal(first, 1);
				assert.equal(others.pop(), 4);
				assert.deepEqual(others, result.numbers("of_own"), using);
				assert.notDeepEqual(others, [2, 3]);
			}
		}
	});
});
