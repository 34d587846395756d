import { strict as assert } from "node:assert";
import fc from "fast-check";
import type { Builder } from "../../compiler/ir/builder.js";
import { interpret } from "../../compiler/ir/interpret.js";
import type { TensorData, Value } from "../../compiler/ir/ir.js";
import { primitives, regionPrimitives } from "../../compiler/ir/primitives/index.js";
import { isFloat } from "../../compiler/ir/primitives/primitive.js";
import { print } from "../../compiler/ir/print.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { verify } from "../../compiler/ir/verify.js";
import { derivatives } from "../../compiler/transform/derivatives/index.js";
import { activityRules } from "../../compiler/transform/regions/activity.js";
import { regionDerivatives } from "../../compiler/transform/regions/reverse.js";
import { gradients } from "../../compiler/transform/reverse.js";
import { assertClose } from "../support/compare.js";
import { Choices, Maker, randomNumbers } from "../support/programs.js";
import { addAll, numbersIn, rangeOf, weighted } from "../support/smooth.js";

const step = 1e-5;
const tolerance = 1e-6;

interface Differentiable {
	readonly builder: Builder;
	readonly wrt: readonly Value[];
	readonly loss: Value;
}

/** Compares the derivative of `loss` along a direction with a central difference. */
function assertDerivative(
	{ builder, wrt, loss }: Differentiable,
	args: readonly TensorData[],
	what: string,
): void {
	const before = builder.build("before", [loss]);
	const slopes = gradients(builder, loss, wrt);
	const func = builder.build("loss", [loss, ...slopes]);
	verify(func);
	// Reverse mode replaces loops; what they compute stays what it was.
	assertClose(
		interpret(func, args)[0] as TensorData,
		interpret(before, args)[0] as TensorData,
		() => 0,
		`${print(before)}\n${print(func)}`,
	);
	const directions = new Map<Value, number[]>(
		func.parameters.flatMap((parameter, k) =>
			wrt.includes(parameter)
				? [[parameter, numbersIn([-1, 1], args[k]?.data.length ?? 0, 77 + k)] as const]
				: [],
		),
	);
	const lossAt = (offset: number): number => {
		const moved = func.parameters.map((parameter, k) => {
			const arg = args[k] as TensorData;
			const direction = directions.get(parameter);
			if (direction === undefined) return arg;
			return tensor(
				parameter.type,
				Array.from(arg.data, (x, i) => x + offset * (direction[i] as number)),
			);
		});
		return interpret(func, moved)[0]?.data[0] as number;
	};
	let expected = 0;
	interpret(func, args)
		.slice(1)
		.forEach((slope, k) => {
			const direction = directions.get(wrt[k] as Value) as number[];
			slope.data.forEach((x, i) => {
				expected += x * (direction[i] as number);
			});
		});
	// An empty maximum is infinite, whatever its input.
	if (!Number.isFinite(lossAt(0))) return;
	const actual = (lossAt(step) - lossAt(-step)) / (2 * step);
	const scale = Math.max(1, Math.abs(actual), Math.abs(expected));
	assert.ok(
		Math.abs(actual - expected) <= tolerance * scale,
		`${what}: difference ${actual}, derivative ${expected}\n${print(func)}`,
	);
}

/** Checks the first and the second derivative of a program; false where there is nothing to derive. */
function assertDerivatives(operations: readonly string[], numbers: readonly number[]): boolean {
	const maker = new Maker(new Choices(numbers), ["f64", "i32", "bool"]);
	maker.bounded = true;
	for (const operation of operations) maker.emit(operation);
	const { builder } = maker;
	const output = maker.values.at(-1) as Value;
	const wrt = builder.parameters.filter((parameter) => isFloat(parameter.type.element));
	if (output.type.element !== "f64" || wrt.length === 0) return false;
	const range = rangeOf(operations);
	const args = builder.parameters.map(({ type }, k) =>
		tensor(
			type,
			type.element === "f64"
				? numbersIn(
						range,
						type.shape.reduce((product, n) => product * n, 1),
						k + 3,
					)
				: randomNumbers(type, k),
		),
	);
	const loss = weighted(builder, output, 5);
	assertDerivative({ builder, wrt, loss }, args, "first order");
	const slopes = gradients(builder, loss, wrt);
	const second = addAll(
		builder,
		slopes.map((slope, k) => weighted(builder, slope, 9 + k)),
	);
	assertDerivative({ builder, wrt, loss: second }, args, "second order");
	return true;
}

/** What flows back through these is not the derivative of the value, by definition. */
const byDefinition = new Set(["guard", "stop_gradient"]);
const smooth =
	"neg sin cos tanh sigmoid erf expm1 add sub mul max min select reduce_sum reduce_max cumsum cumprod cumlogsumexp cummax reshape transpose " +
	"broadcast slice pad concatenate reverse dot gather scatter_add dynamic_slice dynamic_update abs";

describe("derivatives", () => {
	it("have a rule or a reason for every primitive", () => {
		assert.deepEqual([...derivatives.keys()].sort(), [...primitives.keys()].sort());
		for (const [name, row] of derivatives) {
			assert.ok("rule" in row || row.none.length > 10, name);
		}
	});

	it("have a rule for every operation with regions", () => {
		assert.deepEqual([...regionDerivatives.keys()].sort(), [...regionPrimitives.keys()].sort());
		assert.deepEqual([...activityRules.keys()].sort(), [...regionPrimitives.keys()].sort());
	});

	for (const operation of [...primitives.keys(), ...regionPrimitives.keys()]) {
		if (byDefinition.has(operation)) continue;
		it(`agree with differences: ${operation}`, () => {
			let checked = 0;
			fc.assert(
				fc.property(fc.array(fc.nat(9999), { minLength: 8, maxLength: 30 }), (numbers) => {
					if (assertDerivatives([operation], numbers)) checked++;
				}),
				{ numRuns: 30, seed: 7 },
			);
			const row = derivatives.get(operation);
			if (row === undefined || "rule" in row)
				assert.ok(checked >= 4, `only ${checked} programs were checked`);
		});
	}

	it("agree with differences on random programs with regions", () => {
		const regions = [...regionPrimitives.keys()];
		fc.assert(
			fc.property(
				fc.array(fc.constantFrom(...regions, ...regions, ...smooth.split(" ")), {
					minLength: 2,
					maxLength: 5,
				}),
				fc.array(fc.nat(9999), { minLength: 8, maxLength: 30 }),
				(operations, numbers) => {
					assertDerivatives(operations, numbers);
				},
			),
			{ numRuns: 60, seed: 5 },
		);
	}).timeout(30000);

	it("agree with differences on random smooth programs", () => {
		fc.assert(
			fc.property(
				fc.array(fc.constantFrom(...smooth.split(" ")), { minLength: 2, maxLength: 7 }),
				fc.array(fc.nat(9999), { minLength: 8, maxLength: 30 }),
				(operations, numbers) => {
					assertDerivatives(operations, numbers);
				},
			),
			{ numRuns: 150, seed: 11 },
		);
	}).timeout(30000);
});
