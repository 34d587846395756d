import { readFileSync } from "node:fs";
import { assertClose, expectValues, flat, type Numbers, onBackends } from "../support/values.js";
import { covers, declare, declareLabels } from "./fixture.js";

interface Leaves {
	readonly w: Numbers;
	readonly b: Numbers;
}

/** Made by `test/stdlib/oracle/structured_optimizers.py`. */
interface Reference {
	readonly features: Numbers;
	readonly targets: Numbers;
	readonly classes: readonly number[];
	readonly start: Leaves;
	readonly weights: Leaves;
	readonly steps: number;
	readonly runs: Readonly<Record<string, Leaves>>;
	readonly groups: Readonly<Record<string, Leaves>>;
	readonly exponentiated_gradient: Leaves;
	readonly natural_gradient: Leaves;
	readonly admm: { readonly start: Numbers; readonly end: Numbers };
}

const file = new URL("../../../test/stdlib/oracle/structured_optimizers.generated.json", import.meta.url);
const reference = JSON.parse(readFileSync(file, "utf8")) as Reference;

describe("standard library: optimizers of particular structures", () => {
	const { features, targets, classes, start, weights, steps, runs } = reference;
	const setup = `precision f64
${declare("features", features)}
${declare("targets", targets)}
${declareLabels("classes", classes, 3)}
`;
	const trained = (optimizer: string, from: Leaves): string => `${setup}
fit train() {
  param w: real[4, 3] = ${JSON.stringify(from.w)}
  param b: real[3] = ${JSON.stringify(from.b)}
  repeat ${steps} { minimize mse(features @ w + b, targets) + 0.05 * sum(w^4)  using ${optimizer} }
}
let r = train()
let w = r.w
let b = r.b
`;
	const expectLeaves = (text: string, expected: Leaves, what: string): void => {
		for (const result of onBackends(text)) {
			assertClose(result.numbers("w"), flat(expected.w), 1e-11, `w by ${what}`);
			assertClose(result.numbers("b"), flat(expected.b), 1e-11, `b by ${what}`);
		}
	};

	for (const [optimizer, expected] of Object.entries(runs)) {
		const names = [...new Set(optimizer.match(/[a-z]+_[a-z]+|fista/g))];
		if (optimizer.includes("rule =")) names.push("BlockRule");
		covers(names.join(" "), `${optimizer} as NumPy for ${steps} steps`, () =>
			expectLeaves(trained(optimizer, start), expected, optimizer),
		);
	}

	for (const [using, expected] of Object.entries(reference.groups))
		it(`parameters by their places: ${using}, as optax for ${steps} steps`, () =>
			expectLeaves(trained(using, start), expected, using));

	covers(
		"exponentiated_gradient",
		`as NumPy for ${steps} steps, on vectors and on the rows of matrices`,
		() =>
			expectLeaves(
				trained("exponentiated_gradient(0.5)", weights),
				reference.exponentiated_gradient,
				"entropy",
			),
	);

	covers("natural_gradient", `as NumPy with Fisher's information as a matrix for ${steps} steps`, () => {
		const text = `${setup}
fit train() {
  param w: real[4, 3] = ${JSON.stringify(start.w)}
  param b: real[3] = ${JSON.stringify(start.b)}
  let of = |p| features @ p.0 + p.1
  repeat ${steps} {
    let here = (w, b)
    let now = softmax(of(here))
    let apart = |q| mean(kl_divergence(now, softmax(of(tree.unflatten(q, here)))))
    let g = tree.flatten(grad(|p| cross_entropy(of(p), classes))(here))
    let d = tree.unflatten(natural_gradient(g, tree.flatten(here), apart, damping = 0.1, solver = cg(60, tolerance = 1e-14)), here)
    descend d.0 wrt w  using sgd(0.5)
    descend d.1 wrt b  using sgd(0.5)
  }
}
let r = train()
let w = r.w
let b = r.b
`;
		expectLeaves(text, reference.natural_gradient, "natural gradients");
	});

	covers("admm", "NumPy on a lasso, after a few turns and at the end", () => {
		expectValues(
			`${setup}
import std.linalg { solve }
let y = targets[:, 0]
let nearest = |v: real[4], t: real| solve(features.T @ features + eye(4) / t, features.T @ y + v / t)
let start = admm(nearest, |x, t| soft_threshold(x, 0.5 * t), zeros([4]), rho = 2, steps = 3)
let end = admm(nearest, |x, t| soft_threshold(x, 0.5 * t), zeros([4]), rho = 2, steps = 400)
`,
			{ start: reference.admm.start, end: reference.admm.end },
			{ tolerance: 1e-9 },
		);
	});
});
