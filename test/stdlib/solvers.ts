import { readFileSync } from "node:fs";
import { expectValues, type Numbers } from "../support/values.js";
import { covers, declare } from "./fixture.js";

/** Made by `test/stdlib/oracle/solvers.py`. */
interface Reference {
	readonly matrices: Readonly<Record<string, Numbers>>;
	readonly right: Numbers;
	readonly runs: Readonly<Record<string, Readonly<Record<string, Numbers>>>>;
	readonly solved: Readonly<Record<string, Numbers>>;
}

const file = new URL("../../../test/stdlib/oracle/solvers.generated.json", import.meta.url);
const reference = JSON.parse(readFileSync(file, "utf8")) as Reference;

describe("standard library: solvers of linear systems", () => {
	const { matrices, right, runs, solved } = reference;
	for (const [solver, turns] of Object.entries(runs)) {
		covers(solver, "SciPy's iterates, the solution, a side of 0, and many sides in a binder", () => {
			const counts = Object.keys(turns);
			const text = `precision f64
${declare("a", matrices[solver] as Numbers)}
${declare("y", right)}
let cut = ${`(${counts.map((k) => `${solver}(${k}, tolerance = 1e-30)(y, |v| a @ v)`).join(", ")})`}
let solved = ${solver}(12, tolerance = 1e-13)(y, |v| a @ v)
let nothing = ${solver}()(0 * y, |v| a @ v)
let scaled = for k in 0..3: ${solver}(12, tolerance = 1e-13)((k + 1) * y, |v| a @ v)[0] / (k + 1)
`;
			const [first] = solved[solver] as readonly number[];
			expectValues(
				text,
				{
					...Object.fromEntries(counts.map((k, i) => [`cut.${i}`, turns[k] as Numbers])),
					solved: solved[solver] as Numbers,
					nothing: (right as readonly number[]).map(() => 0),
					scaled: [first, first, first] as Numbers,
				},
				{ tolerance: 1e-8 },
			);
		});
	}

	covers(
		"at_root implicit unrolled Gradient Solver",
		"the derivatives of roots and of their solutions in closed form",
		() => {
			// The root of x^3 + x = t and x + y = t; y = x of (1 + 3 x^2) x' = 1.
			const x = 0.6823278038280193;
			const slope = 1 / (1 + 3 * x ** 2);
			expectValues(
				`precision f64
fn cube(t: real) -> real = loop(0.5, |x| x - (x^3 + x - t) / (3 * x^2 + 1), until = |x| abs(x^3 + x - t) < 1e-15, limit = 50).last
fn root(t: real) -> real = at_root(cube(t), |x| x^3 + x - t)
fn pair(t: real) -> (x: real, y: real[1]) =
  at_root((x = cube(t), y = [t - cube(t)]), |p| (x = p.x^3 + p.x - t, y = p.y + p.x - t), gmres(4))
fn fixed(t: real) -> real = fixed_point(0.5, |x| t / (1 + x^2), tolerance = 1e-15, limit = 500, gradient = implicit())
fn turned(t: real) -> real = fixed_point(0.5, |x| t / (1 + x^2), tolerance = 1e-15, limit = 500, gradient = unrolled)
let value = root(1.0)
let slope = grad(root)(1.0)
let forward = jvp(root, 1.0, 1.0).1
let second = grad(grad(root))(1.0)
let beside = jvp(pair, 1.0, 1.0).1
let back = grad(|t| pair(t).x * pair(t).y[0])(1.0)
let found = (grad(fixed)(1.0), grad(turned)(1.0))
`,
				{
					value: x,
					slope,
					forward: slope,
					second: -6 * x * slope ** 3,
					"beside.x": slope,
					"beside.y": [1 - slope],
					back: slope * (1 - x) + x * (1 - slope),
					"found.0": slope,
					"found.1": slope,
				},
				{ tolerance: 1e-9 },
			);
		},
	);

	covers("conjugate_gradient", "as many turns as there are eigenvalues, and any shape", () => {
		expectValues(
			`precision f64
let y = [3.0, -1, 2, 5]
let f = |v: real[4]| [2 * v[0], 5 * v[1], 5 * v[2], 2 * v[3]]
let two = conjugate_gradient(y, f, tolerance = 1e-9)
let cut = conjugate_gradient(y, f, limit = 1).x
let wide = conjugate_gradient([[1, 2], [3, 4]], |v| 4 * v)
let near = conjugate_gradient([[1, 2], [3, 4]], |v| 4 * v, tolerance = 1.1).work
`,
			{
				"two.x": [1.5, -0.2, 0.4, 2.5],
				"two.work": 2,
				// The first step of any: the length |y|^2 / (y, A y) along y.
				cut: [3, -1, 2, 5].map((v) => (v * 39) / (2 * 34 + 5 * 5)),
				"wide.x": [0.25, 0.5, 0.75, 1],
				"wide.work": 1,
				near: 0,
			},
		);
	});

	covers("accelerated_descent", "the scheme of Nesterov, step by step, and its end", () => {
		const slope = ([a, b]: readonly [number, number]): [number, number] => [9 * (a - 1), b + 2];
		let x: [number, number] = [5, 5];
		let y = x;
		let work = 1;
		while (Math.hypot(...slope(y)) > 1e-6) {
			const [g, h] = slope(y);
			const next: [number, number] = [y[0] - g / 9, y[1] - h / 9];
			// (sqrt(9) - 1) / (sqrt(9) + 1).
			y = [next[0] + 0.5 * (next[0] - x[0]), next[1] + 0.5 * (next[1] - x[1])];
			x = next;
			work++;
		}
		expectValues(
			`precision f64
import std.optimizers { accelerated_descent }
let end = accelerated_descent(|x| [9 * (x[0] - 1), x[1] + 2], [5, 5], 9)
let one = accelerated_descent(|x| [9 * (x[0] - 1), x[1] + 2], [5, 5], 9, limit = 1).x
let scaled = accelerated_descent(|x| [18 * (x[0] - 1), 2 * (x[1] + 2)], [5, 5], 18, convexity = 2, limit = 1).x
let there = accelerated_descent(|x| x, [[0.0, 0]], 1).work
`,
			{
				"end.x": y,
				"end.work": work,
				one: [-1, 5 - 1.5 * (7 / 9)],
				scaled: [-1, 5 - 1.5 * (7 / 9)],
				there: 1,
			},
		);
	});
});
