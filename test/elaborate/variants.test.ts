import assert from "node:assert/strict";
import { expectValues, onBackends, valuesOf } from "../support/values.js";

describe("variants and match", () => {
	it("a case is chosen by the variant, and its fields are bound by position", () => {
		expectValues(
			`precision f64
type Shrink = None | Decay(rate: real, power: Int = 2) | Between(low: real, high: real)
fn shrunk(shrink: Shrink, x: real[n]) -> real[n] = match shrink {
  None => x
  Decay(rate, power) => x * (1 - rate)^power
  Between(_, high) => high - x
}
let none = shrunk(None, [1, 2])
let decayed = shrunk(Decay(0.5), [1, 2])
let once = shrunk(Decay(power = 1, rate = 0.5), [1, 2])
let between = shrunk(Between(high = 10, low = 1), [1, 2])
let computed = shrunk(Decay(sum([0.25, 0.25])), [4, 8])
`,
			{ none: [1, 2], decayed: [0.25, 0.5], once: [0.5, 1], between: [9, 8], computed: [1, 2] },
		);
	});

	it("patterns in patterns, literals, and the first case that takes the value", () => {
		expectValues(
			`type Mode = Fast | Exact
type Job = Idle | Busy(mode: Mode, level: Int)
fn cost(job: Job) -> Int = match job {
  Busy(Exact, 3) => 30
  Busy(Exact, level) => level
  Busy(_, 3) => 33
  _ => 0
}
fn word(text: String, on: Bool) -> Int = match text { "a" => match on { true => 1; false => 2 }; _ => 3 }
let costs = [cost(Busy(Exact, 3)), cost(Busy(Exact, 5)), cost(Busy(Fast, 3)), cost(Busy(Fast, 4)), cost(Idle)]
let words = [word("a", true), word("a", false), word("b", true)]
let same = Fast == Fast and Fast != Exact and not (Fast == Exact)
`,
			{ costs: [30, 5, 33, 0, 0], words: [1, 2, 3], same: 1 },
		);
	});

	it("a field that was given is trained through; other cases are not computed", () => {
		const program = (shrink: string) => `precision f64
type Shrink = None | Scaled(by: real)
fn scaled(shrink: Shrink, x: real[n]) -> real[n] = match shrink { None => x; Scaled(by) => by * x }
fit probe(shrink: Shrink) {
  param w: real[2] = [1, 1]
  repeat 1 { minimize sum(scaled(shrink, w)) using sgd(1) }
}
let moved = probe(${shrink}).w
`;
		expectValues(program("None"), { moved: [0, 0] });
		expectValues(program("Scaled(3)"), { moved: [-2, -2] });
	});

	it("are shown in text as they are written", () => {
		const runs = onBackends(`type Rule = Unbiased | Biased(rate: Int)
let text = "{Unbiased} and {Biased(2)}"
`);
		for (const run of runs) {
			const value = run.value("text");
			assert.equal(value.kind === "string" && value.value, "Unbiased and Biased(2)");
		}
	});

	it("are imported by their names", () => {
		const files = {
			"rules.ansatz": `export type Rule = Unbiased | Biased(rate: real)
export fn rate_of(rule: Rule) -> real = match rule { Unbiased => 0; Biased(rate) => rate }
`,
		};
		const values = valuesOf(
			`import "rules.ansatz" { Rule, Unbiased, Biased, rate_of }
fn twice(rule: Rule) -> real = 2 * rate_of(rule)
let rates = [twice(Unbiased), twice(Biased(1.5))]
`,
			"rates",
			{ files },
		);
		assert.deepEqual(values, [0, 3]);
	});
});
