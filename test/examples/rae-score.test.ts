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
check norm(score(root(|x| score(x, spread^2), [0, 0]), 0.16)) < 1e-12
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
});
