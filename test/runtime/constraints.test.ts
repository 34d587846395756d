import assert from "node:assert/strict";
import { evaluateProgram, runProgramText } from "../support/evaluate.js";
import { assertClose, expectValues, onBackends } from "../support/values.js";

/** The point of `x + y <= 1` nearest to (2, 1) is (1, 0), with multiplier 2 of the squared distance. */
const halfPlane = (how: string, options = "sgd(0.1)", turns = 2000): string => `precision f64
fit nearest() {
  param x: real[2] = zeros()
  subject to line: x[0] + x[1] <= 1 ${how}
  repeat ${turns} { minimize sum((x - [2, 1])^2)  using ${options} }
}
let r = nearest()
`;

describe("constraints on computed numbers", () => {
	for (const how of ["by lagrangian(rate = 0.1)", "by augmented(weight = 2)", ""]) {
		it(`reach the point and the multiplier of the conditions of Karush, Kuhn and Tucker ${how}`, () => {
			for (const result of onBackends(halfPlane(how, how === "" ? "sgd(0.04)" : "sgd(0.1)"))) {
				assertClose(result.numbers("r.x"), [1, 0], 1e-6, "the point");
				assertClose(result.numbers("r.run.multipliers.line"), [2], 1e-6, "the multiplier");
				assert.ok(result.number("r.run.violations.line") < 1e-6);
				const violations = result.numbers("r.run.history.violations.line");
				const multipliers = result.numbers("r.run.history.multipliers.line");
				assert.equal(violations.length, 2000);
				assert.equal(violations[0], 0);
				assert.ok(Math.max(...violations) > 0.05);
				assert.equal(multipliers.at(-1), result.number("r.run.multipliers.line"));
				// What the constraint adds is no part of the loss.
				assertClose(result.numbers("r.run.loss"), [2], 1e-5, "the loss");
			}
		});
	}

	it("by default plain gradient steps do not oscillate, also where nothing but the constraint bends", () => {
		for (const rate of [0.1, 0.05, 0.01]) {
			const text = `precision f64
fit flat() {
  param w: real = 0
  subject to size: w <= 1
  repeat 3000 { minimize -w  using sgd(${rate}) }
}
let r = flat()
let last = for i in 100: r.run.history.violations.size[2900 + i]
`;
			for (const result of onBackends(text)) {
				assert.ok(Math.max(...result.numbers("last")) < 1e-6, `rate ${rate}`);
				assertClose(result.numbers("r.w"), [1], 1e-6, "the point");
				assertClose(result.numbers("r.run.multipliers.size"), [1], 1e-6, "the multiplier");
			}
		}
		for (const rate of [0.1, 0.04, 0.01])
			assertClose(evaluateProgram(halfPlane("", `sgd(${rate})`)).numbers("r.x"), [1, 0], 1e-6, "the point");
	});

	it("are told as held only where they are violated by no more than their tolerance", () => {
		const judged = (by: string) => {
			const [found] =
				evaluateProgram(halfPlane(by, "sgd(0.01)")).eventsOf("fit-finished")[0]?.violations ?? [];
			return found && { value: Number(found.value.toFixed(6)), tolerance: found.tolerance, met: found.met };
		};
		// As above: violated by 2 / (1 + w).
		assert.deepEqual(judged("by penalty(49)"), { value: 0.04, tolerance: 1e-3, met: false });
		assert.deepEqual(judged("by penalty(49, tolerance = 0.05)"), { value: 0.04, tolerance: 0.05, met: true });
		assert.deepEqual(judged("by penalty(49, best_within = 0.03)")?.tolerance, 0.03);
		assert.deepEqual(judged("by augmented(2)"), { value: 0, tolerance: 1e-3, met: true });
		const turn = `fit f() {
  param w: real = 3
  repeat 3 {
    subject to size: w <= 1 by penalty(0, tolerance = 2.5)
    minimize w  using sgd(0.1)
  }
}
let r = f()
`;
		const [told] = evaluateProgram(turn).eventsOf("fit-finished")[0]?.violations ?? [];
		assert.deepEqual([told?.tolerance, told?.met], [2.5, true]);
	});

	it("are told while the fit runs, with their multipliers", () => {
		const events = evaluateProgram(halfPlane("by lagrangian(rate = 0.1)")).eventsOf("progress");
		const result = evaluateProgram(halfPlane("by lagrangian(rate = 0.1)"));
		assert.ok(events.length >= 10);
		for (const { step, violations, multipliers } of events) {
			assert.equal(violations.line, result.numbers("r.run.history.violations.line")[step - 1]);
			assert.equal(multipliers.line, result.numbers("r.run.history.multipliers.line")[step - 1]);
		}
	});

	it("a penalty stops where its slope is that of the objective, and says its multiplier", () => {
		// 2 (x - 2) + w (x + y - 1) = 0 and the same for y: x + y - 1 = 2 / (1 + w).
		const weight = 50;
		const excess = 2 / (1 + weight);
		const text = halfPlane(`by penalty(${weight})`, "sgd(0.01)");
		for (const result of onBackends(text)) {
			assertClose(result.numbers("r.run.violations.line"), [excess], 1e-9, "violation");
			assertClose(result.numbers("r.run.multipliers.line"), [weight * excess], 1e-7, "multiplier");
		}
	});

	it("weights and rates may be functions of the step", () => {
		const text = (by: string): string => halfPlane(by, "sgd(0.01)", 40);
		const constant = evaluateProgram(text("by penalty(|t| 3)")).numbers("r.x");
		assert.deepEqual(evaluateProgram(text("by penalty(3)")).numbers("r.x"), constant);
		const [rising] = onBackends(text("by penalty(|t| t / 10)"));
		const multipliers = rising?.numbers("r.run.history.multipliers.line") ?? [];
		const violations = rising?.numbers("r.run.history.violations.line") ?? [];
		assertClose(
			multipliers,
			violations.map((v, t) => (v * t) / 10),
			1e-12,
			"w(t) max(h - c, 0)",
		);
	});

	it("an equality is approached from both sides, with a multiplier of either sign", () => {
		for (const [goal, multiplier] of [
			[1, 2],
			[5, -2],
		] as const) {
			expectValues(
				`precision f64
fit nearest() {
  param x: real[2] = zeros()
  subject to line: x[0] + x[1] == ${goal} by lagrangian(rate = 0.1)
  repeat 2000 { minimize sum((x - [2, 1])^2)  using sgd(0.1) }
}
let r = nearest()
let out = (r.x[0], r.x[1], r.run.multipliers.line, r.run.violations.line)
`,
				{ out: [2 - multiplier / 2, 1 - multiplier / 2, multiplier, 0] },
				{ tolerance: 1e-6 },
			);
		}
	});

	it("`>=` of a maximum: the multiplier is that of what is gone down", () => {
		expectValues(
			`precision f64
fit largest() {
  param x: real = 0
  subject to floor: 3 - x >= 1 by lagrangian(rate = 0.1)
  repeat 2000 { maximize 10 - (x - 4)^2  using sgd(0.1) }
}
let r = largest()
let out = (r.x, r.run.multipliers.floor)
`,
			{ out: [2, 4] },
			{ tolerance: 1e-6 },
		);
	});

	it("the multiplier follows the constraint itself, the gradient its proxy", () => {
		// Three steps by hand: x <- x - 0.1 (1 + m * -1) from x = 0; m <- max(m + 0.5 ([x > 0] < 1), 0).
		const text = `precision f64
fit f() {
  param x: real = 0
  repeat 3 {
    subject to share: real(x > 0) >= 1 by lagrangian(rate = 0.5, proxy = x)
    minimize x  using sgd(0.1)
  }
}
let r = f()
`;
		expectValues(text, {
			"r.x": -0.1 * 1 - 0.1 * 0.5 - 0.1 * 0,
			"r.run.multipliers.share": 1.5,
			"r.run.violations.share": 1,
			"r.run.history.multipliers.share": [0.5, 1, 1.5],
		});
	});

	it("in a turn: of its batch; it concerns the steps below it that move what it reads", () => {
		const text = `precision f64
fit f() {
  param x: real = 1
  param y: real = 1
  repeat 4 {
    let twice = 2 * x
    minimize y^2  wrt y  using sgd(0.1)
    subject to bound: twice <= 1 by lagrangian(rate = 0.25)
    minimize y^2  wrt y  using sgd(0.1)
    minimize 0 * x  wrt x  using sgd(0)
  }
}
let r = f()
`;
		// Once a turn, not twice.
		expectValues(text, {
			"r.run.multipliers.bound": 1,
			"r.run.history.multipliers.bound": [0.25, 0.5, 0.75, 1],
		});
	});

	it("goes on from loop to loop; before it stood, its history is nan", () => {
		const text = `precision f64
fit f() {
  param x: real = 3
  repeat 2 { minimize 0 * x  using sgd(0) }
  subject to bound: x <= 1 by lagrangian(rate = 0.25)
  repeat 2 { minimize 0 * x  using sgd(0) }
  repeat 1 { minimize 0 * x  using sgd(0) }
}
let r = f()
`;
		expectValues(text, {
			"r.run.multipliers.bound": 1.5,
			"r.run.history.violations.bound": [Number.NaN, Number.NaN, 2, 2, 2],
			"r.run.history.multipliers.bound": [Number.NaN, Number.NaN, 0.5, 1, 1.5],
		});
	});

	it("in a loop of a turn it is read again, and its multiplier goes on, from turn to turn", () => {
		const text = `precision f64
fit f() {
  param x: real = 3
  subject to all: x <= 1 by lagrangian(rate = 0.25)
  repeat 2 {
    repeat 3 {
      subject to bound: x <= 2 by lagrangian(rate = 0.5)
      minimize 0 * x  using sgd(0)
    }
  }
}
let r = f()
`;
		expectValues(text, {
			"r.run.multipliers.all": 3,
			"r.run.multipliers.bound": 3,
			"r.run.history.multipliers.bound": [1.5, 3],
			"r.run.history.violations.bound": [1, 1],
		});
	});

	it("keeps the best step within a tolerance, where that is asked for", () => {
		const text = (turns: number, option: string): string => `precision f64
fit f() {
  param x: real[2] = [2, 1]
  subject to line: x[0] + x[1] <= 1 by lagrangian(rate = 1${option})
  repeat ${turns} { minimize sum((x - [2, 1])^2)  using sgd(0.1) }
}
let r = f()
let loss = sum((r.x - [2, 1])^2)
`;
		for (const turns of [40, 57, 63]) {
			const [kept] = onBackends(text(turns, ", best_within = 1e-2"));
			const violations = kept?.numbers("r.run.history.violations.line") ?? [];
			const losses = kept?.numbers("r.run.history.loss") ?? [];
			const best = Math.min(...losses.filter((_, t) => (violations[t] as number) <= 1e-2));
			assertClose(kept?.numbers("loss") ?? [], [best], 1e-12, "the least loss within the tolerance");
			assert.ok((kept?.number("r.run.violations.line") ?? 1) <= 1e-2);
		}
		// Where no step is within it, the last one stays.
		const [none] = onBackends(text(2, ", best_within = 0"));
		assert.deepEqual(none?.numbers("r.x"), evaluateProgram(text(2, "")).numbers("r.x"));
	});

	it("keeps the best step of a turn's own constraint, and what is set after the loop stays", () => {
		const text = (option: string): string => `precision f64
fit f() {
  param x: real[2] = [2, 1]
  for i in 0..57 {
    let most = if i < 50 then 1.0 else 0.8
    subject to line: x[0] + x[1] <= most by lagrangian(rate = 1${option})
    minimize sum((x - [2, 1])^2)  using sgd(0.1)
  }
}
fit set() {
  param x: real[2] = [2, 1]
  subject to line: x[0] + x[1] <= 1 by lagrangian(rate = 1, best_within = 1e-2)
  repeat 40 { minimize sum((x - [2, 1])^2)  using sgd(0.1) }
  repeat 1 { x <- [7, 8] }
}
let r = f()
let loss = sum((r.x - [2, 1])^2)
let after = set().x
`;
		for (const kept of onBackends(text(", best_within = 1e-2"))) {
			const violations = kept.numbers("r.run.history.violations.line");
			const losses = kept.numbers("r.run.history.loss");
			const best = Math.min(...losses.filter((_, t) => (violations[t] as number) <= 1e-2));
			assertClose(kept.numbers("loss"), [best], 1e-12, "the least loss within the tolerance");
			assert.deepEqual(kept.numbers("after"), [7, 8]);
			assert.notDeepEqual(kept.numbers("r.x"), evaluateProgram(text("")).numbers("r.x"));
		}
	});

	it("one that did not stand in a run is nan, and the draws of others do not change by it", () => {
		const text = `precision f64
fit f(held: Bool = true) {
  param x: real[3] = normal([3])
  if held { subject to noise: sum(x) + normal([]) <= 100 by lagrangian(rate = 0.1) }
  repeat 5 { minimize sum((x - normal([3]))^2)  using sgd(0.1) }
}
let a = f()
let b = f(held = false)
let same = a.x - b.x
`;
		expectValues(text, {
			same: [0, 0, 0],
			"a.run.violations.noise": 0,
			"b.run.violations.noise": Number.NaN,
			"b.run.multipliers.noise": Number.NaN,
		});
	});
});

describe("constraints on parameters", () => {
	/** The nearest point of the simplex to (0.1, 0.8, 0.3). */
	const nearest = [0.1, 0.8, 0.3].map((v) => v - 0.2 / 3);
	const simplexed = (by: string, optimizer: string, turns: number): string => `precision f64
fit f() {
  param x: real[3] = ones()
  subject to held: x in simplex ${by}
  repeat ${turns} { minimize sum((x - [0.1, 0.8, 0.3])^2)  using ${optimizer} }
}
let r = f()
`;

	const ways: readonly (readonly [string, string, number, number, "exact" | "asymptotic"])[] = [
		["by projection", "sgd(0.1)", 200, 1e-12, "exact"],
		["by frank_wolfe", "sgd(0.1)", 20_000, 1e-3, "exact"],
		["by frank_wolfe(rate = |t| 1 / (t + 1))", "momentum(0.1)", 20_000, 1e-3, "exact"],
		["by penalty(1000)", "sgd(1e-4)", 40_000, 2e-3, "asymptotic"],
		["by augmented(weight = 100, rate = 10)", "sgd(1e-3)", 40_000, 1e-2, "asymptotic"],
		["", "sgd(0.1)", 200, 1e-12, "exact"],
	];
	for (const [by, optimizer, turns, tolerance, guarantee] of ways) {
		it(`reach the nearest point: ${by || "by the method that is chosen"}`, () => {
			const result = evaluateProgram(simplexed(by, optimizer, turns));
			assertClose(result.numbers("r.x"), nearest, tolerance, by);
			const [finished] = result.eventsOf("fit-finished");
			const [told] = finished?.violations ?? [];
			assert.equal(told?.method, /\w+$/.exec(by.replace(/\(.*/, ""))?.[0] ?? "projection");
			assert.equal(told?.guarantee, guarantee);
			if (guarantee === "exact") assert.ok((told?.value ?? 1) < 1e-12);
		});
	}

	it("Frank and Wolfe's steps are those of Jaggi, 2013, algorithm 1, for 20 steps", () => {
		const goal = [0.1, 0.7, -0.3];
		let w = [1 / 3, 1 / 3, 1 / 3];
		const expected: number[][] = [];
		for (let t = 0; t < 20; t++) {
			const slope = w.map((x, i) => 2 * (x - (goal[i] ?? 0)));
			const corner = slope.indexOf(Math.min(...slope));
			w = w.map((x, i) => x + (2 / (t + 2)) * (Number(i === corner) - x));
			expected.push(w);
		}
		const text = `precision f64
fit f() {
  param w: real[3] = zeros()
  subject to w in simplex by frank_wolfe
  repeat 20 {
    minimize sum((w - [0.1, 0.7, -0.3])^2)  using sgd(0.1)
    track point = w
  }
}
let r = f()
`;
		for (const result of onBackends(text))
			assertClose(result.numbers("r.run.history.point"), expected.flat(), 1e-12, "points");
	});

	it("a proximal step after each step: the lasso of an orthogonal design is the soft threshold", () => {
		const text = `precision f64
constraint sparse() for w: real[...s] {
  prox(t) = sign(w) * max(abs(w) - t, 0)
}
fit lasso() {
  param w: real[4] in sparse by proximal(0.1 * 0.5) = ones()
  repeat 500 { minimize sum((w - [2, 0.2, -0.1, -1])^2) / 2  using sgd(0.1) }
}
let w = lasso().w
`;
		expectValues(text, { w: [1.5, 0, 0, -0.5] }, { tolerance: 1e-9 });
	});

	it("a retraction stays on the manifold and reaches the first eigenvector", () => {
		// Of diag(1, 4, 9), from a point with all of them; adam leaves the tangent space, and is brought back to it.
		for (const optimizer of ["sgd(0.05)", "momentum(0.02)", "adam(0.01)"]) {
			const text = `precision f64
fit f() {
  param x: real[3] in sphere = [1, 2, 3]
  repeat 800 { minimize sum(([1, 2, 3] * x)^2)  using ${optimizer} }
  track x1 = abs(x[0])
}
let r = f()
let length = norm(r.x)
`;
			const result = evaluateProgram(text);
			assertClose(result.numbers("r.x1"), [1], 1e-6, optimizer);
			assertClose(result.numbers("length"), [1], 1e-14, optimizer);
			const [finished] = result.eventsOf("fit-finished");
			assert.deepEqual(
				finished?.violations.map((v) => [v.name, v.method, v.guarantee]),
				[["x", "retraction", "exact"]],
			);
		}
	});

	it("two that hold exactly on one leaf are told as what they are: the later one may undo the earlier", () => {
		const [result] = onBackends(`precision f64
fit f() {
  param x: real[3] = [1, -2, 3]
  subject to x in nonnegative
  subject to x in l2_ball(1)
  repeat 5 { minimize sum(x)  using sgd(0.1) }
}
let r = f()
`);
		const [finished] = result?.eventsOf("fit-finished") ?? [];
		assert.deepEqual(
			finished?.violations.map((v) => v.guarantee),
			["asymptotic", "asymptotic"],
		);
	});

	const codesOf = (text: string): string[] =>
		runProgramText(text)
			.eventsOf("problem")
			.map((e) => `${e.diagnostic.code} ${e.diagnostic.message}`);

	it("a start outside of the constraint is an error where it cannot be projected (E0615)", () => {
		const circle = (body: string): string => `constraint circle() for w: real[n] {
  violation = abs(norm(w) - 1)
  ${body}
}
fit f() {
  param w: real[2] = [3, 4]
  subject to w in circle
  repeat 5 { minimize sum(w)  using sgd(0.1) }
}
let r = f()
`;
		assert.deepEqual(
			codesOf(circle("tangent(g) = g - sum(w * g) * w\n  retract(v) = (w + v) / norm(w + v)")),
			["E0615 `w` begins outside of its constraint, which it violates by 4: retraction cannot begin there"],
		);
		assert.deepEqual(codesOf(circle("project = w / 2")), [
			"E0615 the `project` of this constraint leads to a point that violates it by 1.5: `w`",
		]);
	});

	it("two methods that each make the step are an error (E0609)", () => {
		assert.deepEqual(
			codesOf(`fit f() {
  param w: real[2] = [3, 4]
  subject to w in sphere by retraction
  subject to w in box(-1, 1) by frank_wolfe
  repeat 5 { minimize sum(w)  using sgd(0.1) }
}
let r = f()
`),
			["E0609 `w` is held by frank_wolfe and by retraction at once: each of them makes the step"],
		);
	});

	const onSimplex = (by: string): string => `precision f64
fit mixed() {
  param w: real[3] = [0.2, 0.3, 0.5]
  subject to weights: w in simplex by ${by}
  repeat 2000 { minimize sum((w - [0.6, 0.5, -3])^2)  using sgd(0.1) }
}
let r = mixed()
let w = r.w
`;

	it("by reparametrization: from the start that was given, to the same minimum, held at each step", () => {
		for (const result of onBackends(onSimplex("reparametrization"))) {
			assertClose(result.numbers("w"), [0.55, 0.45, 0], 1e-3, "the nearest point");
			assert.ok(Math.max(...result.numbers("r.run.history.violations.weights")) < 1e-12);
			assert.equal(result.numbers("r.run.history.violations.weights").length, 2000);
			const first = result.numbers("r.run.history.loss")[0] ?? 0;
			assertClose([first], [0.4 ** 2 + 0.2 ** 2 + 3.5 ** 2], 1e-9, "the start is mapped back");
			const [told] = result.eventsOf("fit-finished")[0]?.violations ?? [];
			assert.deepEqual(
				[told?.name, told?.method, told?.guarantee],
				["weights", "reparametrization", "exact"],
			);
		}
	});

	it("by reparametrization: weights of models, with the options of the constraint", () => {
		const text = `precision f64
import std.nn { MLP }
import std.linalg { eigvalsh }
import std.weights { orthogonal, positive_definite, rank_at_most }
model Metric() {
  param a: real[2, 2] in positive_definite(0.5) by reparametrization = identity()
  param b: real[2] in box(-1, 2) by reparametrization = zeros()
  () -> (a: real[2, 2], b: real[2]) = (a = a, b = b)
}
fit turned(x: real[n, 3]) {
  net = MLP([3, 3, 3]);  metric = Metric()
  param low: real[3, 4] = ones()
  subject to turns: net.**.weight in orthogonal by reparametrization
  subject to thin: low in rank_at_most(2) by reparametrization
  repeat 300 {
    minimize
      net:  mse(net(x), -x)
      a:    mse(metric.a, [[0.0, 1], [1, 0]])
      b:    mse(metric.b, [7.0, 0.5])
      thin: sum i, j: (low[i, j] - i * j)^2
    using adam(0.02) on net.**.weight, adam(0.05) on rest
  }
}
let r = turned(normal([10, 3]))
let plain = merge(r.net)
let gram = for l in r.net.layers: norm(l.weight.T @ l.weight - eye(3))
let least = min(eigvalsh(r.metric.a))
let b = r.metric.b
let moved = norm(plain.layers[0].weight - r.net.layers[0].weight)
`;
		for (const result of onBackends(text)) {
			assert.ok(Math.max(...result.numbers("gram")) < 1e-9);
			assert.ok(Math.max(...result.numbers("r.run.history.violations.turns")) < 1e-9);
			assert.ok(result.number("r.run.violations.thin") < 1e-9);
			assert.ok(result.number("least") > 0.5 && result.number("least") < 0.52);
			assert.equal(result.number("moved"), 0);
			const [b0 = 0, b1 = 0] = result.numbers("b");
			assert.ok(b0 < 2 && b0 > 1.9 && Math.abs(b1 - 0.5) < 1e-3);
		}
	});

	it("hold at places that begin at the fit", () => {
		for (const how of ["projection", "reparametrization"]) {
			const text = `precision f64
import std.nn { MLP }
let x = normal([10, 3])
fit f() {
  net = MLP([3, 4, 3]);  other = MLP([3, 3])
  subject to rows: .**.weight in unit_rows by ${how}
  subject to signs: (.net.**.bias, .other.**.bias) in nonnegative by projection
  repeat 2 { minimize mse(net(x), -x) + mse(other(x), -x)  using sgd(0.1) }
}
let r = f()
let lengths = for i in 3: norm(r.other.layers[0].weight[i, :])
`;
			for (const result of onBackends(text)) {
				assertClose(result.numbers("lengths"), [1, 1, 1], 1e-12, how);
				assert.ok(result.number("r.run.violations.rows") < 1e-12);
				assert.equal(result.number("r.run.violations.signs"), 0);
			}
		}
	});

	it("by reparametrization: what holds the same parameter in another way is an error (E0609)", () => {
		assert.deepEqual(
			codesOf(`fit f() {
  param w: real[2] = [3, 4]
  subject to w in nonnegative by penalty
  subject to w in box(-1, 1) by reparametrization
  repeat 5 { minimize sum(w)  using sgd(0.1) }
}
let r = f()
`),
			["E0609 `w` is held by penalty already: a reparametrization has other parameters in its place"],
		);
	});
});
