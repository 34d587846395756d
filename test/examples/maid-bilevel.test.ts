import { holds } from "./declarations.js";

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
});
