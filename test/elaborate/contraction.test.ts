import assert from "node:assert/strict";
import type { Backend } from "../../compiler/backends/backend.js";
import { interpreterBackend } from "../../compiler/backends/interpreter.js";
import type { Func } from "../../compiler/ir/ir.js";
import { evaluateProgram } from "../support/evaluate.js";

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
});
