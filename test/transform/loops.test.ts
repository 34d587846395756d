import { strict as assert } from "node:assert";
import type { Backend } from "../../compiler/backends/backend.js";
import { assemble } from "../../compiler/backends/wasm/module.js";
import { Builder } from "../../compiler/ir/builder.js";
import { inline } from "../../compiler/ir/inline.js";
import { type Func, sizeOf, type TensorData, type Value } from "../../compiler/ir/ir.js";
import { IrError } from "../../compiler/ir/primitives/index.js";
import { call, cond, customDerivative, functionOf, scan, whileLoop } from "../../compiler/ir/regions.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { batch } from "../../compiler/transform/batch.js";
import { jvp } from "../../compiler/transform/forward.js";
import { gradients } from "../../compiler/transform/reverse.js";
import { simplify } from "../../compiler/transform/simplify.js";
import { backends, compute, scalar, typeOf, vector } from "../support/run.js";
import { numbersIn } from "../support/smooth.js";

type Make = (builder: Builder, values: readonly Value[]) => readonly Value[];

/** The numbers of a small program, after simplifying. */
function run(backend: Backend, inputs: readonly TensorData[], make: Make): number[][] {
	const simplified: Backend = {
		name: backend.name,
		compile: (func, n) => backend.compile(simplify(func), n),
	};
	const plain = compute(backend, inputs, make);
	const found = compute(simplified, inputs, make);
	found.forEach((numbers, k) => {
		assertNumbers(numbers, plain[k] as number[], 1e-10);
	});
	return found;
}

function assertNumbers(
	actual: readonly number[] | undefined,
	expected: readonly number[],
	tolerance = 1e-9,
): void {
	assert.equal(actual?.length, expected.length);
	expected.forEach((x, k) => {
		const y = actual?.[k] as number;
		assert.ok(Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(x)), `${actual} is not ${expected}`);
	});
}

const matrix = (rows: number, columns: number, seed: number, scale = 1): TensorData =>
	tensor(typeOf("f64", rows, columns), numbersIn([-scale, scale], rows * columns, seed));
const times = (builder: Builder, a: Value, b: Value): Value =>
	builder.emit("dot", [a, b], { contract: [[a.type.shape.length - 1], [0]], batch: [[], []] });

/** The state after each input: h' = tanh(W h + x). */
function cell(builder: Builder, w: Value, h: Value, x: Value): Value {
	return builder.emit("tanh", [builder.emit("add", [times(builder, w, h), x])]);
}

const recurrent =
	(unrolled: boolean, checkpoint: number): Make =>
	(builder, [w, h0, xs]) => {
		const inputs = xs as Value;
		const length = inputs.type.shape[0] as number;
		let h = h0 as Value;
		let total: Value;
		if (unrolled) {
			const sums: Value[] = [];
			for (let t = 0; t < length; t++) {
				const row = builder.emit("slice", [inputs], {
					start: [t, 0],
					limit: [t + 1, h.type.shape[0] as number],
				});
				h = cell(builder, w as Value, h, builder.reshape(row, h.type.shape));
				sums.push(builder.sum(builder.emit("sin", [h])));
			}
			total = sums.reduce((a, b) => builder.emit("add", [a, b]));
		} else {
			const [last, outputs] = scan(
				builder,
				{ init: [h], sequences: [inputs], checkpoint },
				(inner, [state], [x]) => {
					const next = cell(inner, w as Value, state as Value, x as Value);
					return { carries: [next], elements: [inner.sum(inner.emit("sin", [next]))] };
				},
			) as [Value, Value];
			h = last;
			total = builder.sum(outputs);
		}
		const loss = builder.emit("add", [total, builder.sum(builder.emit("mul", [h, h]))]);
		const wrt = [w, h0, xs] as readonly Value[];
		const slopes = gradients(builder, loss, wrt);
		const second = gradients(builder, builder.sum(builder.emit("sin", [slopes[0] as Value])), wrt);
		const tangents = wrt.map((value) => builder.fill(0.5, value.type));
		return [loss, ...slopes, ...second, ...jvp(builder, slopes, wrt, tangents)];
	};

for (const backend of backends) {
	describe(`loops and their derivatives on ${backend.name}`, () => {
		it("a recurrent network: scan, with and without checkpoints, is its unrolled form", () => {
			const inputs = [matrix(3, 3, 1), tensor(typeOf("f64", 3), [0.1, 0.2, -0.3]), matrix(7, 3, 2)];
			const expected = run(backend, inputs, recurrent(true, 0));
			for (const checkpoint of [0, 1, 2, 3, 7, 9]) {
				run(backend, inputs, recurrent(false, checkpoint)).forEach((numbers, k) => {
					assertNumbers(numbers, expected[k] as number[]);
				});
			}
		});

		it("checkpoints keep the order of what is stacked, in both directions", () => {
			const weights = [1, 2, 3, 4, 5, 6, 7];
			const products = (reverse: boolean, checkpoint: number): Make => {
				return (builder, [xs]) => {
					const [last, stacked] = scan(
						builder,
						{ init: [builder.scalar(1, "f64")], sequences: [xs as Value], reverse, checkpoint },
						(inner, [state], [x]) => {
							const next = inner.emit("mul", [state as Value, x as Value]);
							return { carries: [next], elements: [next] };
						},
					) as [Value, Value];
					const scaled = builder.emit("mul", [stacked, builder.constant(weights, stacked.type)]);
					const loss = builder.emit("add", [last, builder.sum(scaled)]);
					return [stacked, ...gradients(builder, loss, [xs as Value]), loss];
				};
			};
			const xs = [1.1, 0.9, 1.2, 0.8, 1.3, 0.7, 1.4];
			for (const reverse of [false, true]) {
				const order = reverse ? xs.toReversed() : xs;
				const running = order.map((_, k) => order.slice(0, k + 1).reduce((a, b) => a * b));
				const expected = reverse ? running.toReversed() : running;
				const plain = run(backend, [vector("f64", ...xs)], products(reverse, 0));
				for (const checkpoint of [2, 3, 7]) {
					const found = run(backend, [vector("f64", ...xs)], products(reverse, checkpoint));
					assertNumbers(found[0], expected);
					found.forEach((numbers, k) => {
						assertNumbers(numbers, plain[k] as number[]);
					});
				}
			}
		});

		it("a linear recurrence has its closed form: x' = a x + b", () => {
			const [found, byA, byB] = run(backend, [scalar("f64", 0.5), scalar("f64", 3)], (builder, [a, b]) => {
				const [x] = scan(builder, { init: [builder.scalar(0, "f64")], length: 10 }, (inner, [state]) => ({
					carries: [inner.emit("add", [inner.emit("mul", [a as Value, state as Value]), b as Value])],
				}));
				return [x as Value, ...gradients(builder, x as Value, [a as Value, b as Value])];
			});
			const sum = (1 - 0.5 ** 10) / 0.5;
			assertNumbers(found, [3 * sum]);
			assertNumbers(byB, [sum]);
			assertNumbers(byA, [3 * (sum / 0.5 - (10 * 0.5 ** 9) / 0.5)]);
		});

		it("Newton's iteration by while: forward mode without a limit, reverse mode with one", () => {
			const root =
				(limit?: number) =>
				(builder: Builder, a: Value): Value =>
					whileLoop(
						builder,
						[builder.scalar(1, "f64")],
						(inner, [x]) => {
							const error = inner.emit("sub", [inner.emit("mul", [x as Value, x as Value]), a]);
							return inner.emit("gt", [inner.emit("abs", [error]), inner.scalar(1e-13, "f64")]);
						},
						(inner, [x]) => {
							const sum = inner.emit("add", [x as Value, inner.emit("div", [a, x as Value])]);
							return [inner.emit("mul", [inner.scalar(0.5, "f64"), sum])];
						},
						{ limit },
					)[0] as Value;
			const [value, forward] = run(backend, [scalar("f64", 2)], (builder, [a]) => {
				const x = root()(builder, a as Value);
				return [x, ...jvp(builder, [x], [a as Value], [builder.scalar(1, "f64")])];
			});
			assertNumbers(value, [Math.SQRT2]);
			assertNumbers(forward, [0.5 / Math.SQRT2], 1e-6);
			const [same, slope, curvature] = run(backend, [scalar("f64", 2)], (builder, [a]) => {
				const x = root(30)(builder, a as Value);
				const [first] = gradients(builder, x, [a as Value]);
				return [x, first as Value, ...gradients(builder, first as Value, [a as Value])];
			});
			assertNumbers(same, [Math.SQRT2]);
			assertNumbers(slope, forward as number[], 1e-12);
			assertNumbers(curvature, [-0.25 * 2 ** -1.5], 1e-5);
		});

		it("the Neumann series solves a linear system, and so does its derivative", () => {
			const inputs = [matrix(4, 4, 5, 0.2), tensor(typeOf("f64", 4), [1, 2, 3, 4])];
			const [residual, slope] = run(backend, inputs, (builder, [a, b]) => {
				const step = (inner: Builder, x: Value, right: Value, turned: boolean): Value =>
					inner.emit("add", [
						times(inner, turned ? inner.transpose(a as Value, [1, 0]) : (a as Value), x),
						right,
					]);
				const [x] = scan(builder, { init: [b as Value], length: 60 }, (inner, [state]) => ({
					carries: [step(inner, state as Value, b as Value, false)],
				}));
				const solution = x as Value;
				const [byB] = gradients(builder, builder.sum(solution), [b as Value]);
				const ones = builder.fill(1, solution.type);
				return [
					builder.emit("sub", [step(builder, solution, b as Value, false), solution]),
					builder.emit("sub", [step(builder, byB as Value, ones, true), byB as Value]),
				];
			});
			assertNumbers(residual, [0, 0, 0, 0]);
			assertNumbers(slope, [0, 0, 0, 0]);
		});

		it("Sinkhorn's iteration by scan gives a coupling, with the derivative of its cost", () => {
			const n = 4;
			const costs = matrix(n, n, 8);
			const transport: Make = (builder, [c]) => {
				const cost = c as Value;
				const kernel = builder.emit("exp", [builder.emit("neg", [cost])]);
				const ones = builder.fill(1, typeOf("f64", n));
				const [u, v] = scan(builder, { init: [ones, ones], length: 40 }, (inner, [, v]) => {
					const next = inner.emit("div", [ones, times(inner, kernel, v as Value)]);
					const turned = inner.transpose(kernel, [1, 0]);
					return { carries: [next, inner.emit("div", [ones, times(inner, turned, next)])] };
				}) as [Value, Value];
				const spread = (x: Value, axis: number) => builder.broadcast(x, [n, n], [axis]);
				const plan = builder.emit("mul", [builder.emit("mul", [spread(u, 0), kernel]), spread(v, 1)]);
				const entropy = builder.sum(builder.emit("mul", [plan, builder.emit("log", [plan])]));
				const total = builder.emit("add", [builder.sum(builder.emit("mul", [plan, cost])), entropy]);
				return [builder.sum(plan, [0]), builder.sum(plan, [1]), plan, ...gradients(builder, total, [cost])];
			};
			const [columns, rows, plan, slope] = run(backend, [costs], transport);
			assertNumbers(columns, [1, 1, 1, 1]);
			assertNumbers(rows, [1, 1, 1, 1]);
			// At the optimum the derivative of the regularised cost is the plan itself.
			assertNumbers(slope, plan as number[], 1e-7);
		});

		it("cond gives no nan of the branch not taken, at both orders", () => {
			const [value, slope, curvature] = run(backend, [scalar("f64", 0)], (builder, [x]) => {
				const input = x as Value;
				const [y] = cond(
					builder,
					builder.emit("gt", [input, builder.scalar(0, "f64")]),
					(inner) => [inner.emit("log", [input])],
					(inner) => [inner.emit("sin", [input])],
				);
				const [first] = gradients(builder, y as Value, [input]);
				return [y as Value, first as Value, ...gradients(builder, first as Value, [input])];
			});
			assert.deepEqual([value, slope, curvature?.map(Math.abs)], [[0], [1], [0]]);
		});

		it("a derivative of its own is what reverse and forward mode give, at both orders", () => {
			// The value is x^3, the derivative is said to be 5 x^2.
			const type = typeOf("f64");
			const power = (builder: Builder, x: Value, n: number) =>
				builder.emit("pow", [x, builder.scalar(n, "f64")]);
			const value = functionOf("cube", [type], (builder, [x]) => [power(builder, x as Value, 3)]);
			const pullback = functionOf("pullback", [type, type, type], (builder, [x, , d]) => {
				const slope = builder.emit("mul", [builder.scalar(5, "f64"), power(builder, x as Value, 2)]);
				return [builder.emit("mul", [slope, d as Value])];
			});
			const cube = functionOf("cubed", [type], (builder, [x]) =>
				customDerivative(builder, value, pullback, [x as Value]),
			);
			const found = run(backend, [scalar("f64", 2)], (builder, [x]) => {
				const input = x as Value;
				const [y] = inline(builder, cube, [input]);
				const one = builder.scalar(1, "f64");
				const [slope] = gradients(builder, y as Value, [input]);
				const [tangent] = jvp(builder, [y as Value], [input], [one]);
				return [
					y as Value,
					slope as Value,
					tangent as Value,
					...gradients(builder, slope as Value, [input]),
					...jvp(builder, [slope as Value], [input], [one]),
					...gradients(builder, tangent as Value, [input]),
				];
			});
			assertNumbers(found.flat(), [8, 20, 20, 20, 20, 20]);
			const [rows] = run(backend, [vector("f64", 1, 2, 3)], (builder, [x]) => {
				const lanes = builder.sum(inline(builder, batch(cube, 3, [true]), [x as Value])[0] as Value);
				return gradients(builder, lanes, [x as Value]);
			});
			assertNumbers(rows, [5, 20, 45]);
			const [shared] = run(backend, [vector("f64", 1, 2, 3), scalar("f64", 2)], (builder, [x, y]) => {
				const both = functionOf("both", [type, type], (inner, [a, b]) => {
					const [c] = inline(inner, cube, [b as Value]);
					return [inner.emit("mul", [a as Value, c as Value])];
				});
				const values = inline(builder, batch(both, 3, [true, false]), [x as Value, y as Value]);
				return gradients(builder, builder.sum(values[0] as Value), [y as Value]);
			});
			assertNumbers(shared, [120]);
		});
	});
}

describe("reverse mode through loops", () => {
	it("says what to do about a while without a limit", () => {
		const builder = new Builder();
		const x = builder.parameter(typeOf("f64"));
		const loop = (start: Value) =>
			whileLoop(
				builder,
				[start],
				(inner, [y]) => inner.emit("lt", [y as Value, inner.scalar(9, "f64")]),
				(inner, [y]) => [inner.emit("mul", [y as Value, inner.scalar(2, "f64")])],
			)[0] as Value;
		const y = loop(x);
		assert.throws(() => gradients(builder, y, [x]), {
			name: "IrError",
			message: /needs the attribute limit/,
		});
		// What nothing flows through needs no limit.
		const still = loop(builder.emit("stop_gradient", [x]));
		assert.doesNotThrow(() => gradients(builder, builder.emit("mul", [still, x]), [x]));
		assert.throws(() => gradients(builder, y, [x]), IrError);
	});

	it("calls share their derivative", () => {
		const layer = functionOf("layer", [typeOf("f64", 3, 3), typeOf("f64", 3)], (builder, [w, h]) => [
			builder.emit("sin", [cell(builder, w as Value, h as Value, h as Value)]),
		]);
		const builder = new Builder();
		const [w, h] = [builder.parameter(typeOf("f64", 3, 3)), builder.parameter(typeOf("f64", 3))];
		let x = h;
		for (let k = 0; k < 5; k++) x = call(builder, layer, [w, x])[0] as Value;
		const func = builder.build("net", gradients(builder, builder.sum(x), [w, h]));
		const regions = new Set(func.equations.flatMap((equation) => equation.regions));
		assert.equal(func.equations.filter((equation) => equation.operation === "call").length, 10);
		assert.equal(regions.size, 2);
	});

	/** Bytes of the compiled gradient of a loop over `length` turns of a state of 1000 numbers. */
	function bytes(length: number, checkpoint: boolean): number {
		const builder = new Builder();
		const x = builder.parameter(typeOf("f64", 1000));
		const [y] = scan(builder, { init: [x], length, checkpoint }, (inner, [state]) => ({
			carries: [inner.emit("sin", [inner.emit("exp", [inner.emit("cos", [state as Value])])])],
		}));
		const func: Func = simplify(builder.build("long", gradients(builder, builder.sum(y as Value), [x])));
		// The result replaces the parameter, so that no records are counted.
		return assemble(func, 1).size;
	}

	it("keeps the square root of the turns with checkpoints", () => {
		const [few, many] = [bytes(100, true), bytes(10000, true)];
		const state = 8000;
		assert.ok(bytes(100, false) >= 100 * state);
		assert.ok(few < 60 * state, `${few / state} states`);
		// A hundred times the turns: ten times the memory, not a hundred times.
		assert.ok(many < 12 * few, `${many / few} times`);
	});

	it("keeps only what the way back needs", () => {
		const builder = new Builder();
		const [a, x] = [builder.parameter(typeOf("f64", 50)), builder.parameter(typeOf("f64", 50))];
		// Linear in the state: nothing that changes from turn to turn is needed.
		const [y] = scan(builder, { init: [x], length: 20 }, (inner, [state]) => ({
			carries: [inner.emit("add", [inner.emit("mul", [a, state as Value]), state as Value])],
		}));
		const func = builder.build("linear", gradients(builder, builder.sum(y as Value), [x]));
		const stacked = func.equations
			.flatMap((equation) => equation.outputs)
			.filter((value) => sizeOf(value.type.shape) > 50);
		assert.deepEqual(stacked, []);
	});
});
