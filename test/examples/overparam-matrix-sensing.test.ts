import { declare } from "../stdlib/fixture.js";
import type { Numbers } from "../support/values.js";
import { holds, referenceFor } from "./declarations.js";

const name = "overparam-matrix-sensing";

/** Made by `test/examples/oracle/overparam-matrix-sensing.py`. */
interface Reference {
	readonly loss: number;
	readonly error: number;
	readonly symmetric: Readonly<Record<string, { steps: number; errors: Numbers }>>;
	readonly asymmetric: Readonly<Record<string, { steps: number; error: number }>>;
	readonly modified: Readonly<
		Record<
			string,
			{
				before: number;
				product: Numbers;
				imbalance: readonly [number, number];
				f: Numbers;
				g: Numbers;
				steps: number;
				error: number;
			}
		>
	>;
	readonly drift: readonly [number, number];
}

/** The problem of the reference, by the same formula, whose arithmetic is exact. */
const problem = `import std.linalg { eigh, svdvals }
fn spread(k: real) -> real = { let x = k * k * sqrt(2);  sqrt(12) * (x - floor(x) - 0.5) }
fn given() -> Task = {
  let a = for m in 800, i in N, j in N: spread(1 + 400 * m + 20 * i + j) / sqrt(800)
  let u = for i in N: [cos(2 * pi * i / N) / sqrt(10), sin(2 * pi * i / N) / sqrt(10)]
  (normal_matrix = einsum("m i j, m k l -> i j k l", a, a), target = u @ diag([1, 0.8]) @ u.T)
}
let t = given()
let x0 = for i in N, j in 4: spread(500001 + 4 * i + j) / sqrt(N)
let f0 = for i in N, j in 4: spread(600001 + 4 * i + j) / sqrt(N)
let g0 = for i in N, j in 4: spread(700001 + 4 * i + j) / sqrt(N) / 3
fn imbalance(f: real[N, 4], g: real[N, 4]) -> real[4, 4] = f.T @ f - g.T @ g
fn close(a: real, b: real, tolerance: real) -> bool = abs(a - b) <= tolerance * abs(b)
`;

describe(`oracle: ${name}`, () => {
	const reference = referenceFor(name) as Reference;

	it("the runs are those of NumPy: errors, and how many steps they take", () => {
		const { symmetric, asymmetric } = reference;
		const of = (k: string) => symmetric[k] as Reference["symmetric"][string];
		holds(
			name,
			`${problem}
check close(sensing(t, x0 @ g0.T), ${reference.loss}, 1e-11)
check close(squared_error(t, x0 @ g0.T), ${reference.error}, 1e-12)
let exact = symmetric(t, 0.3 * x0[:, ..2], steps = ${of("2").steps})
let over = symmetric(t, 0.3 * x0, steps = ${of("4").steps})
${declare("exact_errors", of("2").errors)}
${declare("over_errors", of("4").errors)}
check all i in 6: close(exact.run.history.error[50 * i + 49], exact_errors[i], 1e-7) "2 columns"
check all i in 20: close(over.run.history.error[50 * i + 49], over_errors[i], 1e-8) "4 columns"
${Object.entries(asymmetric)
	.map(
		([alpha, { steps, error }]) => `
let slow_${alpha.slice(2)} = asymmetric(t, ${alpha} * f0, ${alpha} * g0)
check slow_${alpha.slice(2)}.run.steps == ${steps} and close(slow_${alpha.slice(2)}.error, ${error}, 1e-6) "alpha ${alpha}"`,
	)
	.join("\n")}
`,
		);
	});

	it("the step is that of NumPy, keeps the product to 1e-12, and makes the imbalance 1", () => {
		for (const [alpha, run] of Object.entries(reference.modified))
			holds(
				name,
				`${problem}
let f_after: real[N, 4] = ${JSON.stringify(run.f)}
let g_after: real[N, 4] = ${JSON.stringify(run.g)}
let product: real[N] = ${JSON.stringify(run.product)}
let before = asymmetric(t, ${alpha} * f0, ${alpha} * g0, tolerance = 1e-2)
check before.run.steps == ${run.before}
let after = imbalanced(before.f, before.g)
check max(abs(after.f @ after.g.T - before.f @ before.g.T)) <= 1e-12 "the product stays"
check max(abs((before.f @ before.g.T)[0, :] - product)) < 1e-9
check max(abs(after.f - f_after)) < 1e-7 and max(abs(after.g - g_after)) < 1e-7
let (small, large) = (max(svdvals(imbalance(before.f, before.g))), max(svdvals(imbalance(after.f, after.g))))
check small > 0.02 and small < 0.19 and close(small, ${run.imbalance[0]}, 1e-8) "a small imbalance before"
check close(large, 1, 2e-3) and close(large, ${run.imbalance[1]}, 1e-8) "1 after"
// f becomes f (f' f)^-1/2, and g becomes g (f' f)^1/2.
let (values, vectors) = eigh(before.f.T @ before.f)
check max(abs(after.f - before.f @ vectors @ diag(1 / sqrt(values)) @ vectors.T)) < 1e-10
check max(abs(after.g - before.g @ vectors @ diag(sqrt(values)) @ vectors.T)) < 1e-10
let fast = asymmetric(t, ${alpha} * f0, ${alpha} * g0, modified = true, tolerance = 1e-12)
check fast.run.steps == ${run.steps} and close(fast.error, ${run.error}, 1e-5)
`,
			);
	});

	it("the imbalance drifts in proportion to the rate: half of it over the same time at half the rate", () => {
		holds(
			name,
			`${problem}
fn drift(f: real[N, 4], g: real[N, 4]) -> real = norm(imbalance(f, g) - imbalance(0.3 * f0, 0.3 * g0))
let whole = asymmetric(t, 0.3 * f0, 0.3 * g0, tolerance = 0, rate = 0.05, steps = 2000)
let half = asymmetric(t, 0.3 * f0, 0.3 * g0, tolerance = 0, rate = 0.025, steps = 4000)
check whole.run.steps == 2000 and half.run.steps == 4000
check close(drift(whole.f, whole.g), ${reference.drift[0]}, 1e-6)
check close(drift(half.f, half.g), ${reference.drift[1]}, 1e-6)
let ratio = drift(whole.f, whole.g) / drift(half.f, half.g)
check ratio >= 1.97 and ratio <= 2.01
`,
		);
	});

	it("a column that is not needed follows x' = -x^3, whose tail is 1 / t", () => {
		// With the identity for A* A and nothing to find, the loss of half of x x' is |x|^4 / 4: the flow of its gradient is
		// |x|^2 = |x_0|^2 / (1 + 2 |x_0|^2 t).
		holds(
			name,
			`fn nothing() -> Task = (normal_matrix = for i in N, j in N, k in N, l in N: if i == k and j == l then 1 else 0, target = zeros([N, N]))
let t = nothing()
fit tail(rate: real, steps: Int) {
  param x: real[N, 1] = for i in N, j in 1: if i == 3 then 0.6 else if i == 7 then -0.8 else 0
  repeat steps {
    minimize 0.5 * sensing(t, x @ x.T)  using sgd(rate)
    track size = sum(x^2)
  }
}
let x: real[N, 1] = for i in N, j in 1: sin(i)
check max(abs(grad(|x: real[N, 1]| 0.5 * sensing(t, x @ x.T))(x) - sum(x^2) * x)) < 1e-12
// Descent follows the flow up to an error in proportion to the rate, which two rates take away.
let coarse = tail(0.05, 2000)
let fine = tail(0.025, 4000)
let exact = |time: real| 1 / (1 + 2 * time)
for time in [10, 30, 100] {
  let k = 20 * time - 1
  let (a, b) = (coarse.run.history.size[k], fine.run.history.size[2 * k + 1])
  check abs(a / exact(time) - 1) < 0.05
  check abs((2 * b - a) / exact(time) - 1) < 2e-3 "without the error of the rate"
}
check abs(log(coarse.run.history.size[1999] / coarse.run.history.size[999]) / log(2) + 1) < 0.01 "a tail of 1 / t"
check max(abs(coarse.x[..3, 0])) == 0 and abs(coarse.x[7, 0] / coarse.x[3, 0] + 4/3) < 1e-12 "along one direction"
`,
		);
	});

	it("the loss is that of the measurements, and the target has the singular values 1 and 0.8", () => {
		holds(
			name,
			`import std.linalg { svdvals }
let t = task()
let p = normal([N, N])
let slope = grad(|p| sensing(t, p))(p)
let by_hand = for i in N, j in N: sum k in N, l in N: t.normal_matrix[i, j, k, l] * (p[k, l] - t.target[k, l])
check norm(slope - by_hand) < 1e-10 * norm(slope)
check abs(sensing(t, p) - sum(by_hand * (p - t.target)) / 2) < 1e-9 * sensing(t, p)
let values = svdvals(t.target)
check abs(values[0] - 1) < 1e-12 and abs(values[1] - 0.8) < 1e-12 and values[2] < 1e-12
check sensing(t, t.target) == 0
// Nearly an isometry on matrices of rank 2.
let scales = for _k in 200: {
  let q = normal([N, 2]) @ normal([2, N])
  2 * sensing(t, t.target + q) / sum(q^2)
}
check min(scales) > 0.7 and max(scales) < 1.35
`,
		);
	});
});
