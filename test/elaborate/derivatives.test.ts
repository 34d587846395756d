import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { evaluateProgram, runProgramText } from "../support/evaluate.js";
import { largest } from "../support/largest.js";
import { assertClose, expectValues, flat, type Numbers } from "../support/values.js";

type Fixture = Readonly<Record<string, Readonly<Record<string, Numbers>>>>;

/** By JAX: `oracle/derivatives.py`. */
const fixture = JSON.parse(
	readFileSync(new URL("../../../test/elaborate/oracle/derivatives.generated.json", import.meta.url), "utf8"),
) as Fixture;

const of = (name: string): Readonly<Record<string, Numbers>> => fixture[name] ?? {};

function shapeOf(numbers: Numbers | undefined): number[] {
	return Array.isArray(numbers) ? [numbers.length, ...shapeOf(numbers[0])] : [];
}

/** `let x: real[2, 3] = ..` */
function given(name: string, numbers: Numbers | undefined): string {
	const shape = shapeOf(numbers);
	return `let ${name}: real${shape.length > 0 ? `[${shape.join(", ")}]` : ""} = ${JSON.stringify(numbers)}\n`;
}

function names(group: string, ...chosen: string[]): string {
	return chosen.map((name) => given(name, of(group)[name])).join("");
}

function picked(group: string, ...chosen: string[]): Record<string, Numbers> {
	return Object.fromEntries(chosen.map((name) => [name, of(group)[name] ?? []]));
}

describe("derivatives as expressions, beside JAX", () => {
	it("through a scan of 100 turns, to second order, with and without checkpoints", () => {
		for (const option of ["", ", checkpoint = true"]) {
			expectValues(
				`precision f64
${names("scan", "forces")}
fn driven(w: real, forces: real[n]) -> real = {
  let ((position, speed), outputs) = scan(forces, (0.3, 0.0), |(position, speed), force| {
    let faster = 0.95 * speed + 0.1 * (force - sin(w * position))
    let moved = position + 0.1 * faster
    ((moved, faster), moved * faster)
  }${option})
  position^2 + speed + mean(outputs)
}
let value = driven(1.3, forces)
let by_w = grad(driven)(1.3, forces)
let by_forces = grad(driven, .forces)(1.3, forces)
let second = grad(grad(driven))(1.3, forces)
`,
				picked("scan", "value", "by_w", "by_forces", "second"),
				{ tolerance: 1e-10 },
			);
		}
	});

	it("of a small network: gradient, Hessian, the Hessian's product with a direction", () => {
		expectValues(
			`precision f64
${names("network", "inputs", "targets", "weights", "direction")}
fn network_loss(w: real[13]) -> real = {
  let hidden = tanh(inputs @ reshape(w[0..6], [2, 3]) + w[6..9])
  mean((hidden @ w[9..12] + w[12] - targets)^2)
}
let gradient = grad(network_loss)(weights)
let hess = hessian(network_loss)(weights)
let columns = jacobian(grad(network_loss))(weights)
let product = jvp(grad(network_loss), weights, direction).1
let hvp_of = hvp(network_loss, weights, direction)
let reversed = grad(|w| sum(direction * grad(network_loss)(w)))(weights)
`,
			{
				gradient: of("network").gradient as Numbers,
				hess: of("network").hessian as Numbers,
				columns: of("network").hessian as Numbers,
				product: of("network").product as Numbers,
				hvp_of: of("network").product as Numbers,
				reversed: of("network").product as Numbers,
			},
			{ tolerance: 1e-11 },
		);
	});

	it("of a branch, for each element: no nan of the branch that is not taken", () => {
		expectValues(
			`precision f64
${names("branch", "points")}
fn branched(x: real) -> real = if x > 0.5 then sin(3 * x) * sqrt(x - 0.5) else x^3
let gradient = for i: grad(branched)(points[i])
let second = map(points, |x| grad(grad(branched))(x))
`,
			picked("branch", "gradient", "second"),
			{ tolerance: 1e-10 },
		);
	});

	it("of Sinkhorn's divergence by each of its arguments", () => {
		expectValues(
			`precision f64
${names("sinkhorn", "a", "b", "cost")}
fn sinkhorn(a: real[n], b: real[m], cost: real[n, m], eps: real, steps: Int) -> real = {
  let (f, g) = iterate(steps, (zeros([n]), zeros([m])), |(f, g)| {
    let f = for i: -eps * logsumexp j: (log(b[j]) + (g[j] - cost[i, j]) / eps)
    let g = for j: -eps * logsumexp i: (log(a[i]) + (f[i] - cost[i, j]) / eps)
    (f, g)
  })
  sum i: a[i] * f[i] + sum j: b[j] * g[j]
}
let value = sinkhorn(a, b, cost, 0.1, 30)
let by_a = grad(sinkhorn)(a, b, cost, 0.1, 30)
let by_b = grad(sinkhorn, .b)(a, b, cost, 0.1, 30)
let by_cost = grad(sinkhorn, .cost)(a, b, cost, eps = 0.1, steps = 30)
let by_eps = grad(sinkhorn, .eps)(a, b, cost, steps = 30, eps = 0.1)
`,
			picked("sinkhorn", "value", "by_a", "by_b", "by_cost", "by_eps"),
			{ tolerance: 1e-9 },
		);
	});

	it("of a recurrent network, by a record of its parameters", () => {
		const { sequence, parameters, value, gradient } = of("recurrent") as unknown as {
			sequence: Numbers;
			parameters: Record<string, Numbers>;
			value: number;
			gradient: Record<string, Numbers>;
		};
		const lets = Object.entries(parameters).map(([name, numbers]) => given(`${name}_weights`, numbers));
		expectValues(
			`precision f64
${given("sequence", sequence)}${lets.join("")}
type Parameters = (recurrent: real[3, 3], input: real[1, 3], head: real[3, 2])
fn unrolled(p: Parameters) -> real = {
  let h = fold(sequence, zeros([2, 3]), |h, now| tanh(h @ p.recurrent + now @ p.input))
  sum((h @ p.head)^2)
}
let (value, slope) = value_and_grad(unrolled)((recurrent = recurrent_weights, input = input_weights, head = head_weights))
`,
			{
				value,
				"slope.recurrent": gradient.recurrent as Numbers,
				"slope.input": gradient.input as Numbers,
				"slope.head": gradient.head as Numbers,
			},
			{ tolerance: 1e-11 },
		);
	});

	it("of a model by its inputs, under a binder, and the gradient of that by the model", () => {
		const { field, places, residuals, loss, gradient } = of("burgers") as unknown as {
			field: { weight: Numbers; bias: Numbers }[];
			places: Numbers;
			residuals: Numbers;
			loss: number;
			gradient: { weight: Numbers; bias: Numbers }[];
		};
		const lets = field.map(({ weight, bias }, i) => given(`weight${i}`, weight) + given(`bias${i}`, bias));
		const program = `precision f64
${given("places", places)}${lets.join("")}
model Layer(n: Int, m: Int, start: real[n, m], offset: real[m]) {
  param weight: real[n, m] = start
  param bias: real[m] = offset
  (x: real[n]) -> real[m] = x @ weight + bias
}
model Field() {
  up = Layer(2, 4, weight0, bias0);  down = Layer(4, 1, weight1, bias1)
  (x: real, t: real) -> real = down(tanh(up([x, t])))[0]
}
let nu = 0.01 / pi
fn residual(u: Field, x: real, t: real) -> real = {
  let u_x = grad(u, .x);  let u_t = grad(u, .t);  let u_xx = grad(u_x, .x)
  u_t(x, t) + u(x, t) * u_x(x, t) - nu * u_xx(x, t)
}
let u = Field()
let residuals = for i: residual(u, places[i, 0], places[i, 1])
fn squared(u: Field) -> real = mean i: residual(u, places[i, 0], places[i, 1])^2
let (loss, slope) = value_and_grad(squared)(u)
fit burgers() {
  u = Field()
  repeat 1 { minimize mean i: residual(u, places[i, 0], places[i, 1])^2  using sgd(1) }
}
let r = burgers()
let moved = u.up.weight - r.u.up.weight
`;
		const [first, second] = gradient;
		expectValues(
			program,
			{
				residuals,
				loss,
				"slope.up.weight": first?.weight as Numbers,
				"slope.up.bias": first?.bias as Numbers,
				"slope.down.weight": second?.weight as Numbers,
				"slope.down.bias": second?.bias as Numbers,
				moved: first?.weight as Numbers,
			},
			{ tolerance: 1e-10 },
		);
	});

	it("matrices of derivatives, by rows and by columns", () => {
		expectValues(
			`precision f64
fn tall_of(x: real[2]) -> real[3] = [x[0] * x[1], sin(x[0]), x[1]^3]
fn wide_of(x: real[3]) -> real[2] = [x[0] * x[1] * x[2], exp(x[2] - x[0])]
let tall = jacobian(tall_of)([0.7, -1.2])
let wide = jacobian(wide_of)([0.7, -1.2, 0.3])
let second = jacobian(jacobian(wide_of))([0.7, -1.2, 0.3])
let lanes = for i in 2: jacobian(|x| wide_of(x) * (i + 1))([0.7, -1.2, 0.3])
let inputs = for i in 2: jacobian(|x| tall_of(x))(for k in 2: (i + 1) * [0.7, -1.2][k])
`,
			{
				...picked("matrices", "tall", "wide", "second"),
				lanes: [flat(of("matrices").wide as Numbers), flat(of("matrices").wide as Numbers).map((v) => 2 * v)],
			},
			{ tolerance: 1e-12 },
		);
	});

	it("matrices of derivatives take the way that has fewer lanes", () => {
		// The weights are 3000 numbers; the seeds of 100 lanes alone would be 10000.
		const program = (n: number, m: number) => `precision f64
let first = seed 1 { normal([30, ${n}]) }
let last = seed 2 { normal([${m}, 30]) }
let x = seed 3 { normal([${n}]) }
let slopes = jacobian(|x| last @ sin(first @ x))(x)
let plain = for i in ${m}, j in ${n}: sum h: last[i, h] * cos(sum k: first[h, k] * x[k]) * first[h, j]
`;
		for (const [n, m] of [
			[2, 100],
			[100, 2],
		] as const) {
			const text = program(n, m);
			const result = evaluateProgram(text);
			assertClose(result.numbers("slopes"), result.numbers("plain"), 1e-10, `${n} to ${m}`);
			const lanes = largest(text.slice(0, text.indexOf("let plain")));
			assert.ok(lanes <= 3000, `${n} to ${m}: ${lanes}`);
		}
	});
});

describe("derivatives as expressions", () => {
	it("are functions: of other functions, of closures, of tuples, of derivatives", () => {
		expectValues(
			`precision f64
fn newton(f: (real) -> real, start: real) -> real = iterate(8, start, |x| x - f(x) / grad(f)(x))
let root = newton(|x| x^2 - 2, 1)
fn slope_of(f: (real) -> real) -> (real) -> real = grad(f)
let made = slope_of(|x| x^3)(2.0)
let curried = for k in 3: grad(|x| x^k)(2.0)
let third = grad(grad(grad(|x| x^4)))(1.0)
let nested = grad(|x| x * grad(|z| z * x)(1.0))(3.0)
let cut = grad(|x| stop(x) * x)(3.0)
let trees = grad(|x| { let (a, b) = stop((x, x^2));  a * x + b })(3.0)
let pair = grad(|(a, b)| a * b[0])((2.0, [3.0, 4]))
let piped = (|x| x^2) |> grad
let p = piped(3.0)
let constant = grad(|x| 2)(3.0)
let named = grad(|x, y| x^2 * y, .y)(3.0, 4.0)
`,
			{
				root: Math.SQRT2,
				made: 12,
				curried: [0, 1, 4],
				third: 24,
				nested: 6,
				cut: 3,
				trees: 3,
				pair: [3, 2, 0],
				p: 6,
				constant: 0,
				named: 9,
			},
			{ tolerance: 1e-12 },
		);
	});

	it("are of methods and parts; arguments of lambdas have names", () => {
		expectValues(
			`precision f64
model Hamiltonian() {
  param k: real = 3
  energy(x: real[2]) -> real = k * x[0]^2 / 2 + x[1]^4
  (x: real[2]) -> real[2] = grad(energy)(x)
}
let h = Hamiltonian()
let field = h([2.0, 1])
let outside = grad(h.energy)([2.0, 1])
let batch = for i in 2: h([1.0 * i, 1])
let divergence = sum k in 2: jacobian(h)([2.0, 1])[k, k]
let by_model = grad(|m| sum(m([2.0, 1])))(h).k
let named = grad(|x, y| x * y^2, .y)(y = 3.0, x = 2.0)
let swapped = (|x, y| x - y)(y = 1, x = 5)
let listed = [grad(|x| x^2), grad(|x| x^3)][1](2.0)
let mapped = map([1.0, 2] + 0, grad(|x| x^2))
let in_record = (f = grad(|x| x^2), y = 1.0).f(3.0)
`,
			{
				field: [6, 4],
				outside: [6, 4],
				batch: [0, 4, 3, 4],
				divergence: 15,
				by_model: 2,
				named: 12,
				swapped: 4,
				listed: 12,
				mapped: [2, 4],
				in_record: 6,
			},
			{ tolerance: 1e-12 },
		);
	});

	it("vjp and jvp are adjoint; the pullback is a function that goes on, under binders too", () => {
		expectValues(
			`precision f64
fn f(x: real[n]) -> real[n] = for i: x[i]^2 * x[0]
let x: real[3] = [1.5, -2, 0.5]
let v: real[3] = [0.3, 1, -1]
let w: real[3] = [2, 0.1, 1]
let (y, back) = vjp(f, x)
let forth = jvp(f, x, v).1
let adjoint = sum(w * forth) - sum(v * back(w))
let rows = for i in 3: back(for j in 3: if i == j then 1 else 0)
let whole = jacobian(f)(x)
let through = grad(|t| sum(vjp(f, t * x).1(w)))(1.0)
let (pair, pull) = vjp(|(a, b)| (a * b, a + b), (2.0, 3.0))
let pulled = pull((1.0, 10.0))
`,
			{
				y: [3.375, 6, 0.375],
				adjoint: 0,
				rows: [3 * 1.5 ** 2, 0, 0, 4, -6, 0, 0.25, 0, 1.5],
				whole: [3 * 1.5 ** 2, 0, 0, 4, -6, 0, 0.25, 0, 1.5],
				// Every element of the gradient is of degree 2 in t.
				through: 2 * (2 * 6.75 + 0.1 * 4 + 0.25 + 0.1 * -6 + 1.5),
				pair: [6, 5],
				pulled: [13, 12],
			},
			{ tolerance: 1e-12 },
		);
	});

	it("draw what the function draws", () => {
		const result = evaluateProgram(`precision f64
let (y, back) = vjp(|x| x * uniform([3]), [1.0, 1, 1] + 0)
let slope = back([1.0, 1, 1])
let (v, g) = value_and_grad(|x| x * normal([]))(1.0)
let fresh = for i in 4: grad(|x| x * uniform([]))(1.0)
`);
		assertClose(result.numbers("slope"), result.numbers("y"), 0, "the pullback");
		assert.equal(result.number("v"), result.number("g"));
		assert.equal(new Set(result.numbers("fresh")).size, 4);
	});

	it("go through loops with a limit, of the turns that are made; in lanes each its own", () => {
		expectValues(
			`precision f64
fn root(a: real) -> real = loop(3.0, |x| (x + a / x) / 2, until = |x| abs(x^2 - a) < 1e-12, limit = 50).last
let slope = grad(root)(2.0)
let lanes = for i in 4: grad(root)(i + 1.0)
let fixed = grad(|a| fixed_point(1.0, |x| cos(a * x), tolerance = 1e-14, limit = 200))(1.0)
let traced = grad(|a| sum(loop(a, |x| x * a, until = |x| x < 0.2, limit = 6, trace = true).trace))(0.5)
let never = grad(|a| loop(a, |x| x / 0, until = |x| x < 1, limit = 5).last)(0.5)
let forward = jvp(|a| loop(a, |x| x * a, until = |x| x < 0.2).last, 0.5, 1.0).1
`,
			{
				slope: 0.5 / Math.SQRT2,
				lanes: [0.5, 0.5 / Math.SQRT2, 0.5 / Math.sqrt(3), 0.25],
				// x = cos(a x): dx/da = -x sin(x) / (1 + sin(x)).
				fixed: (-0.7390851332151607 * Math.sin(0.7390851332151607)) / (1 + Math.sin(0.7390851332151607)),
				traced: 2 * 0.5 + 5 * 3 * 0.25,
				never: 1,
				forward: 3 * 0.25,
			},
			{ tolerance: 1e-9 },
		);
	});

	it("of a loop without a limit are refused at the loop", () => {
		const text = "let g = grad(|a| loop(a, |x| x * a, until = |x| x < 0.2).last)(0.5)\n";
		const [problem] = runProgramText(text).eventsOf("problem");
		assert.equal(problem?.diagnostic.code, "E0605");
		const { start = 0, end = 0 } = problem?.diagnostic.at ?? {};
		assert.equal(text.slice(start, end), "loop(a, |x| x * a, until = |x| x < 0.2)");
	});

	it("follow the parameters of a fit from step to step", () => {
		expectValues(
			`precision f64
model Power() { param p: real = 2;  (x: real) -> real = p * x^2 }
fit f() {
  u = Power()
  let u_x = grad(u)
  param w: real = 1
  let slope = |x| grad(|z| w * z^2)(x)
  repeat 2 {
    minimize u_x(1.0) + slope(2.0)  using sgd(0.5)
    track at = u_x(1.0)
  }
}
let r = f()
let history = r.run.history.at
let p = r.u.p
let w = r.w
`,
			{ history: [2, 0], p: 0, w: -3 },
		);
	});
});

/** The sum that the program takes for an integral. */
function midpoints(f: (x: number) => number, a: number, b: number): number {
	const h = (b - a) / 64;
	return Array.from({ length: 64 }, (_, k) => h * f(a + (k + 0.5) * h)).reduce((sum, part) => sum + part, 0);
}

describe("rules of one's own", () => {
	it("give the derivative at both orders, under binders, and where the function is captured", () => {
		expectValues(
			`precision f64
fn rounded(x: real[...s]) -> real[...s] = round(x) with vjp (x, y, dy) => (dy)
fn cube(x: real, k: real) -> real = k * x^3 with vjp (x, k, y, dy) => (dy * 3 * k * x^2, stop)
fn clipped(x: real[n], most: real, steps: Int) -> real[n] = x * steps with vjp (x, most, steps, y, dy) => (for i: min(dy[i], most), (), ())
fn ratio(a: real, b: real) -> (real, real) = (a / b, a * b) with vjp (a, b, y, dy) => (dy.0 / b + dy.1 * b, -dy.0 * y.0 / b + dy.1 * a)
fn applied(f: (real) -> real, x: real) -> real = f(x) with vjp (f, x, y, dy) => (stop, 10 * dy)
let through = grad(|x| sum(rounded(x) * x))([0.4, 1.6])
let first = grad(cube)(2.0, 5.0)
let none = grad(cube, .k)(2.0, 5.0)
let second = grad(grad(cube))(2.0, 5.0)
let lanes = for i in 3: grad(|x| cube(x * i, 1))(1.0)
let shared = grad(|x| sum i in 3: cube(x * i, 1))(1.0)
let mixed = for i in 2: grad(|x| cube(x, i))(2.0)
let bounded = grad(|x| sum(clipped(x, 0.5, 3) * [1.0, 0.25]))([1.0, 1])
let both = grad(|(a, b)| { let (q, p) = ratio(a, b);  q + 2 * p })((3.0, 2.0))
let inner = grad(|w| applied(|x| x * w, 2.0))(3.0)
let outer = grad(|x| applied(|z| z * 7, x))(3.0)
let loops = grad(|x| fold(0..2, x, |s, k| cube(s, 1)))(1.1)
let forward = for i in 3: jvp(|x| cube(x, 1), 1.0 * i, 1.0).1
let over = hessian(|x| cube(x, 1))(2.0)
`,
			{
				through: [0.4 + 0, 1.6 + 2],
				first: 60,
				none: 0,
				second: 60,
				lanes: [0, 3, 24],
				shared: 27,
				mixed: [0, 12],
				bounded: [0.5, 0.25],
				both: [0.5 + 4, -0.75 + 6],
				inner: 0,
				outer: 10,
				loops: 9 * 1.1 ** 8,
				forward: [0, 3, 12],
				over: 12,
			},
			{ tolerance: 1e-12 },
		);
	});

	it("answer for the tensors that a function captures, by a functional of functions", () => {
		expectValues(
			`precision f64
import std.nn { Linear }
fn summed(f: (real) -> real, a: real, b: real) -> real = {
  let h = (b - a) / 64
  h * sum k in 64: f(a + (k + 0.5) * h)
}
fn area(f: (real) -> real, a: real, b: real) -> real = summed(f, a, b)
  with vjp (f, a, b, y, dy) => (|g| dy * summed(g, a, b), -dy * f(a), dy * f(b))
fn scored(net: Linear(2, 1), x: real[2], k: Int) -> real = k * net(x)[0] with vjp (net, x, k, y, dy) => (|n| 7 * dy * n(x)[0], stop, ())
fn both(f: (real) -> real, g: (real) -> real) -> real = f(2) * g(3) with vjp (f, g, y, dy) => (|h| dy * h(2) * g(3), |h| dy * f(2) * h(3))
fn product(fs: (first: real[n], second: (real) -> real)) -> real = sum(fs.first) * fs.second(1)
  with vjp (fs, y, dy) => (|g| dy * sum(g.first) * fs.second(1) + dy * sum(fs.first) * g.second(1))
let by_w = grad(|w| area(|x| w * x^2, 0, 1))(3.0)
let by_nested = grad(|w| { let c = |x| w^2 * x;  area(|x| c(x) + 1, 0, 2) })(3.0)
let by_end = grad(|b| area(|x| 3 * x^2, 0, b))(2.0)
let second = grad(grad(|w| area(|x| w^3 * x, 0, 1)))(2.0)
let many = for i in 3: grad(|w| area(|x| w * x * i, 0, 2))(1.0)
let shared = grad(|w| sum i in 3: area(|x| w * x * i, 0, 2))(1.0)
let by_vector = grad(|w: real[2]| area(|x| w[0] + w[1] * x, 0, 2))([1.0, 5])
let own = for k in 2: area(|x| x + k, 0, 1)
let net = Linear(2, 1)
let by_model = grad(|u| scored(u, [1.0, 2], 3))(net).weight
let two = grad(|w| both(|x| w * x, |x| w + x))(5.0)
let mixed = grad(|w| product((first = [w, 1], second = |x| w * x)))(5.0)
let cut = grad(|w| area(|x| stop(w) * x + w, 0, 1))(3.0)
let moved = jvp(|w| area(|x| w * x^2, 0, 1), 3.0, 2.0).1
`,
			{
				by_w: midpoints((x) => x ** 2, 0, 1),
				by_nested: 2 * 3 * 2,
				by_end: 12,
				second: 6 * 2 * 0.5,
				many: [0, 2, 4],
				shared: 6,
				by_vector: [2, 2],
				own: [0.5, 1.5],
				by_model: [[7], [14]],
				two: 2 * 8 + 10,
				mixed: 5 + 6,
				cut: 1,
				moved: 2 * midpoints((x) => x ** 2, 0, 1),
			},
			{ tolerance: 1e-10 },
		);
	});

	it("answer for the model of a method", () => {
		expectValues(
			`precision f64
import std.nn { Linear }
model Own(n: Int) {
  param w: real[n] = ones()
  head = Linear(n, 1)
  plain(x: real[n]) -> real = sum(w * x^2) + head(x)[0]
  half(x: real[n]) -> real = sum(w * x^2) + head(x)[0]
    with vjp (net, x, y, dy) => (|m| 10 * dy * m.plain(x), 2 * dy * net.w * x)
  straight(x: real[n]) -> real[n] = round(x) with vjp (x, y, dy) => (dy)
  cut(x: real[n]) -> real = sum(w * x) with vjp (net, x, y, dy) => (stop, dy * w)
  (x: real[n]) -> real = half(x) + sum(straight(x))
}
let net = Own(2)
fn by_net(m: Own(2), x: real[2]) -> real = m.half(x)
let weights = grad(by_net)(net, [3, 4]).w
let below = grad(by_net)(net, [3, 4]).head.weight
let inputs = grad(by_net, .x)(net, [3, 4])
let passed = grad(|x| sum(net.straight(x)))([0.4, 1.6])
let whole = grad(|m| m([3, 4.0]))(net).w
let of_call = grad(net)([3, 4.0])
fit trained() { u = net;  repeat 1 { minimize u([3, 4.0])  wrt u.w  using sgd(0.1) } }
let moved = trained().u.w
let lanes = for k in 2: grad(|m| m.half([1.0 * k, 2.0]))(net).w
let second = jacobian(|x| grad(by_net, .x)(net, x))([3.0, 4])
let mixed = grad(|m| sum(grad(by_net, .x)(m, [3.0, 4])))(net).w
let members = for k in 2: Own(2)
let stacked = grad(|s: Own(2)[2]| sum k in 2: s[k].half([3, 4]))(members).w
let none = grad(|m| m.cut([3, 4.0]))(net).w
let forward = jvp(|x| net.half(x), [3.0, 4], [1.0, 0]).1
`,
			{
				weights: [90, 160],
				below: [30, 40],
				inputs: [6, 8],
				passed: [1, 1],
				whole: [90, 160],
				of_call: [7, 9],
				moved: [-8, -15],
				lanes: [0, 40, 10, 40],
				second: [2, 0, 0, 2],
				mixed: [6, 8],
				stacked: [90, 160, 90, 160],
				none: [0, 0],
				forward: 6,
			},
			{ tolerance: 1e-12 },
		);
	});

	it("refuse a derivative by what a function captures, where `()` says that there is nothing", () => {
		const source = (call: string) => `precision f64
fn applied(f: (real) -> real, x: real) -> real = f(x) with vjp (f, x, y, dy) => ((), 10 * dy)
${call}
`;
		// What checking does not see: a case that another number decides.
		const refused = [
			"fn chosen(w: real, x: real) -> real = if x > 0 then applied(|z| z * w, x) else w\nlet a = grad(chosen)(3.0, 2.0)",
			"fn passed(f: (real) -> real, x: real) -> real = if x > 0 then f(x) else x\nlet a = grad(|s| passed(|w| applied(|x| x * w, 2.0), s))(3.0)",
			"model M() { param w: real = 1;  (x: real) -> real = if x > 1 then applied(|z| z * w, x) else w }\nfit f() { net = M();  repeat 2 { minimize net(2.0)^2 using sgd(0.1) } }\nlet a = f().run.loss",
		];
		for (const call of refused) {
			const [problem] = runProgramText(source(call)).eventsOf("problem");
			assert.equal(problem?.diagnostic.code, "E0616", call);
			assert.match(problem?.diagnostic.message ?? "", /`(w|s)`.*`f` of `applied` captures/);
			const at = source(call).slice(problem?.diagnostic.at.start);
			assert.ok(at.startsWith("applied(|"), call);
		}
		expectValues(
			source(`let a = grad(|x| applied(|z| z * 7, x))(3.0)
let b = grad(|w| applied(|x| x * stop(w), w))(3.0)
fn of(w: real, v: real) -> real = applied(|x| x * w, v)
let c = grad(of, .v)(3.0, 2.0)`),
			{ a: 10, b: 10, c: 10 },
		);
	});
});
