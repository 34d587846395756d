import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { backends } from "../support/run.js";

const files = {
	"rows.csv": `v,label\n${Array.from({ length: 30 }, (_, i) => `${i / 30},${i % 2}`).join("\n")}\n`,
};

/** Two arms of a comparison: `more` are lines and options that change nothing of the training. */
const program = (
	more: { options?: string; term?: string; turn?: string; before?: string; call?: string } = {},
) => `
precision f64
data rows = csv("rows.csv", label = "label")
fit arm(scale: real = 0.1${more.options ?? ""}) {
  param w: real[4] = normal(scale = 1)
  state rest: real = 0
  ${more.before ?? ""}
  for (x, y) in rows.batches(8) epochs 3 {
    ${more.turn ?? ""}
    let noise = normal([4])
    repeat 2 { minimize sum((w - scale * uniform([4]))^2)  using adam(0.01) }
    minimize
      data: mean((sum(w * noise) * x[:, 0] - y)^2)
      ${more.term ?? ""}
    using momentum(0.01)
  }
}
let r = arm(${more.call ?? ""})
`;

describe("two fits under one seed", () => {
	it("share start, batches and noise: an option that does nothing changes no digit", () => {
		const arms = [
			program({ options: ", penalty: real = 0", term: "size: penalty * sum(w^2)" }),
			program({ options: ", extra: Int = 3", turn: "let other = normal([extra])\n    rest <- mean(other)" }),
			program({ before: "let drawn = uniform([5])\n  rest <- mean(drawn)" }),
			program({ before: "repeat 3 { rest <- rest + normal([]) }" }),
			program({ turn: "track length = norm(w + normal([4])) every 2 steps" }),
			program({ call: "seed = 0" }),
		];
		for (const backend of backends) {
			const plain = evaluateProgram(program(), { backend, files });
			for (const arm of arms) {
				const other = evaluateProgram(arm, { backend, files });
				for (const name of ["r.w", "r.run.history.loss"])
					assert.deepEqual(other.numbers(name), plain.numbers(name), `${name} of ${arm}`);
			}
			const reseeded = evaluateProgram(program({ call: "seed = 1" }), { backend, files });
			assert.notDeepEqual(reseeded.numbers("r.w"), plain.numbers("r.w"));
		}
	});
});
