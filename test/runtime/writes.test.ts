import assert from "node:assert/strict";
import { runProgramText } from "../support/evaluate.js";
import { expectValues, onBackends } from "../support/values.js";

/** `place <- value`: states, parameters and parts, whole or at a place. */
describe("writes", () => {
	it("sets elements of a state, outside the loops and in a turn", () => {
		expectValues(
			`precision f64
fit f() {
  param w: real = 0
  state memory: real[2, 3] = zeros();  state seen: int = 0
  memory[1, :] <- [7, 8, 9]
  for k in 0..5 {
    memory[0, k % 3] <- memory[0, k % 3] + k
    seen <- seen + 1
    minimize (w - memory[1, 0])^2  using sgd(0.5)
  }
}
let r = f()`,
			{ "r.memory": [3, 5, 2, 7, 8, 9], "r.seen": 5, "r.w": 7 },
		);
	});

	it("sets parts of models and sets of places, and what stands below sees the new values", () => {
		expectValues(
			`precision f64
import std.nn { MLP }
fit f() {
  net = MLP([2, 4, 1]);  slow = MLP([2, 4, 1])
  slow <- net
  net.layers[0].bias <- [1, 2, 3, 4]
  repeat 3 {
    net.**.bias <- 0
    net.layers[1].weight[1, 0] <- 5
    minimize sum(net([1, 2])^2)  using sgd(0.001)
  }
  track start = slow.layers[0].weight
}
let r = f()
fit plain() { net = MLP([2, 4, 1]) }
let close = max(abs(r.net.layers[1].weight[1, 0] - 5)) < 1
let bias = max(abs(r.net.layers[0].bias)) < 0.1`,
			{ close: 1, bias: 1 },
		);
	});

	it("sets a whole part in a turn, without a gradient", () => {
		expectValues(
			`precision f64
import std.nn { Linear }
fit f() {
  net = Linear(2, 1);  target = Linear(2, 1)
  repeat 4 {
    target <- net
    let miss = sum(net([1, 2]) - 3 * target([1, 2]))
    minimize miss  wrt net  using sgd(0.1)
  }
}
let r = f()
let last = r.net.bias - r.target.bias`,
			{ last: [-0.1] },
		);
	});

	it("keeps what is declared of a parameter", () => {
		expectValues(
			`precision f64
fit f() {
  param w: real[3] in simplex = ones();  param v: real[2] = ones()
  subject to v in unit_norm by projection
  w <- [3, 2, 1]
  v[0] <- 0
  repeat 2 {
    w[1] <- 4
    v <- [3, 4]
    minimize sum(w) * sum(v)  using sgd(0)
  }
}
constraint unit_norm() for w: real[n] { violation = abs(norm(w) - 1);  project = w / norm(w) }
let r = f()`,
			{ "r.w": [0, 1, 0], "r.v": [0.6, 0.8] },
		);
	});

	it("sets elements of the states of models and of optimizers", () => {
		expectValues(
			`precision f64
model Memory(n: Int) {
  state slots: real[n, 2] = zeros();  state at: int = 0
  param w: real = 0
  (x: real[2]) -> real = {
    slots[at % n, :] <- x
    slots[0, 0] <- slots[0, 0] + 1
    at <- at + 1
    sum(slots) + w
  }
}
optimizer first_row(lr: real) for p: real[n, k] where n >= 1 {
  state m = zeros()
  step(g) {
    m[0, :] <- m[0, :] + g[0, :]
    p - lr * m
  }
}
fit f() {
  memo = Memory(2);  param p: real[2, 2] = zeros()
  for k in 0..3 {
    minimize memo([k, 10]) + sum(p)  using first_row(0.1) on p, sgd(0) on rest
    track seen = memo([100, 100])
  }
}
let r = f()`,
			{
				"r.memo.slots": [3, 10, 1, 10],
				"r.memo.at": 3,
				"r.p": [-0.6, -0.6, 0, 0],
			},
		);
	});

	it("sets in the turns of inner loops, also of long ones", () => {
		expectValues(
			`precision f64
import std.nn { Linear }
fit f() {
  net = Linear(2, 1);  target = Linear(2, 1)
  param w: real[3] in simplex = ones()
  state memory: real[40] = zeros();  state last: real = 0
  for t in 0..3 {
    for k in 0..40 {
      memory[k] <- memory[k] + k + t
      net.bias[0] <- k
      w[k % 3] <- 2
      minimize sum(w) + net([1, 2])[0]  wrt net.weight  using sgd(0.01)
    }
    target <- net
    last <- sum(memory)
    minimize net([1, 2])[0] - target([1, 2])[0]  wrt net  using sgd(0.01)
  }
}
let r = f()
let total = sum(r.memory)
let behind = r.target.weight - r.net.weight
let sum_of_w = sum(r.w)`,
			{
				total: 3 * 780 + 3 * 40,
				"r.last": 3 * 780 + 3 * 40,
				"r.target.bias": 39,
				"r.net.bias": 38.99,
				behind: [0.01, 0.02],
				sum_of_w: 1,
			},
		);
	});

	it("refuses to set in a turn what does not go from turn to turn", () => {
		const text = `import std.nn { Linear }
model Fixed() {
  let shift = normal([2]);  param w: real[2] = zeros()
  () -> real = sum(w + shift)
}
fit f() {
  a = Fixed();  b = Fixed()
  repeat 2 {
    a <- b
    minimize a()  wrt b  using sgd(0.1)
  }
}
let r = f()
`;
		const run = runProgramText(text);
		const [problem] = run.eventsOf("problem").filter((e) => e.diagnostic.severity === "error");
		assert.match(
			problem?.diagnostic.message ?? "",
			/`a\.shift` is no parameter that is trained and no state/,
		);
		for (const result of onBackends(
			text.replace("repeat 2 {", "repeat 2 {  let same = 0").replace("a <- b", "a <- a"),
		))
			assert.equal(result.exitCode, 0);
	});
});
