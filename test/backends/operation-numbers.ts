import { strict as assert } from "node:assert";
import type { Backend } from "../../compiler/backends/backend.js";
import type { ElementType } from "../../compiler/ir/ir.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { apply, slopesOf } from "../support/apply.js";
import { vector } from "../support/run.js";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const greatest = 2 ** 31 - 1;
const numeric: readonly ElementType[] = ["f32", "f64", "i32"];
const floats: readonly ElementType[] = ["f32", "f64"];

/** The conventions of "Further operations" in docs/numbers.md, by name and in the same order. */
export const operationNumbers: Readonly<Record<string, (backend: Backend) => void>> = {
	"outside-of-arcs"(backend) {
		for (const element of floats) {
			const x = vector(element, 1.5, -1.5, nan);
			assert.deepEqual(apply(backend, "asin", [x]), [nan, nan, nan]);
			assert.deepEqual(apply(backend, "acos", [x]), [nan, nan, nan]);
			const ends = vector(element, 1, -1);
			assert.deepEqual(slopesOf(backend, "asin", [ends]), [[infinity, infinity]]);
			assert.deepEqual(slopesOf(backend, "acos", [ends]), [[-infinity, -infinity]]);
		}
	},
	"poles-of-gamma"(backend) {
		for (const element of floats) {
			const poles = vector(element, 0, -0, -1, -20);
			assert.deepEqual(apply(backend, "lgamma", [poles]), [infinity, infinity, infinity, infinity]);
			assert.deepEqual(apply(backend, "digamma", [poles]), [nan, nan, nan, nan]);
			const order = (n: number) => vector(element, n, n, n, n);
			assert.deepEqual(apply(backend, "polygamma", [order(1), poles]), Array(4).fill(infinity));
			assert.deepEqual(apply(backend, "polygamma", [order(2), poles]), Array(4).fill(nan));
			assert.deepEqual(apply(backend, "lgamma", [vector(element, infinity, -infinity)]), [
				infinity,
				infinity,
			]);
		}
	},
	"tail-of-erfc"(backend) {
		// DLMF 7.12.1 at 10, with five terms: the cancellation of 1 - erf would leave nothing.
		const tail = [1, -1 / 200, 3 / 40000, -15 / 8e6, 105 / 1.6e9].reduce((sum, term) => sum + term, 0);
		const expected = (Math.exp(-100) / (10 * Math.sqrt(Math.PI))) * tail;
		const [value = 0, far, left] = apply(backend, "erfc", [vector("f64", 10, 40, -40)]);
		assert.ok(Math.abs(value / expected - 1) < 1e-8);
		assert.deepEqual([far, left], [0, 2]);
	},
	"zeros-in-running-products"(backend) {
		for (const element of floats) {
			// y = (2, 0, 0): by x[0] 1 + 0 + 0, by x[1] 2 + 2 * 3, by x[2] 0.
			assert.deepEqual(slopesOf(backend, "cumprod", [vector(element, 2, 0, 3)], { axis: 0 }), [[1, 8, 0]]);
			assert.deepEqual(slopesOf(backend, "cumprod", [vector(element, 0, 0, 3)], { axis: 0 }), [[1, 0, 0]]);
		}
	},
	"running-extrema"(backend) {
		for (const element of floats) {
			const x = vector(element, 1, 3, 3, nan, 5);
			assert.deepEqual(apply(backend, "cummax", [x], { axis: 0 }), [1, 3, 3, nan, nan]);
			assert.deepEqual(slopesOf(backend, "cummax", [x], { axis: 0 }), [[1, 2, 0, 2, 0]]);
		}
	},
	"running-logarithms"(backend) {
		for (const element of floats) {
			const x = vector(element, -infinity, -infinity, 0, -infinity, 1e4, 1e4);
			const log2 = element === "f32" ? Math.fround(1e4 + Math.log(2)) : 1e4 + Math.log(2);
			const expected = [-infinity, -infinity, 0, 0, 1e4, log2];
			assert.deepEqual(apply(backend, "cumlogsumexp", [x], { axis: 0 }), expected);
			const [slope = []] = slopesOf(backend, "cumlogsumexp", [x], { axis: 0 });
			assert.deepEqual(slope.slice(0, 4), [0, 0, 2, 0]);
			assert.ok(Math.abs((slope[4] ?? 0) - 1.5) < 1e-3 && Math.abs((slope[5] ?? 0) - 0.5) < 1e-3);
			const infinite = vector(element, 0, infinity, infinity, -infinity);
			const found = apply(backend, "cumlogsumexp", [infinite], { axis: 0 });
			assert.deepEqual(found, [0, infinity, infinity, infinity]);
		}
	},
	"convolution-padding"(backend) {
		for (const element of floats) {
			const attributes = { stride: [1], low: [1], high: [-1], dilation: [1], input_dilation: [1], groups: 1 };
			const x = tensor({ element, shape: [1, 1, 3] }, [1, 2, infinity]);
			const kernel = (...numbers: number[]) => tensor({ element, shape: [1, 1, 2] }, numbers);
			// Padded: 0, 1, 2; the last element is cut off.
			assert.deepEqual(apply(backend, "convolution", [x, kernel(10, 1)], attributes), [1, 12]);
			assert.deepEqual(apply(backend, "convolution", [x, kernel(infinity, 1)], attributes), [nan, infinity]);
		}
	},
	"window-padding"(backend) {
		const attributes = {
			window: [2],
			stride: [2],
			low: [3],
			high: [1],
			dilation: [1],
			input_dilation: [1],
		};
		for (const element of numeric) {
			const x = vector(element, -5, -7, -7);
			const least = element === "i32" ? -greatest - 1 : -infinity;
			assert.deepEqual(apply(backend, "window_max", [x], attributes), [least, -5, -7]);
			assert.deepEqual(apply(backend, "window_sum", [x], attributes), [0, -5, -14]);
			assert.deepEqual(apply(backend, "window_argmax", [x], attributes), [-1, 0, 1]);
			if (element === "i32") continue;
			assert.deepEqual(slopesOf(backend, "window_max", [x], attributes), [[1, 1, 0]]);
			const withNan = vector(element, 3, nan, nan);
			assert.deepEqual(apply(backend, "window_max", [withNan], attributes), [least, 3, nan]);
			assert.deepEqual(apply(backend, "window_argmax", [withNan], attributes), [-1, 0, 1]);
		}
	},
	"duplicates-in-scatters"(backend) {
		for (const element of floats) {
			const operand = vector(element, 1, 5, 3);
			// Index 9 counts as 2, -1 as 0.
			const indices = vector("i32", 0, 9, 2, -1);
			const updates = vector(element, 7, 8, 8, 7);
			const inputs = [operand, indices, updates];
			const along = { axis: 0, batch: 0 };
			const last = [operand, indices, vector(element, 7, 8, 9, 6)];
			assert.deepEqual(apply(backend, "scatter_set", last, along), [6, 5, 9]);
			assert.deepEqual(slopesOf(backend, "scatter_set", last, along), [
				[0, 1, 0],
				[0, 0, 1, 1],
			]);
			assert.deepEqual(apply(backend, "scatter_max", inputs, along), [7, 5, 8]);
			assert.deepEqual(slopesOf(backend, "scatter_max", inputs, along), [
				[0, 1, 0],
				[1, 1, 0, 0],
			]);
			assert.deepEqual(slopesOf(backend, "scatter_min", inputs, along), [
				[1, 1, 1],
				[0, 0, 0, 0],
			]);
			const equal = [vector(element, 7, 0), vector("i32", 0), vector(element, 7)];
			assert.deepEqual(slopesOf(backend, "scatter_max", equal, along), [[1, 1], [0]]);
			const withNan = [vector(element, 7, 0), vector("i32", 0), vector(element, nan)];
			assert.deepEqual(apply(backend, "scatter_min", withNan, along), [nan, 0]);
			assert.deepEqual(slopesOf(backend, "scatter_min", withNan, along), [[0, 1], [0]]);
		}
	},
	"order-of-sorting"(backend) {
		for (const element of floats) {
			const x = vector(element, 2, nan, -0, infinity, 0, nan, -infinity);
			const up = { axis: 0, descending: false };
			assert.deepEqual(apply(backend, "argsort", [x], up), [6, 2, 4, 0, 3, 1, 5]);
			assert.deepEqual(apply(backend, "argsort", [x], { axis: 0, descending: true }), [3, 0, 2, 4, 6, 1, 5]);
			const sorted = vector(element, 0, 1, 1, nan);
			const values = vector(element, 1, nan, -1, 2);
			assert.deepEqual(apply(backend, "searchsorted", [sorted, values], { right: false }), [1, 3, 0, 3]);
			assert.deepEqual(apply(backend, "searchsorted", [sorted, values], { right: true }), [3, 4, 0, 3]);
		}
	},
	"matrices-without-factors"(backend) {
		const square = (element: ElementType, numbers: readonly number[]) => {
			const n = Math.sqrt(numbers.length);
			return tensor({ element, shape: [n, n] }, numbers);
		};
		for (const element of floats) {
			// The second pivot is 1 - 4; the upper triangle is not read.
			const indefinite = square(element, [1, 99, 99, 2, 1, 99, 3, 0, 50]);
			const expected = [1, 0, 0, 2, nan, 0, 3, nan, nan];
			assert.deepEqual(apply(backend, "cholesky", [indefinite]), expected);
			const semidefinite = square(element, [1, 0, 1, 1]);
			assert.deepEqual(apply(backend, "cholesky", [semidefinite]), [1, 0, 1, nan]);
			const [slope] = slopesOf(backend, "cholesky", [square(element, [4, 99, 0, 4])]);
			assert.deepEqual(slope, [0.25, 0, 0.5, 0.25]);
			const singular = square(element, [1, 2, 2, 4]);
			const right = tensor({ element, shape: [2, 1] }, [1, 2]);
			assert.deepEqual(apply(backend, "solve", [singular, right]), [nan, nan]);
			assert.deepEqual(apply(backend, "log_abs_determinant", [singular]), [-infinity]);
			assert.deepEqual(apply(backend, "determinant_sign", [singular]), [0]);
			const triangle = square(element, [2, 99, 1, 0]);
			const options = { lower: true, transpose: false, unit: false };
			assert.deepEqual(apply(backend, "triangular_solve", [triangle, right], options), [0.5, infinity]);
			const unit = { ...options, unit: true };
			assert.deepEqual(apply(backend, "triangular_solve", [triangle, right], unit), [1, 1]);
			const empty = tensor({ element, shape: [0, 0] }, []);
			assert.deepEqual(apply(backend, "log_abs_determinant", [empty]), [0]);
			assert.deepEqual(apply(backend, "determinant_sign", [empty]), [1]);
		}
	},
	"costs-that-are-not-finite"(backend) {
		for (const element of floats) {
			const costs = (...numbers: number[]) => tensor({ element, shape: [3, 3] }, numbers);
			const assign = (...numbers: number[]) => apply(backend, "linear_assignment", [costs(...numbers)]);
			// The cheapest finite assignment, although 0 is in the first row.
			assert.deepEqual(assign(0, 50, infinity, 1, nan, infinity, 0, 0, 9), [1, 0, 2]);
			assert.deepEqual(assign(9, 9, 9, -infinity, 0, 0, 1, 1, 0), [1, 0, 2]);
			const none = assign(nan, nan, nan, infinity, infinity, infinity, nan, nan, nan);
			assert.deepEqual([...none].sort(), [0, 1, 2]);
			const large = element === "f32" ? 3e38 : 1.7e308;
			const steep = assign(large, -large, large, -large, large, large, large, large, -large);
			assert.deepEqual(steep, [1, 0, 2]);
			assert.deepEqual(assign(large, nan, 0, nan, large, nan, 0, nan, nan), [2, 1, 0]);
		}
	},
	"orthogonal-factors"(backend) {
		for (const element of floats) {
			const square = (...numbers: number[]) => tensor({ element, shape: [2, 2] }, numbers);
			assert.deepEqual(apply(backend, "qr_r", [square(-3, 0, 4, -2)]).map(Math.round), [5, -2, 0, 1]);
			const [, , , last = nan] = apply(backend, "qr_r", [square(1, 1, 1, 1)]);
			assert.ok(last >= 0 && last < 1e-15);
			// Only the lower triangle is read; of equal eigenvalues the vectors take no derivative from each other.
			const repeated = square(2, 99, 0, 2);
			assert.deepEqual(apply(backend, "eigh_values", [repeated]), [2, 2]);
			assert.deepEqual(apply(backend, "eigh_vectors", [repeated]), [1, 0, 0, 1]);
			assert.deepEqual(slopesOf(backend, "eigh_vectors", [repeated]), [[0, 0, 0, 0]]);
			assert.deepEqual(slopesOf(backend, "eigh_values", [repeated]), [[1, 0, 0, 1]]);
			const diagonal = apply(backend, "eigh_vectors", [square(0, 0, -1, 0)]);
			assert.deepEqual(
				diagonal.map((v) => Math.round(v * Math.SQRT2 * 1e6) / 1e6),
				[1, 1, 1, -1],
			);
			assert.deepEqual(apply(backend, "eigh_values", [square(1, 0, infinity, 1)]), [nan, nan]);
		}
	},
	"singular-values"(backend) {
		for (const element of floats) {
			const tall = (...numbers: number[]) => tensor({ element, shape: [3, 2] }, numbers);
			const ofRankOne = tall(0, 0, 0, -2, 0, 0);
			assert.deepEqual(apply(backend, "svd_values", [ofRankOne]), [2, 0]);
			assert.deepEqual(apply(backend, "svd_v", [ofRankOne]), [0, 1, 1, 0]);
			assert.deepEqual(apply(backend, "svd_u", [ofRankOne]), [0, 1, -1, 0, 0, 0]);
			assert.deepEqual(slopesOf(backend, "svd_values", [ofRankOne]), [[1, 0, 0, -1, 0, 0]]);
			const repeated = tall(2, 0, 0, 2, 0, 0);
			assert.deepEqual(slopesOf(backend, "svd_v", [repeated]), [[0, 0, 0, 0, 0, 0]]);
			assert.deepEqual(apply(backend, "svd_v", [tall(1, 0, 0, 0, nan, 0)]), [nan, nan, nan, nan]);
			assert.deepEqual(apply(backend, "svd_values", [tall(0, 0, 0, 0, 0, 0)]), [0, 0]);
		}
	},
	"fourier-transforms"(backend) {
		for (const element of floats) {
			const line = (...numbers: number[]) => tensor({ element, shape: [numbers.length / 2, 2] }, numbers);
			const [there, back] = [false, true].map((inverse) => ({ axes: [0], inverse }));
			assert.deepEqual(
				apply(backend, "fourier", [line(1, 0, 0, 0, 0, 1, 0, 0)], there),
				[1, 1, 1, -1, 1, 1, 1, -1],
			);
			// There and back multiplies by the number of elements; derivatives go the other way.
			const delta = apply(backend, "fourier", [line(1, 0, 1, 0, 1, 0, 1, 0)], back);
			assert.deepEqual(
				delta.map((x) => x + 0),
				[4, 0, 0, 0, 0, 0, 0, 0],
			);
			const [slopes = []] = slopesOf(backend, "fourier", [line(3, 1, 2, 2)], there);
			assert.deepEqual(
				slopes.map((x) => x + 0),
				[2, 2, 0, 0],
			);
			assert.deepEqual(apply(backend, "fourier", [line(3, nan)], { axes: [], inverse: false }), [3, nan]);
		}
		// Of a prime length, by another route: relative to the norm of the line.
		const turn = Array.from({ length: 1009 }, (_, k) => (2 * Math.PI * ((7 * k) % 1009)) / 1009);
		const wave = tensor(
			{ element: "f64", shape: [1009, 2] },
			turn.flatMap((t) => [Math.cos(t), Math.sin(t)]),
		);
		apply(backend, "fourier", [wave], { axes: [0], inverse: false }).forEach((x, k) => {
			assert.ok(Math.abs(x - (k === 14 ? 1009 : 0)) < 1e-11, `${k}: ${x}`);
		});
	},
	"running-states"(backend) {
		const product = [vector("f32", 1e30, 1e30, 1e-30, 1e-30)];
		const [, middle, third = 0, last = 0] = apply(backend, "cumprod", product, { axis: 0 });
		assert.equal(middle, infinity);
		assert.ok(Math.abs(third / 1e30 - 1) < 1e-6 && Math.abs(last - 1) < 1e-6);
		const terms = [vector("f32", 9, 1, 1, 1), vector("f32", 2 ** 24, 1, 1, -(2 ** 24))];
		const sums = apply(backend, "linear_recurrence", terms, { axis: 0 });
		assert.deepEqual(sums, [2 ** 24, 2 ** 24, 2 ** 24 + 2, 2]);
	},
};
