import { strict as assert } from "node:assert";
import fc from "fast-check";
import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import { binaryScalars, unaryScalars } from "../../compiler/ir/scalar.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { apply } from "../support/apply.js";
import { approximated } from "../support/compare.js";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const functions = Object.keys(approximated).filter((operation) => operation !== "pow");

/** Where formulas change, results end, or arguments lose bits. */
const edges = [
	0,
	1,
	2 ** -149,
	2 ** -126,
	2 ** -127,
	5e-324,
	2 ** -1022,
	1e-310,
	2 ** -24,
	2 ** -53,
	0.34657,
	0.5,
	0.625,
	0.6249999,
	Math.SQRT1_2,
	1 - 2 ** -24,
	Math.SQRT2,
	4,
	6,
	9,
	17,
	19.06,
	22,
	40,
	44,
	87.4,
	88.72283,
	88.73,
	103.9,
	104,
	708.4,
	709.78,
	709.79,
	744.9,
	745.2,
	1e6,
	1000001,
	1e7,
	1e22,
	Math.PI / 2,
	Math.PI,
	1000 * Math.PI,
	3.4e38,
	1.7e308,
	infinity,
	nan,
].flatMap((x) => [x, -x]);

/** The distance in representable numbers; 0 for the same number, infinite where one is nan, infinite or a zero and the other not. */
function distance(element: "f32" | "f64", a: number, b: number): number {
	if (Object.is(a, b)) return 0;
	if (!Number.isFinite(a) || !Number.isFinite(b) || (a === 0 && b === 0)) return infinity;
	const [least, unit] = element === "f32" ? [2 ** -126, 2 ** -23] : [2 ** -1022, 2 ** -52];
	const size = Math.max(Math.abs(b), least);
	return Math.abs(a - b) / (unit * 2 ** Math.floor(Math.log2(size)));
}

function assertNear(operation: string, element: "f32" | "f64", numbers: readonly number[]): void {
	const x = tensor({ element, shape: [numbers.length] }, numbers);
	const most = (approximated[operation] as readonly [number, number])[element === "f32" ? 0 : 1];
	const definition = unaryScalars[operation]?.float as (x: number) => number;
	apply(wasmBackend, operation, [x]).forEach((y, k) => {
		const argument = x.data[k] as number;
		const exact = definition(argument);
		const wanted = element === "f32" ? Math.fround(exact) : exact;
		const far = distance(element, y, wanted);
		assert.ok(far <= most, `${operation} of ${argument} in ${element} is ${y}, not ${wanted}: ${far} units`);
	});
}

const spread = fc.oneof(
	fc.double({ min: -2, max: 2, noNaN: true }),
	fc.double({ min: -40, max: 40, noNaN: true }),
	fc.double({ min: -760, max: 760, noNaN: true }),
	fc.double(),
);

describe("elementary functions of the embedded backend", () => {
	for (const operation of functions) {
		for (const element of ["f32", "f64"] as const) {
			it(`${operation} of ${element} is as near to its definition as it says, edges included`, () => {
				assertNear(operation, element, edges);
				const dense = Array.from({ length: 4001 }, (_, k) => (k - 2000) / 97);
				assertNear(operation, element, dense);
				fc.assert(
					fc.property(fc.array(spread, { minLength: 1, maxLength: 200 }), (numbers) => {
						assertNear(operation, element, numbers);
					}),
				);
			});
		}
	}

	it("pow of f32 is that of f64, rounded", () => {
		const numbers = [...edges, 2, -2, 3, -3, 0.3, 10, -8, 1.0000001, 0.9999999];
		const pairs = numbers.flatMap((a) => numbers.map((b) => [Math.fround(a), Math.fround(b)] as const));
		const shape = [pairs.length];
		const [a, b] = [0, 1].map((side) =>
			tensor(
				{ element: "f32", shape },
				pairs.map((pair) => pair[side] as number),
			),
		);
		if (a === undefined || b === undefined) throw new Error("two sides");
		const power = binaryScalars.pow?.float as (a: number, b: number) => number;
		apply(wasmBackend, "pow", [a, b]).forEach((y, k) => {
			const [base, exponent] = pairs[k] as readonly [number, number];
			const wanted = Math.fround(power(base, exponent));
			assert.ok(distance("f32", y, wanted) <= 1, `${base} ** ${exponent} is ${y}, not ${wanted}`);
		});
	});

	it("an element is the same wherever it stands", () => {
		for (const element of ["f32", "f64"] as const) {
			for (const operation of functions) {
				const value = 0.7310585;
				const numbers = Array.from({ length: 11 }, (_, k) => (k % 3 === 2 ? 1e9 : value));
				const results = apply(wasmBackend, operation, [tensor({ element, shape: [11] }, numbers)]);
				assert.equal(new Set(results.filter((_, k) => k % 3 !== 2)).size, 1, `${operation} of ${element}`);
			}
		}
	});
});
