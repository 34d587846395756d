import { expectValues } from "../support/values.js";
import { covers } from "./fixture.js";

describe("standard library: loops and solvers", () => {
	covers("scan map iterate loop reverse", "by hand: running products, powers of 2, halvings", () => {
		expectValues(
			`let products = scan([2.0, 3, 4] + 0, 1.0, |s, x| (s * x, s * x))
let powers = map(0..5, |k| fold(0..4, 1, |p, j| if j < k then 2 * p else p))
let halved = loop(40.0, |x| x / 2, until = |x| x < 3, limit = 9)
let reversed = reverse([2, 3, 5] + 0)
let list = reverse([7, 8])
let iterated = iterate(5, 1, |p| 2 * p)
`,
			{
				"products.0": 24,
				"products.1": [2, 6, 24],
				powers: [1, 2, 4, 8, 16],
				"halved.last": 2.5,
				"halved.count": 4,
				"halved.done": 1,
				reversed: [5, 3, 2],
				list: [8, 7],
				iterated: 32,
			},
		);
	});

	covers("fixed_point_found", "the solution of x = cos x, and whether the limit was enough for it", () => {
		expectValues(
			`precision f64
let near = fixed_point_found(1.0, |x| cos(x), tolerance = 1e-12, limit = 200)
let cut = fixed_point_found(1.0, |x| cos(x), tolerance = 1e-12, limit = 3)
let root = near.value
let third = cut.value
let flags = [if near.converged then 1 else 0, if cut.converged then 1 else 0]
let slope = grad(|a| fixed_point_found(1.0, |x| cos(a * x), tolerance = 1e-14, limit = 300, gradient = implicit()).value)(1.0)`,
			{
				root: 0.7390851332151607,
				third: Math.cos(Math.cos(Math.cos(1))),
				flags: [1, 0],
				slope: (-0.7390851332151607 * Math.sin(0.7390851332151607)) / (1 + Math.sin(0.7390851332151607)),
			},
			{ tolerance: 1e-9 },
		);
	});
	covers("fixed_point", "the solution of x = cos x, and of a linear system by Jacobi's iteration", () => {
		expectValues(
			`precision f64
let dottie = fixed_point(1.0, |x| cos(x), tolerance = 1e-12, limit = 200)
let a: real[2, 2] = [[0.1, -0.3], [0.2, 0.25]]
let jacobi = fixed_point([0.0, 0] + 0, |x| a @ x + 1, tolerance = 1e-13, limit = 200)
`,
			// (I - A) x = 1: the determinant is 0.9 * 0.75 + 0.3 * 0.2.
			{ dottie: 0.7390851332151607, jacobi: [(0.75 - 0.3) / 0.735, (0.9 + 0.2) / 0.735] },
			{ tolerance: 1e-11 },
		);
	});
});
