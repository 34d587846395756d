import assert from "node:assert/strict";
import { expectValues, valuesOf } from "../support/values.js";

const model = `precision f64
model Centred(d: Int) {
  param scale: real[d] = ones()
  state mean: real[d] = zeros()
  state seen: int = 0
  (x: real[n, d]) -> real[n, d] = {
    mean <- 0.5 * mean + 0.5 * (for k: mean i: x[i, k])
    seen <- seen + 1
    for i, k: scale[k] * (x[i, k] - mean[k])
  }
}
let x: real[3, 1] = [[1], [3], [5]]
`;

describe("states of models", () => {
	it("are committed by each minimize, and by nothing else", () => {
		expectValues(
			`${model}
fit f() {
  net = Centred(1)
  repeat 3 {
    let y = net(x)
    let z = net(2 * x)
    minimize sum(y^2) + sum(z)  using sgd(0)
    minimize sum(net(x))  using sgd(0)
    track after = net.mean[0]
    track energy = sum(net(10 * x))
  }
}
let r = f()
let seen = r.net.seen
let means = r.run.history.after
let untouched = Centred(1).seen
let once = sum(Centred(1)(x))
`,
			// Of the calls of a turn the last one counts; each begins with the mean before the turn.
			{ seen: 6, means: [3.0, 3.75, 3.9375], untouched: 0, once: 3 * 1.5 },
		);
	});

	it("give no gradient to what wrote them", () => {
		// The output is scale * (x - (mean + 3) / 2): the committed mean is a number of the next turn.
		const values = valuesOf(
			`${model}
fit f() {
  net = Centred(1)
  repeat 2 { minimize sum(net(x))  using sgd(0.1) }
}
let scale = f().net.scale
`,
			"scale",
		);
		const first = 1 - 0.1 * (9 - 3 * 1.5);
		assert.deepEqual(values, [first - 0.1 * (9 - 3 * 2.25)]);
	});
});
