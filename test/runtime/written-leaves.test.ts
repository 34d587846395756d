import { strict as assert } from "node:assert";
import { runProgramText } from "../support/evaluate.js";

/** A step after a write is by what was written, also where that repeats one number or another tensor. */
describe("steps after writes in the same turn", () => {
	const writes = {
		"one number for all": "for i in 3: c",
		"a constant": "full([3], 2)",
		"a number behind a branch": "for i in 3: if i < 5 then c else 0",
		"elements of their own": "for i in 3: c + 0 * w[i]",
		"what another step gave": "w + (for i in 3: c)",
	};
	for (const [name, write] of Object.entries(writes)) {
		it(name, () => {
			const { exitCode, events } = runProgramText(`precision f64
fit written() {
  param w: real[3] = zeros()
  state c: real = 2
  repeat 1 {
    w <- ${write}
    minimize sum i: (w[i] - 1)^2  wrt w  using sgd(0.1)
    minimize sum i: (w[i] - 1)^2  wrt w  using sharpness_aware(sgd(0.1), 0)
  }
}
check max(abs(written().w - 1.64)) < 1e-12
`);
			assert.equal(exitCode, 0, JSON.stringify(events.filter((e) => e.kind === "check")));
		});
	}

	it("a projection that repeats a number", () => {
		const { exitCode } = runProgramText(`precision f64
constraint equal() for w: real[n] {
  violation = max(w) - min(w)
  project = for i in n: mean(w)
}
fit held() {
  param w: real[3] = for i in 3: i
  subject to w in equal by projection
  repeat 2 {
    minimize sum i: (w[i] - 1)^2 + w[0]  wrt w  using sgd(0.1)
    minimize sum i: (w[i] - 1)^2  wrt w  using sgd(0.1)
  }
}
// Each first step moves the mean by -1/30 beside the way to 1.
let a = 0.8 * (0 - 1/30);  let b = 0.8 * (0.8 * a - 1/30)
check max(abs(held().w - (1 + b))) < 1e-12
`);
		assert.equal(exitCode, 0);
	});
});
