import type { CatalogueEntry } from "../../source/catalogue.js";
import { entry } from "./entry.js";

/** Codes of loops and derivatives as expressions. */
export const loopCatalogue: readonly CatalogueEntry[] = [
	entry(
		"E0380",
		"a loop over something without turns",
		`A loop runs over a static list, a range, a size, or the first axis of a tensor, a data set or a tuple or record of tensors.`,
		`fn total(x: real) -> real = fold(x, 0, |s, v| s + v)`,
		`fn total(x: real[n]) -> real = fold(x, 0, |s, v| s + v)`,
	),
	entry(
		"E0381",
		"a state that changes from turn to turn",
		`A loop that runs has one state, whose structure and shapes every turn keeps; only elements widen, so that a state may start as 0 and go on as a real. Over a static list a fold unrolls, and its state may change its shape.`,
		`fn grow(x: real[n]) -> real[n] = fold(0..3, x, |s, k| for i, j in 2: s[i] / 2)`,
		`fn grow(x: real[n]) -> real[n] = fold(0..3, x, |s, k| for i: s[i] / 2)`,
	),
	entry(
		"E0382",
		"a state that is known before running",
		`A turn is built once for all turns. So the state of a loop is computed while running: numbers, tensors, and tuples, records, lists and models of these. Texts, functions and types are known before.`,
		`let last = iterate(3, (1.0, "start"), |(x, name)| (x / 2, name))`,
		`let last = iterate(3, 1.0, |x| x / 2)`,
	),
	entry(
		"E0383",
		"a turn of a scan without an output",
		`A turn of a scan gives a tuple of two: the next state, and what is stacked over the turns.`,
		`fn sums(x: real[n]) -> real[n] = scan(x, 0, |s, v| s + v)`,
		`fn sums(x: real[n]) -> real[n] = scan(x, 0, |s, v| (s + v, s + v)).1`,
	),
	entry(
		"E0384",
		"a derivative by what is no real",
		`A derivative is by real numbers: a tensor of reals, a tuple or record of them, or a model, by its parameters. By whole numbers, truth values and what is known before running there is none.`,
		`fn score(k: int, x: real) -> real = k * x
fn slope(k: int, x: real) -> real = grad(score)(k, x)`,
		`fn score(k: int, x: real) -> real = k * x
fn slope(k: int, x: real) -> real = grad(score, .x)(k, x)`,
	),
	entry(
		"E0385",
		"a derivative of what is no real number",
		`\`grad\` and \`hessian\` are of a function that gives one real number; \`jacobian\`, \`vjp\` and \`jvp\` of one that gives reals. The derivative of whole numbers is zero everywhere.`,
		`fn slope(x: real[n]) -> real[n] = grad(|z| z^2)(x)`,
		`fn slope(x: real[n]) -> real[n] = grad(|z| sum(z^2))(x)`,
	),
	entry(
		"E0386",
		"a direction that does not fit",
		`A tangent has the type of the argument, and a cotangent that of the value: they are multiplied with the derivative.`,
		`fn moved(x: real[n], v: real[n, n]) -> real[n] = jvp(|z| z^2, x, v).1`,
		`fn moved(x: real[n], v: real[n]) -> real[n] = jvp(|z| z^2, x, v).1`,
	),
	entry(
		"E0387",
		"a derivative rule that does not fit its function",
		`\`with vjp (x, .., y, dy) => (..)\` takes the arguments, the value and its cotangent, and gives a cotangent for every argument, of its type. \`()\` or \`stop\` in the place of one says that no derivative flows there. The cotangent of a function, or of a model, is linear in such: \`|g| dy * g(x)\`; there \`stop\` says that nothing flows to what it captures, and \`()\` that there is nothing to flow to.`,
		`fn scaled(x: real[n], k: real) -> real[n] = k * x with vjp (x, k, y, dy) => (k * dy)`,
		`fn scaled(x: real[n], k: real) -> real[n] = k * x with vjp (x, k, y, dy) => (k * dy, sum(dy * x))`,
	),
	entry(
		"E0616",
		"a derivative to which a rule gives no cotangent",
		`A function is code and the tensors that it captures, and a rule (\`with vjp\`) answers for both. \`()\` in the place of a function says that there is nothing to flow to; here it captures something by which a derivative is wanted. The cotangent of a function is linear in functions, \`|g| ..\`; \`stop\` says that nothing flows. What is not certain while checking, as in a branch that other numbers decide, the run tells.`,
		`fn applied(f: (real) -> real, x: real) -> real = f(x) with vjp (f, x, y, dy) => ((), dy)
let slope = grad(|w| applied(|x| w * x, 2.0))(3.0)`,
		`fn applied(f: (real) -> real, x: real) -> real = f(x) with vjp (f, x, y, dy) => (|g| dy * g(x), dy)
let slope = grad(|w| applied(|x| w * x, 2.0))(3.0)`,
	),
	entry(
		"E0388",
		"a derivative that is zero everywhere",
		`Comparisons, argmax, roundings, signs and narrowings to ints are steps: between two of them nothing changes, so that their derivative is zero. Where every way from the parameters, or from the arguments of a function, passes a step, a gradient tells nothing. A warning.`,
		`let slope = grad(|x| round(x) / 2)(1.2)`,
		`let slope = grad(|x| round(x) * x)(1.2)`,
	),
	entry(
		"E0390",
		"too much to do before running",
		`What is known before running is worked out while checking: lists in brackets unroll, and a function without a signature is checked at each of its uses. A declaration has a budget for it, and a static list or tuple a largest size.`,
		`let a = [for i in 0..4000: [for j in 0..4000: i * j]]`,
		`let a = for i in 0..4000, j in 0..4000: i * j`,
	),
	entry(
		"E0391",
		"reals of two formats",
		`\`real\`, \`f32\` and \`f64\` do not meet by themselves: which numbers lose digits is written where it happens. \`f64(x)\`, \`f32(x)\` and \`real(x)\` convert; numbers that are written in the program take the format of what they stand beside.`,
		`fn mixed(x: f64[n], y: real[n]) -> f64[n] = x + y`,
		`fn mixed(x: f64[n], y: real[n]) -> f64[n] = x + f64(y)`,
	),
	entry(
		"E0392",
		"a number beyond the format",
		`A number that is written takes the format of what it stands beside. One that this format does not have would be infinite, or 0: it is no number of it. \`precision f64\` has 1e-300 to 1e300.`,
		`fit bounded() {
  param w: real = 1
  repeat 10 { minimize min(w^2, 2) + 1e39 * w^4  using sgd(0.1) }
}`,
		`precision f64
fit bounded() {
  param w: real = 1
  repeat 10 { minimize min(w^2, 2) + 1e39 * w^4  using sgd(0.1) }
}`,
	),
	entry(
		"E0393",
		"a whole number that is rounded",
		`A whole number looks exact, and an f32 has only some beyond 16777216. Written as a real number, \`16777217.0\`, it says that rounding is meant.`,
		`let total = ones([3]) / 16777217`,
		`let total = ones([3]) / 16777217.0`,
	),
];
