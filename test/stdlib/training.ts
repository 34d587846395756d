import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { evaluateProgram } from "../support/evaluate.js";
import { fixturePath } from "../support/snapshot.js";
import { assertClose, expectValues, flat, type Numbers, onBackends, valuesOf } from "../support/values.js";
import { covers, declare, fixture } from "./fixture.js";

const { layers, optimizers } = fixture;

describe("standard library: initialisers", () => {
	const [n, m] = [60, 40];
	const start = (name: string) =>
		evaluateProgram(`precision f64
model M() { param w: real[${n}, ${m}] = ${name}() }
let w = M().w`).numbers("w");
	const variance = (values: readonly number[]) => values.reduce((s, v) => s + v * v, 0) / values.length;

	const cases: readonly [string, number, "uniform" | "normal"][] = [
		["glorot_uniform", 2 / (n + m), "uniform"],
		["glorot_normal", 2 / (n + m), "normal"],
		["he_uniform", 2 / n, "uniform"],
		["he_normal", 2 / n, "normal"],
	];
	for (const [name, expected, shape] of cases) {
		covers(name, "mean, variance, and the bounds or the tails", () => {
			const values = start(name);
			const count = n * m;
			const mean = values.reduce((s, v) => s + v, 0) / count;
			assert.ok(Math.abs(mean) < 4 * Math.sqrt(expected / count), `mean ${mean}`);
			// The variance of v^2: 4/5 of the square for uniform numbers, twice the square for normal ones.
			const spread = expected * Math.sqrt((shape === "uniform" ? 0.8 : 2) / count);
			assert.ok(
				Math.abs(variance(values) - expected) < 4 * spread,
				`variance ${variance(values)}, not ${expected}`,
			);
			const largest = Math.max(...values.map(Math.abs));
			const bound = Math.sqrt(3 * expected);
			if (shape === "uniform") assert.ok(largest <= bound && largest > 0.99 * bound);
			else assert.ok(largest > 2.5 * Math.sqrt(expected));
		});
	}

	covers("uniform normal", "ranges and options; their moments are tested with the draws", () => {
		const result = evaluateProgram(
			"let u = uniform([1000], 2, 4)\nlet n = normal([1000], mean = 10, scale = 0.1)",
		);
		assert.ok(result.numbers("u").every((v) => v >= 2 && v < 4));
		assert.ok(result.numbers("n").every((v) => Math.abs(v - 10) < 0.6));
	});
});

describe("standard library: constraints", () => {
	const rows = [
		[3, 4],
		[0, 0],
		[-1e-3, 1e-3],
		[1, 0],
	];

	covers("unit_rows", "norm 1, nearest points, a row of zeros", () => {
		const text = `precision f64
${declare("w", rows)}
let p = unit_rows.project(w)
let before = unit_rows.violation(w)
let after = unit_rows.violation(p)
`;
		for (const result of onBackends(text)) {
			const p = result.numbers("p");
			assertClose(p, [0.6, 0.8, 1, 0, -Math.SQRT1_2, Math.SQRT1_2, 1, 0], 1e-14, "projection");
			assert.equal(result.number("before"), 4);
			assert.ok(result.number("after") < 1e-15);
			// No point of the circle is nearer than the projection.
			rows.forEach((row, i) => {
				const distance = (x: number, y: number) => Math.hypot(x - (row[0] as number), y - (row[1] as number));
				const nearest = distance(p[2 * i] as number, p[2 * i + 1] as number);
				for (let angle = 0; angle < 360; angle++) {
					const a = (angle * Math.PI) / 180;
					assert.ok(distance(Math.cos(a), Math.sin(a)) >= nearest - 1e-12);
				}
			});
		}
	});

	covers("nonnegative", "the nearest tensor without negative elements", () => {
		expectValues(
			`let w: real[2, 2] = [[-1, 2], [0, -0.25]]
let p = nonnegative.project(w)
let v = nonnegative.violation(w)
let after = nonnegative.violation(p)
`,
			{ p: [0, 2, 0, 0], v: 1, after: 0 },
		);
	});
});

describe("standard library: layers", () => {
	covers("Linear MLP", "PyTorch", () => {
		const text = `precision f64
import std.nn { Linear, MLP }
${declare("x", layers.x)}
${layers.weights.map((w, i) => declare(`weight${i}`, w)).join("\n")}
${layers.biases.map((b, i) => declare(`bias${i}`, b)).join("\n")}
fit learn() {
  layer = Linear(3, 4)
  mlp = MLP([3, 4, 2])
  smooth = MLP([3, 4, 2], activation = tanh)
  repeat 400 {
    minimize sum((layer.weight - weight0)^2) + sum((layer.bias - bias0)^2)
      + sum((mlp.layers[0].weight - weight0)^2) + sum((mlp.layers[0].bias - bias0)^2)
      + sum((mlp.layers[1].weight - weight1)^2) + sum((mlp.layers[1].bias - bias1)^2)
      + sum((smooth.layers[0].weight - weight0)^2) + sum((smooth.layers[0].bias - bias0)^2)
      + sum((smooth.layers[1].weight - weight1)^2) + sum((smooth.layers[1].bias - bias1)^2)
    using sgd(0.4)
  }
  track linear = layer(x)
  track mlp_relu = mlp(x)
  track mlp_tanh = smooth(x)
}
let r = learn()
let a = r.linear
let b = r.mlp_relu
let c = r.mlp_tanh
`;
		expectValues(text, { a: layers.linear, b: layers.mlp, c: layers.mlp_tanh });
	});
});

describe("standard library: optimizers", () => {
	const { features, classes, start, steps, runs } = optimizers;
	for (const [optimizer, run] of Object.entries(runs)) {
		covers(/^\w+/.exec(optimizer)?.[0] ?? "", `${optimizer} as PyTorch for ${steps} steps`, () => {
			const text = (count: number) => `precision f64
${declare("features", features)}
${declare("classes", classes)}
fit train() {
  param w: real[3] = ${JSON.stringify(start)}
  repeat ${count} { minimize bce_with_logits(features @ w, classes) + 0.1 * sum(w^2)  using ${optimizer} }
}
let w = train().w
`;
			for (const result of onBackends(text(steps))) {
				const expected = flat((run.values as readonly Numbers[]).at(-1) as Numbers);
				assertClose(result.numbers("w"), expected, 1e-10, optimizer);
				const [finished] = result.eventsOf("fit-finished");
				assertClose(finished?.history ?? [], flat(run.losses), 1e-10, `losses of ${optimizer}`);
			}
			assertClose(
				valuesOf(text(1), "w"),
				flat((run.values as readonly Numbers[])[0] as Numbers),
				1e-12,
				"the first step",
			);
		});
	}
});

describe("standard library: data", () => {
	const files = {
		"d.csv": `a,b,y\n${[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `${i},${10 - i * i},${i % 3}`).join("\n")}\n`,
	};

	covers(
		"csv split scale standardize batches",
		"columns, parts without loss, moments of the part `train`",
		() => {
			const text = `precision f64
data d = csv("d.csv", label = "y")
data parts = csv("d.csv", label = "y") |> split(train = 0.75, test = 2, seed = 3)
data scaled = csv("d.csv", label = "y") |> scale(1/2)
data standard = csv("d.csv", label = "y") |> split(train = 0.75, test = 0.25, seed = 3) |> standardize
let x = d.x
let y = d.y
let train = parts.train.x
let labels = parts.train.y
let test = parts.test.x
let halves = scaled.x
let standard_train = standard.train.x
let standard_test = standard.test.x
`;
			for (const result of onBackends(text, { files })) {
				const x = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((i) => [i, 10 - i * i]);
				assert.deepEqual(result.numbers("x"), x);
				assert.deepEqual(result.numbers("y"), [0, 1, 2, 0, 1, 2, 0, 1]);
				assert.deepEqual(
					result.numbers("halves"),
					x.map((v) => v / 2),
				);
				const train = result.numbers("train");
				const test = result.numbers("test");
				assert.deepEqual([train.length, test.length], [12, 4]);
				const firsts = [...train, ...test].filter((_, i) => i % 2 === 0);
				assert.deepEqual([...firsts].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
				assert.deepEqual(
					result.numbers("labels"),
					firsts.slice(0, 6).map((i) => i % 3),
				);
				for (const column of [0, 1]) {
					const own = train.filter((_, i) => i % 2 === column);
					const mean = own.reduce((s, v) => s + v, 0) / own.length;
					const deviation = Math.sqrt(own.reduce((s, v) => s + (v - mean) ** 2, 0) / own.length);
					const of = (name: string) => result.numbers(name).filter((_, i) => i % 2 === column);
					assertClose(
						of("standard_train"),
						own.map((v) => (v - mean) / deviation),
						1e-12,
						"train",
					);
					const others = test.filter((_, i) => i % 2 === column);
					assertClose(
						of("standard_test"),
						others.map((v) => (v - mean) / deviation),
						1e-12,
						"test",
					);
				}
			}
		},
	);

	const binary = (name: string): Uint8Array => readFileSync(fixturePath("data", name));

	covers("parquet arrow idx npy npz safetensors take", "the arrays that NumPy wrote; the first rows", () => {
		const text = `precision f64
data p = parquet("t.parquet", label = "species")
data a = arrow("t.arrow", label = "species")
data i = idx("i.idx", "l.idx")
data z = npz("s.npz", label = "y")
let w = safetensors("w.safetensors")
let values = [p.x, a.x]
let labels = [p.y, a.y, z.y]
let images = i.x
let digits = i.y
let mean = w.mean
let columns = npy("c.npy")
let four = z.take(4).x
let half = z.take(0.5).y
`;
		const files = {
			"t.parquet": binary("table-snappy.parquet"),
			"t.arrow": binary("table.arrow"),
			"i.idx": binary("images.idx"),
			"l.idx": binary("labels.idx"),
			"s.npz": binary("set.npz"),
			"w.safetensors": binary("weights.safetensors"),
			"c.npy": binary("columns-first.npy"),
		};
		const expected = JSON.parse(
			readFileSync(fixturePath("data", "expected.generated.json"), "utf8"),
		) as Record<string, Record<string, { readonly values: number[] }>>;
		const of = (file: string, name: string): number[] => expected[file]?.[name]?.values ?? [];
		for (const result of onBackends(text, { files })) {
			const x = of("table.arrow", "x");
			assert.deepEqual(result.numbers("values"), [...x, ...x]);
			const y = of("table.arrow", "y");
			assert.deepEqual(result.numbers("labels"), [...y, ...y, ...y]);
			assert.deepEqual(result.numbers("images"), of("images.idx", "x"));
			assert.deepEqual(result.numbers("digits"), of("images.idx", "y"));
			assert.deepEqual(result.numbers("mean"), of("weights.safetensors", "mean"));
			assert.deepEqual(result.numbers("columns"), of("columns-first.npy", "x"));
			assert.deepEqual(result.numbers("four"), of("set.npz", "x").slice(0, 12));
			assert.deepEqual(result.numbers("half"), y.slice(0, 3));
		}
	});

	covers("pca", "centred, uncorrelated, of falling variance, and of the whole variance", () => {
		const text = `precision f64
data d = csv("d.csv", label = "y") |> split(train = 6, test = 2, seed = 3)
data p = csv("d.csv", label = "y") |> split(train = 6, test = 2, seed = 3) |> pca(2)
let x = d.train.x
let z = p.train.x
let first = (csv("d.csv", label = "y") |> split(train = 6, test = 2, seed = 3) |> pca(1)).train.x
let test_x = d.test.x
let test_z = p.test.x
`;
		for (const result of onBackends(text, { files })) {
			const [x, z] = [result.numbers("x"), result.numbers("z")];
			const column = (values: number[], j: number): number[] => values.filter((_, i) => i % 2 === j);
			const mean = (values: number[]): number => values.reduce((s, v) => s + v, 0) / values.length;
			const dot = (a: number[], b: number[]): number => mean(a.map((v, i) => v * (b[i] ?? 0)));
			const centred = [0, 1].map((j) => column(x, j).map((v) => v - mean(column(x, j))));
			const [a = [], b = []] = centred;
			const [p = [], q = []] = [column(z, 0), column(z, 1)];
			assertClose([mean(p), mean(q), dot(p, q)], [0, 0, 0], 1e-12, "centred and uncorrelated");
			// The eigenvalues of the covariance in closed form.
			const [trace, determinant] = [dot(a, a) + dot(b, b), dot(a, a) * dot(b, b) - dot(a, b) ** 2];
			const root = Math.sqrt(trace ** 2 / 4 - determinant);
			assertClose([dot(p, p), dot(q, q)], [trace / 2 + root, trace / 2 - root], 1e-9, "variances");
			assertClose(result.numbers("first"), p, 1e-12, "the first axis is that of the largest variance");
			// Distances stay as they are: of a row for testing to one for training, too.
			const distance = (u: number[], v: number[]): number =>
				Math.hypot((u[0] ?? 0) - (v[0] ?? 0), (u[1] ?? 0) - (v[1] ?? 0));
			assertClose(
				[distance(result.numbers("test_z"), z)],
				[distance(result.numbers("test_x"), x)],
				1e-9,
				"the test rows are on the same axes",
			);
		}
	});
});
