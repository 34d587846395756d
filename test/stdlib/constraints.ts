import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { assertClose, expectValues, flat, type Numbers, onBackends } from "../support/values.js";
import { covers, declare } from "./fixture.js";

/** Made by `test/stdlib/oracle/constraints.py`. */
interface Reference {
	readonly projections: Readonly<Record<string, Numbers>>;
	readonly square_projections: Readonly<Record<string, Numbers>>;
	readonly doubly_stochastic_lmo: number;
	readonly nuclear_lmo: number;
	readonly [name: string]: unknown;
}

const file = new URL("../../../test/stdlib/oracle/constraints.generated.json", import.meta.url);
const reference = JSON.parse(readFileSync(file, "utf8")) as Reference;
const numbers = (name: string): Numbers => reference[name] as Numbers;

const setup = `precision f64
import std.nn { Linear }
import std.weights { cholesky_map, doubly_stochastic, householder, kronecker, nuclear_ball, orthogonal, pooled, positive_definite, quantized, random_subspace, rank_at_most, spectral_ball, stiefel }
${["tall", "square", "vector", "gradient", "vectors", "left", "right", "matrix", "lower"].map((name) => declare(name, numbers(name))).join("\n")}
let layer = Linear(4, 4)
`;

describe("standard library: constraints against a generic solver", () => {
	const cases = [
		...Object.entries(reference.projections).map((c) => ["tall", ...c] as const),
		...Object.entries(reference.square_projections).map((c) => ["square", ...c] as const),
	];
	for (const [point, constraint, nearest] of cases) {
		covers(/^\w+/.exec(constraint)?.[0] ?? "", `${constraint}: the nearest point, as CVXPY finds it`, () => {
			const text = `${setup}
let p = ${constraint}.project(${point})
let again = ${constraint}.project(p)
let before = ${constraint}.violation(${point})
let after = ${constraint}.violation(p)
let step = ${constraint}.prox(${point}, 0.3)
`;
			for (const result of onBackends(text)) {
				assertClose(result.numbers("p"), flat(nearest), 2e-6, constraint);
				// Dykstra's projections stop at 1e-9.
				assertClose(result.numbers("again"), result.numbers("p"), 1e-8, "a projection twice");
				assertClose(result.numbers("step"), result.numbers("p"), 0, "the proximal step of an indicator");
				assert.ok(result.number("before") > 0.1);
				assert.ok(result.number("after") < 1e-8, `violation ${result.number("after")}`);
			}
		});
	}

	covers("sparse", "the best of all supports", () => {
		expectValues(
			`${setup}
let p = sparse(3).project(vector)
let ties = sparse(2).project([1.0, -1, 1, -1])
let violation = sparse(3).violation([3.0, 0, 4, -12, 5])
let after = sparse(3).violation(p)
`,
			{ p: numbers("sparse"), ties: [1, -1, 0, 0], violation: 3, after: 0 },
		);
	});

	covers("rank_at_most", "NumPy's best approximation, tangents by least squares, and the way back", () => {
		expectValues(
			`${setup}
let low = rank_at_most(2)
let p = low.project(tall)
let wide = low.project(tall.T).T
let g = low.tangent(p, gradient[:, 0..3])
let again = low.tangent(p, g) - g
let back = low.violation(low.retract(p, g))
// A retraction agrees with the tangent to first order.
let first = norm(low.retract(p, 1e-5 * g) - p - 1e-5 * g) / 1e-10 < 100
`,
			{
				p: numbers("rank"),
				wide: numbers("rank"),
				g: numbers("tangent"),
				again: flat(numbers("rank")).map(() => 0),
				back: 0,
				first: 1,
			},
			{ tolerance: 1e-11 },
		);
	});

	covers("doubly_stochastic nuclear_ball spectral_ball", "the least inner product, at the corners", () => {
		expectValues(
			`${setup}
let a = doubly_stochastic.lmo(square, gradient)
let b = nuclear_ball(1.5).lmo(tall, tall)
let values = (sum(gradient * a), sum(tall * b))
let violations = (doubly_stochastic.violation(a), nuclear_ball(1.5).violation(b))
`,
			{ values: [reference.doubly_stochastic_lmo, reference.nuclear_lmo], violations: [0, 0] },
			{ tolerance: 1e-12 },
		);
	});

	covers("unit_rows sphere stiefel orthogonal symmetric", "tangents, and retractions to first order", () => {
		const manifolds: readonly (readonly [string, string, string])[] = [
			["unit_rows", "tall", "gradient[:, 0..3]"],
			["sphere(2)", "tall", "gradient[:, 0..3]"],
			["stiefel", "tall", "gradient[:, 0..3]"],
			["orthogonal", "square", "gradient"],
			["symmetric", "square", "gradient"],
		];
		for (const [manifold, point, direction] of manifolds) {
			const text = `${setup}
let p = ${manifold}.project(${point})
let g = ${manifold}.tangent(p, ${direction})
let again = norm(${manifold}.tangent(p, g) - g)
let held = ${manifold}.violation(${manifold}.retract(p, g))
let first = norm(${manifold}.retract(p, 1e-5 * g) - p - 1e-5 * g)
// What is left of the direction is at right angles to every tangent.
let normal = sum((${direction} - g) * ${manifold}.tangent(p, ${direction} * ${direction}))
`;
			for (const result of onBackends(text)) {
				for (const name of ["again", "held", "normal"])
					assert.ok(Math.abs(result.number(name)) < 1e-13, `${name} of ${manifold}`);
				assert.ok(result.number("first") < 1e-9, manifold);
			}
		}
	});

	covers(
		"l1_ball l2_ball linf_ball simplex monotone box nonnegative",
		"proximal steps meet their condition",
		() => {
			// (w - p) / t is in the normal cone of the set at p: no point of the set is further along it.
			const inside: readonly (readonly [string, string])[] = [
				["l1_ball(1.2)", "[0.5, -0.1, 0.2, 0, 0.1, -0.3]"],
				["l2_ball(0.7)", "[0.5, -0.1, 0.2, 0, 0.1, -0.3]"],
				["linf_ball(0.5)", "[0.5, -0.1, 0.2, 0, 0.1, -0.3]"],
				["box(-1, 0.4)", "[0.4, -1, 0.2, 0, 0.1, -0.3]"],
				["nonnegative", "[0.5, 0.1, 0.2, 0, 0.1, 0.3]"],
				["simplex", "[0.5, 0.1, 0.2, 0, 0.1, 0.1]"],
				["monotone", "[-2.0, -1, 0, 0, 0.5, 3]"],
			];
			for (const [set, point] of inside) {
				const text = `${setup}
let p = ${set}.prox(vector, 0.7)
let q: real[6] = ${point}
let outside = ${set}.violation(q)
let cone = sum((vector - p) * (q - p))
let held = ${set}.violation(p)
`;
				for (const result of onBackends(text)) {
					assert.ok(result.number("outside") < 1e-12, set);
					assert.ok(result.number("held") < 1e-12, set);
					assert.ok(result.number("cone") <= 1e-12, `${set}: ${result.number("cone")}`);
				}
			}
		},
	);
});

describe("standard library: reparametrizations against NumPy", () => {
	covers("householder", "products of reflections; orthogonal from any parameters; starts", () => {
		expectValues(
			`${setup}
let made_of = (layer with { weight by householder(3) }) with { weight.v = vectors }
let q = made_of.weight
let orthonormal = q.T @ q - eye(4)
let start = ((layer with { weight = orthogonal.project(square) }) with { weight by householder(4) }).weight
let signs = abs(start.T @ orthogonal.project(square))
`,
			{
				q: numbers("reflected"),
				orthonormal: new Array<number>(16).fill(0),
				signs: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
			},
			{ tolerance: 1e-12 },
		);
	});

	covers("kronecker", "NumPy's product; the start is the nearest one", () => {
		expectValues(
			`${setup}
let net = Linear(4, 6) with { weight = matrix }
let start = (net with { weight by kronecker(2, 3) }).weight
let product = ((net with { weight by kronecker(2, 3) }) with { weight.a = left; weight.b = right }).weight
let back = (net with { weight = product } with { weight by kronecker(2, 3) }).weight - product
`,
			{
				start: numbers("nearest_kronecker"),
				product: numbers("kronecker"),
				back: flat(numbers("kronecker")).map(() => 0),
			},
			{ tolerance: 1e-9 },
		);
	});

	covers("quantized", "NumPy's rounding; its gradient goes straight through", () => {
		expectValues(
			`${setup}
let net = (Linear(4, 6) with { weight = matrix }) with { weight by quantized(4) }
let rounded = net.weight
fit f() {
  net = (Linear(4, 6) with { weight = matrix }) with { weight by quantized(4) }
  repeat 1 { minimize sum(net.weight^2) / 2 + 0 * sum(net.bias)  using sgd(1) }
}
let trained = f().net
let step = trained.weight.base - (matrix - rounded)
let plain = merge(net).weight - rounded
`,
			{
				rounded: numbers("quantized"),
				step: flat(numbers("matrix")).map(() => 0),
				plain: flat(numbers("matrix")).map(() => 0),
			},
			{ tolerance: 1e-12 },
		);
	});

	covers("pooled", "means of what shares a number; one step moves all that share it", () => {
		const index = flat(numbers("index"));
		const sums = [0, 1, 2].map((k) => index.filter((i) => i === k).length);
		expectValues(
			`${setup}
let index: int<3>[4, 6] = ${JSON.stringify(numbers("index"))}
let net = (Linear(4, 6) with { weight = matrix }) with { weight by pooled(3, index) }
let start = net.weight
fit f() {
  net = (Linear(4, 6) with { weight = matrix }) with { weight by pooled(3, index) }
  repeat 1 { minimize sum(net.weight) + 0 * sum(net.bias)  using sgd(0.25) }
}
let trained = f().net
let moved = net.weight.pool - trained.weight.pool
`,
			{ start: numbers("pooled"), moved: sums.map((s) => s / 4) },
			{ tolerance: 1e-12 },
		);
	});

	covers("random_subspace", "begins at W, and moves along its directions only", () => {
		const text = `${setup}
let net = frozen(Linear(4, 6) with { weight = matrix }) with { weight by random_subspace(3) }
let start = net.weight - matrix
fit f(key: Int = 0) where key >= 0 {
  net = frozen(Linear(4, 6) with { weight = matrix }) with { weight by random_subspace(3, key) }
  repeat 5 { minimize sum(net.weight^2)  using sgd(0.1) }
}
let moved = f().net
let change = moved.weight - matrix
let along = for k in 3: (net with { weight.z = (for i in 3: if i == k then 1 else 0) }).weight - matrix
let rest = change - sum k: moved.weight.z[k] * along[k, :, :]
let other = norm(f(key = 1).net.weight - moved.weight)
let lengths = for k in 3: norm(along[k, :, :])
let trained = count(net.**)
`;
		for (const result of onBackends(text)) {
			assertClose(result.numbers("start"), new Array<number>(24).fill(0), 1e-15, "start");
			assertClose(result.numbers("rest"), new Array<number>(24).fill(0), 1e-12, "rest");
			assert.ok(Math.hypot(...result.numbers("change")) > 0.01);
			assert.ok(result.number("other") > 0.01);
			for (const length of result.numbers("lengths")) assert.ok(length > 0.5 && length < 1.6);
			assert.deepEqual(result.numbers("trained"), [3]);
		}
	});

	covers("cholesky_map", "its closed form, and its start", () => {
		expectValues(
			`${setup}
let net = Linear(4, 4) with { weight by cholesky_map(0.01) }
let value = (net with { weight.a = lower }).weight
let wanted = positive_definite(0.1).project(square)
let start = (Linear(4, 4) with { weight = wanted } with { weight by cholesky_map(0.01) }).weight - wanted
`,
			{ value: numbers("gram"), start: new Array<number>(16).fill(0) },
			{ tolerance: 1e-12 },
		);
	});

	covers(
		"softplus_map softmax_map row_map symmetric_map rising_map",
		"hold their constraints, and begin where they can",
		() => {
			expectValues(
				`precision f64
model M() {
  param a: real[4] in nonnegative by softplus_map = [3, 0.5, 2, 40]
  param b: real[4] in simplex by softmax_map = [3, 1, 2, 4]
  param c: real[2, 2] in unit_rows by row_map = [[3, 4], [0, -2]]
  param d: real[4] in monotone by rising_map = [-3, 4, 4.5, 40]
  param e: real[2, 2] in symmetric by symmetric_map = [[3, 1], [2, 4]]
  (x: real) -> real = x * (sum(a) + sum(b^2) + sum(c) + sum(d) + e[0, 1])
}
fit f() {
  net = M()
  repeat 10 { minimize net(1)^2  using adam(0.1) }
}
let m = M()
let starts = (m.a, m.b, m.c, m.d, m.e)
let r = f().net
let violations = (nonnegative.violation(r.a), simplex.violation(r.b), unit_rows.violation(r.c), monotone.violation(r.d), symmetric.violation(r.e))
let moved = norm(r.a - m.a) > 0.1 and norm(r.b - m.b) > 0.01 and norm(r.c - m.c) > 0.01 and norm(r.d - m.d) > 0.1 and norm(r.e - m.e) > 0.1
`,
				{
					starts: [3, 0.5, 2, 40, 0.3, 0.1, 0.2, 0.4, 0.6, 0.8, 0, -1, -3, 4, 4.5, 40, 3, 1.5, 1.5, 4],
					violations: [0, 0, 0, 0, 0],
					moved: 1,
				},
				{ tolerance: 1e-12 },
			);
		},
	);

	covers("box_map sphere_map", "hold their constraints, and begin where they can", () => {
		expectValues(
			`precision f64
model M() {
  param a: real[3] in box(-1, 3) by reparametrization = [2, -1, 7]
  param b: real[2, 2] in sphere(2) by reparametrization = [[3, 0], [0, 4]]
  param c: real[2] in linf_ball(0.5) by reparametrization = [0.25, -3]
  param d: real[2] in sphere by reparametrization = zeros()
  (x: real) -> real = x * (sum(a) + sum(b) + sum(c) + d[0])
}
fit f() {
  net = M()
  repeat 10 { minimize net(1)  using sgd(0.1) }
}
let m = M()
let starts = (m.a, m.b, m.c, sum(m.d^2))
let r = f().net
let violations = (box(-1, 3).violation(r.a), sphere(2).violation(r.b), linf_ball(0.5).violation(r.c), sphere.violation(r.d))
let moved = norm(r.a - m.a) > 0.1 and norm(r.b - m.b) > 0.1 and norm(r.c - m.c) > 0.01 and norm(r.d - m.d) > 0.01
`,
			{
				// Inside by a millionth of the width, where the start is not.
				starts: [2, -1 + 4e-6, 3 - 4e-6, 1.2, 0, 0, 1.6, 0.25, -0.5 + 1e-6, 1],
				violations: [0, 0, 0, 0],
				moved: 1,
			},
			{ tolerance: 1e-12 },
		);
	});

	covers("in_subspace hashed", "weights of a whole model from few numbers, trained in its place", () => {
		const text = `precision f64
import std.nn { MLP }
import std.weights { in_subspace, hashed }
let net = MLP([3, 40, 2])
let x = normal([20, 3])
let y = net(x) + 1
fn apart(a: MLP([3, 40, 2]), b: MLP([3, 40, 2])) -> MLP([3, 40, 2]) = tree.map(a, b, |u, v| u - v)
let (first, second) = (apart(in_subspace(net, [1.0, 0]), net), apart(in_subspace(net, [0.0, 1]), net))
let both = apart(apart(in_subspace(net, [2.0, -3]), net), tree.map(first, second, |u, v| 2 * u - 3 * v))
let other = apart(in_subspace(net, [1.0, 0], key = 1), in_subspace(net, [1.0, 0]))
let start = tree.norm(apart(in_subspace(net, zeros([2])), net))
let lengths = (tree.norm(first), tree.norm(second), tree.dot(first, second), tree.norm(both), tree.norm(other))
let pool = [1.0, 10, 100]
let shared = tree.flatten(hashed(net, pool))
let counts = for k in 3: count i: shared[i] == pool[k]
let index: int<3>[242] = integers([242], 3)
let placed = norm(tree.flatten(tree.unflatten(pool[index], net)) - pool[index])
fit trained() {
  param z: real[5] = zeros()
  repeat 30 {
    let now = in_subspace(net, z)
    minimize mse(now(x), y)  using adam(0.1)
  }
  let found = in_subspace(net, z)
  track loss_found = mse(found(x), y)
}
let r = trained()
let merged = in_subspace(net, r.z)
let of_merged = mse(merged(x), y)
let first_loss = r.run.history.loss[0]
`;
		for (const result of onBackends(text)) {
			assert.equal(result.number("start"), 0);
			const [a = 0, b = 0, product = 1, linear = 1, other = 0] = result.numbers("lengths");
			// Of 242 parameters: lengths and the angle by the law of large numbers.
			assert.ok(Math.abs(a - 1) < 0.2 && Math.abs(b - 1) < 0.2 && Math.abs(product) < 0.25);
			assertClose([linear], [0], 1e-12, "linear in z");
			assert.ok(other > 1);
			assert.equal(
				result.numbers("counts").reduce((sum, n) => sum + n, 0),
				242,
			);
			for (const n of result.numbers("counts")) assert.ok(n > 50 && n < 115);
			assert.equal(result.number("placed"), 0);
			assertClose(result.numbers("of_merged"), result.numbers("r.loss_found"), 1e-12, "merged");
			assert.ok(result.number("of_merged") < 0.9 * result.number("first_loss"));
		}
	});
});
