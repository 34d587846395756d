import { strict as assert } from "node:assert";
import fc from "fast-check";
import { Builder } from "../../compiler/ir/builder.js";
import { interpret, regionEvaluators } from "../../compiler/ir/interpret.js";
import type { TensorData, Value } from "../../compiler/ir/ir.js";
import { primitives, regionPrimitives } from "../../compiler/ir/primitives/index.js";
import { functionKey, print } from "../../compiler/ir/print.js";
import { read } from "../../compiler/ir/read.js";
import { call, cond, functionOf, scan, whileLoop } from "../../compiler/ir/regions.js";
import { verify } from "../../compiler/ir/verify.js";
import { randomPrograms } from "../support/programs.js";
import { backends, compute, scalar, typeOf, vector } from "../support/run.js";

const regions = [...regionPrimitives.keys()];
const withRegions = [...regions, ...regions, ...regions, "tanh", "add", "reduce_sum", "broadcast"];

describe("operations with regions", () => {
	it("have an evaluator, and names of their own", () => {
		assert.deepEqual([...regionEvaluators.keys()].sort(), [...regions].sort());
		assert.ok(regions.every((name) => !primitives.has(name)));
	});

	it("print and read back", () => {
		fc.assert(
			fc.property(randomPrograms(withRegions, 6), ({ func }) => {
				verify(func);
				const again = read(print(func));
				verify(again);
				assert.deepEqual(again, func);
			}),
			{ numRuns: 150 },
		);
	});

	it("looks like this", () => {
		const text = [
			"func powers(%0: f32[], %1: f32[3]) {",
			"  %2: f32[], %3: f32[3] = scan %0, %1 {carries=1, length=3, reverse=false, sequences=1}",
			"    func turn(%0: f32[], %1: f32[]) {",
			"      %2: f32[] = mul %0, %1",
			"      return %2, %2",
			"    }",
			"  return %2, %3",
			"}",
			"",
		].join("\n");
		const func = read(text);
		verify(func);
		assert.equal(print(func), text);
	});

	it("have the same key exactly where they are equal but for the names of values", () => {
		/** The text with values numbered anew, which is what the key stands for. */
		const plain = (text: string): string => {
			const names = new Map<string, string>();
			return text.replaceAll(/%\d+/g, (name) => {
				if (!names.has(name)) names.set(name, `%${names.size}`);
				return names.get(name) as string;
			});
		};
		const renamed = (text: string): string => text.replaceAll(/%(\d+)/g, (_, id) => `%${Number(id) * 3 + 7}`);
		const keys = new Map<string, string>();
		fc.assert(
			fc.property(randomPrograms(withRegions, 3), ({ func }) => {
				const key = functionKey(func);
				assert.equal(functionKey(read(renamed(print(func)))), key);
				const text = plain(print(func));
				assert.equal(keys.get(key) ?? text, text);
				keys.set(key, text);
			}),
			{ numRuns: 300 },
		);
		assert.equal(new Set(keys.values()).size, keys.size);
	});

	it("share calls of equal regions, and capture what they use", () => {
		const builder = new Builder();
		const x = builder.parameter(typeOf("f32"));
		const predicate = builder.parameter(typeOf("bool"));
		const y = builder.emit("exp", [x]);
		const one = builder.scalar(1, "f32");
		const make = () =>
			cond(
				builder,
				predicate,
				(inner) => [inner.emit("mul", [y, inner.emit("add", [x, one])])],
				() => [x],
			);
		const [value] = make();
		assert.equal(make()[0], value);
		const equation = builder.definition(value as Value);
		// The number 1 is inside; x and y are given.
		assert.deepEqual(equation?.inputs, [predicate, x, y]);
		verify(builder.build("f", [value as Value]));
	});

	it("capture a value once, from wherever it comes", () => {
		const builder = new Builder();
		const x = builder.parameter(typeOf("f32"));
		const predicate = builder.parameter(typeOf("bool"));
		const make = (outer: Builder): Value =>
			cond(
				outer,
				predicate,
				(inner) => [inner.emit("mul", [x, outer.capture(x, "here")])],
				(inner) => [inner.emit("add", [outer.capture(x, "here"), x])],
			)[0] as Value;
		const [value] = cond(
			builder,
			predicate,
			(inner) => [make(inner)],
			() => [x],
		);
		verify(builder.build("f", [value as Value]));
	});

	it("are rewritten in place with more results", () => {
		const builder = new Builder();
		const x = builder.parameter(typeOf("f64"));
		const once = functionOf("once", [x.type], (inner, [v]) => [inner.emit("sin", [v as Value])]);
		const twice = functionOf("twice", [x.type], (inner, [v]) => [
			inner.emit("sin", [v as Value]),
			inner.emit("cos", [v as Value]),
		]);
		const [value] = call(builder, once, [x]);
		const later = builder.emit("neg", [value as Value]);
		const equation = builder.definition(value as Value);
		assert.ok(equation !== undefined);
		const [more] = builder.rewrite(equation, () => call(builder, twice, [x]));
		const func = builder.build("f", [later, more as Value]);
		verify(func);
		assert.equal(func.equations.length, 2);
		const [a, b] = interpret(func, [scalar("f64", 2)]) as [TensorData, TensorData];
		assert.deepEqual([a.data[0], b.data[0]], [-Math.sin(2), Math.cos(2)]);
		assert.throws(() => builder.rewrite(equation, () => [x]), /is not of this function/);
	});
});

for (const backend of backends) {
	describe(`loops on ${backend.name}`, () => {
		it("scan: sums and products along a sequence, in both directions", () => {
			for (const reverse of [false, true]) {
				const results = compute(
					backend,
					[scalar("f64", 1), vector("f64", 2, 3, 5), vector("i32", 1, 2, 3)],
					(builder, [init, xs, counts]) =>
						scan(
							builder,
							{ init: [init as Value], sequences: [xs as Value, counts as Value], reverse },
							(inner, [carry], [x, count]) => {
								const product = inner.emit("mul", [carry as Value, x as Value]);
								return { carries: [product], elements: [carry as Value, count as Value] };
							},
						),
				);
				assert.deepEqual(results, [[30], reverse ? [15, 5, 1] : [1, 2, 6], [1, 2, 3]]);
			}
		});

		it("scan: carries that change places, and no turns at all", () => {
			const run = (length: number) =>
				compute(backend, [vector("f32", 1, 2), vector("f32", 3, 4)], (builder, init) =>
					scan(builder, { init, length }, (_inner, [a, b]) => ({ carries: [b as Value, a as Value] })),
				);
			assert.deepEqual(run(3), [
				[3, 4],
				[1, 2],
			]);
			assert.deepEqual(run(0), [
				[1, 2],
				[3, 4],
			]);
		});

		it("while: the integer square root, with and without a limit", () => {
			for (const [limit, expected] of [
				[undefined, [10, 10]],
				[4, [4, 4]],
				[0, [0, 0]],
			] as const) {
				const found = compute(backend, [scalar("i32", 105)], (builder, [n]) =>
					whileLoop(
						builder,
						[builder.scalar(0, "i32")],
						(inner, [k]) => {
							const next = inner.emit("add", [k as Value, inner.scalar(1, "i32")]);
							return inner.emit("le", [inner.emit("mul", [next, next]), n as Value]);
						},
						(inner, [k]) => [inner.emit("add", [k as Value, inner.scalar(1, "i32")])],
						{ limit },
					),
				);
				assert.deepEqual(found.flat(), expected);
			}
		});

		it("cond: the branch that holds, nested in a loop", () => {
			const collatz = (start: number) =>
				compute(backend, [scalar("i32", start)], (builder, [n]) =>
					whileLoop(
						builder,
						[n as Value],
						(inner, [k]) => inner.emit("ne", [k as Value, inner.scalar(1, "i32")]),
						(inner, [k]) => {
							const two = inner.scalar(2, "i32");
							const even = inner.emit("eq", [inner.emit("mod", [k as Value, two]), inner.scalar(0, "i32")]);
							return cond(
								inner,
								even,
								(branch) => [branch.emit("floor_div", [k as Value, two])],
								(branch) => {
									const triple = branch.emit("mul", [k as Value, branch.scalar(3, "i32")]);
									return [branch.emit("add", [triple, branch.scalar(1, "i32")])];
								},
							);
						},
					),
				);
			assert.deepEqual(collatz(27), [[1], [111]]);
		});
	});
}
