import assert from "node:assert/strict";
import type { Backend } from "../../compiler/backends/backend.js";
import { interpreterBackend } from "../../compiler/backends/interpreter.js";
import type { Func } from "../../compiler/ir/ir.js";
import { evaluateProgram } from "../support/evaluate.js";
import { largest } from "../support/largest.js";
import { assertClose } from "../support/values.js";

/** How often each operation stands in what a program compiles to. */
function operations(text: string): Map<string, number> {
	const programs: Func[] = [];
	const spy: Backend = {
		name: "spy",
		compile(program, carried) {
			programs.push(program);
			return interpreterBackend.compile(program, carried);
		},
	};
	evaluateProgram(text, { backend: spy });
	const counts = new Map<string, number>();
	for (const { operation } of programs.flatMap((p) => p.equations)) {
		counts.set(operation, (counts.get(operation) ?? 0) + 1);
	}
	return counts;
}

describe("contractions in index notation", () => {
	const data = "let a = seed 1 { normal([3, 4]) }\nlet b = seed 2 { normal([4, 5]) }\n";
	const before = operations(data).get("dot") ?? 0;
	const forms = {
		"a matrix product": "for i, j: sum k: a[i, k] * b[k, j]",
		"a product with a transpose": "for i, j: sum k: a[i, k] * a[j, k]",
		"a product the other way round": "for j, i: sum k: b[k, j] * a[i, k]",
		"a matrix and a vector": "for i: sum k: a[i, k] * b[k, 0]",
		"a scaled product": "for i, j: sum k: 2 * a[i, k] * b[k, j]",
		"a sum of rows": "sum i, k: a[i, k] * b[k, 1]",
		"the operator": "a @ b",
	};
	for (const [name, form] of Object.entries(forms)) {
		it(`${name}: one dot, and no product of all elements`, () => {
			const counts = operations(`${data}let c = ${form}`);
			assert.equal((counts.get("dot") ?? 0) - before, 1);
			if (form.startsWith("for")) assert.equal(counts.get("reduce_sum") ?? 0, 0);
		});
	}

	it("a chain is contracted two by two in the order that costs least, however it is written", () => {
		const three =
			"precision f64\nlet a = seed 1 { normal([8, 9]) }\nlet b = seed 2 { normal([9, 10]) }\nlet c = seed 3 { normal([10, 11]) }\nlet v = seed 4 { normal([10]) }\n";
		const drawn = largest(three);
		const forms: [string, string][] = [
			["for i, l: sum j, k: a[i, j] * b[j, k] * c[k, l]", "a @ b @ c"],
			["for i, l: sum j, k: c[k, l] * a[i, j] * b[j, k]", "a @ b @ c"],
			["for i: sum k, j: v[k] * (a[i, j] * b[j, k])", "a @ (b @ v)"],
			["for i, k: sum j: a[i, j] * v[k] * b[j, k]", "for i, k: (a @ b)[i, k] * v[k]"],
			["sum i, j, k: a[i, j] * b[j, k] * v[k]", "sum(a @ (b @ v))"],
			["sum i, j, k, l in 3: a[i, j] * b[j, k] * v[k]", "3 * sum(a @ (b @ v))"],
			["for m in 2, i: sum j, k: a[i, j] * b[j, k] * v[k]", "for m in 2: a @ (b @ v)"],
			["sum i: v[i] * v[i] * v[i]", "sum(v^3)"],
			["for i: sum j: a[i, j] * a[i, j] * a[i, j]", "for i: sum(a[i, :]^3)"],
			[
				"sum i, j, k, l: a[i, j] * b[j, k] * c[k, l] * v[k] * a[i, j]",
				"sum k: v[k] * (sum l: c[k, l]) * (sum j: b[j, k] * sum i: a[i, j]^2)",
			],
		];
		for (const [form, plain] of forms) {
			const text = `${three}let chained = ${form}\nlet plain = ${plain}\n`;
			const result = evaluateProgram(text);
			assertClose(result.numbers("chained"), result.numbers("plain"), 1e-9, form);
			assert.ok(largest(`${three}let chained = ${form}\n`) <= drawn, form);
		}
	});

	it("a chain of three is contracted from the side that costs less", () => {
		const form = "let c = for i, l: sum j, k: a[i, j] * b[j, k] * d[k, l]";
		const sizes = (m: number, n: number) =>
			`let a = ones([${m}, ${n}])\nlet b = ones([${n}, ${m}])\nlet d = ones([${m}, ${n}])\n`;
		// Of 40 x 2, 2 x 40, 40 x 2 the last two make 2 x 2, the first two 40 x 40; of 2 x 40, 40 x 2, 2 x 40 the first two.
		for (const [m, n] of [
			[40, 2],
			[2, 40],
		] as const) {
			assert.ok(largest(sizes(m, n) + form) <= 80, `${m} by ${n}`);
			assert.deepEqual(new Set(evaluateProgram(sizes(m, n) + form).numbers("c")), new Set([m * n]));
		}
	});
});
