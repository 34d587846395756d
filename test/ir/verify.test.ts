import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { Builder } from "../../compiler/ir/builder.js";
import { type Attributes, Equation, type Func, type TensorType, type Value } from "../../compiler/ir/ir.js";
import { IrError, inferType } from "../../compiler/ir/primitives/index.js";
import { print } from "../../compiler/ir/print.js";
import { read } from "../../compiler/ir/read.js";
import { verify } from "../../compiler/ir/verify.js";
import { typeOf } from "../support/run.js";

const parameters = "%0: f32[2], %1: i32[2], %2: f32[2,3], %3: bool[2], %4: f32[], %5: f64[2,2], %6: i32[]";

/** Each case of the fixture: what is wrong (`#`), equations between those parameters, the message (`->`). */
function cases(): { readonly what: string; readonly text: string; readonly message: string }[] {
	const file = readFileSync(new URL("../../../test/fixtures/ir/broken.txt", import.meta.url), "utf8");
	return file.split("\n\n").map((block) => {
		const lines = block.trimEnd().split("\n");
		const marked = (mark: string): string =>
			lines.find((line) => line.startsWith(mark))?.slice(mark.length) ?? "";
		const equations = lines.filter((line) => line.startsWith("    "));
		const text = [`func f(${parameters}) {`, ...equations, "    return %0", "}"].join("\n");
		return { what: marked("# "), text, message: marked("-> ") };
	});
}

const scalar: TensorType = typeOf("f32");
const value = (id: number, type: TensorType = scalar): Value => ({ id, type });
const equation = (
	operation: string,
	inputs: readonly Value[],
	outputs: readonly Value[],
	regions: readonly Func[] = [],
	attributes: Attributes = {},
): Equation => new Equation(operation, inputs, attributes, outputs, regions);

function func(parts: Partial<Func>): Func {
	return { name: "f", parameters: [], equations: [], results: [], ...parts };
}

/** What no text can say, since reading refuses it: functions that a pass of the compiler might make. */
function broken(): readonly (readonly [what: string, func: Func, message: string])[] {
	const [x, y, z] = [value(0), value(1), value(2)];
	const exp = equation("exp", [x], [y]);
	const log = equation("log", [y], [z]);
	const stranger = value(1);
	const inner = func({ name: "g", parameters: [value(0)], equations: [equation("add", [value(0), y], [z])] });
	const own = value(0);
	const reaching = func({
		name: "g",
		parameters: [own],
		equations: [equation("add", [own, y], [z])],
		results: [z],
	});
	const endless = { ...func({ name: "g", parameters: [own], results: [own] }), equations: [] as Equation[] };
	endless.equations.push(equation("call", [own], [value(5)], [endless]));
	return [
		[
			"a use before the definition",
			func({ parameters: [x], equations: [log, exp], results: [z] }),
			"%1 is used before it is defined: %2: f32[] = log %1",
		],
		[
			"a value defined twice",
			func({ parameters: [x], equations: [exp, exp] }),
			"%1 is defined twice: %1: f32[] = exp %0",
		],
		[
			"two values of one number",
			func({ parameters: [x], equations: [exp, equation("sin", [x], [stranger])] }),
			"%1 is defined twice: %1: f32[] = sin %0",
		],
		["a parameter given twice", func({ parameters: [x, x] }), "%0 is defined twice: parameter of f"],
		[
			"a result that is not defined",
			func({ parameters: [x], results: [y] }),
			"the result %1 of f is not defined",
		],
		[
			"a value that is not defined",
			func({ parameters: [x], equations: [log] }),
			"%1 is not defined: %2: f32[] = log %1",
		],
		[
			"a value of another function",
			func({ parameters: [x], equations: [exp, equation("log", [stranger], [z])] }),
			"%1 is another value than the one that is defined here with this number: %2: f32[] = log %1",
		],
		[
			"a region that reaches outside",
			func({ parameters: [x], equations: [exp, equation("call", [x], [value(7)], [reaching])] }),
			"%1 belongs to f around: what a region uses from outside must be an input of its equation: %2: f32[] = add %0, %1 (in f > g)",
		],
		[
			"a region on values of nowhere",
			func({ parameters: [x], equations: [equation("call", [x], [value(7)], [inner])] }),
			"%0 is another value than the one that is defined here with this number: %2: f32[] = add %0, %1 (in f > g)",
		],
		[
			"a function that carries itself",
			func({ parameters: [x], equations: [equation("call", [x], [y], [endless])] }),
			"the function g carries itself as a region",
		],
		[
			"a parameter of no element type",
			func({ parameters: [value(0, { ...scalar, element: "f16" as "f32" })] }),
			"%0 has elements f16, which are none: parameter of f",
		],
		[
			"a negative extent",
			func({ parameters: [value(0, typeOf("f32", -1))] }),
			"the shape [-1] of %0 is not one of whole numbers from 0: parameter of f",
		],
		[
			"a fraction as extent",
			func({ parameters: [value(0, typeOf("f32", 1.5))] }),
			"the shape [1.5] of %0 is not one of whole numbers from 0: parameter of f",
		],
		[
			"more elements than can be counted",
			func({ parameters: [value(0, typeOf("f32", 2 ** 30, 2 ** 30))] }),
			"%0 has more elements than can be counted: parameter of f",
		],
		[
			"a number of a value that is none",
			func({ parameters: [value(-1)] }),
			"%-1 is not the number of a value: parameter of f",
		],
		[
			"a name that does not read back",
			func({ name: "my function" }),
			'"my function" is not the name of a function',
		],
	];
}

describe("the verifier", () => {
	for (const { what, text, message } of cases()) {
		it(`refuses ${what}`, () => {
			assert.throws(() => verify(read(text)), { name: "IrError", message });
		});
	}

	for (const [what, wrong, message] of broken()) {
		it(`refuses ${what}`, () => {
			assert.throws(() => verify(wrong), { name: "IrError", message });
		});
	}

	it("refuses the position of an extremum of nothing", () => {
		assert.throws(() => inferType("argmax", [typeOf("f32", 2, 0)], { axis: 1 }), IrError);
		assert.deepEqual(inferType("argmax", [typeOf("f32", 2, 0)], { axis: 0 }), typeOf("i32", 0));
	});

	it("looks at a function that many calls share once", () => {
		// Each level calls the one below twice: 2^40 paths lead to the innermost.
		let shared = read("func f0(%0: f32[]) {\n%1: f32[] = exp %0\nreturn %1\n}");
		for (let level = 1; level <= 40; level++) {
			const builder = new Builder();
			const x = builder.parameter(scalar);
			const [once] = builder.emitAll("call", [x], {}, [shared]);
			const [twice] = builder.emitAll("call", [once as Value], {}, [shared]);
			shared = builder.build(`f${level}`, [twice as Value]);
		}
		verify(shared);
	});

	it("accepts what is no mistake", () => {
		for (const text of ["func f() {\n  return\n}\n", "func f(%0: f32[0]) {\n  return %0, %0\n}\n"]) {
			const found = read(text);
			verify(found);
			assert.equal(print(found), text);
		}
	});
});
