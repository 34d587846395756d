import assert from "node:assert/strict";
import { setValues } from "../../cli/set.js";

const program = `let rate = 0.05
let name = "first"
let wide = [1,
  2]
fit root(goal: real, turns: Int = 40) {
  param x: real = 1
  repeat turns { minimize (x^2 - goal)^2  using sgd(rate) }
}
fit other(turns: Int = 5) {
  param x: real = 1
  repeat turns { minimize x^2  using sgd(0.1) }
}
let r = root(2)
let o = other(turns = 3)
check r.run.loss < 1 "the loss of {name} by {sum(wide)}"
`;

function changed(...settings: string[]): string {
	const result = setValues("program.ansatz", program, settings);
	assert.ok("text" in result, JSON.stringify(result));
	return result.text;
}

/** Codes and messages of what is refused. */
function problems(...settings: string[]): string[] {
	const result = setValues("program.ansatz", program, settings);
	assert.ok("problems" in result, "it is refused");
	return result.problems.map((d) => `${d.code} ${d.message}${d.hint ? ` (${d.hint})` : ""}`);
}

describe("values that are set", () => {
	it("stand in the text in place of those of `let`s and of defaults", () => {
		assert.equal(changed("rate=0.1"), program.replace("rate = 0.05", "rate = 0.1"));
		assert.equal(changed("rate = 1"), program.replace("rate = 0.05", "rate = 1"));
		assert.equal(changed("root.turns=7"), program.replace("Int = 40", "Int = 7"));
		assert.equal(
			changed("name=second", "rate=2 * 0.1", "root.turns=8"),
			program.replace("first", "second").replace("0.05", "2 * 0.1").replace("40", "8"),
		);
	});

	it("texts need no quotes, and hold no expressions", () => {
		assert.equal(changed('name="two"'), program.replace("first", "two"));
		assert.equal(changed('name=a {b} "c"'), program.replace("first", 'a \\{b\\} \\"c\\"'));
	});

	it("keep the lines of what stands below", () => {
		const text = changed("wide=[4]");
		assert.equal(text.split("\n").length, program.split("\n").length);
		assert.match(text, /let wide = \[4\]\n\nfit root/);
	});

	it("what there is not, and what may be several, is refused with what there is", () => {
		assert.deepEqual(problems("rat=1"), [
			"E0703 there is nothing to set that is named `rat` (did you mean `rate`?)",
		]);
		assert.deepEqual(problems("turns=3"), [
			"E0703 `turns` may be `root.turns`, `other.turns` (say which: `--set root.turns=3`)",
		]);
		assert.deepEqual(problems("rate"), ["E0703 `--set rate` has no value (write `--set name=value`)"]);
		assert.deepEqual(problems("rate=1", "rate=2"), ["E0703 `rate` is set twice"]);
		assert.match(
			problems("root.goal=1")[0] ?? "",
			/^E0703 there is nothing to set that is named `root\.goal`/,
		);
	});

	it("a default that each call overrides is refused", () => {
		assert.match(problems("other.turns=4")[0] ?? "", /^E0703 setting `other\.turns` changes nothing/);
	});

	it("what is no expression, or of another kind, is refused", () => {
		assert.match(problems("rate=1 +")[0] ?? "", /^E0703 `1 \+` is no value: /);
		assert.match(problems("rate=1)")[0] ?? "", /^E0703 `1\)` is no value: /);
		assert.match(problems("rate=1\nlet evil = 2")[0] ?? "", /^E0703 /);
		assert.deepEqual(problems('rate="x"'), ['E0703 `rate` is Real, and `"x"` is String']);
		assert.deepEqual(problems("wide=3"), ["E0703 `wide` is [1, 2], and `3` is Int 3"]);
	});

	it("what the checker finds in the value is told alone, with where it comes from", () => {
		const result = setValues("program.ansatz", program, ["name=x", "root.turns=0.5"]);
		assert.ok("problems" in result);
		assert.deepEqual(
			result.problems.map((d) => [d.code, d.notes.at(-1), result.tried?.slice(d.at.start, d.at.end)]),
			[["E0314", "with --set name=x --set root.turns=0.5", "0.5"]],
		);
	});
});
