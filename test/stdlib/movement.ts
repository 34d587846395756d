import { expectValues } from "../support/values.js";
import { covers } from "./fixture.js";
import { expectGradients } from "./gradients.js";

const rows = 3;
const columns = 4;
const x = Array.from({ length: rows }, (_, i) =>
	Array.from({ length: columns }, (_, j) => Math.sin(1 + 7 * i + 3 * j)),
);
const at = (i: number, j: number): number => x[i]?.[j] as number;
const table = (n: number, m: number, f: (i: number, j: number) => number): number[][] =>
	Array.from({ length: n }, (_, i) => Array.from({ length: m }, (_, j) => f(i, j)));
const setup = `precision f64\nimport std.nn { flatten }\nlet x: real[3, 4] = ${JSON.stringify(x)}`;

describe("standard library: placing elements", () => {
	covers(
		"transpose expand squeeze flip roll tile pad concat stack split chunks flatten",
		"plain loops",
		() => {
			expectValues(
				`${setup}
let turned = transpose(x)
let cube = for k in 2: (k + 1) * x
let turned3 = transpose(cube, (1, 2, 0))
let raised = shape(expand(x, -1))
let lowered = squeeze(expand(x, 1), axis = 1)
let flipped = flip(x, axis = 1)
let rolled = roll(x, -5, axis = 1)
let tiled = tile(x, [2, 3])
let padded = pad(x, [(1, 0), 2])
let filled = pad(x, (0, 1), axis = 0, value = -1)
let joined = concat([x, 2 * x], axis = 1)
let stacked = stack([x, 2 * x], axis = 1)
let parts = split(x, [1, 3], axis = 1)
let halves = chunks(x, 2, axis = -1)
let flat = flatten(cube)
`,
				{
					turned: table(columns, rows, (i, j) => at(j, i)),
					turned3: table(rows, columns, (i, j) => at(i, j)).map((row) => row.map((v) => [v, 2 * v])),
					raised: [3, 4, 1],
					lowered: x,
					flipped: table(rows, columns, (i, j) => at(i, columns - 1 - j)),
					rolled: table(rows, columns, (i, j) => at(i, (j + 5) % columns)),
					tiled: table(2 * rows, 3 * columns, (i, j) => at(i % rows, j % columns)),
					padded: table(rows + 1, columns + 4, (i, j) => x[i - 1]?.[j - 2] ?? 0),
					filled: table(rows + 1, columns, (i, j) => x[i]?.[j] ?? -1),
					joined: table(rows, 2 * columns, (i, j) => (j < columns ? at(i, j) : 2 * at(i, j - columns))),
					stacked: x.map((row) => [row, row.map((v) => 2 * v)]),
					parts: [...x.map((row) => row.slice(0, 1)), ...x.map((row) => row.slice(1))],
					halves: [...x.map((row) => row.slice(0, 2)), ...x.map((row) => row.slice(2))],
					flat: [x, x.map((row) => row.map((v) => 2 * v))],
				},
			);
		},
	);

	covers("scatter scatter_min scatter_max", "plain loops, also in lanes", () => {
		const places = [2, 0, 2, 1];
		const updates = table(rows, columns, (i, j) => Math.cos(3 * i + j));
		// Along axis 1, where two updates meet at 2; the last one is put there.
		const placed = (combine: (old: number, update: number) => number): number[][] =>
			x.map((row, i) => {
				const line = [...row];
				places.forEach((place, k) => {
					line[place] = combine(line[place] as number, updates[i]?.[k] as number);
				});
				return line;
			});
		const doubled = (of: number[][]): number[][][] => [of, of];
		expectValues(
			`${setup}
let u: real[3, 4] = ${JSON.stringify(updates)}
let at = [2, 0, 2, 1]
let put = scatter(x, at, u, axis = 1)
let least = scatter_min(x, at, u, axis = 1)
let most = scatter_max(x, at, u, axis = 1)
let lanes = for k in 2: scatter_max(x, at, u, axis = 1)
let rows = for i: scatter(x[i, :], at, u[i, :])
let own = for i in 3: scatter(zeros([3]), [i], [1])
let moved = for k in 2: scatter([0, 0, 0, 0], [k, k + 1], [5, 7])
let truth = scatter([true, true, false], [0, 2], [false, true])
`,
			{
				put: placed((_, update) => update),
				least: placed(Math.min),
				most: placed(Math.max),
				lanes: doubled(placed(Math.max)),
				rows: placed((_, update) => update),
				own: table(3, 3, (i, j) => (i === j ? 1 : 0)),
				moved: [
					[5, 7, 0, 0],
					[0, 5, 7, 0],
				],
				truth: [0, 1, 1],
			},
		);
	});

	covers("gather scatter_add one_hot", "plain loops", () => {
		const places = [2, 0, 2];
		expectValues(
			`${setup}
let picked = gather(x, [[2, 0], [1, 1]], axis = 1)
let added = scatter_add(x, [2, 0, 2], x, axis = 0)
let counted = scatter_add(zeros([4]), argmax(x, axis = 1), ones([3]))
let hot = one_hot([2, 0, 1], 4)
let own = one_hot(argmax(x, axis = 1))
`,
			{
				picked: x.map((row) => [
					[row[2], row[0]],
					[row[1], row[1]],
				]) as number[][][],
				added: table(
					rows,
					columns,
					(i, j) => at(i, j) + places.reduce((sum, place, k) => sum + (place === i ? at(k, j) : 0), 0),
				),
				counted: Array.from({ length: columns }, (_, j) =>
					x.reduce((n, row) => n + Number(row.indexOf(Math.max(...row)) === j), 0),
				),
				hot: table(3, 4, (i, j) => Number([2, 0, 1][i] === j)),
				own: table(rows, columns, (i, j) => Number(at(i, j) === Math.max(...(x[i] ?? [])))),
			},
		);
	});

	covers("cumsum cumprod cummax cummin cumlogsumexp", "plain loops", () => {
		const running = (f: (a: number, b: number) => number): number[][] =>
			x.map((row) => {
				const out: number[] = [];
				for (const v of row) out.push(out.length === 0 ? v : f(out.at(-1) as number, v));
				return out;
			});
		expectValues(
			`${setup}
let a = cumsum(x, axis = 1)
let b = cumprod(x, axis = -1)
let c = cummax(x, axis = 1)
let d = cummin(x, axis = 1)
let e = cumlogsumexp(x, axis = 1)
let f = cumsum(x.T, axis = 0)
`,
			{
				a: running((s, v) => s + v),
				b: running((s, v) => s * v),
				c: running(Math.max),
				d: running(Math.min),
				e: running((s, v) => Math.log(Math.exp(s) + Math.exp(v))),
				f: table(columns, rows, (j, i) => running((s, v) => s + v)[i]?.[j] as number),
			},
		);
	});

	covers("sum mean max softmax", "several axes, from the end, kept", () => {
		const cube = table(2, 3, (k, i) => 0 * k + i).map((row, k) =>
			row.map((i) => (x[i] ?? []).map((v) => (k + 1) * v)),
		);
		const all = cube.flat(2);
		expectValues(
			`${setup}
let cube = for k in 2: (k + 1) * x
let a = sum(cube, axis = (0, -1))
let b = max(cube, axis = (1, 2))
let c = mean(cube, axis = (0, 1, 2), keep = true)
let d = softmax(x, axis = 0)
`,
			{
				a: [0, 1, 2].map((i) => cube.reduce((s, m) => s + (m[i] ?? []).reduce((p, v) => p + v, 0), 0)),
				b: cube.map((m) => Math.max(...m.flat())),
				c: all.reduce((s, v) => s + v, 0) / all.length,
				d: table(
					rows,
					columns,
					(i, j) => Math.exp(at(i, j)) / x.reduce((s, row) => s + Math.exp(row[j] as number), 0),
				),
			},
		);
	});

	covers(
		"transpose expand squeeze flip roll tile pad concat stack split chunks flatten gather scatter_add scatter scatter_min scatter_max cumsum cumprod cummax cummin cumlogsumexp softmax log_softmax",
		"gradients against central differences, also in lanes",
		() => {
			const m = "reshape(w, [3, 4])";
			const weighted = (of: string) => `mix(${of})`;
			expectGradients(
				{
					transpose: weighted(`transpose(${m})`),
					expand: weighted(`squeeze(expand(${m}, 0), axis = 0)`),
					flip: weighted(`flip(${m}, axis = (0, 1))`),
					roll: weighted(`roll(${m}, 1, axis = 1)`),
					tile: weighted(`tile(${m}, [2, 1])`),
					pad: weighted(`pad(${m}, [1, (0, 2)], value = 3)`),
					concat: weighted(`concat([${m}, ${m}^2], axis = 1)`),
					stack: weighted(`stack([${m}, ${m}^2], axis = 1)`),
					split: `{ let (a, b) = split(${m}, [1, 2])\n mix(a) + 2 * mix(b^2) }`,
					chunks: `{ let (a, b) = chunks(${m}, 2, axis = 1)\n mix(a * b) }`,
					flatten: weighted(`flatten(reshape(w, [2, 2, 3]))`),
					gather: weighted(`gather(${m}, [2, 0, 2], axis = 1)`),
					scatter_add: weighted(`scatter_add(${m}, [2, 0, 2], ${m}^2)`),
					scatter: weighted(`scatter(${m}, [2, 0, 2], ${m}^2)`),
					scatter_min: weighted(`scatter_min(${m}, [2, 0, 2], ${m}^2)`),
					scatter_max: weighted(`scatter_max(${m}, [2, 0, 2], ${m}^2)`),
					cumsum: weighted(`cumsum(${m}, axis = 0)`),
					cumprod: weighted(`cumprod(${m}, axis = 1)`),
					cummax: weighted(`cummax(${m}, axis = 1)`),
					cummin: weighted(`cummin(${m}, axis = 1)`),
					cumlogsumexp: weighted(`cumlogsumexp(${m}, axis = 1)`),
					softmax: weighted(`softmax(${m}, axis = 0)`),
					log_softmax: weighted(`log_softmax(${m})`),
					windows: weighted(`for i in 2, j in 3: (${m})[i..i + 2, j..j + 2]`),
					reduced: weighted(`sum(reshape(w, [2, 3, 2])^2, axis = (0, -1))`),
				},
				x.flat(),
				`import std.nn { flatten }
fn mix(x: real[...s]) -> real = sum(x^2 * cos(x))`,
			);
		},
	);
});
