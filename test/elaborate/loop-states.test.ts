import { evaluateProgram } from "../support/evaluate.js";
import { backends } from "../support/run.js";
import { assertClose, expectValues } from "../support/values.js";

/** Numbers that look random. */
const wave = (n: number, from = 0): number[] =>
	Array.from({ length: n }, (_, i) => Math.sin(1.3 * (i + from) + 0.4));
const written = (numbers: readonly number[]): string => `[${numbers.join(", ")}]`;

describe("records and lists in the state of a loop", () => {
	it("a recurrent network of layers of several widths, written out and by finite differences", () => {
		const text = (loop: string) => `precision f64
model Cell(a: Int, b: Int) {
  param w: real[a, b] = normal(scale = 0.4);  param u: real[b, b] = normal(scale = 0.4);  param c: real[b] = zeros()
  (x: real[a], h: real[b]) -> real[b] = tanh(x @ w + h @ u + c)
}
model Network(widths: List[Int]) {
  cells = [for (a, b) in pairs(widths): Cell(a, b)]
}
type Hidden(widths: List[Int]) = [for (_, b) in pairs(widths): real[b]]
fn step(net: Network(widths), hs: Hidden(widths), x: real[first(widths)]) -> (Hidden(widths), real[last(widths)]) = {
  let (y, done) = fold(zip(net.cells, hs), (x, []), |(y, done), (cell, h)| { let z = cell(y, h);  (z, [..done, z]) })
  (done, y)
}
fn outputs(net: Network(widths), xs: real[t, first(widths)]) -> real[t, last(widths)] = {
  let start: Hidden(widths) = zeros()
  ${loop}
}
fn loss(net: Network(widths), xs: real[t, first(widths)]) -> real = sum(outputs(net, xs)^2)
let net = seed 3 { Network([2, 4, 3, 5]) }
let alike = seed 4 { Network([3, 3, 3]) }
let xs: real[6, 2] = for t in 6, i in 2: sin(1.3 * t + i)
let ys: real[6, 3] = for t in 6, i in 3: cos(0.7 * t + i)
let out = outputs(net, xs)
let same = outputs(alike, ys)
let slopes = grad(loss)(net, xs)
let slope = slopes.cells[1].u
let by_steps = for j in 3:
  (loss(net with { cells[1].u[1, j] += 1e-5 }, xs) - loss(net with { cells[1].u[1, j] += -1e-5 }, xs)) / 2e-5
let inputs = grad(loss, .xs)(alike, ys)
let moved = for i in 3: (loss(alike, ys with { [2 * i, i] += 1e-5 }) - loss(alike, ys with { [2 * i, i] += -1e-5 })) / 2e-5
let apart = max(abs(slope[1, :] - by_steps)) + (max i in 3: abs(inputs[2 * i, i] - moved[i]))
`;
		const scanned = text("scan(xs, start, |hs, x| step(net, hs, x)).1");
		// Turn by turn, with nothing that runs as a loop.
		const unrolled = text("scan([for i in 0..t: xs[i, :]], start, |hs, x| step(net, hs, x)).1");
		for (const backend of backends) {
			const [one, other] = [scanned, unrolled].map((t) => evaluateProgram(t, { backend }));
			for (const name of ["out", "same", "slope", "inputs"])
				assertClose(
					one?.numbers(name) ?? [],
					other?.numbers(name) ?? [],
					1e-12,
					`${name} on ${backend.name}`,
				);
			assertClose([one?.number("apart") ?? 1], [0], 1e-7, `derivatives on ${backend.name}`);
		}
	});

	it("a Kalman filter: its likelihood, and its slopes by the variances", () => {
		const ys = wave(12);
		/** The negative log likelihood of a random walk that is seen with noise. */
		const likelihood = (q: number, r: number): number => {
			let [mean, cover, total] = [0, 1, 0];
			for (const y of ys) {
				cover += q;
				const s = cover + r;
				const gain = cover / s;
				total += 0.5 * (Math.log(2 * Math.PI * s) + (y - mean) ** 2 / s);
				mean += gain * (y - mean);
				cover *= 1 - gain;
			}
			return total;
		};
		const [q, r, h] = [0.3, 0.5, 1e-5];
		expectValues(
			`precision f64
type Belief = (mean: real, cover: real)
fn likelihood(variances: real[2], ys: real[n]) -> real = {
  let start: Belief = (mean = 0, cover = 1)
  sum(scan(ys, start, |b, y| {
    let cover = b.cover + variances[0];  let s = cover + variances[1];  let gain = cover / s
    ((mean = b.mean + gain * (y - b.mean), cover = (1 - gain) * cover), 0.5 * (log(2 * pi * s) + (y - b.mean)^2 / s))
  }).1)
}
let ys: real[12] = ${written(ys)}
let value = likelihood([${q}, ${r}], ys)
let slope = grad(likelihood)([${q}, ${r}], ys)
`,
			{
				value: likelihood(q, r),
				slope: [
					(likelihood(q + h, r) - likelihood(q - h, r)) / (2 * h),
					(likelihood(q, r + h) - likelihood(q, r - h)) / (2 * h),
				],
			},
			{ tolerance: 1e-7 },
		);
	});

	it("filters in a row, each with numbers of its own kind: whole numbers, truth values, reals in f32 and f64", () => {
		const xs = wave(9, 3);
		let [low, fast, count, up] = [0, 0, 0, false];
		for (const x of xs) {
			low = 0.9 * low + 0.1 * x;
			fast = Math.fround(Math.fround(0.5) * fast + Math.fround(x));
			up = x > low;
			count += up ? 1 : 0;
		}
		expectValues(
			`precision f64
let xs: real[9] = ${written(xs)}
fn turn(s: (slow: [for _ in [0]: real], fast: f32, seen: (int, bool)), x: real) -> (slow: [for _ in [0]: real], fast: f32, seen: (int, bool)) = {
  let low = 0.9 * s.slow[0] + 0.1 * x
  let up = x > low
  (slow = [low], fast = f32(0.5) * s.fast + f32(x), seen = (if up then s.seen.0 + 1 else s.seen.0, up))
}
let last = fold(xs, (slow = [0.0], fast = f32(0), seen = (0, false)), turn)
let low = last.slow[0]
let fast = last.fast
let count = last.seen.0
let up = last.seen.1
`,
			{ low, fast, count, up: Number(up) },
			{ tolerance: 1e-6 },
		);
	});

	it("until a condition holds, in each lane by itself, with checks of indices", () => {
		const text = `precision f64
fn halved(start: real, table: real[4]) -> (real, real, int) = {
  let r = loop([[start], [0.0, 0.0]], |s| [s[0] / 2, s[1] + [s[0][0], table[int(min(s[1][1], 3))]]],
    until = |s| s[0][0] < 0.1, limit = 20)
  (r.last[0][0], r.last[1][0], r.count)
}
let all = for i in 3: halved(1.0 * i + 0.5, [1, 1, 1, 1])
let (ends, sums, counts) = all
let slope = grad(|x| halved(x, [1, 1, 1, 1]).1)(1.0)
`;
		const halved = (x: number): readonly number[] => {
			let [sum, count] = [0, 0];
			for (; x >= 0.1; x /= 2, count++) sum += x;
			return [x, sum, count];
		};
		const wanted = [0.5, 1.5, 2.5].map(halved);
		const of = (k: number): number[] => wanted.map((one) => one[k] ?? 0);
		expectValues(text, { ends: of(0), sums: of(1), counts: of(2), slope: 1 + 0.5 + 0.25 + 0.125 });
	});
});
