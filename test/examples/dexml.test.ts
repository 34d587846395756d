import { declare } from "../stdlib/fixture.js";
import type { Numbers } from "../support/values.js";
import { holds, referenceFor } from "./declarations.js";

/** Made by `test/examples/oracle/dexml.py`. */
interface Reference {
	readonly scores: readonly (readonly number[])[];
	readonly positives: readonly (readonly number[])[];
	/** By the call: of each row of scores the loss, and its gradient. */
	readonly losses: Readonly<Record<string, { readonly values: Numbers; readonly gradients: Numbers }>>;
}

const f64 = { f64: true };

describe("oracle: dexml", () => {
	const { scores, positives, losses } = referenceFor("dexml") as Reference;
	const given = `${declare("scores", scores)}
${declare("marks", positives)}
let positives = for i, j: marks[i, j] > 0
`;

	it("each loss and its gradient are those of PyTorch", () => {
		const probes = Object.entries(losses).map(
			([call, { values, gradients }], i) => `
${declare(`values_${i}`, values)}
${declare(`gradients_${i}`, gradients)}
fn loss_${i}(s: real[30], y: bool[30]) -> real = ${call}
check all r in 3: abs(loss_${i}(scores[r, :], positives[r, :]) - values_${i}[r]) <= 1e-11 * abs(values_${i}[r]) "${call}"
check all r in 3: max(abs(grad(|s| loss_${i}(s, positives[r, :]))(scores[r, :]) - gradients_${i}[r, :])) <= 1e-11 "gradient of ${call}"`,
		);
		holds("dexml", given + probes.join("\n"), f64);
	});

	it("each gradient is that of central differences, also of the threshold", () => {
		const calls = Object.keys(losses);
		const functions = [...calls, "soft_top_threshold(s, 5)", "soft_top_threshold(s, 20)"];
		const probes = functions.map(
			(call, i) => `
fn f_${i}(s: real[30], ${call.includes("y") ? "y" : "_y"}: bool[30]) -> real = ${call}
let slopes_${i} = for r in 3: grad(|s| f_${i}(s, positives[r, :]))(scores[r, :])
let differences_${i} = for r in 3, j in 30: {
  let step = for k in 30: if k == j then 1e-5 else 0
  (f_${i}(scores[r, :] + step, positives[r, :]) - f_${i}(scores[r, :] - step, positives[r, :])) / 2e-5
}
check max(abs(slopes_${i})) > 1e-3 and max(abs(slopes_${i} - differences_${i})) <= 1e-8 "${call}"`,
		);
		holds("dexml", given + probes.join("\n"), f64);
	});

	it("of one positive the decoupled loss is the cross-entropy", () => {
		holds(
			"dexml",
			`let s = 3 * normal([Labels])
let one = for j in Labels: j == 7
let entropy = cross_entropy(expand(s, 0), for _i in 1: int<Labels>(7))
check abs(decoupled(s, one) - entropy) <= 4e-15 * entropy
check max(abs(grad(|s| decoupled(s, one))(s) - (softmax(s) - one_hot(int<Labels>(7), Labels)))) <= 1e-15
`,
			f64,
		);
	});

	it("the threshold gives k in all, and its derivatives sum to -1", () => {
		holds(
			"dexml",
			`let s0 = normal([Labels])
for at in [(0.5, 5), (4, 5), (30, 5), (0.5, 20), (4, 20), (30, 20)] {
  let (s, k) = (at.0 * s0, at.1)
  let t = soft_top_threshold(s, k)
  check abs((sum j: sigmoid(s[j] + t)) - k) <= 1e-10
  let z = sigmoid(s + t)
  let slope = grad(|s| soft_top_threshold(s, k))(s)
  check max(abs(slope + z * (1 - z) / sum(z * (1 - z)))) <= 1e-12
  check abs(sum(slope) + 1) <= 1e-12
}
`,
			f64,
		);
	});

	it("InfoNCE pushes a positive of more than its share down, the decoupled softmax none", () => {
		holds(
			"dexml",
			`let s = for j in Labels: 3 * normal([]) + (if j < 2 then 15 else 0)
let some = for j in Labels: j < 5
let p = softmax(s)
let push = grad(|s| info_nce(s, some))(s)
check all j in 5: abs(push[j] - (5 * p[j] - 1)) < 1e-12
check any j in 5: push[j] > 0
check max(grad(|s| decoupled(s, some))(s)[..5]) <= 0
`,
			f64,
		);
	});
});
