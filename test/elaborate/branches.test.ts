import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { largest } from "../support/largest.js";

const numbersOf = (text: string, name: string): readonly number[] => [...evaluateProgram(text).numbers(name)];

function allClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
	assert.equal(actual.length, expected.length);
	actual.forEach((value, k) => {
		const wanted = expected[k] as number;
		assert.ok(
			Math.abs(value - wanted) <= tolerance * (1 + Math.abs(wanted)),
			`${k}: ${value}, not ${wanted}`,
		);
	});
}

const data =
	"precision f64\nlet s = for i in 40: 0.1 * i\nlet taken = for i in 40: i % 3 == 0\nlet never = for i in 40: i > 100\n";

describe("branches: what is the same for all lanes is computed once", () => {
	const losses = {
		"a reduction": "sum j: (if taken[j] then logsumexp(x) - x[j] else 0)",
		"a reduction of what is computed": "sum j: (if taken[j] then x[j] * logsumexp(sin(x)) else x[j])",
		"a branch in a branch": "sum j: (if taken[j] then (if j < 20 then sum(x^2) * x[j] else 1) else 0)",
		"a product": "sum j: (if taken[j] then dot(w @ x, x) * x[j] else 0)",
		"a norm": "sum j: (if taken[j] then x[j] / norm(x) else 0)",
	};
	for (const [name, loss] of Object.entries(losses)) {
		it(name, () => {
			const w = name === "a product" ? "let w = for i in 40, j in 40: sin(i + j)\n" : "";
			const text = `${data}${w}fn f(x: real[40]) -> real = ${loss}\nlet slope = grad(f)(s)\n`;
			// Without it a table of 40 x 40, or, for the product, of 40 x 40 x 40.
			assert.ok(largest(text) <= (name === "a product" ? 1600 : 40), `${largest(text)} elements`);
			const plain = `${data}${w}fn f(x: real[40]) -> real = ${loss}\nlet e = 1e-5\nlet slope = for i in 40: (f(for k: s[k] + (if k == i then e else 0)) - f(for k: s[k] - (if k == i then e else 0))) / (2 * e)\n`;
			allClose(numbersOf(text, "slope"), numbersOf(plain, "slope"), 1e-6);
		});
	}

	it("a branch that no lane takes brings no nan", () => {
		const text = (condition: string) =>
			`${data}fn f(x: real[40]) -> real = sum j: (if ${condition}[j] then log(sum(x) - sum(x)) * x[j] else x[j]^2)\nlet slope = grad(f)(s)\n`;
		allClose(
			numbersOf(text("never"), "slope"),
			Array.from({ length: 40 }, (_, i) => 0.2 * i),
			1e-12,
		);
		assert.ok(
			numbersOf(text("taken"), "slope").some(Number.isNaN),
			"a lane that takes it has the nan of its logarithm",
		);
	});

	it("a lane that does not take the branch brings no nan through what is shared", () => {
		const text = `${data}fn f(x: real[40], c: real) -> real = sum j: (if x[j] > 0 then exp(c) * log(x[j]) else 0)\nlet slope = grad(f, .c)(s, 0)\n`;
		const expected = Array.from({ length: 39 }, (_, i) => Math.log(0.1 * (i + 1))).reduce((a, b) => a + b, 0);
		allClose(numbersOf(text, "slope"), [expected], 1e-12);
	});
});
