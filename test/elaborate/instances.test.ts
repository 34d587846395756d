import assert from "node:assert/strict";
import type { Backend } from "../../compiler/backends/backend.js";
import { interpreterBackend } from "../../compiler/backends/interpreter.js";
import type { Func } from "../../compiler/ir/ir.js";
import { functionKey } from "../../compiler/ir/print.js";
import { type Evaluated, evaluateProgram, runProgramText } from "../support/evaluate.js";
import { assertClose } from "../support/values.js";

interface Compiled {
	/** Equations of all programs, those of a function that several calls share once. */
	readonly size: number;
	readonly calls: number;
	/** Functions that are called. */
	readonly functions: number;
	readonly result: Evaluated;
}

function compiled(text: string): Compiled {
	const keys = new Set<string>();
	let calls = 0;
	const sizeOf = (func: Func): number =>
		func.equations.reduce((sum, { operation, regions }) => {
			if (operation === "call") calls++;
			return (
				sum +
				1 +
				regions.reduce((inner, region) => {
					const key = functionKey(region);
					if (keys.has(key)) return inner;
					keys.add(key);
					return inner + sizeOf(region);
				}, 0)
			);
		}, 0);
	let size = 0;
	const spy: Backend = {
		name: "spy",
		compile(program, carried) {
			size += sizeOf(program);
			return interpreterBackend.compile(program, carried);
		},
	};
	const result = evaluateProgram(text, { backend: spy });
	return { size, calls, functions: keys.size, result };
}

/** A turn of a solver, whose body has some twenty equations. */
const solver = `precision f64
fn settle(x: real[3], k: real) -> real[3] = {
  let a = tanh(x * k + 0.1) + sin(x) * cos(x * 0.5)
  let b = exp(-a * a) / (1 + sigmoid(a)) - 0.2 * atan(a * 3)
  a * 0.5 + b * sum(x) / (2 + sum(b * b))
}
`;

function settled(x: readonly number[], k: number): number[] {
	const a = x.map((v) => Math.tanh(v * k + 0.1) + Math.sin(v) * Math.cos(v * 0.5));
	const b = a.map((v) => Math.exp(-v * v) / (1 + 1 / (1 + Math.exp(-v))) - 0.2 * Math.atan(v * 3));
	const total = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0);
	const scale = total(x) / (2 + total(b.map((v) => v * v)));
	return a.map((v, i) => v * 0.5 + (b[i] as number) * scale);
}

const start = [0.3, -0.2, 0.5];

function chain(count: number, factor: (turn: number) => number): string {
	const turns = Array.from({ length: count }, (_, i) => `  let x${i + 1} = settle(x${i}, ${factor(i)})`);
	return `${solver}fn all(x0: real[3]) -> real = {
${turns.join("\n")}
  sum(x${count})
}
`;
}

describe("calls of functions", () => {
	it("ninety calls of a solver are one copy of it, and so are those of its derivative", () => {
		const program = (count: number) =>
			`${chain(count, () => 1.5)}let x0: real[3] = [${start}]
let values = for s in 2: all(x0)
let slopes = for s in 2: grad(all)(x0)
`;
		const [fewer, more] = [compiled(program(45)), compiled(program(90))];
		let x: readonly number[] = start;
		for (let turn = 0; turn < 90; turn++) x = settled(x, 1.5);
		const value = x.reduce((sum, v) => sum + v, 0);
		assertClose(more.result.numbers("values"), [value, value], 1e-12, "the values");
		// 45 calls more are so many calls more, forwards and backwards, with what adds their cotangents.
		assert.ok(more.calls >= 2 * 90);
		assert.equal(more.functions, fewer.functions);
		assert.ok(more.size - fewer.size <= 45 * 6, `${fewer.size} and ${more.size} equations`);
	});

	it("ninety calls at the host level, and in a turn of a fit, are one copy, too", () => {
		const lines = (count: number, indent: string): string =>
			Array.from({ length: count }, (_, i) => `${indent}let x${i + 1} = settle(x${i}, 1.5)`).join("\n");
		const host = (count: number): string =>
			`${solver}let x0: real[3] = [${start}]\n${lines(count, "")}\nlet total = sum(x${count})\ncheck total < 100\n`;
		const fit = (count: number): string => `${solver}fit run() {
  param x0: real[3] = [${start}]
  repeat 1 {
${lines(count, "    ")}
    minimize sum(x${count})  using sgd(1e-3)
  }
}
let total = run().run.loss
`;
		let x: readonly number[] = start;
		for (let turn = 0; turn < 90; turn++) x = settled(x, 1.5);
		const value = x.reduce((sum, v) => sum + v, 0);
		const listed = (count: number): string =>
			`${solver}fn all(x0: real[3]) -> real = {\n${lines(count, "  ")}\n  sum(x${count})\n}\nlet total = all([${start}])\n`;
		for (const program of [host, listed, fit]) {
			const [fewer, more] = [compiled(program(45)), compiled(program(90))];
			assertClose(more.result.numbers("total"), [value], 1e-12, "the value");
			assert.ok(more.size - fewer.size <= 45 * 6, `${fewer.size} and ${more.size} equations`);
			assert.ok(more.functions <= fewer.functions);
		}
	});

	it("what only the host level does stands in a function as before", () => {
		const result = evaluateProgram(`precision f64
fn chosen(x: real[3]) -> real[3] = {
  let most = static(sum(x * x) + sum(tanh(x)) + sum(exp(x)) > 1)
  check sum(x) < 10 "small"
  let a = tanh(x) + sin(x) * cos(x) + exp(-x * x) - sigmoid(x) * 0.2
  if most then a * 0.5 + atan(x) * 0.3 else x
}
fn named(x: real[3]) -> (real[3], String) = {
  let a = tanh(x) + sin(x) * cos(x) + exp(-x * x) - sigmoid(x) * 0.2 + log1p(x * x)
  (a, "sum {sum(x)}")
}
let a = chosen([1, 2, 3])
let (b, text) = named([1, 2, 3])
let c = named([1, 2, 3]).0
`);
		assert.equal(result.eventsOf("check").length, 1);
		assert.deepEqual(result.numbers("b"), result.numbers("c"));
	});

	it("has one instance for static arguments and shapes", () => {
		const two = compiled(
			`${chain(80, (turn) => (turn % 2 === 0 ? 1.5 : 0.5))}let x0: real[3] = [${start}]
let values = for s in 2: all(x0)
`,
		);
		assert.equal(two.calls, 80);
		assert.equal(two.functions, 2);
		let x: readonly number[] = start;
		for (let turn = 0; turn < 80; turn++) x = settled(x, turn % 2 === 0 ? 1.5 : 0.5);
		const value = x.reduce((sum, v) => sum + v, 0);
		assertClose(two.result.numbers("values"), [value, value], 1e-12, "the values");
	});

	it("puts few and small ones in place", () => {
		const few = compiled(`${chain(3, () => 1.5)}let x0: real[3] = [${start}]\nlet v = for s in 2: all(x0)\n`);
		assert.equal(few.calls, 0);
	});

	const layers = (depth: number): string => `import std.nn { Linear }
precision f64
model Block() {
  inner = Linear(4, 4)
  (x: real[4]) -> real[4] = {
    let y = tanh(inner(x)) + 0.1 * sin(x) * cos(x)
    let z = exp(-y * y) - sigmoid(y) * 0.2
    y + z * sum(y) / (1 + sum(z * z)) + atan(x) * 0.3 + log1p(x * x)
  }
}
model Deep() {
  blocks = [for i in 0..${depth}: Block()]
  (x: real[4]) -> real[4] = fold(blocks, x, |h, block| block(h))
}
fit run() {
  net = Deep()
  repeat 3 { minimize sum(net([0.1, 0.2, 0.3, 0.4])^2) using sgd(0.001) }
}
let result = run()
`;

	it("layers of equal shapes are calls of one function, with their weights as arguments", () => {
		const [less, more] = [compiled(layers(20)), compiled(layers(40))];
		// One forwards and one backwards; the first layer, on a constant, is in place.
		assert.equal(more.functions, less.functions);
		assert.equal(more.calls, 2 * 39);
	});

	it("in calls indices are checked, too", () => {
		const turns = Array.from({ length: 60 }, (_, i) => `  let x${i + 1} = pick(x${i}, i)`).join("\n");
		const text = (index: number) => `precision f64
fn pick(x: real[3], i: int) -> real[3] = {
  let a = tanh(x) + sin(x) * cos(x) + exp(-x * x) - sigmoid(x) * 0.2
  a + x[i] * sum(a) / (1 + sum(a * a)) + atan(x) * 0.3
}
fn all(x0: real[3], i: int) -> real = {
${turns}
  sum(x60)
}
let at: int[2] = [0, ${index}]
let values = for s in 2: all([0.1, 0.2, 0.3], at[s])
`;
		assert.equal(runProgramText(text(2)).exitCode, 0);
		const failed = runProgramText(text(3));
		const [problem] = failed.eventsOf("problem").filter((e) => e.diagnostic.severity === "error");
		assert.equal(problem?.diagnostic.code, "E0606");
		const at = problem?.diagnostic.at;
		assert.equal(text(3).slice(at?.start, at?.end), "i");
	});

	it("draw as they would in place, each call its own numbers", () => {
		const result = evaluateProgram(`precision f64
fn noisy(x: real[3]) -> real[3] = {
  let a = tanh(x) + sin(x) * cos(x) + exp(-x * x) - sigmoid(x) * 0.2
  a * 0.5 + uniform([3]) + atan(x) * 0.3 + log1p(x * x)
}
fn both(x: real[3]) -> real[2, 3] = [noisy(x), noisy(x)]
let in_place = seed 3 { both([0.1, 0.2, 0.3]) }
let called = for s in 2: seed 3 { both([0.1, 0.2, 0.3]) }
`);
		const values = result.numbers("in_place");
		assert.notDeepEqual(values.slice(0, 3), values.slice(3));
		assert.deepEqual(result.numbers("called"), [...values, ...values]);
	});
});
