import assert from "node:assert/strict";
import { openProgram } from "../../runtime/open.js";
import { runProgramText } from "../support/evaluate.js";
import { backends } from "../support/run.js";
import { assertClose, expectValues, onBackends } from "../support/values.js";

/** w falls by 1 at each step, from 10. */
const falling = (loop: string, track = "track now = w", options = "") => `precision f64
fit f(${options}) {
  param w: real = 10
  ${loop} {
    minimize w  using sgd(1)
    ${track}
  }
}
let r = f()
`;

const rows = (count: number): string =>
	`v,label\n${Array.from({ length: count }, (_, i) => `${i},${i % 2}`).join("\n")}\n`;

describe("tracks of loops", () => {
	it("are taken at each turn, or every so many steps; the last one has their name", () => {
		expectValues(`${falling("repeat 4")}let all = r.run.history\n`, {
			"r.now": 6,
			"r.run.history.now": [9, 8, 7, 6],
			"r.run.history.loss": [10, 9, 8, 7],
		});
		for (const [interval, taken] of [
			[1, [9, 8, 7, 6, 5, 4, 3]],
			[2, [8, 6, 4]],
			[3, [7, 4]],
			[7, [3]],
		] as const) {
			expectValues(falling("repeat 7", `track now = w every ${interval} steps`), {
				"r.now": taken.at(-1) as number,
				"r.run.history.now": taken,
				"r.w": 3,
			});
		}
	});

	it("several at different times, of what the turn computes, tensors and whole numbers", () => {
		expectValues(
			falling(
				"repeat 6",
				`let double = 2 * w
    track pair = [w, double] every 3 steps
    track double = double every 2 steps
    track small = w < 7
    track late = int(w) every 4 steps`,
			)
				.replaceAll("let double", "let twice")
				.replaceAll("= double", "= twice")
				.replace("[w, double]", "[w, twice]"),
			{
				"r.run.history.pair": [7, 14, 4, 8],
				"r.run.history.double": [16, 12, 8],
				"r.run.history.small": [0, 0, 0, 1, 1, 1],
				"r.run.history.late": 6,
				"r.pair": [4, 8],
				"r.small": 1,
			},
		);
	});

	it("of epochs, also where the loop counts steps", () => {
		const text = (head: string, every: string) => `precision f64
data d = csv("d.csv", label = "label")
fit f() {
  param w: real = 10
  for (x, y) in d.batches(4) ${head} {
    minimize w + 0 * sum(x)  using sgd(1)
    track now = w ${every}
  }
}
let r = f()
`;
		const files = { "d.csv": rows(14) };
		for (const [head, every, taken] of [
			["epochs 2", "every epoch", [7, 4]],
			["epochs 3", "every 2 epochs", [4]],
			["steps 7", "every epoch", [7, 4]],
			["steps 7", "every 2 steps", [8, 6, 4]],
		] as const)
			expectValues(text(head, every), { "r.run.history.now": taken }, { files });
	});

	it("do not change the training, and draw as if they stood in it", () => {
		const noisy = (track: string) => `fit f() {
  param w: real[3] = normal([3])
  repeat 20 {
    let noise = normal([3])
    minimize sum(w * noise)  using adam(0.1)
    ${track}
  }
}
let r = f()
`;
		const [plain] = onBackends(noisy(""));
		for (const result of onBackends(noisy("track seen = noise + 0 * w"))) {
			const each = result.numbers("r.run.history.seen");
			for (const some of onBackends(noisy("track seen = noise + 0 * w every 5 steps"))) {
				assertClose(
					some.numbers("r.run.history.seen"),
					[4, 9, 14, 19].flatMap((t) => each.slice(3 * t, 3 * t + 3)),
					1e-6,
					"seen",
				);
				assertClose(some.numbers("r.w"), plain?.numbers("r.w") ?? [], 1e-6, "w");
			}
		}
	});

	it("sizes follow the options; a history is a value like any other", () => {
		const text = `${falling("repeat turns", "track now = w every 2 steps", "turns: Int = 4")}let long = f(turns = 6)
let gain: real[6] = long.run.history.loss - 1
let some: real[3] = long.run.history.now
let first = r.run.history.loss[0]
`;
		expectValues(text, { gain: [9, 8, 7, 6, 5, 4], some: [8, 6, 4], first: 10 });
	});

	it("loops one after another, and what comes after a divergence is nan", () => {
		const text = (rate: string) => `precision f64
fit f() {
  param w: real = 2
  state n: int = 0
  repeat 6 {
    minimize w^4  using sgd(${rate})
    n <- n + 1
    track size = w every 2 steps
    track turn = n
  }
  repeat 3 {
    minimize w^2  using sgd(0.1)
    track later = [w, 1]
  }
}
let r = f()
`;
		for (const result of onBackends(text("1e30"))) {
			const steps = result.number("r.run.steps");
			assert.ok(steps < 6 && result.number("r.run.diverged") === 1);
			const loss = result.numbers("r.run.history.loss");
			assert.equal(loss.length, 9);
			assert.deepEqual(loss.slice(steps), new Array(9 - steps).fill(Number.NaN));
			assert.deepEqual(result.shape("r.run.history.size"), [3]);
			assert.deepEqual(result.shape("r.run.history.turn"), [6]);
			assert.deepEqual(result.numbers("r.later"), [Number.NaN, Number.NaN]);
			assert.deepEqual(result.shape("r.run.history.later"), [3, 2]);
		}
		for (const result of onBackends(text("0.01"))) {
			assert.deepEqual(result.numbers("r.run.history.turn"), [1, 2, 3, 4, 5, 6]);
			assert.equal(result.numbers("r.run.history.loss").length, 9);
			assert.equal(result.eventsOf("fit-finished")[0]?.tracks.length, 3);
		}
	});
});

describe("until", () => {
	it("asks after each turn, with what it computed and what it changed", () => {
		expectValues(falling("repeat 100 until w < 6.5"), {
			"r.w": 6,
			"r.run.steps": 4,
			"r.run.loss": 7,
			"r.run.history.now": [9, 8, 7, 6],
			"r.run.history.loss": [10, 9, 8, 7],
		});
		expectValues(falling("repeat 100 until before == 8", "let before = w + 1\n    track now = before"), {
			"r.w": 7,
			"r.run.steps": 3,
		});
		expectValues(falling("repeat 3 until w < -100"), { "r.run.steps": 3, "r.w": 7 });
	});

	it("finds the same turn however many turns one call makes", () => {
		expectValues(falling("repeat 100000 until w < -20000", ""), { "r.w": -20001, "r.run.steps": 20011 });
	});

	it("ends where a track stalls, in the direction in which it went", () => {
		// 9, 8, .. 0, 1, 2: three times above 0.
		const rising = "track size = abs(w)";
		expectValues(falling("repeat 100 until stalls(.size, 3)", rising), { "r.w": -3, "r.run.steps": 13 });
		expectValues(falling("repeat 100 until stalls(.size, 3)", "track size = -abs(w)"), { "r.w": -3 });
		expectValues(falling("repeat 100 until stalls(.size, 2)", "track size = abs(w) every 3 steps"), {
			"r.run.history.size": [7, 4, 1, 2, 5],
			"r.run.steps": 15,
		});
		expectValues(falling("repeat 100 until stalls(.same, 4)", "track same = 1"), { "r.run.steps": 5 });
	});

	it("goes on with the next loop, and the sizes of each run are its own", () => {
		const text = `precision f64
fit f(rate: real = 1) {
  param w: real = 10
  repeat 50 until w < 5 { minimize w  using sgd(rate) }
  let reached = w
  repeat 2 { minimize w  using sgd(1) }
  track reached = reached
}
let (a, b) = (f(), f(rate = 2))
let mean_loss = mean i: a.run.history.loss[i]
`;
		expectValues(text, {
			"a.reached": 4,
			"b.reached": 4,
			"a.run.steps": 8,
			"b.run.steps": 5,
			mean_loss: 52 / 8,
		});
	});

	it("bounds a loop by the clock, and says so", () => {
		const text = `fit f(budget: real = 0.05) {
  param w: real = 1
  repeat 1000000000 until budget seconds { minimize w  using sgd(1e-3) }
}
let a = f()
let b = f()
let last = a.run.history.loss[a.run.steps - 1]
`;
		for (const result of onBackends(text)) {
			const [first, second] = result.eventsOf("fit-finished");
			assert.ok(first && second && first.seconds >= 0.05 && second.seconds >= 0.05);
			assert.equal(first.status, "finished");
			assert.match(first.notes?.join() ?? "", /^its time was over after \d+ steps$/);
			assert.equal(result.number("a.run.steps"), first.steps);
			assert.equal(result.numbers("a.run.history.loss").length, first.steps);
			assert.equal(result.number("last"), first.loss);
		}
	});

	it("a negative time is an error (E0617)", () => {
		const text = `fit f(budget: real) {
  param w: real = 1
  repeat 10 until budget minutes { minimize w  using sgd(1e-3) }
}
let r = f(-1)
`;
		const problems = runProgramText(text)
			.eventsOf("problem")
			.map((e) => e.diagnostic);
		assert.deepEqual(
			problems.map((p) => [p.code, p.message]),
			[["E0617", "a loop ends after a time, and this is -1 minutes"]],
		);
	});

	it("by the clock is no convergence, and all turns without it are none too few", () => {
		const text = (condition: string, turns: number) => `fit f() {
  param w: real = 10
  repeat ${turns} until 0 hours ${condition} { minimize w  using sgd(1) }
}
let r = f()
`;
		for (const result of onBackends(text("", 100))) {
			assert.equal(result.number("r.run.steps"), 1);
			assert.equal(result.eventsOf("fit-finished")[0]?.status, "finished");
		}
		for (const result of onBackends(text("until w < 0", 100))) {
			assert.equal(result.number("r.run.converged"), 0);
			assert.equal(result.eventsOf("fit-finished")[0]?.status, "unconverged");
		}
		for (const result of onBackends(text("until w < 9.5", 100)))
			assert.equal(result.number("r.run.converged"), 1);
		for (const result of onBackends(text("", 1)))
			assert.equal(result.eventsOf("fit-finished")[0]?.notes, undefined);
	});

	it("a loop that makes all its turns without it is told as unconverged", () => {
		const status = (text: string) =>
			onBackends(text).map((result) => [
				result.number("r.run.converged"),
				result.eventsOf("fit-finished").at(-1)?.status,
			]);
		const always = (converged: number, how: string) => backends.map(() => [converged, how]);
		assert.deepEqual(status(falling("repeat 100 until w < 6.5")), always(1, "finished"));
		assert.deepEqual(status(falling("repeat 3 until w < 6.5")), always(0, "unconverged"));
		// At the last of its turns.
		assert.deepEqual(status(falling("repeat 4 until w < 6.5")), always(1, "finished"));
		assert.deepEqual(status(falling("repeat 0 until w < 6.5", "")), always(0, "unconverged"));
		const two = (first: number, second: number) => `precision f64
fit f() {
  param w: real = 10
  repeat ${first} until w < 5 { minimize w  using sgd(1) }
  repeat 2 { minimize w  using sgd(1) }
  for i in 0..${second} until w < 0 { minimize w  using sgd(1) }
}
let r = f()
`;
		assert.deepEqual(status(two(9, 9)), always(1, "finished"));
		assert.deepEqual(status(two(3, 9)), always(0, "unconverged"));
		assert.deepEqual(status(two(9, 2)), always(0, "unconverged"));
		const diverging = falling("repeat 9 until w < -1e30", "").replace("minimize w ", "minimize log(w - 8) ");
		assert.deepEqual(status(diverging), always(0, "diverged"));
	});

	it("only a fit with such a loop tells whether it converged", () => {
		const text = `${falling("repeat 4 { repeat 2 until w < 3 { minimize w  using sgd(1) } }\n  repeat 2")}let c = r.run.converged\n`;
		const [problem] = openProgram("test.ansatz", text).diagnostics;
		assert.equal(problem?.code, "E0204");
	});

	it("a track that it ends before is told", () => {
		for (const backend of backends) {
			const result = runProgramText(falling("repeat 10 until w < 20", "track now = w every 5 steps"), {
				backend,
			});
			const [problem] = result.eventsOf("problem");
			assert.equal(problem?.diagnostic.code, "E0604");
			assert.equal(result.exitCode, 2);
		}
	});

	it("of what no turn changes is that", () => {
		expectValues(
			`precision f64
model M(n: Int) { let c: real[n] = full([n], 1.25) }
fit f() {
  p = M(2)
  let q = [1.0, 2]
  repeat 2 {
    track c = p.c
    track q = q
    track three = 3
  }
}
let r = f()
`,
			{ "r.c": [1.25, 1.25], "r.q": [1, 2], "r.run.history.three": [3, 3] },
		);
	});
});
