import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { backends } from "../support/run.js";
import { expectValues } from "../support/values.js";

/** A fit of w: real[3] with these lines. */
function fitOf(lines: string, declarations = ""): string {
	return `precision f64
${declarations}
fit f() {
  param w: real[3] = [1, -2, 0.5]
  ${lines}
}
let r = f()
let w = r.w
`;
}

/** That two ways to write a fit give the same numbers. */
function expectSame(one: string, other: string, declarations = ""): void {
	for (const backend of backends) {
		const w = evaluateProgram(fitOf(other, declarations), { backend }).numbers("w");
		assert.notDeepEqual(w, [1, -2, 0.5]);
		assert.deepEqual(evaluateProgram(fitOf(one, declarations), { backend }).numbers("w"), w, backend.name);
	}
}

describe("an `if` of a turn whose condition is computed", () => {
	it("makes the steps of the side that is taken, and none of the other", () => {
		// a: 0 - 1 (t = 0), - 2 (t = 1), - 3 (t = 2); b: + 1 twice.
		expectValues(
			`precision f64
fit f() {
  param a: real = 0
  param b: real = 0
  state k: int = 0
  repeat 5 {
    if k % 2 == 0 { minimize down: a  wrt a  using sgd(|t| 1 + t) } else { maximize b  wrt b  using sgd(1) }
    k <- k + 1
  }
}
let r = f()
`,
			{
				"r.a": -6,
				"r.b": 2,
				"r.run.steps": 5,
				"r.run.history.loss": [0, 0, -1, 1, -3],
				"r.run.terms.down": -3,
				"r.run.loss": -3,
			},
		);
	});

	it("every third turn is the same as those turns alone: states, rates, constraints", () => {
		const step = (using: string) => `minimize sum(w^4) + sum(w)  using ${using}`;
		for (const using of ["adam(0.1)", "momentum(0.01, beta = 0.5)", "sgd(|t| 0.01 / (1 + t))", "lbfgs()"])
			expectSame(`for i in 0..12 { if i % 3 == 1 { ${step(using)} } }`, `repeat 4 { ${step(using)} }`);
		for (const held of [
			"w in sphere by retraction",
			"w in l1_ball(1) by frank_wolfe",
			"w in simplex by projection",
			"w in l2_ball(0.5) by augmented",
			"size: sum(w^2) <= 0.5 by lagrangian(rate = 0.1)",
			"w in nonnegative by proximal(0.1)",
		])
			expectSame(
				`subject to ${held}
  for i in 0..12 { if i % 3 == 1 { ${step("adam(0.1)")} } }`,
				`subject to ${held}
  repeat 4 { ${step("adam(0.1)")} }`,
			);
	});

	it("a constraint that stands in a branch concerns the steps of the branch", () => {
		for (const method of ["lagrangian(rate = 0.1)", "augmented(2)", "penalty(3)"]) {
			const turn = `let most = 0.5 + 0.1 * sum(stop(w))
    subject to size: sum(w^2) <= most by ${method}
    minimize sum(w^4) + sum(w)  using adam(0.1)`;
			expectSame(
				`for i in 0..12 { if i % 3 == 1 { ${turn} } else { minimize 0 * sum(w)  using sgd(1) } }`,
				`repeat 4 { ${turn} }`,
			);
		}
		expectValues(
			`precision f64
fit f() {
  param w: real = 3
  for i in 0..4 {
    if i % 2 == 1 {
      subject to size: w <= 1 by lagrangian(rate = 0.5)
      minimize w  using sgd(0.5)
    }
  }
}
let r = f()
`,
			{
				// m: 1, then 1.75; w: 2.5, then 2.5 - 0.5 (1 + 1).
				"r.w": 1.5,
				"r.run.history.multipliers.size": [Number.NaN, 1, Number.NaN, 1.75],
				"r.run.history.violations.size": [Number.NaN, 2, Number.NaN, 1.5],
				"r.run.multipliers.size": 1.75,
				"r.run.violations.size": 1.5,
			},
		);
	});

	it("differentiates through the `let`s of its turn, above the `if` too", () => {
		for (const using of ["adam(0.1)", "lbfgs()", "sharpness_aware(sgd(0.1), 0.05)"])
			expectSame(
				`repeat 5 {
    let y = w * w
    let l = fold(0..3, sum(y), |s, k| s + 0.1 * sin(s))
    if l > -1 { minimize l  using ${using} }
  }`,
				`repeat 5 { minimize fold(0..3, sum(w * w), |s, k| s + 0.1 * sin(s))  using ${using} }`,
			);
		expectSame(
			`repeat 4 {
    let y = w * w
    if sum(y) > 0 { if y[0] < 1e9 { minimize sum(y)  using sgd(0.1) } else { w <- 7 * y } }
  }`,
			"repeat 4 { minimize sum(w * w)  using sgd(0.1) }",
		);
		expectSame(
			`for i in 0..4 {
    let g = grad(|v| sum(v^4))(w)
    if i >= 2 { descend g wrt w  using adam(0.1) }
  }`,
			"repeat 2 { minimize sum(w^4)  using adam(0.1) }",
		);
	});

	it("draws what its turn draws, wherever it stands", () => {
		expectSame(
			"for i in 0..6 { if i < 6 { let noise = normal([3])\n minimize sum(noise * w)  using sgd(1) } }",
			"for i in 0..6 { let noise = normal([3])\n minimize sum(noise * w)  using sgd(1) }",
		);
	});

	it("holds loops, and stands in them: they go on where they stopped", () => {
		const inner = "minimize sum(w^4)  using adam(0.1)";
		expectSame(
			`for i in 0..6 { if i % 2 == 0 { repeat 4 until sum(w^2) < 0.1 { ${inner} } } }`,
			`repeat 3 { repeat 4 until sum(w^2) < 0.1 { ${inner} } }`,
		);
		expectSame(
			`repeat 2 { for i in 0..9 { if i % 3 == 0 { ${inner} } else if i % 3 == 1 { w <- 1.01 * w } } }`,
			`repeat 2 { repeat 3 { ${inner}
    w <- 1.01 * w } }`,
		);
		const rows = [0, 1, 2, 3, 4, 5, 6].map((i) => `${i},${i % 2}`);
		const files = { "a.csv": `v,label\n${rows.join("\n")}\n` };
		const program = (lines: string) => `precision f64
data a = csv("a.csv", label = "label")
fit f() {
  state seen: real = 0
  ${lines}
}
let seen = f().seen
`;
		const stream = "for (x, _) in a.batches(2) steps 2 { seen <- 10 * seen + x[0, 0] + x[1, 0] / 8 }";
		for (const backend of backends) {
			const plain = evaluateProgram(program(`repeat 4 { ${stream} }`), { backend, files });
			const branched = program(`for i in 0..8 { if i % 2 == 1 { ${stream} } }`);
			assert.equal(
				evaluateProgram(branched, { backend, files }).number("seen"),
				plain.number("seen"),
				backend.name,
			);
		}
	});

	it("accepts and rejects: a random walk", () => {
		// Every proposal that is worse is refused, so the energy never rises.
		const text = `precision f64
fit walk() {
  state at: real[2] = [3, -4]
  state accepted: int = 0
  repeat 200 {
    let next = at + 0.3 * normal([2])
    let change = sum(next^2) - sum(at^2)
    if change < 0 { at <- next;  accepted <- accepted + 1 }
    track energy = sum(at^2)
    track count = accepted
  }
}
let r = walk()
check all i in 199: r.run.history.energy[i + 1] <= r.run.history.energy[i]
check all i in 199: (r.run.history.count[i + 1] > r.run.history.count[i]) == (r.run.history.energy[i + 1] < r.run.history.energy[i])
check r.energy < 1
check r.accepted < 200
`;
		for (const backend of backends) {
			const result = evaluateProgram(text, { backend });
			assert.equal(result.exitCode, 0, backend.name);
		}
	});

	it("its condition may be drawn", () => {
		const text = `precision f64
fit f() {
  state heads: int = 0
  repeat 2000 { if uniform([]) < 0.25 { heads <- heads + 1 } }
}
let heads = f().heads
`;
		for (const backend of backends) {
			const heads = evaluateProgram(text, { backend }).number("heads");
			// Four standard deviations, 4 sqrt(2000 / 4 * 3 / 4).
			assert.ok(Math.abs(heads - 500) < 78, String(heads));
		}
	});

	it("a turn that makes no step has no loss: nan in the history, and the last one stays", () => {
		const text = `precision f64
fit f() {
  param a: real = 2
  for i in 0..4 {
    if i == 1 { minimize half: a / 2  using sgd(1) }
    if i == 2 { minimize a  using sgd(1) }
  }
}
let r = f()
`;
		for (const backend of backends) {
			const result = evaluateProgram(text, { backend });
			assert.deepEqual(result.numbers("r.run.history.loss"), [Number.NaN, 1, 1.5, Number.NaN]);
			assert.deepEqual(
				["r.run.loss", "r.run.terms.half", "r.a", "r.run.diverged"].map((path) => result.number(path)),
				[1.5, 1, 0.5, 0],
			);
		}
	});

	it("what is not finite on the side that is not taken is not told, on the other it is", () => {
		const text = (least: number) => `precision f64
fit f() {
  param a: real = 1
  for i in 0..5 {
    if i >= ${least} { minimize log(0 * a)  using sgd(1) }
    minimize a^2  using sgd(0.1)
  }
}
let r = f()
`;
		for (const backend of backends) {
			assert.equal(evaluateProgram(text(5), { backend }).number("r.run.diverged"), 0);
			const result = evaluateProgram(text(3), { backend });
			assert.equal(result.number("r.run.diverged"), 1);
			assert.equal(result.number("r.run.steps"), 4);
		}
	});

	it("an index is checked on the side that is taken", () => {
		const text = (most: number) => `precision f64
fit f() {
  state seen: real[3] = zeros()
  state k: int = 0
  repeat 5 {
    if k < ${most} { seen[k] <- 1 }
    k <- k + 1
  }
}
let seen = f().seen
`;
		for (const backend of backends) {
			assert.deepEqual(evaluateProgram(text(2), { backend }).numbers("seen"), [1, 1, 0]);
			assert.throws(() => evaluateProgram(text(4), { backend }), /E0606: the index was 3/);
		}
	});

	it("commits what calls of models wrote, where a side has a step", () => {
		// Without a step in the turn nothing is committed.
		expectValues(
			`precision f64
model Counter() {
  param a: real = 1
  state calls: real = 0
  (x: real) -> real = {
    calls <- calls + x
    a * x
  }
}
fit f(every: Int) where every >= 1 {
  net = Counter()
  for i in 0..6 {
    let y = net(1)
    if i % every == 0 { minimize y  using sgd(0) }
  }
}
fit written(at: Int) where at >= 0 {
  net = Counter();  param p: real = 0
  for i in 0..6 {
    let y = net(1)
    if i % 2 == 0 { minimize p  wrt p  using sgd(0) }
    if i == at { net.calls <- 100 }
    minimize p + stop(y)  wrt p  using sgd(0)
  }
}
let f1 = f(1).net.calls
let f3 = f(3).net.calls
let odd = written(1).net.calls
let even = written(2).net.calls
`,
			// The step below the write commits the call above it, unless the step of the branch has.
			{ f1: 6, f3: 2, odd: 6, even: 103 },
		);
	});

	it("outside the loops the condition has a value, and one side runs", () => {
		expectValues(
			`precision f64
fit f(start: real) {
  param a: real = start
  repeat 3 { minimize a^2  using sgd(0.25) }
  if a > 1 {
    repeat 2 { minimize a^2  using sgd(0.5) }
  } else if a > 0.25 { a <- 7 } else { minimize a  using sgd(1) }
}
let big = f(16);  let middle = f(4);  let small = f(1)
let steps = [big.run.steps, middle.run.steps, small.run.steps]
let ends = [big.a, middle.a, small.a]
`,
			{ ends: [0, 7, -0.875], steps: [5, 3, 4] },
		);
	});
});

describe("an `if` in the step of an optimizer whose condition is computed", () => {
	it("writes the states of its side, those of inner optimizers too", () => {
		expectSame(
			"repeat 7 { minimize sum(w^4)  using now_and_then(adam(0.1)) }",
			"repeat 3 { minimize sum(w^4)  using adam(0.1) }",
			`optimizer now_and_then(inner: Optimizer) for params {
  state turn: int = 0
  state next = params
  step(g) {
    turn <- turn + 1
    if turn % 2 == 0 { next <- inner.step(g) } else { next <- params }
    next
  }
}`,
		);
	});
});

describe("steps one after another in a turn", () => {
	it("a later one takes what the earlier one made as it is", () => {
		// a' = 1 - 0.5 b; then b' = b - a', and not b - d(a' b)/db.
		expectValues(
			`precision f64
fit f() {
  param a: real = 1;  param b: real = 1
  repeat 1 {
    minimize a * b  wrt a  using sgd(0.5)
    minimize a * b  wrt b  using sgd(1)
  }
}
let r = f()
`,
			{ "r.a": 0.5, "r.b": 0.5 },
		);
	});

	it("two that were set to one value are two variables", () => {
		expectValues(
			`precision f64
fit f() {
  param a: real = 1;  param b: real = 1
  state t: real = 3
  repeat 1 {
    a <- t;  b <- t
    minimize a * b  wrt a  using sgd(1)
  }
}
let r = f()
`,
			{ "r.a": 0, "r.b": 3 },
		);
	});
});
