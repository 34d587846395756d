import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { evaluateProgram } from "../support/evaluate.js";
import {
	assertClose,
	expectValues,
	flat,
	gradientProgram,
	type Numbers,
	onBackends,
	valuesOf,
} from "../support/values.js";

/** Made by `test/stdlib/oracle/oracle.py`. */
interface Fixture {
	readonly logits: Readonly<Record<string, Numbers>>;
	readonly points: Readonly<Record<string, Numbers>>;
	readonly matrix: Readonly<Record<string, Numbers>>;
	readonly layers: {
		readonly x: Numbers;
		readonly weights: readonly Numbers[];
		readonly biases: readonly Numbers[];
		readonly linear: Numbers;
		readonly mlp: Numbers;
		readonly mlp_tanh: Numbers;
	};
	readonly optimizers: {
		readonly features: Numbers;
		readonly classes: Numbers;
		readonly start: Numbers;
		readonly steps: number;
		readonly runs: Readonly<Record<string, { readonly values: Numbers; readonly losses: Numbers }>>;
	};
}

const file = new URL("../../../test/stdlib/oracle/oracle.generated.json", import.meta.url);
const fixture = JSON.parse(readFileSync(file, "utf8")) as Fixture;

/** Which of the library's names have an oracle: each `covers` goes with a test. */
const covered = new Set<string>();

function covers(names: string, title: string, test: () => void): void {
	for (const name of names.split(" ")) covered.add(name);
	it(`${names}: ${title}`, test);
}

function shapeOf(numbers: Numbers): number[] {
	return typeof numbers === "number" ? [] : [numbers.length, ...shapeOf(numbers[0] as Numbers)];
}

/** `let name: real[2, 3] = [[..], [..]]`. */
function declare(name: string, numbers: Numbers): string {
	return `let ${name}: real[${shapeOf(numbers).join(", ")}] = ${JSON.stringify(numbers)}`;
}

/** Labels as int<k>: the positions of ones. */
function declareLabels(name: string, labels: readonly number[], classes: number): string {
	const rows = labels.map((label) => Array.from({ length: classes }, (_, c) => Number(c === label)));
	return `${declare(`${name}_rows`, rows)}\nlet ${name} = argmax(${name}_rows, axis = 1)`;
}

/** The gradient of a term of a matrix `w` by one step of `sgd(1)`. */
function matrixGradient(term: string, point: Numbers, setup: string): string {
	return `precision f64
${setup}
${declare("start", point)}
fit probe() {
  param w: real[${shapeOf(point).join(", ")}] = start
  repeat 1 { minimize ${term}  using sgd(1) }
}
let gradient = start - probe().w
`;
}

const { logits, points, matrix, layers, optimizers } = fixture;
const logitsSetup = `${declare("weights", logits.weights as Numbers)}
${declareLabels("labels", flat(logits.labels as Numbers), 4)}`;

describe("standard library: functions of logits", () => {
	covers("softmax log_softmax logsumexp cross_entropy", "SciPy and PyTorch, also of logits of 1000", () => {
		expectValues(
			`precision f64
${declare("x", logits.x as Numbers)}
${logitsSetup}
let a = softmax(x)
let b = log_softmax(x)
let c = logsumexp(x, axis = 1)
let d = cross_entropy(x, labels)
let one = softmax(x[0, :])
`,
			{
				a: logits.softmax as Numbers,
				b: logits.log_softmax as Numbers,
				c: logits.logsumexp as Numbers,
				d: logits.cross_entropy as Numbers,
				one: (logits.softmax as readonly Numbers[])[0] as Numbers,
			},
		);
	});

	covers("softmax log_softmax cross_entropy", "gradients", () => {
		const cases = {
			softmax_gradient: "sum(weights * softmax(w))",
			log_softmax_gradient: "sum(weights * log_softmax(w))",
			cross_entropy_gradient: "cross_entropy(w, labels)",
		};
		for (const [name, term] of Object.entries(cases)) {
			const program = matrixGradient(term, logits.x as Numbers, logitsSetup);
			// The gradient is a difference from logits of 1000: its own error is 1e-13.
			assertClose(valuesOf(program, "gradient"), flat(logits[name] as Numbers), 1e-12, name);
		}
	});

	covers("accuracy", "the share of rows whose largest logit is the label's, ties to the lowest class", () => {
		expectValues(
			`${declareLabels("labels", [0, 1, 1, 2], 3)}
let a = accuracy([[2.0, 1, 0], [1, 1, 0], [0, 3, 1], [5, 0, 5]], labels)
let b = accuracy([[0.0, 1, 0], [1, 1, 0], [0, 3, 1], [5, 0, 6]], labels)
`,
			{ a: 0.5, b: 0.5 },
		);
	});
});

describe("standard library: elementwise functions", () => {
	const x = flat(points.x as Numbers);
	const setup = declare("y", points.y as Numbers);

	covers("relu softplus bce_with_logits sigmoid tanh erf", "SciPy and PyTorch, from -1000 to 1000", () => {
		const text = `precision f64
${declare("x", x)}
${setup}
let a = relu(x)
let b = softplus(x)
let c = sigmoid(x)
let d = tanh(x)
let e = erf(x)
let f = bce_with_logits(x, y)
`;
		const expected = ["relu", "softplus", "sigmoid", "tanh", "erf", "bce_with_logits"];
		expectValues(text, Object.fromEntries(expected.map((name, i) => ["abcdef"[i], points[name] as Numbers])));
		// Where softplus is tiny it is exact to its last digits, not only near 0.
		for (const result of onBackends(text)) {
			result.numbers("b").forEach((value, i) => {
				const exact = flat(points.softplus as Numbers)[i] as number;
				assert.ok(Math.abs(value - exact) <= 1e-13 * exact, `softplus(${x[i]}) = ${value}`);
			});
		}
	});

	covers("relu softplus bce_with_logits", "derivatives, also at 0 and far out", () => {
		assertClose(
			valuesOf(gradientProgram("sum(softplus(w))", x), "gradient"),
			flat(points.softplus_gradient as Numbers),
			1e-12,
			"softplus",
		);
		assertClose(
			valuesOf(gradientProgram("bce_with_logits(w, y)", x, setup), "gradient"),
			flat(points.bce_with_logits_gradient as Numbers),
			1e-12,
			"bce_with_logits",
		);
		assertClose(
			valuesOf(gradientProgram("sum(relu(w))", x), "gradient"),
			x.map((v) => Number(v > 0)),
			1e-12,
			"relu",
		);
		assertClose(
			valuesOf(gradientProgram("sum(relu(-w))", x), "gradient"),
			x.map((v) => -Number(v < 0)),
			1e-12,
			"relu of -w",
		);
	});

	covers(
		"exp log log1p expm1 sqrt sin cos abs sign round ceil floor",
		"JavaScript's, in f32 rounded once",
		() => {
			const values = [0.1, 0.5, 1.5, 2.5, 3.25];
			const functions: Readonly<Record<string, (v: number) => number>> = {
				exp: Math.exp,
				log: Math.log,
				log1p: Math.log1p,
				expm1: Math.expm1,
				sqrt: Math.sqrt,
				sin: Math.sin,
				cos: Math.cos,
				abs: Math.abs,
				sign: Math.sign,
				round: (v) =>
					2 * Math.round(v / 2) === Math.round(v) || v % 1 !== 0.5 ? Math.round(v) : Math.floor(v),
				ceil: Math.ceil,
				floor: Math.floor,
			};
			const lets = Object.keys(functions).map((name) => `let ${name}_value = ${name}(x)`);
			expectValues(
				`${declare("x", values)}\n${lets.join("\n")}`,
				Object.fromEntries(
					Object.entries(functions).map(([name, f]) => [
						`${name}_value`,
						values.map((v) => Math.fround(f(Math.fround(v)))),
					]),
				),
				{ tolerance: 1.2e-7 },
			);
		},
	);

	covers(
		"exp log log1p expm1 sqrt sin cos tanh sigmoid erf abs",
		"derivatives against central differences",
		() => {
			const values = [0.3, 0.7, 1.9];
			for (const name of [
				"exp",
				"log",
				"log1p",
				"expm1",
				"sqrt",
				"sin",
				"cos",
				"tanh",
				"sigmoid",
				"erf",
				"abs",
			]) {
				const h = 1e-5;
				const shifted = (by: number) =>
					valuesOf(`precision f64\nlet y = ${name}([${values.map((v) => v + by).join(", ")}])`, "y");
				const [up, down] = [shifted(h), shifted(-h)];
				const expected = up.map((v, i) => (v - (down[i] as number)) / (2 * h));
				assertClose(valuesOf(gradientProgram(`sum(${name}(w))`, values), "gradient"), expected, 1e-8, name);
			}
		},
	);

	covers("sqrt abs max min norm", "derivatives at kinks are those of the table of conventions", () => {
		const at = (term: string, point: readonly number[]) => valuesOf(gradientProgram(term, point), "gradient");
		assert.deepEqual(at("sum(sqrt(w))", [0, 4]), [0, 0.25]);
		assert.deepEqual(at("sum(abs(w))", [0, -2]), [0, -1]);
		assert.deepEqual(at("norm(w)", [0, 0]), [0, 0]);
		assert.deepEqual(at("max(w)", [3, 3]), [1, 0]);
		assert.deepEqual(at("sum(max(w, 1))", [1, 2]), [0, 1]);
	});
});

describe("standard library: losses, norms and regularizers of matrices", () => {
	covers("mse norm soft_orthogonal", "NumPy and PyTorch, with gradients", () => {
		const setup = `${declare("v", matrix.v as Numbers)}`;
		expectValues(
			`precision f64
${declare("w", matrix.w as Numbers)}
${setup}
let a = mse(w, v)
let b = norm(w)
let c = soft_orthogonal(w)
let zero = soft_orthogonal([[1.0, 0], [0, 1], [0, 0]])
`,
			{ a: matrix.mse as Numbers, b: matrix.norm as Numbers, c: matrix.soft_orthogonal as Numbers, zero: 0 },
		);
		for (const [name, term] of Object.entries({
			mse: "mse(w, v)",
			norm: "norm(w)",
			soft_orthogonal: "soft_orthogonal(w)",
		})) {
			const program = matrixGradient(term, matrix.w as Numbers, setup);
			assertClose(valuesOf(program, "gradient"), flat(matrix[`${name}_gradient`] as Numbers), 1e-12, name);
		}
	});
});

describe("standard library: reductions and tensors", () => {
	covers("sum prod mean max min argmax argmin all any count", "plain loops", () => {
		expectValues(
			`precision f64
let x: real[2, 3] = [[1, -2, 0.5], [4, 4, 2]]
let a = [sum(x), prod(x), mean(x), max(x), min(x)]
let b = [sum(x, axis = 0), max(x, axis = 0), min(x, axis = 0), mean(x, axis = 0), prod(x, axis = 0)]
let c = [argmax(x, axis = 1), argmin(x, axis = 1)]
let big = for i, j: x[i, j] > 1
let d = (all(big), any(big), count(big))
let e = (max(x, 2), min(x, [1, 0, 3]))
`,
			{
				a: [9.5, -32, 9.5 / 6, 4, -2],
				b: [
					[5, 2, 2.5],
					[4, 4, 2],
					[1, -2, 0.5],
					[2.5, 1, 1.25],
					[4, -8, 1],
				],
				c: [
					[0, 0],
					[1, 2],
				],
				d: [0, 1, 3],
				e: [2, 2, 2, 4, 4, 2, 1, -2, 0.5, 1, 0, 2],
			},
		);
	});

	covers("zeros ones full eye identity reshape shape stop pi", "their definition", () => {
		expectValues(
			`precision f64
let a = (zeros([2]), ones([2]), full([2], 7), eye(2))
let b: real[2, 3] = identity()
let c = reshape([1.0, 2, 3, 4], [2, 2])
let d = c.T
let e = shape(b)
let f = sin(pi / 6) + cos(pi)
`,
			{
				a: [0, 0, 1, 1, 7, 7, 1, 0, 0, 1],
				b: [1, 0, 0, 0, 1, 0],
				c: [1, 2, 3, 4],
				d: [1, 3, 2, 4],
				e: [2, 3],
				f: -0.5,
			},
		);
		assert.deepEqual(valuesOf(gradientProgram("sum(w * stop(w))", [2, 3]), "gradient"), [2, 3]);
	});

	covers("len first last init drop pairs indices zip fold", "their definition", () => {
		expectValues(
			`let xs = [3, 1, 4]
let a = [len(xs), first(xs), last(xs)]
let b = [init(xs), drop(xs, 1), [for (p, q) in pairs(xs): p + 10 * q]]
let c = [indices(xs), [for (p, q) in zip(xs, [1, 2, 3]): p * q]]
let d = fold(xs, 0, |s, x| 10 * s + x)
`,
			{ a: [3, 3, 4], b: [3, 1, 1, 4, 13, 41], c: [0, 1, 2, 3, 2, 12], d: 314 },
		);
	});
});

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
});

describe("standard library", () => {
	it("every exported name has an oracle", () => {
		const folder = new URL("../../../stdlib/", import.meta.url);
		const names = readdirSync(folder).flatMap((name) => {
			const text = readFileSync(new URL(name, folder), "utf8");
			return [...text.matchAll(/^export \w+ (\w+)/gm)].map((match) => match[1] as string);
		});
		assert.ok(names.length > 60);
		assert.deepEqual(
			names.filter((name) => !covered.has(name)),
			[],
		);
	});
});
