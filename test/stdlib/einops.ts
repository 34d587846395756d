import { expectValues } from "../support/values.js";
import { covers } from "./fixture.js";
import { expectGradients } from "./gradients.js";

const sizes = [2, 3, 4] as const;
const x = Array.from({ length: sizes[0] }, (_, b) =>
	Array.from({ length: sizes[1] }, (_, t) =>
		Array.from({ length: sizes[2] }, (_, d) => Math.cos(b + 2 * t + 5 * d)),
	),
);
const at = (b: number, t: number, d: number): number => x[b]?.[t]?.[d] as number;

/** An array of a shape, element by element. */
function build(shape: readonly number[], f: (...index: number[]) => number, index: number[] = []): number[] {
	if (index.length === shape.length) return [f(...index)];
	return Array.from({ length: shape[index.length] ?? 0 }, (_, i) => build(shape, f, [...index, i])).flat();
}

const sum = (n: number, f: (i: number) => number): number =>
	Array.from({ length: n }, (_, i) => f(i)).reduce((a, b) => a + b, 0);

describe("standard library: patterns of axes", () => {
	covers("rearrange reduce repeat einsum", "plain loops", () => {
		expectValues(
			`precision f64
let x: real[2, 3, 4] = ${JSON.stringify(x)}
let a = rearrange(x, "b t (h d) -> h (t b) d", h = 2)
let b = reduce(x, "b t (d c) -> c b", logsumexp, c = 2)
let c = repeat(x, "b t d -> d (b r) t s", r = 2, s = 3)
let d = einsum("b t d, b s d, d -> s t", x, x, x[0, 0, :])
let e = einsum("bij,bjk->bik", x, rearrange(x, "b j k -> b k j"))
let f = einsum("... d, e d -> ... e", x, x[0, :, :])
`,
			{
				a: build([2, 6, 2], (h = 0, n = 0, d = 0) => at(n % 2, Math.floor(n / 2), 2 * h + d)),
				b: build([2, 2], (c = 0, b = 0) =>
					Math.log(sum(3, (t) => sum(2, (d) => Math.exp(at(b, t, 2 * d + c))))),
				),
				c: build([4, 4, 3, 3], (d = 0, n = 0, t = 0) => at(Math.floor(n / 2), t, d)),
				d: build([3, 3], (s = 0, t = 0) =>
					sum(2, (b) => sum(4, (d) => at(b, t, d) * at(b, s, d) * at(0, 0, d))),
				),
				e: build([2, 3, 3], (b = 0, i = 0, k = 0) => sum(4, (j) => at(b, i, j) * at(b, k, j))),
				f: build([2, 3, 3], (b = 0, t = 0, e = 0) => sum(4, (d) => at(b, t, d) * at(0, e, d))),
			},
		);
	});

	covers("rearrange reduce repeat einsum", "gradients against central differences, also in lanes", () => {
		const m = "reshape(w, [2, 3, 2])";
		expectGradients(
			{
				rearrange: `mix(rearrange(${m}, "b t (h d) -> (d t) b h", h = 2))`,
				reduce: `mix(reduce(${m}, "b t d -> t b", mean)) + mix(reduce(${m}, "b t d -> d", max))`,
				repeat: `mix(repeat(${m}, "b t d -> b (t r) s d", r = 2, s = 3))`,
				einsum: `mix(einsum("btd,bsd->ts", ${m}, ${m}))`,
				diagonal: `mix(einsum("i i -> i", reshape(w[..9], [3, 3])))`,
			},
			x.flat(2).slice(0, 12),
			"fn mix(x: real[...s]) -> real = sum(x^2 * cos(x))",
		);
	});
});
