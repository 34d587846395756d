import assert from "node:assert/strict";
import type { TensorData } from "../../compiler/ir/ir.js";
import { evaluateProgram } from "../support/evaluate.js";
import { assertClose, expectValues, onBackends } from "../support/values.js";

const [a, b, c] = [0.1, 0.2, 0.3];

/** Closed forms in double precision: what went through f32 would be off by 1e-8. */
const tolerance = 1e-14;

function formatOf(source: string, name: string): string {
	const value = evaluateProgram(source).value(name);
	assert.ok(value.kind === "tensor", `${name} is a tensor`);
	return (value.data as TensorData).type.element;
}

describe("formats of reals", () => {
	const header = `fn softsum(x: real[n]) -> real = log(sum i: exp(x[i]))
fn shifted(x: real[n], c: real) -> real[n] = x / 3 + 0.1 * c
fn blend(a: T, b: T, t: real) -> T where T: tree = tree.map(a, b, |u, v| (1 - t) * u + t * v)
let a: f64[3] = [0.1, 0.2, 0.3]
`;

	it("a function over `real` works in that of its arguments, its numbers too", () => {
		const program = `${header}let softened = softsum(a)
let slope = grad(softsum)(a)
let moved = shifted(a, 0.1)
let mixed = blend((a, 2 * a), (3 * a, a), 0.1).0
let chances = softmax(a)
let power = a^0.5
let mean_of = mean(a)
let pooled = sum i: mean j: a[i] * a[j] / 7
`;
		const weights = [a, b, c].map(Math.exp);
		const total = weights.reduce((s, w) => s + w);
		for (const run of onBackends(program)) {
			assertClose(run.numbers("softened"), [Math.log(total)], tolerance, "softened");
			assertClose(
				run.numbers("slope"),
				weights.map((w) => w / total),
				tolerance,
				"slope",
			);
			assertClose(
				run.numbers("chances"),
				weights.map((w) => w / total),
				tolerance,
				"chances",
			);
			assertClose(
				run.numbers("moved"),
				[a, b, c].map((x) => x / 3 + 0.01),
				tolerance,
				"moved",
			);
			assertClose(
				run.numbers("mixed"),
				[a, b, c].map((x) => 0.9 * x + 0.3 * x),
				tolerance,
				"mixed",
			);
			assertClose(run.numbers("power"), [a, b, c].map(Math.sqrt), tolerance, "power");
			assertClose(run.numbers("mean_of"), [0.2], tolerance, "mean_of");
			assertClose(run.numbers("pooled"), [(0.6 * 0.2) / 7], tolerance, "pooled");
		}
	});

	it("a call is in the format of its arguments, whatever the program's is", () => {
		const program = `${header}let wide = shifted(a, 1)
let plain = shifted([1, 2], 1)
let short = shifted(f32([1, 2]), 1)
let back = real(a)
`;
		const kinds = ["wide", "plain", "short", "back"];
		assert.deepEqual(
			kinds.map((name) => formatOf(program, name)),
			["f64", "f32", "f32", "f32"],
		);
		assert.deepEqual(
			kinds.map((name) => formatOf(`precision f64\n${program}`, name)),
			["f64", "f64", "f32", "f64"],
		);
	});

	it("what a call reads from outside is converted to its format", () => {
		expectValues(
			`let offset = 0.5 * ones([2])
fn away(x: real[2]) -> real[2] = x + offset
fn slope(x: real[2]) -> real = sum(away(x)^2)
let a: f64[2] = [0.1, 0.2]
let moved = away(a)
let curvature = hessian(slope)(a)
`,
			{ moved: [0.6, 0.7], curvature: [2, 0, 0, 2] },
			{ tolerance: 1e-15 },
		);
	});

	it("conversions round to the format", () => {
		const single = Math.fround(0.1);
		expectValues(
			`precision f64
let exact = f64(0.1)
let lost = f64(f32(0.1))
let list = f64([0.1, 0.2])
`,
			{ exact: [0.1], lost: [single], list: [0.1, 0.2] },
		);
	});

	it("parameters of a fit keep theirs, with the states of their optimizers", () => {
		// Newton on a quadratic in one step of gradient descent: exact up to the format.
		const program = `fit solved(goal: f64) {
  param x: f64 = 0
  state seen: f64 = 0
  repeat 3 {
    minimize 0.5 * (x - goal)^2  using momentum(1, beta = 0)
    seen <- x / 3
  }
}
let result = solved(0.1)
`;
		for (const run of onBackends(program)) {
			assert.deepEqual(run.numbers("result.x"), [0.1]);
			assert.deepEqual(run.numbers("result.seen"), [0.1 / 3]);
		}
		assert.equal(formatOf(program.replace("let result = solved(0.1)", "let x = solved(0.1).x"), "x"), "f64");
	});

	it("what a model or a reparametrization declares has its format", () => {
		const program = `reparam scaled() for w: real[n] { param a: real[n] = w / 2;  2 * a }
model Line(n: Int) {
  param weight: f64[n] by scaled = full(value = 0.1)
  (x: f64[n]) -> f64 = sum(weight * x)
}
let line = Line(3)
let value = line([1, 1, 1])
let weight = line.weight
`;
		assert.equal(formatOf(program, "weight"), "f64");
		for (const run of onBackends(program)) {
			assertClose(run.numbers("value"), [0.30000000000000004], tolerance, "value");
		}
	});

	it("a minimum as an expression is in the format of its start", () => {
		// A quadratic, in one step of length 1: exact up to the format.
		expectValues(
			`let goal: f64[2] = [0.1, 0.2]
let found = argmin(f64([0, 0]), |w| 0.5 * sum((w - goal)^2), using = sgd(1), steps = 2)
`,
			{ found: [0.1, 0.2] },
			{ tolerance: 1e-15 },
		);
	});

	it("draws in f64 are not those of f32 made longer", () => {
		const numbers = evaluateProgram(`let u: f64[8] = uniform()\n`).numbers("u");
		assert.ok(numbers.some((x) => Math.fround(x) !== x));
	});

	it("complex numbers compute in the format of their parts", () => {
		const program = `import std.complex { fft, ifft, rfft, irfft, conj, angle, from_polar }
fn turned(z: complex[n], by: real) -> complex[n] = 0.1 * z * complex(by, 1 / 3)
fn ratio(z: complex[n]) -> complex[n] = for i: z[i] / (z[i] + 0.3) + 0.1
let x: f64[3] = [0.1, 0.2, 0.3]
let y: f64[3] = [0.7, -0.1, 0.3]
let z = complex(x, y)
let product = (0.1 * z * z).re
let square = (z^2 / 3).im
let moved = turned(z, x[0]).re
let sizes = abs(z)
let powers = exp(z).re
let back = ifft(fft(z)).im
let spectrum = rfft(x).im
let again = irfft(rfft(x), 3)
let angles = angle(from_polar(sizes, angle(conj(z))))
let total = (sum i: z[i] * 0.1).re
let divided = ratio(z).re
let same = ratio(z) == ratio(complex(x, y))
let slope = grad(|w| sum(abs(w)^2) / 3)(z).im
`;
		const x = [0.1, 0.2, 0.3];
		const y = [0.7, -0.1, 0.3];
		const each = (f: (x: number, y: number) => number): number[] => x.map((re, i) => f(re, y[i] as number));
		const half = Math.sqrt(3) / 2;
		const wanted = {
			product: each((x, y) => 0.1 * (x * x - y * y)),
			square: each((x, y) => (2 * x * y) / 3),
			moved: each((x, y) => 0.1 * (x * 0.1 - y / 3)),
			sizes: each(Math.hypot),
			powers: each((x, y) => Math.exp(x) * Math.cos(y)),
			back: y,
			spectrum: [0, (0.3 - 0.2) * half],
			again: x,
			angles: each((x, y) => -Math.atan2(y, x)),
			total: [0.06],
			divided: each((x, y) => (x * (x + 0.3) + y * y) / ((x + 0.3) ** 2 + y * y) + 0.1),
			same: [1, 1, 1],
			slope: each((_, y) => (2 * y) / 3),
		};
		for (const run of onBackends(program)) {
			for (const [name, values] of Object.entries(wanted))
				assertClose(run.numbers(name), values, tolerance, name);
		}
	});

	it("what a call in another format reads, and the models it is given, are converted to it", () => {
		const program = `import std.nn { Linear }
let w = exp(1.0)
let narrow = f32(exp(1.0))
fn returned(x: real) = w
fn kept(x: real) = (a = w, b = narrow)
fn inside(x: real) -> real = x * exp(w)
let net = Linear(2, 1)
fn called(net: Linear(2, 1), x: real[2]) -> real = net(x)[0]
fn weights(net: Linear(2, 1), x: real[2]) = net.weight
fn computed(net: Linear(2, 1), x: real[2]) -> real = sum(exp(net.weight)) + x[0] * 0
fn around(x: real[2]) -> real = sum(exp(net.weight)) + x[0] * 0
fn slope(net: Linear(2, 1), x: real[2]) -> real = grad(|n| exp(n(x)[0]))(net).weight[0, 0]
fn several(nets: List[Linear], x: real[2]) -> real = (sum n in nets: sum(exp(n.weight))) + x[0] * 0
fn same(a: T, x: real) -> T = a
let x: f64[2] = [1, 2]
let (a, b, c, d) = (returned(f64(1.0)), kept(f64(1.0)).a, kept(f64(1.0)).b, inside(f64(1.0)))
let (e, f, g, h) = (called(net, x), weights(net, x), computed(net, x), around(x))
let (k, l, m) = (slope(net, x), several([net, net], x), same(net, f64(1.0)).weight)
let by_net = grad(called)(net, x).weight
let by_x = grad(called, .x)(net, x)
`;
		for (const run of onBackends(program)) {
			const elements = ["a", "b", "c", "d", "e", "f", "g", "h", "k", "l", "m", "by_net", "by_x"];
			const narrow = new Set(["c", "m", "by_net"]);
			for (const name of elements) assert.equal(run.element(name), narrow.has(name) ? "f32" : "f64", name);
			const [w] = run.numbers("w");
			const [p = 0, q = 0] = run.numbers("net.weight");
			const sum = Math.exp(p) + Math.exp(q);
			const wanted: [string, number[]][] = [
				["a", [w ?? 0]],
				["d", [Math.exp(w ?? 0)]],
				["e", [p + 2 * q]],
				["g", [sum]],
				["h", [sum]],
				["k", [Math.exp(p + 2 * q)]],
				["l", [2 * sum]],
				["by_net", [1, 2]],
				["by_x", [p, q]],
			];
			for (const [name, numbers] of wanted) assertClose(run.numbers(name), numbers, 1e-14, name);
		}
	});

	it("a function with a rule of its own may have reals of any format", () => {
		const program = `fn mixed(a: f64[n], b: real[n]) -> f64 = sum(a * a) + f64(sum(b)) with vjp (a, b, y, dy) => (3 * dy * a, real(dy) * b)
fn down(a: f64[n]) -> f32[n] = f32(a) * 2 with vjp (a, y, dy) => (5 * f64(dy))
fn record(a: (x: f64, y: f32)) -> (x: f64, y: f32) = (x = a.x, y = a.y) with vjp (a, y, dy) => ((x = 3 * dy.x, y = 4 * dy.y))
let p: f64[2] = [1, 2]
let q: f32[2] = [3, 4]
let by_a = grad(mixed)(p, q)
let by_b = grad(mixed, .b)(p, q)
let lower = grad(|v| sum(down(v)))(p)
let wide = grad(|v| record((x = v, y = 1)).x)(f64(2.0))
let single = grad(|v| record((x = f64(v), y = v)).y)(f32(2.0))
let numbers = [mixed([1, 2], [3, 4]), record((x = 1, y = 2)).x]`;
		const wanted: [string, string, number[]][] = [
			["by_a", "f64", [3, 6]],
			["by_b", "f32", [3, 4]],
			["lower", "f64", [5, 5]],
			["wide", "f64", [3]],
			["single", "f32", [4]],
		];
		for (const run of onBackends(program)) {
			for (const [name, element, numbers] of wanted) {
				assert.equal(run.element(name), element, name);
				assertClose(run.numbers(name), numbers, 1e-14, name);
			}
			assertClose(run.numbers("numbers"), [12, 1], 1e-14, "values");
		}
	});

	it("draws and tensors filled with numbers have the format of the numbers", () => {
		const program = `import std.stats { laplace }
let a = f64(0.1)
let full_of = full([3], a)
let normals = normal([2000], mean = a, scale = 0.5)
let uniforms = uniform([2000], f64(2), 3)
let laplaces = laplace([4], a, f64(0.1))
let each = for i in 3: normal([], mean = full_of[i])
let narrow = uniform([3], f32(0), 1)
fn of_argument(x: real[n]) -> real[n] = normal([n], mean = x[0], scale = 1e-3)
let called = of_argument([a, a])
let moments = [abs(mean(normals) - a), abs(std(normals) - 0.5), abs(mean(uniforms) - 2.5)]
`;
		for (const run of onBackends(program)) {
			for (const name of ["full_of", "normals", "uniforms", "laplaces", "each", "called"]) {
				assert.equal(run.element(name), "f64", name);
				const inSingle = run.numbers(name).every((x) => Math.fround(x) === x);
				assert.ok(!inSingle, `${name} has digits of f64`);
			}
			assert.equal(run.element("narrow"), "f32");
			// Five standard errors of 2000 draws.
			for (const distance of run.numbers("moments")) assert.ok(distance < 0.06, `${distance}`);
		}
	});

	it("a number that is declared in a format stays in it, in branches, loops, lists and records", () => {
		const program = `let a: f64 = 0.1
let one: f64 = 1
let list: List[f64] = [0.1, 0.2]
let record: (x: f64, y: f64) = (x = 0.1, y = 1)
let chosen = if exp(0.0) > 0.5 then a else 0.2
let other = if exp(0.0) < 0.5 then a else 0.2
let folded = fold(0..3, 0.1, |s, k| s + a)
let third = one / 3
let entry = list[1] + 0.1
let field = record.x / 3
`;
		for (const run of onBackends(program)) {
			const wanted: [string, number][] = [
				["chosen", 0.1],
				["other", 0.2],
				["folded", 0.1 + 0.1 + 0.1 + 0.1],
				["third", 1 / 3],
				["entry", 0.2 + 0.1],
				["field", 0.1 / 3],
			];
			for (const [name, number] of wanted) {
				assert.equal(run.element(name), "f64", name);
				assertClose(run.numbers(name), [number], tolerance, name);
			}
		}
	});

	it("models that a call in another format gives are in the caller's", () => {
		const program = `import std.nn { Linear, MLP }
fn scaled(net: Linear(2, 1), k: real) -> Linear(2, 1) = net with { weight |> |w| k * w }
fn both(net: MLP([2, 3, 1]), x: real[2]) -> (net: MLP([2, 3, 1]), y: real) = (net = net, y = net(x)[0])
fn several(x: real) -> Linear(2, 1)[3] = for s in 3: Linear(2, 1) with { bias = x + s }
let net = Linear(2, 1)
let twice = scaled(net, f64(2))
let single = scaled(net, f32(2))
let point: f64[2] = [0.1, 0.2]
let result = both(MLP([2, 3, 1]), point)
let again = result.net([0.1, 0.2])[0]
let biases = several(f64(0.5)).bias
fit tuned(start: Linear(2, 1)) { net = start;  repeat 2 { minimize sum(net([1.0, 2.0])^2)  using sgd(0.1) } }
let trained = tuned(twice).net.weight
`;
		for (const run of onBackends(program)) {
			for (const name of ["twice.weight", "single.weight", "result.net.layers.0.weight", "biases", "trained"])
				assert.equal(run.element(name), "f32", name);
			assert.equal(run.element("result.y"), "f64");
			const weight = run.numbers("net.weight");
			assertClose(
				run.numbers("twice.weight"),
				weight.map((w) => 2 * w),
				0,
				"exact in either",
			);
			assertClose(run.numbers("again"), run.numbers("result.y"), 1e-6, "up to f32");
			assertClose(run.numbers("biases"), [0.5, 1.5, 2.5], 0, "biases");
		}
	});
});
