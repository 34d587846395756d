import { holds } from "./declarations.js";

describe("oracle: rae-score", () => {
	const options = { f64: true, kept: ["centres", "spread", "sigma"] };
	it("the score is that of the mixture, and its integral along a segment the difference of log p", () => {
		holds(
			"rae-score",
			`let x: real[2] = [0.3, -0.2]
let y: real[2] = [1.1, 0.4]
let weight = softmax(for k in 3: -sum((x - centres[k, :])^2) / 0.32)
let exact = for j in 2: sum k in 3: weight[k] * (centres[k, j] - x[j]) / 0.16
check norm(score(x, 0.16) - exact) < 1e-12
let rise = mean k in 200: dot(score(x + (k + 0.5) / 200 * (y - x), 0.16), y - x)
check abs(rise - (log_p(y, 0.16) - log_p(x, 0.16))) < 1e-4
check abs(along(|q| score(q, 0.16))(x, y) - (log_p(y, 0.16) - log_p(x, 0.16))) < 0.02 "8 points"
check norm(score(newton(|x| score(x, spread^2), [0, 0]), 0.16)) < 1e-12
`,
			options,
		);
	});

	it("the contractive loss is that of a Jacobian written by hand", () => {
		holds(
			"rae-score",
			`let net = Coder()
let x: real[2] = [0.3, -0.2]
let first = tanh(x @ net.a + net.p)
let second = tanh(first @ net.b + net.q)
let by_hand = net.a @ diag(1 - first^2) @ net.b @ diag(1 - second^2) @ net.c
check abs(objective(Contractive, net, x) - (objective(Plain, net, x) + sigma^2 * sum(by_hand^2))) < 1e-13
check norm(read(net, x) - (net(x) - x) / 0.04) < 1e-12
`,
			options,
		);
	});

	it("of normal data each is trained to the line of slope s^2 / (s^2 + sigma^2)", () => {
		// One mode at 0 of the scale 0.5 in place of the mixture: the slope is 0.25 / 0.29.
		holds(
			"rae-score",
			`import std.linalg { lstsq }
let x = seed 3 { mixture(2000) }
for kind in [Denoising, Contractive] {
  let net = trained(kind, steps = 800, seed = 0).net
  let slope = for j in 2: lstsq(x, for i: net(x[i, :])[j])
  check max(abs(slope - 0.25 / 0.29 * eye(2))) <= 0.03 "the line"
  check max(abs(net([0, 0]))) <= 0.05 "through 0"
  check norm((for i: net(x[i, :])) - 0.25 / 0.29 * x) <= 0.06 * norm(x) "and no curve"
}
`,
			{
				kept: ["sigma"],
				replaced: { centres: "let centres: real[3, 2] = zeros()", spread: "let spread = 0.5" },
			},
		);
	});

	it("chains of the exact log p and of the integral of the exact score find the mixture", () => {
		holds(
			"rae-score",
			`let reference = seed 5 { mixture(2000) }
let nowhere = for _c in 1000: centres[0, :]
check energy_distance(nowhere, reference) > 1 "all in one mode"
let exact = seed 1 { chains(|x, y| log_p(y, spread^2) - log_p(x, spread^2)) }
let integrated = seed 1 { chains(along(|q| score(q, spread^2))) }
for found in (exact, integrated) {
  check energy_distance(found, reference) <= 0.01
  let share = for k in 3: mean i: ((argmin j: sum((found[i, :] - centres[j, :])^2)) == k)
  check max(abs(share - 1/3)) <= 0.06
}
`,
			{ kept: ["centres", "spread", "sigma"] },
		);
	});
});
