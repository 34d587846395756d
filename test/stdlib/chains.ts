import { expectValues } from "../support/values.js";
import { covers } from "./fixture.js";

describe("standard library: roots, integrals along a way, chains", () => {
	covers("newton", "roots in closed form, and the derivative by what the function uses", () => {
		expectValues(
			`precision f64
import std.linalg { newton }
fn root(a: real) -> real = newton(|x| [x[0]^2 - a], [1], steps = 8)[0]
let two = root(2)
let slope = grad(root)(2.0)
let meeting = newton(|p| [p[0]^2 + p[1]^2 - 4, p[0] * p[1] - 1], [2, 0.4])
let near = newton(|p| [p[0]^2 + p[1]^2 - 4, p[0] * p[1] - 1], [0.4, 2], steps = 1)
`,
			{
				two: Math.SQRT2,
				slope: Math.SQRT2 / 4,
				// x + y = sqrt(6) and x - y = sqrt(2).
				meeting: [(Math.sqrt(6) + Math.SQRT2) / 2, (Math.sqrt(6) - Math.SQRT2) / 2],
				// One step from (0.4, 2): J = [[0.8, 4], [2, 0.4]], f = (0.16, -0.2).
				near: [0.4 - (0.4 * 0.16 + 4 * 0.2) / (0.32 - 8), 2 - (-2 * 0.16 - 0.8 * 0.2) / (0.32 - 8)],
			},
		);
	});

	covers(
		"line_integral",
		"of a gradient it is the difference of the potential, with an error of 1 / points^2",
		() => {
			// Of f(x) = (x_0^3, 0) along (0, 0) .. (2, 1): the midpoint rule of 16 t^3 by n points is 4 - 2 / n^2.
			expectValues(
				`precision f64
import std.stats { line_integral }
let curl = line_integral(|x| [-x[1], x[0]], [1, 0], [0, 1])
let square = line_integral(|x| 2 * x, [1, 2, 3], [-1, 0.5, 2])
let cubes = for n in 1..4: line_integral(|x| [x[0]^3, 0], [0, 0], [2, 1], points = 12)
let cube = line_integral(|x| [x[0]^3, 0], [0, 0], [2, 1], points = 4)
`,
				{ curl: 1, square: 5.25 - 14, cubes: [1, 2, 3].map(() => 4 - 2 / 144), cube: 4 - 2 / 16 },
			);
		},
	);

	covers("metropolis", "certain steps, none, and the moments of the distribution it is made for", () => {
		// Chains of a normal distribution with mean 3 and scale 0.5: of 4000, the error of the mean is 0.008, of the variance 0.0056.
		expectValues(
			`precision f64
import std.stats { metropolis }
let stays = metropolis([1, 2], |_x, _y| -inf, steps = 20)
let ends = for _c in 4000: metropolis([0], |x, y| ((x[0] - 3)^2 - (y[0] - 3)^2) / (2 * 0.25), steps = 60)
let mean_is_right = abs(mean(ends) - 3) < 0.032
let variance_is_right = abs(var(ends) - 0.25) < 0.0224
// Steps that are always taken are a random walk, of the variance 5 * 0.2^2 after 5 steps.
let walks = for _c in 4000: metropolis([0], |_x, _y| 0.0, steps = 5, scale = 0.2)
let walk_is_right = abs(var(walks) - 0.2) < 4 * 0.2 * sqrt(2 / 4000)
`,
			{ stays: [1, 2], mean_is_right: 1, variance_is_right: 1, walk_is_right: 1 },
		);
	});
});
