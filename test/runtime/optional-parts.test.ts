import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { backends } from "../support/run.js";

const program = `precision f64
type How = Plain | Scaled(by: real)
fit f(more: Bool = false, n: Int = 2, how: How = Plain) {
  param w: real[n] = ones()
  if more and n > 1 {
    let start = 3
    param extra: real[n] = start
    state seen: real = sum(extra)
    track early = extra[0]
  } else { state other: int = 7 }
  param alone: real if not more = 2
  let total = || sum(w^2) + (if more and n > 1 then sum(extra^2) else 0)
  repeat 2 {
    minimize total()  wrt w  using sgd(0.25)
    if more and n > 1 {
      repeat 2 { minimize total()  wrt extra  using sgd(0.25) }
      track size = sum(extra)
      if n > 2 { track third = extra[2] every 2 steps }
    }
    match how {
      Plain => {}
      Scaled(by) => { track scaled = by * w[0] }
    }
  }
  if not more { alone <- alone + w[0] }
}
let a = f()
let b = f(true)
let c = f(true, n = 3, how = Scaled(8))
let d = f(true, n = 1)
let numbers = [a.alone, b.extra[1], b.seen, b.early, b.size, c.third, c.scaled, sum(c.run.history.size)]
let stacked = sum((for s in 0..3: f(true, seed = s)).extra)
fn size(r: f(more = true)) -> real = r.size
fn of_any(r: f) -> real = sum(r.w)
let again = size(b)
let any = of_any(a) + of_any(b) + of_any(d)
`;

describe("what options leave out of a fit", () => {
	it("is there where they do not, below its branch and in the result", () => {
		for (const backend of backends) {
			const result = evaluateProgram(program, { backend });
			// Each step halves; extra: four of them from 3.
			assert.deepEqual(result.numbers("numbers"), [2.25, 3 / 16, 6, 3, 6 / 16, 3 / 16, 2, 9 / 4 + 9 / 16]);
			assert.equal(result.number("stacked"), (6 * 3) / 16);
			assert.equal(result.number("again"), 6 / 16);
			assert.equal(result.number("any"), 5 / 4);
			const fields = (name: string): readonly unknown[] => {
				const value = result.value(name);
				return value.kind === "tuple" ? value.elements.map((e) => e.name) : [];
			};
			assert.deepEqual(fields("a"), ["w", "other", "alone", "run"]);
			assert.deepEqual(fields("d"), ["w", "other", "run"]);
			assert.deepEqual(fields("c.run.history"), [
				"loss",
				"size",
				"third",
				"scaled",
				"violations",
				"multipliers",
			]);
		}
	});
});
