import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import type { Backend } from "../../compiler/backends/backend.js";
import type { Builder } from "../../compiler/ir/builder.js";
import { inline } from "../../compiler/ir/inline.js";
import type { ElementType, Func, TensorData, Value } from "../../compiler/ir/ir.js";
import { philox, uniform24, uniform53 } from "../../compiler/ir/philox.js";
import { IrError, inferType } from "../../compiler/ir/primitives/index.js";
import { cond, customDerivative, functionOf, scan, whileLoop } from "../../compiler/ir/regions.js";
import { unaryScalars } from "../../compiler/ir/scalar.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { batch } from "../../compiler/transform/batch.js";
import { jvp } from "../../compiler/transform/forward.js";
import { gradients } from "../../compiler/transform/reverse.js";
import { simplify } from "../../compiler/transform/simplify.js";
import { apply, slopes, slopesOf } from "../support/apply.js";
import { approximated } from "../support/compare.js";
import { backends, compute, scalar, typeOf, vector } from "../support/run.js";
import { operationNumbers } from "./operation-numbers.js";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const least = -(2 ** 31);
const greatest = 2 ** 31 - 1;

/** Every number is the same one, with the sign of zero. */
function assertNumbers(actual: readonly number[] | undefined, expected: readonly number[]): void {
	assert.deepEqual(actual, expected);
}

const floats: readonly ElementType[] = ["f32", "f64"];

/** Doubles a number as long as it is below 10. */
function doubling(builder: Builder, x: Value, limit?: number): readonly Value[] {
	return whileLoop(
		builder,
		[x],
		(inner, [value]) => inner.emit("lt", [value as Value, inner.scalar(10, "i32")]),
		(inner, [value]) => [inner.emit("add", [value as Value, value as Value])],
		{ limit },
	);
}

const tests: Readonly<Record<string, (backend: Backend) => void>> = {
	"rounding-of-f32"(backend) {
		assertNumbers(apply(backend, "add", [vector("f32", 2 ** 24), vector("f32", 1)]), [2 ** 24]);
	},
	"elementary-functions"(backend) {
		for (const [element, unit] of [
			["f32", 2 ** -23],
			["f64", 2 ** -52],
		] as const) {
			const x = vector(element, 0.1, 1, 2, 20);
			for (const [operation, units] of Object.entries(approximated)) {
				const inputs = operation === "pow" ? [x, x] : [x];
				const define = unaryScalars[operation]?.float ?? ((v: number) => v ** v);
				apply(backend, operation, inputs).forEach((y, k) => {
					const exact = define(x.data[k] as number);
					const most =
						units[element === "f32" ? 0 : 1] * unit * Math.abs(exact) + (unit / 2) * Math.abs(exact);
					assert.ok(Math.abs(y - exact) <= most, `${operation}: ${y}, not ${exact}`);
				});
			}
		}
	},
	"sums-in-f64"(backend) {
		const x = vector("f32", 2 ** 24, 1, 1, -(2 ** 24));
		assertNumbers(apply(backend, "reduce_sum", [x], { axes: [0] }), [2]);
		assertNumbers(apply(backend, "cumsum", [x], { axis: 0 }), [2 ** 24, 2 ** 24, 2 ** 24 + 2, 2]);
		const y = vector("f32", 1e30, 1e30, 1e-30, 1e-30);
		const product = Array.from(y.data).reduce((total, v) => total * v, 1);
		assertNumbers(apply(backend, "reduce_prod", [y], { axes: [0] }), [Math.fround(product)]);
	},
	"integer-overflow"(backend) {
		const [a, b] = [vector("i32", greatest, least, 65536), vector("i32", 1, -1, 65536)];
		assertNumbers(apply(backend, "add", [a, b]), [least, greatest, 131072]);
		assertNumbers(apply(backend, "mul", [a, b]), [greatest, least, 0]);
		assertNumbers(apply(backend, "neg", [a]), [-greatest, least, -65536]);
		assertNumbers(apply(backend, "abs", [a]), [greatest, least, 65536]);
		assertNumbers(apply(backend, "reduce_sum", [vector("i32", greatest, 1)], { axes: [0] }), [least]);
		assertNumbers(apply(backend, "floor_div", [vector("i32", least), vector("i32", -1)]), [least]);
	},
	"round-half-even"(backend) {
		for (const element of floats) {
			const x = vector(element, 0.5, 1.5, 2.5, -0.5, -1.5, 2.4, -2.6, nan, infinity);
			assertNumbers(apply(backend, "round", [x]), [0, 2, 2, -0, -2, 2, -3, nan, infinity]);
		}
	},
	"floor-division"(backend) {
		for (const element of [...floats, "i32" as const]) {
			const [a, b] = [vector(element, 7, -7, 7, -7), vector(element, 2, 2, -2, -2)];
			assertNumbers(apply(backend, "floor_div", [a, b]), [3, -4, -4, 3]);
			assertNumbers(apply(backend, "mod", [a, b]), [1, 1, -1, -1]);
		}
	},
	"division-by-zero"(backend) {
		for (const element of floats) {
			const [a, b] = [vector(element, 1, -1, 0), vector(element, 0, 0, 0)];
			assertNumbers(apply(backend, "div", [a, b]), [infinity, -infinity, nan]);
			assertNumbers(apply(backend, "floor_div", [a, b]), [infinity, -infinity, nan]);
			assertNumbers(apply(backend, "mod", [a, b]), [nan, nan, nan]);
		}
		const [a, b] = [vector("i32", 1, -1, 0), vector("i32", 0, 0, 0)];
		assertNumbers(apply(backend, "floor_div", [a, b]), [0, 0, 0]);
		assertNumbers(apply(backend, "mod", [a, b]), [0, 0, 0]);
	},
	power(backend) {
		for (const element of floats) {
			const [a, b] = [vector(element, 0, nan, 1, -8, infinity), vector(element, 0, 0, nan, 0.5, 0)];
			assertNumbers(apply(backend, "pow", [a, b]), [1, 1, 1, nan, 1]);
			const infinities = vector(element, infinity, -infinity);
			assertNumbers(apply(backend, "pow", [vector(element, -1, -1), infinities]), [1, 1]);
		}
	},
	"sign-of-zero"(backend) {
		for (const element of floats) {
			assertNumbers(apply(backend, "sign", [vector(element, 0, 2, -3, nan, infinity)]), [0, 1, -1, nan, 1]);
		}
		assertNumbers(apply(backend, "sign", [vector("i32", 0, 7, least)]), [0, 1, -1]);
	},
	"sigmoid-saturates"(backend) {
		for (const element of floats) {
			const x = vector(element, -1000, 1000, infinity, -infinity, 0);
			assertNumbers(apply(backend, "sigmoid", [x]), [0, 1, 1, 0, 0.5]);
		}
	},
	"cast-to-integer"(backend) {
		for (const element of floats) {
			const x = vector(element, 2.9, -2.9, 1e20, -1e20, nan, infinity);
			assertNumbers(apply(backend, "cast", [x], { element: "i32" }), [2, -2, greatest, least, 0, greatest]);
		}
	},
	"cast-to-bool"(backend) {
		for (const element of floats) {
			assertNumbers(
				apply(backend, "cast", [vector(element, 0, -0, 0.1, nan)], { element: "bool" }),
				[0, 0, 1, 1],
			);
		}
		assertNumbers(apply(backend, "cast", [vector("i32", 0, -2)], { element: "bool" }), [0, 1]);
	},
	"nan-in-comparisons"(backend) {
		for (const element of floats) {
			const [a, b] = [vector(element, nan, 1, nan), vector(element, 1, nan, nan)];
			for (const operation of ["eq", "lt", "le", "gt", "ge"]) {
				assertNumbers(apply(backend, operation, [a, b]), [0, 0, 0]);
			}
			assertNumbers(apply(backend, "ne", [a, b]), [1, 1, 1]);
		}
	},
	"nan-in-extrema"(backend) {
		for (const element of floats) {
			const [a, b] = [vector(element, nan, 1), vector(element, 1, nan)];
			assertNumbers(apply(backend, "max", [a, b]), [nan, nan]);
			assertNumbers(apply(backend, "min", [a, b]), [nan, nan]);
			assertNumbers(apply(backend, "reduce_max", [a], { axes: [0] }), [nan]);
			assertNumbers(apply(backend, "reduce_min", [b], { axes: [0] }), [nan]);
		}
	},
	"zeros-in-extrema"(backend) {
		for (const element of floats) {
			const [a, b] = [vector(element, -0, 0), vector(element, 0, -0)];
			assertNumbers(apply(backend, "max", [a, b]), [0, 0]);
			assertNumbers(apply(backend, "min", [a, b]), [-0, -0]);
		}
	},
	"nan-in-positions"(backend) {
		for (const element of floats) {
			const x = vector(element, 1, nan, 5, nan, -3);
			assertNumbers(apply(backend, "argmax", [x], { axis: 0 }), [1]);
			assertNumbers(apply(backend, "argmin", [x], { axis: 0 }), [1]);
		}
	},
	"ties-in-positions"(backend) {
		for (const element of [...floats, "i32" as const]) {
			const x = vector(element, 1, 5, 0, 5, 0);
			assertNumbers(apply(backend, "argmax", [x], { axis: 0 }), [1]);
			assertNumbers(apply(backend, "argmin", [x], { axis: 0 }), [2]);
		}
	},
	"empty-reductions"(backend) {
		for (const element of [...floats, "i32" as const]) {
			const [low, high] = element === "i32" ? [least, greatest] : [-infinity, infinity];
			const x = tensor(typeOf(element, 2, 0), []);
			assertNumbers(apply(backend, "reduce_sum", [x], { axes: [1] }), [0, 0]);
			assertNumbers(apply(backend, "reduce_prod", [x], { axes: [1] }), [1, 1]);
			assertNumbers(apply(backend, "reduce_max", [x], { axes: [1] }), [low, low]);
			assertNumbers(apply(backend, "reduce_min", [x], { axes: [0, 1] }), [high]);
			assert.throws(() => inferType("argmax", [x.type], { axis: 1 }), IrError);
		}
		const x = tensor(typeOf("bool", 0), []);
		assertNumbers(apply(backend, "reduce_and", [x], { axes: [0] }), [1]);
		assertNumbers(apply(backend, "reduce_or", [x], { axes: [0] }), [0]);
	},
	"product-with-zero"(backend) {
		for (const element of floats) {
			const x = vector(element, nan, infinity, 1);
			const make = (builder: Builder, [v]: readonly Value[]) => {
				const value = v as Value;
				return [builder.emit("mul", [value, builder.zeros(value.type)])];
			};
			assertNumbers(compute(backend, [x], make)[0], [nan, nan, 0]);
			const simplified: Backend = { name: backend.name, compile: (f, n) => backend.compile(simplify(f), n) };
			assertNumbers(compute(simplified, [x], make)[0], [nan, nan, 0]);
		}
	},
	padding(backend) {
		assertNumbers(apply(backend, "pad", [vector("f32", 5)], { low: [1], high: [2] }), [0, 5, 0, 0]);
		assertNumbers(apply(backend, "pad", [vector("bool", 1)], { low: [0], high: [1] }), [1, 0]);
	},

	"gather-clamps"(backend) {
		const indices = vector("i32", -1, 5, 1, least, greatest);
		const table = vector("f64", 10, 20, 30);
		assertNumbers(apply(backend, "gather", [table, indices], { axis: 0, batch: 0 }), [10, 30, 20, 10, 30]);
		const updates = vector("f64", 1, 2, 4, 8, 16);
		assertNumbers(
			apply(backend, "scatter_add", [indices, updates], { axis: 0, batch: 0, size: 3 }),
			[9, 4, 18],
		);
	},
	"duplicates-add"(backend) {
		const attributes = { axis: 0, batch: 0, size: 3 };
		for (const element of [...floats, "i32" as const]) {
			const updates = vector(element, 1, 2, 4);
			assertNumbers(apply(backend, "scatter_add", [vector("i32", 2, 0, 2), updates], attributes), [2, 0, 5]);
		}
	},
	"windows-clamp"(backend) {
		const x = vector("i32", 1, 2, 3, 4);
		const slice = (start: number) =>
			apply(backend, "dynamic_slice", [x, scalar("i32", start)], { axis: 0, size: 2 });
		assertNumbers(slice(1), [2, 3]);
		assertNumbers(slice(3), [3, 4]);
		assertNumbers(slice(least), [1, 2]);
		const update = (start: number) =>
			apply(backend, "dynamic_update", [x, vector("i32", 8, 9), scalar("i32", start)], { axis: 0 });
		assertNumbers(update(1), [1, 8, 9, 4]);
		assertNumbers(update(greatest), [1, 2, 8, 9]);
		assertNumbers(update(-1), [8, 9, 3, 4]);
	},

	"philox-words"(backend) {
		const key = [0xa4093822, 0x299f31d0] as const;
		const draw = (inputs: readonly TensorData[]) =>
			apply(backend, "random_bits", inputs, { key, shape: [3, 2] });
		const words = (counter: number) =>
			[...philox([0, 0, counter, 0], key), ...philox([1, 0, counter, 0], key)]
				.slice(0, 6)
				.map((word) => word | 0);
		assertNumbers(draw([]), words(0));
		assertNumbers(draw([scalar("i32", 0)]), words(0));
		assertNumbers(draw([scalar("i32", -2)]), words(0xfffffffe));
	},
	"uniform-numbers"(backend) {
		const key = [3, 4] as const;
		const words = [0, 1].flatMap((block) => [...philox([block, 0, 0, 0], key)]);
		const draw = (element: ElementType) => apply(backend, "random_uniform", [], { key, shape: [3], element });
		assertNumbers(draw("f32"), words.slice(0, 3).map(uniform24));
		assertNumbers(
			draw("f64"),
			[0, 1, 2].map((e) => uniform53(words[2 * e] as number, words[2 * e + 1] as number)),
		);
	},

	"scan-order"(backend) {
		const differences = (reverse: boolean, ...numbers: number[]) =>
			compute(backend, [vector("f64", ...numbers)], (builder, [xs]) =>
				scan(
					builder,
					{ init: [builder.scalar(10, "f64")], sequences: [xs as Value], reverse },
					(inner, [state], [x]) => ({
						carries: [x as Value],
						elements: [inner.emit("sub", [state as Value, x as Value])],
					}),
				),
			);
		assert.deepEqual(differences(false, 1, 2, 4), [[4], [9, -1, -2]]);
		assert.deepEqual(differences(true, 1, 2, 4), [[1], [1, 2, 6]]);
		assert.deepEqual(differences(false), [[10], []]);
	},
	"while-limit"(backend) {
		const doubled = (start: number, limit?: number) =>
			compute(backend, [scalar("i32", start)], (builder, [x]) => doubling(builder, x as Value, limit)).flat();
		assertNumbers(doubled(1), [16, 4]);
		assertNumbers(doubled(100), [100, 0]);
		assertNumbers(doubled(1, 4), [16, 4]);
		assertNumbers(doubled(1, 3), [8, 3]);
		assertNumbers(doubled(1, 0), [1, 0]);
	},
	"lanes-in-loops"(backend) {
		const type = typeOf("i32");
		const loop = functionOf("loop", [type], (builder, [x]) => doubling(builder, x as Value));
		const branch = functionOf("branch", [type], (builder, [x]) =>
			cond(
				builder,
				builder.emit("gt", [x as Value, builder.scalar(2, "i32")]),
				() => [x as Value],
				(inner) => [inner.emit("neg", [x as Value])],
			),
		);
		const lanes = (func: Func) =>
			compute(backend, [vector("i32", 1, 5, 100)], (builder, values) =>
				inline(builder, batch(func, 3, [true]), values),
			);
		assert.deepEqual(lanes(loop), [
			[16, 10, 100],
			[4, 1, 0],
		]);
		assert.deepEqual(lanes(branch), [[-1, 5, 100]]);
	},

	"abs-at-zero"(backend) {
		for (const element of floats) {
			assertNumbers(slopesOf(backend, "abs", [vector(element, 0, 2, -2)])[0], [0, 1, -1]);
		}
	},
	"extremum-ties"(backend) {
		for (const element of floats) {
			const inputs = [vector(element, 1, 2, 3), vector(element, 2, 2, 2)];
			assert.deepEqual(slopesOf(backend, "max", inputs), [
				[0, 0, 1],
				[1, 1, 0],
			]);
			assert.deepEqual(slopesOf(backend, "min", inputs), [
				[1, 0, 0],
				[0, 1, 1],
			]);
			const relu = slopes(backend, [vector(element, -1, 0, 1)], (builder, [x]) =>
				builder.emit("max", [x as Value, builder.zeros((x as Value).type)]),
			);
			assertNumbers(relu[0], [0, 0, 1]);
		}
	},
	"reduction-ties"(backend) {
		for (const element of floats) {
			const x = tensor(typeOf(element, 2, 3), [1, 5, 5, 5, 0, 0]);
			assertNumbers(slopesOf(backend, "reduce_max", [x], { axes: [1] })[0], [0, 1, 0, 1, 0, 0]);
			assertNumbers(slopesOf(backend, "reduce_max", [x], { axes: [0, 1] })[0], [0, 1, 0, 0, 0, 0]);
			assertNumbers(slopesOf(backend, "reduce_min", [x], { axes: [1] })[0], [1, 0, 0, 0, 1, 0]);
		}
	},
	"sqrt-at-zero"(backend) {
		for (const element of floats) {
			assertNumbers(slopesOf(backend, "sqrt", [vector(element, 0, 4)])[0], [0, 0.25]);
			const norm = slopes(backend, [vector(element, 0, 0)], (builder, [x]) => {
				const value = x as Value;
				return builder.emit("sqrt", [builder.sum(builder.emit("mul", [value, value]))]);
			});
			assert.ok(norm[0]?.every((slope) => slope === 0));
		}
	},
	"power-at-zero"(backend) {
		for (const element of floats) {
			const inputs = [vector(element, 0, 0, 0, 2), vector(element, 0, 2, 1, 3)];
			const [byBase, byExponent] = slopesOf(backend, "pow", inputs);
			assertNumbers(byBase, [0, 0, 1, 12]);
			assertNumbers(byExponent?.slice(0, 3), [0, 0, 0]);
			const second = slopes(backend, inputs, (builder, values) => {
				const [x] = values;
				const power = builder.sum(builder.emit("pow", values));
				return gradients(builder, power, [x as Value])[0] as Value;
			});
			assertNumbers(second[0], [0, 2, 0, 12]);
		}
	},
	"atan2-at-origin"(backend) {
		for (const element of floats) {
			const found = slopesOf(backend, "atan2", [vector(element, 0, 1), vector(element, 0, 0)]);
			assert.ok(found.every((slope) => slope[0] === 0));
			assert.equal(found[1]?.[1], -1);
		}
	},
	"product-of-zeros"(backend) {
		for (const element of floats) {
			const one = slopesOf(backend, "reduce_prod", [vector(element, 2, 0, 3)], { axes: [0] });
			assertNumbers(one[0], [0, 6, 0]);
			const two = slopesOf(backend, "reduce_prod", [vector(element, 0, 0, 3)], { axes: [0] });
			assertNumbers(two[0], [0, 0, 0]);
		}
	},
	pieces(backend) {
		for (const element of floats) {
			const x = vector(element, 1.5, -2.25);
			for (const operation of ["floor", "ceil", "round", "sign"]) {
				assertNumbers(slopesOf(backend, operation, [x])[0], [0, 0]);
			}
			const inputs = [vector(element, 7, -7), vector(element, 2, 2)];
			assert.deepEqual(slopesOf(backend, "floor_div", inputs), [
				[0, 0],
				[0, 0],
			]);
			assert.deepEqual(slopesOf(backend, "mod", inputs), [
				[1, 1],
				[-3, 4],
			]);
		}
	},
	branches(backend) {
		for (const element of floats) {
			const found = slopes(backend, [vector(element, 0, 4)], (builder, [x]) => {
				const value = x as Value;
				const condition = builder.emit("gt", [value, builder.zeros(value.type)]);
				const inverse = builder.emit("log", [builder.emit("guard", [value, condition])]);
				return builder.emit("select", [condition, inverse, builder.zeros(value.type)]);
			});
			assertNumbers(found[0], [0, 0.25]);
		}
	},
	"untaken-branches"(backend) {
		const root = functionOf("root", [typeOf("f64")], (builder, [x]) =>
			cond(
				builder,
				builder.emit("gt", [x as Value, builder.scalar(0, "f64")]),
				(inner) => [inner.emit("log", [x as Value])],
				() => [x as Value],
			),
		);
		const alone = [0, 4].map(
			(x) => slopes(backend, [scalar("f64", x)], (b, values) => inline(b, root, values)[0] as Value)[0],
		);
		assert.deepEqual(alone, [[1], [0.25]]);
		const lanes = slopes(
			backend,
			[vector("f64", 0, 4)],
			(b, values) => inline(b, batch(root, 2, [true]), values)[0] as Value,
		);
		assertNumbers(lanes[0], [1, 0.25]);
	},
	"bounded-loops"(backend) {
		// 3 times 2^4, the least above 30: the slope counts the turns as they are.
		const loop = (limit?: number) => (builder: Builder, x: Value) => {
			const [y] = whileLoop(
				builder,
				[x],
				(inner, [value]) => inner.emit("lt", [value as Value, inner.scalar(30, "f64")]),
				(inner, [value]) => [inner.emit("add", [value as Value, value as Value])],
				{ limit },
			);
			return y as Value;
		};
		assertNumbers(slopes(backend, [scalar("f64", 3)], (b, [x]) => loop(9)(b, x as Value))[0], [16]);
		assert.throws(() => slopes(backend, [scalar("f64", 3)], (b, [x]) => loop()(b, x as Value)), /limit/);
		const forward = compute(backend, [scalar("f64", 3)], (b, [x]) =>
			jvp(b, [loop()(b, x as Value)], [x as Value], [b.scalar(1, "f64")]),
		);
		assertNumbers(forward[0], [16]);
	},
	"own-derivatives"(backend) {
		const type = typeOf("f64");
		const value = functionOf("value", [type], (builder, [x]) => [builder.emit("sin", [x as Value])]);
		const pullback = functionOf("pullback", [type, type, type], (builder, [x, , d]) => [
			builder.emit("mul", [builder.emit("mul", [x as Value, x as Value]), d as Value]),
		]);
		const own = (builder: Builder, x: Value) => customDerivative(builder, value, pullback, [x])[0] as Value;
		const found = compute(backend, [scalar("f64", 3)], (builder, [x]) => {
			const y = own(builder, x as Value);
			const first = gradients(builder, y, [x as Value]);
			const tangent = jvp(builder, [y], [x as Value], [builder.scalar(1, "f64")]);
			return [...first, ...tangent, ...gradients(builder, first[0] as Value, [x as Value])];
		});
		assert.deepEqual(found, [[9], [9], [6]]);
	},
	...operationNumbers,
};

describe("numerical conventions", () => {
	it("are those of docs/numbers.md", () => {
		const text = readFileSync(new URL("../../../docs/numbers.md", import.meta.url), "utf8");
		const names = [...text.matchAll(/^\| ([a-z][a-z0-9-]*) +\|/gm)].map((match) => match[1]);
		assert.deepEqual(
			names.filter((name) => name !== "name"),
			Object.keys(tests),
		);
	});

	for (const backend of backends) {
		for (const [name, test] of Object.entries(tests)) {
			it(`${name} on ${backend.name}`, () => test(backend));
		}
	}
});
