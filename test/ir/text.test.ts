import { strict as assert } from "node:assert";
import fc from "fast-check";
import { Builder } from "../../compiler/ir/builder.js";
import { IrError, primitives, regionPrimitives } from "../../compiler/ir/primitives/index.js";
import { print } from "../../compiler/ir/print.js";
import { read } from "../../compiler/ir/read.js";
import { verify } from "../../compiler/ir/verify.js";
import { batch } from "../../compiler/transform/batch.js";
import { simplify } from "../../compiler/transform/simplify.js";
import { makeProgram, randomPrograms } from "../support/programs.js";
import { assertRoundTrip } from "../support/round-trip.js";
import { typeOf } from "../support/run.js";

describe("the text form of the IR", () => {
	it("reads what it prints", () => {
		fc.assert(
			fc.property(randomPrograms(), ({ func }) => {
				const again = read(print(func));
				verify(again);
				assert.deepEqual(again, func);
			}),
			{ numRuns: 300 },
		);
	});

	for (const operation of [...primitives.keys(), ...regionPrimitives.keys()]) {
		it(`keeps ${operation}, and what batching and the simplifier make of it`, () => {
			let found = 0;
			for (let seed = 1; seed <= 8; seed++) {
				const { func } = makeProgram([operation], [seed * 7, seed * 131 + 5, seed, 3, 12, 7 * seed, 9, 2]);
				found += func.equations.filter((equation) => equation.operation === operation).length;
				const lanes = batch(
					func,
					3,
					func.parameters.map(() => true),
				);
				for (const made of [func, simplify(func), lanes]) assertRoundTrip(made);
			}
			assert.ok(found > 0);
		});
	}

	it("keeps every number", () => {
		const builder = new Builder();
		const numbers = [
			Number.NaN,
			Number.POSITIVE_INFINITY,
			Number.NEGATIVE_INFINITY,
			-0,
			5e-324,
			-1.5e300,
			0.1,
		];
		const constant = builder.constant(numbers, typeOf("f64", numbers.length));
		const fill = builder.fill(Number.NEGATIVE_INFINITY, typeOf("f32"));
		const func = builder.build("numbers", [constant, fill]);
		assert.deepEqual(read(print(func)), func);
	});

	it("looks like this", () => {
		const text = [
			"func product(%0: f32[64,10], %1: f32[10,3]) {",
			"  %2: f32[64,3] = dot %0, %1 {batch=[[],[]], contract=[[1],[0]]}",
			'  %3: f32[64,3] = random_uniform {element="f32", key=[1,4294967295], shape=[64,3]}',
			"  return %2, %3",
			"}",
			"",
		].join("\n");
		assert.equal(print(read(text)), text);
	});

	const broken: readonly (readonly [string, string, RegExp])[] = [
		["an unknown value", "func f() {\n return %0\n}", /%0 is not defined/],
		["a value defined twice", "func f(%0: f32[], %0: f32[]) {\n return %0\n}", /%0 is defined twice/],
		["an unknown element", "func f(%0: f16[]) {\n return %0\n}", /f16 is not a type/],
		["an early end", "func f(%0: f32[]) {", /ends too early/],
		["a late end", "func f() {\n return\n}\nmore", /nothing may follow/],
		["a strange character", "func f() ?", /cannot read/],
	];
	for (const [what, text, message] of broken) {
		it(`refuses ${what}`, () => {
			assert.throws(() => read(text), { name: "IrError", message });
		});
	}
});

describe("the builder", () => {
	it("gives equal equations the same value", () => {
		const builder = new Builder();
		const x = builder.parameter(typeOf("f32", 3));
		assert.equal(builder.emit("exp", [x]), builder.emit("exp", [x]));
		assert.notEqual(builder.fill(0, x.type), builder.fill(-0, x.type));
		assert.equal(builder.fill(Number.NaN, x.type), builder.fill(Number.NaN, x.type));
		assert.notEqual(builder.fill(0, x.type), builder.fill(0, typeOf("f32", 4)));
		const draw = (key: number) => builder.emit("random_bits", [], { key: [key, 0], shape: [2] });
		assert.equal(draw(1), draw(1));
		assert.notEqual(draw(1), draw(2));
		assert.notEqual(builder.fresh(x), builder.fresh(x));
	});

	it("emits nothing for movements that move nothing", () => {
		const builder = new Builder();
		const x = builder.parameter(typeOf("f32", 3, 2));
		assert.equal(builder.transpose(x, [0, 1]), x);
		assert.equal(builder.reshape(x, [3, 2]), x);
		assert.equal(builder.broadcast(x, [3, 2]), x);
		assert.equal(builder.sum(x, []), x);
		assert.equal(builder.cast(x, "f32"), x);
		assert.equal(builder.equations.length, 0);
		const square = builder.parameter(typeOf("f32", 2, 2));
		assert.notEqual(builder.broadcast(square, [2, 2], [1, 0]), square);
	});

	it("refuses values of another builder", () => {
		const foreign = new Builder().parameter(typeOf("f32"));
		const builder = new Builder();
		assert.throws(() => builder.emit("exp", [foreign]), IrError);
		assert.throws(() => builder.build("f", [foreign]), IrError);
		assert.throws(() => builder.fresh(foreign), IrError);
	});
});
