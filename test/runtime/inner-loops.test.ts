import assert from "node:assert/strict";
import { evaluateProgram, runProgramText } from "../support/evaluate.js";
import { backends } from "../support/run.js";
import { expectValues } from "../support/values.js";

describe("a loop inside the loop of a fit", () => {
	it("makes its steps in each turn; the turns of the outer one count", () => {
		// a falls by 1 three times in each turn; then b takes the new a.
		expectValues(
			`precision f64
fit f() {
  param a: real = 0
  param b: real = 0
  state inner: int = 0
  repeat 2 {
    repeat 3 {
      let next = inner + 1
      minimize a  wrt a  using sgd(1)
      inner <- next
    }
    minimize a * b  wrt b  using sgd(1)
    track a_then = a
  }
}
let r = f()
`,
			{
				"r.a": -6,
				"r.b": 9,
				"r.inner": 6,
				"r.run.steps": 2,
				"r.run.history.a_then": [-3, -6],
				"r.run.history.loss": [0, -18],
			},
		);
	});

	it("is the same as its turns one after another: states of optimizers, rates by the step", () => {
		const program = (loop: string) => `precision f64
fit f() {
  param a: real[2] = [1, -2]
  ${loop}
}
let w = f().a
`;
		for (const rule of ["adam(0.1)", "momentum(0.1, beta = 0.5)", "sgd(|t| 0.1 / (1 + t))"]) {
			const step = `minimize sum(a^4)  using ${rule}`;
			for (const backend of backends) {
				const flat = evaluateProgram(program(`repeat 12 { ${step} }`), { backend }).numbers("w");
				expectValues(program(`repeat 3 { repeat 4 { ${step} } }`), { w: flat });
			}
		}
	});

	it("draws afresh in each of its turns", () => {
		const text = `precision f64
fit f() {
  param a: real[6] = zeros()
  state k: int = 0
  repeat 2 {
    repeat 3 {
      let noise = normal([6])
      let here = for i in 6: if i == k then noise[0] else 0.0
      minimize sum(here * a)  using sgd(1)
      k <- k + 1
    }
  }
}
let w = f().a
`;
		for (const backend of backends)
			assert.equal(new Set(evaluateProgram(text, { backend }).numbers("w")).size, 6);
	});

	it("a term that is not finite in any of its turns ends the fit", () => {
		const text = `fit f() {
  param a: real = 1
  repeat 5 {
    repeat 2 { minimize a^4  using sgd(1e30) }
    minimize 0 * a  wrt a  using sgd(1)
  }
}
let r = f()
`;
		for (const backend of backends) {
			const result = evaluateProgram(text, { backend });
			assert.equal(result.number("r.run.diverged"), 1);
			assert.ok(result.number("r.run.steps") < 5);
		}
	});

	it("over a stream goes on where it stopped: the batches of the loops are those of one after another", () => {
		const files = { "a.csv": `v,label\n${[0, 1, 2, 3, 4, 5, 6].map((i) => `${i},${i % 2}`).join("\n")}\n` };
		const program = (loops: string) => `precision f64
data a = csv("a.csv", label = "label")
fit f() {
  state seen: real = 0
  ${loops}
}
let seen = f().seen
`;
		const line = "for (x, _) in a.batches(2)";
		const body = "{ seen <- 10 * seen + x[0, 0] + x[1, 0] / 8 }";
		for (const backend of backends) {
			const [flat, ...nested] = [
				`${line} steps 8 ${body}`,
				`repeat 4 { ${line} steps 2 ${body} }`,
				`repeat 2 { repeat 2 { ${line} steps 2 ${body} } }`,
			].map((loops) => evaluateProgram(program(loops), { backend, files }).number("seen"));
			assert.deepEqual(nested, [flat, flat], backend.name);
			const epochs = evaluateProgram(program(`repeat 1 { ${line} epochs 2 ${body} }`), { backend, files });
			const six = evaluateProgram(program(`${line} steps 6 ${body}`), { backend, files });
			assert.equal(epochs.number("seen"), six.number("seen"));
		}
	});

	it("ends by a condition, of any length: thousands of turns are one loop", () => {
		// Each entry halves w until it is below the next bound: 1 -> 2^-7 -> 2^-14 -> 2^-20.
		const text = `precision f64
fit f(most: Int = 100000) {
  param w: real = 1
  state turns: int = 0
  state bound: real = 1
  repeat 3 {
    bound <- bound * 0.01
    repeat most until w < bound {
      minimize w^2  wrt w  using sgd(0.25)
      turns <- turns + 1
    }
    track after = turns
  }
  repeat 1 { repeat 5000 { turns <- turns + 1 } }
}
let r = f()
`;
		expectValues(text, { "r.run.history.after": [7, 14, 20], "r.w": 2 ** -20, "r.turns": 5020 });
	});

	it("ends where its track stalls; the track is that of the last turn", () => {
		const text = `precision f64
fit f() {
  state x: real = 0
  state turns: int = 0
  repeat 2 {
    x <- 0.0
    repeat 1000 until stalls(.height, 3) {
      turns <- turns + 1
      x <- x + 1
      track height = min(x, 5.0)
    }
  }
}
let r = f()
`;
		expectValues(text, { "r.turns": 16, "r.height": 5, "r.run.history.height": [5, 5] });
	});

	it("names the term, the step and the turn at which it was not finite", () => {
		const text = `precision f64
fit f() {
  param w: real = 1
  state turns: int = 0
  repeat 5 {
    repeat 4 {
      repeat 3 {
        turns <- turns + 1
        minimize
          fine: w^2
          root: if turns == 18 then log(-1 - w^2) else w^2
        using sgd(0.1)
      }
    }
  }
}
let r = f()
`;
		for (const backend of backends) {
			const [event] = evaluateProgram(text, { backend }).eventsOf("fit-finished");
			assert.equal(
				event?.reason,
				"the term `root` was nan at step 2, turn 2 of the loop inside, turn 3 of the loop inside",
			);
		}
	});

	it("checks indices in each of its turns", () => {
		const text = (most: number) => `fit f() {
  state k: int = 0
  param w: real[3] = zeros()
  repeat 1 {
    repeat ${most} {
      minimize w[k]^2  using sgd(0.1)
      k <- k + 1
    }
  }
}
let r = f()
`;
		for (const backend of backends) {
			evaluateProgram(text(3), { backend });
			const [problem] = runProgramText(text(5), { backend }).eventsOf("problem");
			assert.equal(problem?.diagnostic.message, "the index was 4, and the axis has 3");
		}
	});

	it("commits the states of models with each of its steps, and adapts weights of a model", () => {
		const program = (loop: string) => `precision f64
model Counted() {
  param w: real = 2
  state calls: real = 0
  (x: real) -> real = { calls <- calls + 1;  w * x + calls }
}
fit f() {
  net = Counted()
  ${loop}
}
let r = f()
let got = [r.net.calls, r.net.w]
`;
		const step = "minimize net(1.0)^2  using adam(0.1)";
		for (const backend of backends) {
			const flat = evaluateProgram(program(`repeat 6 { ${step} }`), { backend }).numbers("got");
			assert.equal(flat[0], 6);
			expectValues(program(`repeat 2 { repeat 3 { ${step} } }`), { got: flat });
		}
	});

	it("a loop before another changes nothing of what the other draws by other names", () => {
		const program = (before: string) => `precision f64
fit f() {
  param w: real = 0
  state other: real = 0
  ${before}
  repeat 5 {
    let noise = normal([])
    minimize noise * w  wrt w  using sgd(1)
  }
}
let w = f().w
`;
		const [plain, longer] = ["", "repeat 3 { other <- uniform([]) }"].map((before) =>
			evaluateProgram(program(before)).number("w"),
		);
		assert.equal(plain, longer);
	});

	it("accumulates gradients: small batches, and a step along their mean, are a large batch", () => {
		const rows = Array.from({ length: 20 }, (_, i) => `${Math.sin(i)},${Math.cos(3 * i)},${i % 2}`);
		const files = { "a.csv": `v,w,label\n${rows.join("\n")}\n` };
		const program = (loop: string) => `precision f64
data rows = csv("a.csv", label = "label")
fit f() {
  param w: real[2] = [1, -1]
  state sum: real[2] = zeros()
  ${loop}
}
let w = f().w
`;
		const large = "for (x, y) in rows.batches(10) steps 7 { minimize mse(x @ w, y)  using adam(0.1) }";
		const small = `repeat 7 {
    sum <- zeros([2])
    for (x, y) in rows.batches(5) steps 2 { sum <- sum + grad(|v| mse(x @ v, y))(w) / 2 }
    descend sum wrt w  using adam(0.1)
  }`;
		for (const backend of backends)
			expectValues(
				program(small),
				{ w: evaluateProgram(program(large), { backend, files }).numbers("w") },
				{ files },
			);
	});
});
