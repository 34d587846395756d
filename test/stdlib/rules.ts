import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { assertClose, expectValues, flat, type Numbers, onBackends, valuesOf } from "../support/values.js";
import { covers, declare } from "./fixture.js";

/** Made by `test/stdlib/oracle/rules.py`. */
interface Reference {
	readonly optimizers: {
		readonly target: Numbers;
		readonly start: Numbers;
		readonly steps: number;
		readonly runs: Readonly<Record<string, readonly Numbers[]>>;
	};
	readonly newton_schulz: { readonly wide: Numbers; readonly tall: Numbers };
	readonly point: Numbers;
	readonly projections: Readonly<Record<string, Numbers>>;
	readonly weights: Readonly<Record<string, Numbers>>;
}

const file = new URL("../../../test/stdlib/oracle/rules.generated.json", import.meta.url);
const reference = JSON.parse(readFileSync(file, "utf8")) as Reference;

const adafactorFile = new URL("../../../test/stdlib/oracle/adafactor.generated.json", import.meta.url);
const adafactor = JSON.parse(readFileSync(adafactorFile, "utf8")) as Record<
	string,
	Readonly<Record<"target" | "start" | "first" | "last", Numbers>>
>;

/** Of a nested list. */
function shapeOf(value: unknown): number[] {
	return Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : [];
}

describe("standard library: more optimizers", () => {
	const { target, start, steps, runs } = reference.optimizers;
	for (const [optimizer, values] of Object.entries(runs)) {
		covers(/^\w+/.exec(optimizer)?.[0] ?? "", `${optimizer} for ${steps} steps`, () => {
			const text = (count: number): string => `precision f64
${declare("target", target)}
${declare("start", start)}
fit train() {
  param w: real[4, 3] = start
  repeat ${count} { minimize sum((w - target)^2) + 0.1 * sum(w)^2 + sum(log(1 + w^2))  using ${optimizer} }
}
let w = train().w
`;
			// The reference computes the decay of adafactor in f32.
			const tolerance = optimizer.startsWith("adafactor") ? 1e-6 : 1e-9;
			for (const result of onBackends(text(steps)))
				assertClose(result.numbers("w"), flat(values.at(-1) as Numbers), tolerance, optimizer);
			assertClose(valuesOf(text(1), "w"), flat(values[0] as Numbers), 1e-11, "the first step");
		});
	}

	for (const [optimizer, run] of Object.entries(adafactor)) {
		const shape = shapeOf(run.start).join(", ");
		covers(optimizer, `real[${shape}] for 20 steps, against optax`, () => {
			const text = (count: number): string => `precision f64
let target: real[${shape}] = ${JSON.stringify(run.target)}
let start: real[${shape}] = ${JSON.stringify(run.start)}
fit train() {
  param w: real[${shape}] = start
  repeat ${count} { minimize sum((w - target)^2) + 0.1 * sum(w)^2 + sum(log(1 + w^2))  using ${optimizer}(0.05) }
}
let w = train().w
`;
			for (const result of onBackends(text(20)))
				assertClose(result.numbers("w"), flat(run.last), 1e-6, optimizer);
			assertClose(valuesOf(text(1), "w"), flat(run.first), 1e-11, "the first step");
		});
	}

	covers("newton_schulz", "NumPy, for wide and tall matrices", () => {
		expectValues(
			`precision f64
${declare("w", start)}
let wide = newton_schulz(w.T)
let tall = newton_schulz(w, steps = 3)
`,
			reference.newton_schulz as unknown as Record<string, Numbers>,
		);
	});
});

describe("standard library: projections", () => {
	const point = flat(reference.point);

	for (const [constraint, nearest] of Object.entries(reference.projections)) {
		const name = /^\w+/.exec(constraint)?.[0] ?? "";
		covers(name, `${constraint}: the nearest point, as SciPy's solver finds it`, () => {
			const text = `precision f64
${declare("w", point)}
let p = ${constraint}.project(w)
let again = ${constraint}.project(p)
let before = ${constraint}.violation(w)
let after = ${constraint}.violation(p)
`;
			for (const result of onBackends(text)) {
				// The solver stops at 1e-8.
				assertClose(result.numbers("p"), flat(nearest), 1e-7, constraint);
				assertClose(result.numbers("again"), result.numbers("p"), 1e-14, "a projection twice");
				assert.ok(result.number("before") > 0.05);
				assert.ok(result.number("after") < 1e-14, `violation ${result.number("after")}`);
			}
		});
	}

	covers("simplex l1_ball l2_ball linf_ball box", "the least inner product, at its corners", () => {
		const gradient = [0.3, -2, 0, 1, 1.5, -0.2];
		const least: readonly (readonly [string, number])[] = [
			["simplex", -2],
			["l1_ball(1.2)", -2.4],
			["l2_ball(0.7)", -0.7 * Math.hypot(...gradient)],
			["linf_ball(0.5)", -0.5 * 5],
			["box(-0.3, 0.4)", -0.3 * 2.8 + 0.4 * -2.2],
		];
		for (const [constraint, expected] of least) {
			const text = `precision f64
${declare("w", point)}
${declare("g", gradient)}
let corner = ${constraint}.lmo(w, g)
let value = sum(g * corner)
let violation = ${constraint}.violation(corner)
`;
			for (const result of onBackends(text)) {
				assertClose([result.number("value")], [expected], 1e-13, constraint);
				assert.ok(result.number("violation") < 1e-13, constraint);
			}
		}
	});

	covers("sphere", "nearest point, tangents and retractions", () => {
		const length = Math.hypot(...point);
		expectValues(
			`precision f64
${declare("w", point)}
let p = sphere(2).project(w)
let zero = sphere(2).violation(sphere(2).project(0 * w))
let g = sphere(2).tangent(p, [1, 2, 3, 4, 5, 6])
let right_angle = sum(g * p)
let moved = norm(sphere(2).retract(p, g))
`,
			{ p: point.map((v) => (2 * v) / length), zero: 0, right_angle: 0, moved: 2 },
			{ tolerance: 1e-13 },
		);
	});

	covers("symmetric", "the nearest symmetric matrix", () => {
		expectValues(
			`precision f64
let w: real[2, 2] = [[1, 4], [2, 3]]
let p = symmetric.project(w)
let before = symmetric.violation(w)
let after = symmetric.violation(p)
let tangent = symmetric.tangent(p, w)
let moved = symmetric.violation(symmetric.retract(p, tangent))
`,
			{ p: [1, 3, 3, 3], before: Math.sqrt(8), after: 0, tangent: [1, 3, 3, 3], moved: 0 },
		);
	});

	covers("nonnegative box", "proximal steps are projections", () => {
		expectValues(
			`precision f64
${declare("w", point)}
let a = nonnegative.prox(w, 0.3) - nonnegative.project(w)
let b = box(-0.3, 0.4).prox(w, 0.3) - box(-0.3, 0.4).project(w)
`,
			{ a: point.map(() => 0), b: point.map(() => 0) },
		);
	});
});

describe("standard library: weights", () => {
	const w = reference.weights;
	const numbers = (name: string): Numbers => w[name] as Numbers;
	const setup = `precision f64
import std.nn { Linear }
import std.weights { cayley, exponential, lora, low_rank, mask, orthogonal, polar, spectral_ball, spectral_norm, stiefel, weight_norm }
${declare("w", numbers("weight"))}
${declare("skew", numbers("skew"))}
let net = Linear(5, 3) with { weight = w }
let wide = Linear(3, 5) with { weight = w.T }
let square = Linear(3, 3) with { weight = (eye(3) + skew) @ w[0..3, :] }
`;
	const transposed = (m: Numbers): Numbers => {
		const rows = m as readonly (readonly number[])[];
		return (rows[0] ?? []).map((_, j) => rows.map((row) => row[j] as number));
	};

	covers(
		"low_rank spectral_norm polar spectral_ball stiefel",
		"NumPy and SciPy, of tall and wide matrices",
		() => {
			expectValues(
				`${setup}
let a = (net with { weight by low_rank(2) }).weight
let a_wide = (wide with { weight by low_rank(2) }).weight
let b = (net with { weight by spectral_norm }).weight
let b_wide = (wide with { weight by spectral_norm }).weight
let c = polar(w)
let c_wide = polar(w.T)
let d = spectral_ball(1.5).project(w)
let d_wide = spectral_ball(1.5).project(w.T)
let e = spectral_ball(1.5).violation(w)
let f = stiefel.project(w)
let least = sum(w * spectral_ball(1.5).lmo(w, w)) + 1.5 * sum(w * c)
`,
				{
					a: numbers("rank_two"),
					a_wide: transposed(numbers("rank_two")),
					b: numbers("spectral"),
					b_wide: transposed(numbers("spectral")),
					c: numbers("polar"),
					c_wide: transposed(numbers("polar")),
					d: numbers("clipped"),
					d_wide: transposed(numbers("clipped")),
					e: numbers("violation"),
					f: numbers("polar"),
					least: 0,
				},
				{ tolerance: 1e-12 },
			);
		},
	);

	covers("cayley exponential orthogonal weight_norm lora mask", "their closed forms", () => {
		const rows = numbers("weight") as readonly (readonly number[])[];
		expectValues(
			`${setup}
let r = (square with { weight by cayley }) with { weight.a = skew }
let a = r.weight
let back = (square with { weight = r.weight } with { weight by cayley }).weight
let violation = orthogonal.violation(a)
let identity_matrix = (square with { weight = eye(3) } with { weight by exponential }).weight
let turned = ((square with { weight by exponential }) with { weight.a = skew }).weight
let projected = orthogonal.project(2 * a)
let n = net with { weight by weight_norm }
let b = n.weight
let unit = (n with { weight.length = 1 }).weight
let l = net with { weight by lora(2) }
let c = l.weight
let d = (l with { weight.a = 1;  weight.b = 0.5 }).weight
let m = (net with { weight by mask(for i in 5, j in 3: i >= j) }).weight
`,
			{
				a: numbers("rotation"),
				back: numbers("rotation"),
				violation: 0,
				identity_matrix: [1, 0, 0, 0, 1, 0, 0, 0, 1],
				turned: numbers("exponential"),
				projected: numbers("rotation"),
				b: rows,
				unit: numbers("directions"),
				c: rows,
				d: rows.map((row) => row.map((v) => v + 1)),
				m: rows.map((row, i) => row.map((v, j) => (i >= j ? v : 0))),
			},
			{ tolerance: 1e-12 },
		);
	});

	covers("stiefel orthogonal", "tangents are at right angles to what is normal, retractions hold", () => {
		expectValues(
			`${setup}
let p = stiefel.project(w)
let g = stiefel.tangent(p, w * w)
let both = p.T @ g + g.T @ p
let flat = norm(both)
let again = norm(stiefel.tangent(p, g) - g)
let held = stiefel.violation(stiefel.retract(p, g))
let q = orthogonal.project(w[0..3, :])
let h = orthogonal.tangent(q, w[1..4, :])
let flat_too = norm(q.T @ h + h.T @ q)
let held_too = orthogonal.violation(orthogonal.retract(q, h))
`,
			{ flat: 0, again: 0, held: 0, flat_too: 0, held_too: 0 },
			{ tolerance: 1e-13 },
		);
	});

	covers("frozen merge", "the same function; only what is not frozen is trained", () => {
		expectValues(
			`${setup}
let x = w[0, :]
let held = frozen(square)
let same = held(x) - square(x)
let adapted = held with { weight by lora(1) }
let step = |net: Linear(3, 3)| sum(net(x)^2)
fit train() {
  net = adapted with { weight.b = 1 }
  repeat 3 { minimize step(net)  using sgd(0.01) }
}
let r = train().net
let bias = r.bias - square.bias
let kept = r.weight.base - square.weight
let plain = merge(r)
let difference = plain(x) - r(x)
fit more() {
  net = plain
  repeat 1 { minimize sum(net.bias)  using sgd(0.25) }
}
let moved = more().net.bias - plain.bias
`,
			{
				same: [0, 0, 0],
				bias: [0, 0, 0],
				kept: [0, 0, 0, 0, 0, 0, 0, 0, 0],
				difference: [0, 0, 0],
				moved: [-0.25, -0.25, -0.25],
			},
			{ tolerance: 1e-14 },
		);
	});
});

describe("standard library: choices", () => {
	const setup = `precision f64
let op = choice [tanh, |x| x^2, |x| -x] with { logits = [0.5, -1, 2] }
let x: real[3] = [0.3, -2, 1.5]
`;
	const x = [0.3, -2, 1.5];
	const branches = [Math.tanh, (v: number) => v * v, (v: number) => -v];
	const mixture = (temperature: number): number[] => {
		const weights = [0.5, -1, 2].map((l) => Math.exp(l / temperature));
		const total = weights.reduce((a, b) => a + b, 0);
		return x.map((v) => branches.reduce((sum, f, i) => sum + ((weights[i] as number) / total) * f(v), 0));
	};

	covers("mixed fixed", "weights from the softmax of the logits; the branch of the largest", () => {
		expectValues(
			`${setup}
let a = mixed(op)(x)
let b = mixed(op, temperature = 0.25)(x)
let c = fixed(op)(x)
let d = fixed(op with { logits = [1, 1, 1] })(x)
let e = op.probs
`,
			{
				a: mixture(1),
				b: mixture(0.25),
				c: x.map((v) => -v),
				d: x.map(Math.tanh),
				e: [0.5, -1, 2].map((l) => Math.exp(l) / (Math.exp(0.5) + Math.exp(-1) + Math.exp(2))),
			},
			{ tolerance: 1e-13 },
		);
	});

	covers(
		"sampled",
		"one branch at a time, as often as it is probable; the mean gradient of the mixture's sign",
		() => {
			const draws = 4000;
			const text = `${setup}
let runs = for k in ${draws}: sampled(op)(x)
fit pull() {
  param logits: real[3] = [0.5, -1, 2]
  repeat 1 { minimize mean k in 2000: sum(sampled(op with { logits = logits })(x))  using sgd(1) }
}
let moved = pull().logits
`;
			for (const result of onBackends(text)) {
				const runs = result.numbers("runs");
				const counts = [0, 0, 0];
				for (let k = 0; k < draws; k++) {
					const found = branches.findIndex((f) =>
						x.every((v, i) => Math.abs((runs[3 * k + i] as number) - f(v)) < 1e-12),
					);
					assert.ok(found >= 0, `draw ${k} is one of the branches`);
					counts[found] = (counts[found] as number) + 1;
				}
				const total = Math.exp(0.5) + Math.exp(-1) + Math.exp(2);
				[0.5, -1, 2].forEach((logit, i) => {
					const p = Math.exp(logit) / total;
					const spread = Math.sqrt((p * (1 - p)) / draws);
					assert.ok(Math.abs((counts[i] as number) / draws - p) < 4 * spread, `branch ${i}: ${counts[i]}`);
				});
				// The sums are -0.77, 6.34 and 0.2: the second branch loses, the first one gains.
				const [a, b] = result.numbers("moved") as [number, number];
				assert.ok(a > 0.5 && b < -1, `${a}, ${b}`);
			}
		},
	);
});

describe("standard library: cost", () => {
	covers("count bytes", "numbers that are trained, bytes that are stored", () => {
		for (const precision of ["f32", "f64"] as const) {
			expectValues(
				`precision ${precision}
import std.nn { MLP }
import std.weights { lora }
let net = MLP([4, 8, 3])
let adapted = frozen(net) with { .**.weight by lora(2) }
let all_numbers = count(net.**)
let weights = count(net.**.weight)
let trained = count(adapted.**)
let stored = bytes(net.**)
let of_weights = bytes(net.** except net.**.bias)
let sized = shape(ones([count(net.layers[0].{weight, bias})]))[0]
`,
				{
					all_numbers: 4 * 8 + 8 + 8 * 3 + 3,
					weights: 4 * 8 + 8 * 3,
					trained: 2 * (4 + 8) + 2 * (8 + 3),
					stored: 67 * (precision === "f64" ? 8 : 4),
					of_weights: 56 * (precision === "f64" ? 8 : 4),
					sized: 40,
				},
			);
		}
	});

	covers("macs", "products of matrices, convolutions, loops, branches and calls, by hand", () => {
		const text = `precision f64
import std.nn { Conv2d, MLP }
let net = MLP([4, 8, 3])
let conv = Conv2d(2, 6, kernel = 3, padding = 1)
let x = normal([5, 4])
let square = normal([4, 4])
fn twice(x: real[n, 4]) -> real[n] = sum(net(net(x) @ normal([3, 4])), axis = 1)
let of_net = macs(net, x)
let of_one = macs(net, x[0, :])
let of_conv = macs(conv, zeros([7, 2, 10, 12]))
let of_calls = macs(twice, x)
let of_sums = macs(|a, b| for i, j: sum k: a[i, k] * b[j, k], x, x)
let of_loop = macs(|x: real[5, 4]| iterate(6, x, |y| y @ square), x)
let of_limit = macs(|x: real[5, 4]| loop(x, |y| y @ square, until = |y| sum(y) > 1, limit = 9).last, x)
let of_branch = macs(|x: real[5, 4]| if sum(x) > 1 then x @ square else 0 * x, x)
let of_derivative = macs(grad(|x: real[5, 4]| sum((x @ square)^2)), x)
let elementwise = macs(|x| sum(tanh(x)), x)
check 10 * of_net < macs(|x| net(x), zeros([51, 4])) "a claim about cost"
`;
		for (const result of onBackends(text)) {
			const layers = 4 * 8 + 8 * 3;
			const found = (name: string): number => result.number(`of_${name}`);
			assert.equal(found("net"), 5 * layers);
			assert.equal(found("one"), layers);
			assert.equal(found("conv"), 7 * 10 * 12 * 6 * 2 * 9);
			assert.equal(found("calls"), 2 * 5 * layers + 5 * 3 * 4);
			assert.equal(found("sums"), 5 * 5 * 4);
			assert.equal(found("loop"), 6 * 5 * 4 * 4);
			assert.equal(found("limit"), 9 * 5 * 4 * 4);
			assert.equal(found("branch"), 5 * 4 * 4);
			assert.equal(found("derivative"), 2 * 5 * 4 * 4);
			assert.equal(result.number("elementwise"), 0);
			assert.equal(result.exitCode, 0);
		}
	});

	covers("capture", "what a part gave is what it gives of what it was given", () => {
		expectValues(
			`precision f64
import std.nn { MLP }
let net = MLP([4, 8, 3])
let x = normal([5, 4])
let first: real[5, 8] = capture(net(x), net.layers[0])
let last: real[5, 3] = capture(net(x), net.layers[1])
let apart = (norm(first - x @ net.layers[0].weight - (for i in 5: net.layers[0].bias)), norm(last - net(x)))
`,
			{ apart: [0, 0] },
			{ tolerance: 1e-12 },
		);
	});
});
