import { strict as assert } from "node:assert";
import fc from "fast-check";
import { Builder } from "../../compiler/ir/builder.js";
import type { Func } from "../../compiler/ir/ir.js";
import { IrError, inferType } from "../../compiler/ir/primitives/index.js";
import { print } from "../../compiler/ir/print.js";
import { read } from "../../compiler/ir/read.js";
import { verify } from "../../compiler/ir/verify.js";
import { randomPrograms } from "../support/programs.js";
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

describe("the verifier", () => {
	const scalarFunction = (line: string): Func =>
		read(`func f(%0: f32[2], %1: i32[2]) {\n${line}\nreturn %0\n}`);
	const broken: readonly (readonly [string, RegExp])[] = [
		["%2: f32[3] = exp %0", /must be f32\[2\]: %2: f32\[3\] = exp %0/],
		["%2: f32[2] = add %0, %1", /f32\[2\] and i32\[2\] must be equal.*%2/],
		["%2: f32[2] = exponential %0", /no operation exponential.*%2/],
		["%2: f32[2] = exp %0, %0", /takes 1 inputs, not 2/],
		["%2: f32[2] = exp %0 {axis=1}", /no attribute axis/],
		["%2: f32[] = reduce_sum %0", /needs the attribute axes/],
		["%2: f32[] = reduce_sum %0 {axes=[1]}", /not different axes of rank 1/],
		["%2: f32[] = reduce_sum %0 {axes=[0,0]}", /not different axes/],
		["%2: i32[] = argmax %0 {axis=2}", /axis 2 is not an axis/],
		["%2: f32[3] = reshape %0 {shape=[3]}", /another size/],
		["%2: i32[2] = exp %1", /elements i32 are not accepted/],
		['%2: i32[] = fill {element="i32", shape=[], value=0.5}', /0.5 is not of type i32/],
		['%2: f32[2] = constant {data=<1>, element="f32", shape=[2]}', /1 numbers do not fill/],
		["%2: f32[1] = slice %0 {limit=[3], start=[2]}", /is not inside/],
		["%2: f32[3] = broadcast %0 {axes=[0], shape=[3]}", /extents must be 1/],
		["%2: f32[] = dot %0, %0 {batch=[[],[]], contract=[[0],[]]}", /equally long/],
		["%2: f32[2] = select %0, %0, %0", /condition f32\[2\] must be bool\[2\]/],
		["%2: f32[2] = gather %0, %0 {axis=0, batch=0}", /indices must be i32/],
		["%2: i32[4] = random_bits {key=[1], shape=[4]}", /two words/],
	];
	for (const [line, message] of broken) {
		it(`refuses ${line}`, () => {
			assert.throws(() => verify(scalarFunction(line)), { name: "IrError", message });
		});
	}

	it("refuses uses before definitions, double definitions and undefined results", () => {
		const func = read("func f(%0: f32[]) {\n%1: f32[] = exp %0\n%2: f32[] = log %1\nreturn %2\n}");
		const [first, second] = func.equations;
		assert.ok(first !== undefined && second !== undefined);
		const turned = { ...func, equations: [second, first] };
		assert.throws(() => verify(turned), { message: /%1 is used before.*%2: f32\[\] = log %1/ });
		assert.throws(() => verify({ ...func, equations: [first, first, second] }), {
			message: /%1 is defined twice/,
		});
		assert.throws(() => verify({ ...func, equations: [first] }), {
			message: /result %2 of f is not defined/,
		});
	});

	it("refuses the position of an extremum of nothing", () => {
		assert.throws(() => inferType("argmax", [typeOf("f32", 2, 0)], { axis: 1 }), IrError);
		assert.deepEqual(inferType("argmax", [typeOf("f32", 2, 0)], { axis: 0 }), typeOf("i32", 0));
	});
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
