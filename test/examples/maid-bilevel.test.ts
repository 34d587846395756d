import type { Numbers } from "../support/values.js";
import { holds, referenceFor } from "./declarations.js";

/** Made by `test/examples/oracle/maid-bilevel.py`. */
interface Reference {
	readonly points: readonly Numbers[];
	/** The lower solution at the first point. */
	readonly x: Numbers;
	/** f and its gradient at the points. */
	readonly values: readonly number[];
	readonly slopes: readonly Numbers[];
	/** The minimum of f. */
	readonly best: Numbers;
	readonly least: number;
}

/** The signals of the reference, by the same formula, whose arithmetic is exact. */
const signals = `fn spread(k: real) -> real = { let x = k * k * sqrt(2);  sqrt(12) * (x - floor(x) - 0.5) }
fn given() -> Task = {
  let clean = for s in Signals, i in N: 0.3 * spread(1001 + 6 * s + floor(i / 13)) + 0.6 * sin(i / 9 + s)
  (clean = clean, noisy = for s in Signals, i in N: clean[s, i] + 0.1 * spread(2001 + 64 * s + i))
}
let t = given()
`;

describe("oracle: maid-bilevel", () => {
	it("the gradient is that of central differences of the problem solved exactly", () => {
		holds(
			"maid-bilevel",
			`let t = task()
let theta: real[2] = [-2.5, -2]
let f = |theta| upper(t, solved(t, t.noisy, theta, 1e-11).x)
let x = solved(t, t.noisy, theta, 1e-11).x
let h = hypergradient(t, x, theta, 1e-12)
let differences: real[2] = [(f([-2.5 + 1e-4, -2]) - f([-2.5 - 1e-4, -2])) / 2e-4, (f([-2.5, -2 + 1e-4]) - f([-2.5, -2 - 1e-4])) / 2e-4]
check norm(h.z - differences) < 1e-5 * norm(differences)
check norm(slope(t, x, theta)) <= 1e-11
`,
		);
	});

	it("the lower gradient is that of the smoothed total variation", () => {
		holds(
			"maid-bilevel",
			`let t = task()
let theta: real[2] = [-2.5, -2]
let x = t.noisy
let step = for s in Signals, i in N - 1: (x[s, i + 1] - x[s, i]) / sqrt((x[s, i + 1] - x[s, i])^2 + exp(-4))
let by_hand = for s in Signals, i in N: x[s, i] - t.noisy[s, i] + exp(-2.5) * ((step[s, i - 1 else 0]) - (step[s, i else 0]))
check norm(slope(t, x, theta) - by_hand) < 1e-12
check abs(upper(t, t.noisy) - sum((t.noisy - t.clean)^2) / 16) < 1e-14
`,
		);
	});

	const { points, x, values, slopes, best, least } = referenceFor("maid-bilevel") as Reference;

	it("the lower solution is that of Newton's method with tridiagonal solves, as are f and its gradient", () => {
		holds(
			"maid-bilevel",
			`${signals}
let x: real[Signals, N] = ${JSON.stringify(x)}
let theta: real[2] = ${JSON.stringify(points[0])}
check max(abs(solved(t, t.noisy, theta, 1e-11).x - x)) <= 1e-10
${points
	.map(
		(point, i) => `let at_${i}: real[2] = ${JSON.stringify(point)}
let slope_${i}: real[2] = ${JSON.stringify(slopes[i])}
check abs(exact(t, at_${i}) - ${values[i]}) <= 1e-10
let z_${i} = hypergradient(t, solved(t, t.noisy, at_${i}, 1e-11).x, at_${i}, 1e-12).z
check norm(z_${i} - slope_${i}) <= 1e-8 * norm(slope_${i}) "the inexact gradient, where it is exact"
check norm(grad(|theta| exact(t, theta))(at_${i}) - slope_${i}) <= 1e-5 * norm(slope_${i})
`,
	)
	.join("")}`,
		);
	});

	it("the optimum is that of L-BFGS-B", () => {
		holds(
			"maid-bilevel",
			`${signals}
let best_known: real[2] = ${JSON.stringify(best)}
let found = best(t)
check abs(exact(t, found) / ${least} - 1) <= 1e-8
check norm(found - best_known) <= 1e-3
`,
		);
	});

	it("each accepted step has a bound below 0, and f falls by it at least", () => {
		holds(
			"maid-bilevel",
			`let t = task()
let start: State = (theta = [-5, -3], x = t.noisy, alpha = 1, eps = 0.1, delta = 0.1, work = 0, change = 0)
let all = loop(start, |s| adaptive(t, s), until = |_s| false, limit = 60, trace = true).trace
let f = for k in 60: exact(t, all.theta[k, :])
let accepted = count k in 60: all.change[k] != 0
check accepted >= 20 and accepted < 60 "some are, and some are not"
check all k in 60: all.change[k] <= 0
check all k in 59: all.change[k + 1] == 0 or f[k + 1] - f[k] <= all.change[k + 1] + 1e-9 "f falls by the bound at least"
check all k in 59: all.change[k + 1] != 0 or norm(all.theta[k + 1, :] - all.theta[k, :]) == 0 "or the point stays"
// An accepted step lengthens the next one and loosens the accuracy; another halves the accuracy.
check all k in 59: abs(all.eps[k + 1] / all.eps[k] - (if all.change[k + 1] != 0 then 1.05 else 0.5)) < 1e-12
check all k in 60: all.eps[k] == all.delta[k]
check all k in 59: all.work[k + 1] > all.work[k]
`,
		);
	});
});
