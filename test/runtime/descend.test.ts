import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { backends } from "../support/run.js";
import { assertClose, expectValues } from "../support/values.js";

/** `descend d wrt p`: a step of an optimizer along a given direction. */
describe("descend", () => {
	it("steps along a direction of a tensor", () => {
		expectValues(
			`precision f64
fit f(goal: real[2]) {
  param w: real[2] = [1, 2];  param other: real = 5
  repeat 3 {
    let g = grad(|w: real[2]| sum((w - goal)^2))(w)
    descend 2 * g wrt w  using sgd(0.1)
    minimize other^2  wrt other  using sgd(0.5)
  }
}
let r = f([3, 4])`,
			{ "r.w": [3 - 2 * 0.6 ** 3, 4 - 2 * 0.6 ** 3], "r.other": 0, "r.run.steps": 3 },
		);
	});

	it("along its own gradient is a `minimize`, for each optimizer", () => {
		for (const optimizer of [
			"sgd(0.1)",
			"momentum(0.05)",
			"adam(0.1)",
			"adamw(0.1)",
			"clipped(adam(0.1), 0.5)",
		]) {
			const program = (step: string): string => `precision f64
import std.nn { MLP }
let x = seed 1 { normal([8, 2]) };  let y = seed 2 { normal([8, 1]) }
fn miss(net: MLP([2, 5, 1])) -> real = mse(net(x), y)
fit f() {
  net = MLP([2, 5, 1])
  repeat 5 { ${step}  using ${optimizer} }
}
let weights = tree.flatten(f().net)`;
			for (const backend of backends) {
				const run = (step: string): number[] =>
					evaluateProgram(program(step), { backend }).numbers("weights");
				assertClose(
					run("descend grad(miss)(net) wrt net"),
					run("minimize miss(net)"),
					1e-12,
					`${optimizer} on ${backend.name}`,
				);
			}
		}
	});

	it("keeps what is declared, and has no loss of its own", () => {
		for (const backend of backends) {
			const result = evaluateProgram(
				`precision f64
fit f() {
  param w: real[3] in simplex = ones()
  repeat 4 { descend [1, 0, -1] wrt w  using sgd(1) }
}
let r = f()`,
				{ backend },
			);
			assertClose(result.numbers("r.w"), [0, 0, 1], 1e-12, "w");
			assert.ok(Number.isNaN(result.number("r.run.loss")));
		}
	});
});
