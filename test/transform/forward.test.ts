import { strict as assert } from "node:assert";
import fc from "fast-check";
import { Builder } from "../../compiler/ir/builder.js";
import { interpret } from "../../compiler/ir/interpret.js";
import type { Value } from "../../compiler/ir/ir.js";
import { IrError, primitives, regionPrimitives } from "../../compiler/ir/primitives/index.js";
import { isFloat } from "../../compiler/ir/primitives/primitive.js";
import { print } from "../../compiler/ir/print.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { verify } from "../../compiler/ir/verify.js";
import { jvp } from "../../compiler/transform/forward.js";
import { regionTangents } from "../../compiler/transform/regions/forward.js";
import { gradients } from "../../compiler/transform/reverse.js";
import { tangentRules } from "../../compiler/transform/tangents/index.js";
import { Choices, Maker } from "../support/programs.js";
import { typeOf } from "../support/run.js";
import { addAll, numbersIn, rangeOf, weighted } from "../support/smooth.js";

/** Numbers that must be equal in pairs: the derivative along a direction, and the second one, by all routes. */
function routes(builder: Builder, loss: Value, wrt: readonly Value[]): (readonly [string, Value, Value])[] {
	const directions = wrt.map(({ type }, k) =>
		builder.constant(numbersIn([-1, 1], sizeOf(type.shape), 31 + k), type),
	);
	const along = (slopes: readonly Value[]): Value =>
		addAll(
			builder,
			slopes.map((slope, k) => builder.sum(builder.emit("mul", [slope, directions[k] as Value]))),
		);
	const slopes = gradients(builder, loss, wrt);
	const reverse = along(slopes);
	const [forward] = jvp(builder, [loss], wrt, directions) as [Value];
	const weigh = (products: readonly Value[]): Value =>
		addAll(
			builder,
			products.map((value, k) => weighted(builder, value, 13 + k)),
		);
	const reverseOverReverse = weigh(gradients(builder, reverse, wrt));
	const forwardOverReverse = weigh(jvp(builder, slopes, wrt, directions));
	const reverseOverForward = weigh(gradients(builder, forward, wrt));
	const twice = along(gradients(builder, reverse, wrt));
	const [forwardOverForward] = jvp(builder, [forward], wrt, directions) as [Value];
	return [
		["forward", forward, reverse],
		["forward over reverse", forwardOverReverse, reverseOverReverse],
		["reverse over forward", reverseOverForward, reverseOverReverse],
		["forward over forward", forwardOverForward, twice],
	];
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

function assertRoutes(operations: readonly string[], numbers: readonly number[]): boolean {
	const maker = new Maker(new Choices(numbers), ["f64", "i32", "bool"]);
	maker.bounded = true;
	for (const operation of operations) maker.emit(operation);
	const { builder } = maker;
	const output = maker.values.at(-1) as Value;
	const wrt = builder.parameters.filter((parameter) => isFloat(parameter.type.element));
	if (output.type.element !== "f64" || wrt.length === 0) return false;
	const pairs = routes(builder, weighted(builder, output, 5), wrt);
	const func = builder.build(
		"routes",
		pairs.flatMap(([, actual, expected]) => [actual, expected]),
	);
	verify(func);
	const args = builder.parameters.map(({ type }, k) =>
		tensor(
			type,
			type.element === "f64"
				? numbersIn(rangeOf(operations), sizeOf(type.shape), k + 3)
				: Array.from(
						{ length: sizeOf(type.shape) },
						(_, i) => (i * 7 + k) % (type.element === "bool" ? 2 : 3),
					),
		),
	);
	const results = interpret(func, args).map((value) => value.data[0] as number);
	pairs.forEach(([name], k) => {
		const [actual, expected] = [results[2 * k] as number, results[2 * k + 1] as number];
		// An empty maximum is infinite.
		if (!Number.isFinite(expected) && !Number.isFinite(actual)) return;
		const close = Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected));
		assert.ok(close, `${name}: ${actual}, reverse mode ${expected}\n${print(func)}`);
	});
	return true;
}

describe("forward mode", () => {
	it("has a rule or a reason for every operation", () => {
		assert.deepEqual([...tangentRules.keys()].sort(), [...primitives.keys()].sort());
		assert.deepEqual([...regionTangents.keys()].sort(), [...regionPrimitives.keys()].sort());
		for (const [name, row] of tangentRules) assert.ok("rule" in row || row.none.length > 10, name);
	});

	for (const operation of [...primitives.keys(), ...regionPrimitives.keys()]) {
		it(`agrees with reverse mode at both orders: ${operation}`, () => {
			let checked = 0;
			fc.assert(
				fc.property(fc.array(fc.nat(9999), { minLength: 8, maxLength: 30 }), (numbers) => {
					if (assertRoutes([operation], numbers)) checked++;
				}),
				{ numRuns: 25, seed: 9 },
			);
			const row = tangentRules.get(operation);
			if (row === undefined || "rule" in row)
				assert.ok(checked >= 3, `only ${checked} programs were checked`);
		});
	}

	it("agrees with reverse mode on random programs with regions", () => {
		const names = [...regionPrimitives.keys()];
		const others = "sin tanh mul add dot reduce_sum cumsum broadcast slice gather select".split(" ");
		fc.assert(
			fc.property(
				fc.array(fc.constantFrom(...names, ...names, ...others), { minLength: 2, maxLength: 4 }),
				fc.array(fc.nat(9999), { minLength: 8, maxLength: 30 }),
				(operations, numbers) => {
					assertRoutes(operations, numbers);
				},
			),
			{ numRuns: 50, seed: 2 },
		);
	}).timeout(30000);

	it("refuses variables that are no floats and tangents of another type", () => {
		const builder = new Builder();
		const [x, n] = [builder.parameter(typeOf("f32")), builder.parameter(typeOf("i32"))];
		assert.throws(() => jvp(builder, [x], [n], [n]), IrError);
		assert.throws(() => jvp(builder, [x], [x], [n]), IrError);
		assert.throws(() => jvp(builder, [x], [x], []), IrError);
	});
});
