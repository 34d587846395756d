import { strict as assert } from "node:assert";
import fc from "fast-check";
import { Builder } from "../../compiler/ir/builder.js";
import { interpret } from "../../compiler/ir/interpret.js";
import type { Func, TensorData, Value } from "../../compiler/ir/ir.js";
import { regionPrimitives } from "../../compiler/ir/primitives/index.js";
import { print } from "../../compiler/ir/print.js";
import { call, cond, customDerivative, functionOf, scan, whileLoop } from "../../compiler/ir/regions.js";
import { verify } from "../../compiler/ir/verify.js";
import { regionRules } from "../../compiler/transform/regions/simplify.js";
import { simplify } from "../../compiler/transform/simplify.js";
import { assertClose } from "../support/compare.js";
import { randomPrograms } from "../support/programs.js";
import { backends, resultsOf, typeOf } from "../support/run.js";

const regions = [...regionPrimitives.keys()];
const names = [
	...regions,
	...regions,
	"tanh",
	"sin",
	"add",
	"mul",
	"reduce_sum",
	"broadcast",
	"fill",
	"reshape",
];

function built(make: (builder: Builder, x: Value) => readonly Value[]): Func {
	const builder = new Builder();
	const x = builder.parameter(typeOf("f64", 3));
	return simplify(builder.build("f", make(builder, x)));
}

describe("simplify with regions", () => {
	it("has a rule for every operation with regions", () => {
		assert.deepEqual([...regionRules.keys()].sort(), [...regions].sort());
	});

	for (const keepGuards of [false, true]) {
		it(`keeps the value of random programs${keepGuards ? ", guards too" : ""}`, () => {
			fc.assert(
				fc.property(randomPrograms(names, 6), ({ func, args }) => {
					const simplified = simplify(func, { keepGuards });
					verify(simplified);
					const expected = interpret(func, args);
					for (const backend of backends) {
						resultsOf(backend, simplified, args).forEach((value, k) => {
							const scale = Array.from<number>(value.data).reduce(
								(most, x) => Math.max(most, Math.abs(x)),
								1,
							);
							const precision = value.type.element === "f64" ? 1e-9 : 1e-4;
							const where = `on ${backend.name}\n${print(func)}\n${print(simplified)}`;
							assertClose(value, expected[k] as TensorData, () => precision * scale, where);
						});
					}
				}),
				{ numRuns: 150, seed: 3 },
			);
		}).timeout(20000);
	}

	it("drops dead carries and results, and makes carries that stay constants", () => {
		const func = built((builder, x) => {
			const zero = builder.zeros(x.type);
			const [, , last] = scan(builder, { init: [x, zero, x], length: 4 }, (inner, [a, b, c]) => ({
				carries: [a as Value, inner.emit("exp", [b as Value]), inner.emit("mul", [a as Value, c as Value])],
				elements: [inner.emit("cos", [b as Value])],
			}));
			return [last as Value];
		});
		assert.match(
			print(func),
			/%1: f64\[3\] = scan %0, %0 \{carries=1, length=4, reverse=false, sequences=0\}/,
		);
		assert.doesNotMatch(print(func), /exp|cos/);
	});

	it("takes what does not change out of a scan, and drops a scan that does nothing", () => {
		const func = built((builder, x) => [
			scan(builder, { init: [x], length: 4 }, (inner, [carry]) => ({
				carries: [inner.emit("mul", [carry as Value, inner.emit("exp", [x])])],
			}))[0] as Value,
		]);
		assert.equal(func.equations[0]?.operation, "exp", print(func));
		const nothing = built((builder, x) =>
			scan(builder, { init: [x], length: 4 }, (_inner, [carry]) => ({ carries: [carry as Value] })),
		);
		assert.equal(nothing.equations.length, 0);
	});

	it("keeps a carry of a while that steers it", () => {
		const func = built((builder, x) => {
			const [, , turns] = whileLoop(
				builder,
				[builder.scalar(0, "i32"), x],
				(inner, [k]) => inner.emit("lt", [k as Value, inner.scalar(3, "i32")]),
				(inner, [k, y]) => [
					inner.emit("add", [k as Value, inner.scalar(1, "i32")]),
					inner.emit("exp", [y as Value]),
				],
			);
			return [turns as Value];
		});
		assert.match(print(func), /= while %\d+ \{carries=1\}/);
		assert.doesNotMatch(print(func), /exp/);
	});

	it("takes the branch that is known, and passes what both branches pass", () => {
		const known = built((builder, x) =>
			cond(
				builder,
				builder.scalar(0, "bool"),
				() => [x],
				(inner) => [inner.emit("exp", [x])],
			),
		);
		assert.deepEqual(
			known.equations.map((equation) => equation.operation),
			["exp"],
		);
		const passed = built((builder, x) => {
			const predicate = builder.emit("gt", [builder.sum(x), builder.scalar(0, "f64")]);
			return cond(
				builder,
				predicate,
				(inner) => [x, inner.emit("sin", [x])],
				(inner) => [x, inner.emit("cos", [x])],
			);
		});
		assert.equal(passed.results[0], passed.parameters[0]);
	});

	it("keeps calls that share a function, and inlines the others", () => {
		const func = functionOf("long", [typeOf("f64", 3)], (builder, [x]) => {
			let y = x as Value;
			for (const name of ["sin", "exp", "tanh", "cos", "sigmoid"]) y = builder.emit(name, [y]);
			return [y];
		});
		const operations = (count: number) =>
			built((builder, x) => {
				let y = x;
				for (let k = 0; k < count; k++) y = call(builder, func, [y])[0] as Value;
				return [y];
			}).equations.map((equation) => equation.operation);
		const own = ["sin", "exp", "tanh", "cos", "sigmoid"];
		assert.deepEqual(operations(1), own);
		// Few copies of little are put in place; many would be much.
		assert.deepEqual(operations(3), [...own, ...own, ...own]);
		assert.deepEqual(operations(90), new Array(90).fill("call"));
	});

	it("keeps a derivative of its own until the guards go", () => {
		const builder = new Builder();
		const x = builder.parameter(typeOf("f64"));
		const value = functionOf("value", [x.type], (inner, [v]) => [inner.emit("sin", [v as Value])]);
		const pullback = functionOf("pullback", [x.type, x.type, x.type], (_inner, [, , d]) => [d as Value]);
		const func = builder.build("f", customDerivative(builder, value, pullback, [x]));
		const names = (keepGuards: boolean) =>
			simplify(func, { keepGuards }).equations.map((equation) => equation.operation);
		assert.deepEqual(names(true), ["custom_derivative"]);
		assert.deepEqual(names(false), ["sin"]);
	});
});
