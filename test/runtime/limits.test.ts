import assert from "node:assert/strict";
import { onBackends } from "../support/values.js";

/** A loop that was cut by its limit is told, at the host level and where nothing asks. */
describe("limits of loops", () => {
	it("are told where the loop is called, each place once", () => {
		const text = `precision f64
let cut = fixed_point(1.0, |x| cos(x), tolerance = 1e-6, limit = 5)
let whole = fixed_point(1.0, |x| cos(x), tolerance = 1e-6, limit = 100)
let asked = fixed_point_found(1.0, |x| cos(x), tolerance = 1e-6, limit = 5)
fn inside(k: real) -> real = fixed_point(k, |x| cos(x), tolerance = 1e-6, limit = 5)
let each = for k in 3: inside(k)
let short = argmin([1.0, 2], |w| sum((w - 3)^2), using = sgd(0.1), steps = 3, tolerance = 1e-6)
let long = argmin([1.0, 2], |w| sum((w - 3)^2), using = sgd(0.1), steps = 300, tolerance = 1e-6)
let slope = grad(|k| fixed_point(k, |x| cos(x), limit = 5, gradient = implicit(gmres())))(1.0)
let last = loop(1.0, |x| x / 2, until = |x| x < 0.1, limit = 2).last
let record = loop(1.0, |x| x / 2, until = |x| x < 0.1, limit = 2)
let untaken = if cut > 100 then fixed_point(1.0, |x| cos(x), limit = 5) else 0
fit trained() {
  param x: real = 1
  repeat 2 { minimize (fixed_point(x, |v| cos(v), limit = 3) - 1)^2  using sgd(0.1) }
}
let result = trained()
let answers = [if asked.converged then 1 else 0, if record.done then 1 else 0, asked.value - cut]`;
		const lines = text.split("\n");
		for (const run of onBackends(text)) {
			const told = run.eventsOf("problem").map(({ diagnostic }) => {
				assert.equal(diagnostic.code, "E0619");
				assert.equal(diagnostic.severity, "warning");
				return text.slice(0, diagnostic.at.start).split("\n").length;
			});
			const names = told.map((line) => /^(?:let|fn) (\w+)/.exec(lines[line - 1] ?? "")?.[1]);
			assert.deepEqual(names, ["cut", "inside", "short", "slope", "last"]);
			assert.deepEqual(run.numbers("answers"), [0, 0, 0]);
			assert.equal(run.exitCode, 0);
		}
	});
});
