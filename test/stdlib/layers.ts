import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { assertClose, expectValues, flat, type Numbers, onBackends } from "../support/values.js";
import { covers, declare, shapeOf } from "./fixture.js";
import { expectGradients } from "./gradients.js";

interface Case {
	readonly call: string;
	readonly arguments: readonly Numbers[];
	readonly result: Numbers;
	/** Of the sum of the squares of the result, by each argument. */
	readonly gradients: readonly Numbers[];
}

interface BatchNorm {
	readonly batches: readonly Numbers[];
	readonly factors: Numbers;
	/** Sums of the results in training, weighed by the factors. */
	readonly losses: readonly number[];
	/** Of the first loss, by its batch. */
	readonly gradient: Numbers;
	readonly mean: Numbers;
	readonly variance: Numbers;
	/** The first batch by the moments that were followed. */
	readonly evaluated: Numbers;
}

/** Made by `test/stdlib/oracle/layers.py`. */
const file = new URL("../../../test/stdlib/oracle/layers.generated.json", import.meta.url);
const { batch_norms: batchNorms, ...groups } = JSON.parse(readFileSync(file, "utf8")) as {
	readonly [group: string]: Readonly<Record<string, Case>>;
} & { readonly batch_norms: Readonly<Record<string, BatchNorm>> };

const names =
	"conv conv_transpose max_pool avg_pool global_avg_pool global_max_pool pixel_shuffle upsample Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d LayerNorm RMSNorm GroupNorm Attention GRU LSTM layer_norm batch_norm".split(
		" ",
	);
const gradientTolerance = 1e-10;

function typeOf(numbers: Numbers): string {
	return `real[${shapeOf(numbers).join(", ")}]`;
}

function importsFor(call: string): string {
	const own = names.filter((name) => new RegExp(`\\b${name}\\(`).test(call));
	return own.length > 0 ? `import std.nn { ${own.join(", ")} }` : "";
}

/** The value of each case, and the gradients by its arguments, by a step of a fit whose parameters they are. */
function expectCases(cases: Readonly<Record<string, Case>>): void {
	for (const [name, { call, arguments: given, result, gradients }] of Object.entries(cases)) {
		const letters = given.map((_, i) => "abcdefghijk"[i] as string);
		const parameters = letters.map((letter, i) => `${letter}: ${typeOf(given[i] as Numbers)}`);
		const text = `precision f64
${importsFor(call)}
${given.map((numbers, i) => declare(`${letters[i]}0`, numbers)).join("\n")}
fn value(${parameters.join(", ")}) -> ${typeOf(result)} = ${call}
let y = value(${letters.map((n) => `${n}0`).join(", ")})
fit step() {
${parameters.map((parameter, i) => `  param ${parameter} = ${letters[i]}0`).join("\n")}
  repeat 1 { minimize sum(value(${letters.join(", ")})^2)  using sgd(1) }
}
let moved = step()
${letters.map((n) => `let g_${n} = ${n}0 - moved.${n}`).join("\n")}
`;
		expectCase(name, text, letters, result, gradients);
	}
}

/**
 * The same of layers: a first step puts the parameters where they should be (half of a gradient of squares is the way
 * there), a second one moves the input and the parameters by their gradients.
 */
function expectLayers(cases: Readonly<Record<string, Case>>): void {
	for (const [name, { call, arguments: given, result, gradients }] of Object.entries(cases)) {
		const space = call.lastIndexOf(")") + 1;
		const places = call.slice(space).trim().split(" ");
		const letters = given.map((_, i) => "abcdefghijk"[i] as string);
		const text = `precision f64
${importsFor(call)}
${given.map((numbers, i) => declare(`${letters[i]}0`, numbers)).join("\n")}
fit step() {
  net = ${call.slice(0, space)}
  param a: ${typeOf(given[0] as Numbers)} = a0
  repeat 1 { minimize ${places.map((place, i) => `sum((net.${place} - ${letters[i + 1]}0)^2)`).join(" + ")}  using sgd(0.5) }
  let y0 = net(a)
  track y = y0
  repeat 1 { minimize sum(net(a)^2)  using sgd(1) }
}
let moved = step()
let y = moved.y
let g_a = a0 - moved.a
${places.map((place, i) => `let g_${letters[i + 1]} = ${letters[i + 1]}0 - moved.net.${place}`).join("\n")}
`;
		expectCase(name, text, letters, result, gradients);
	}
}

function expectCase(
	name: string,
	text: string,
	letters: readonly string[],
	result: Numbers,
	gradients: readonly Numbers[],
): void {
	for (const run of onBackends(text)) {
		assertClose(run.numbers("y"), flat(result), 1e-12, name);
		for (const [i, letter] of letters.entries())
			assertClose(
				run.numbers(`g_${letter}`),
				flat(gradients[i] as Numbers),
				gradientTolerance,
				`gradient of ${name} by ${letter}`,
			);
	}
}

describe("standard library: layers against PyTorch", () => {
	covers("conv conv_transpose", "values and gradients, with strides, paddings, dilations, groups", () => {
		expectCases(groups.windows ?? {});
	});
	covers(
		"max_pool avg_pool global_avg_pool global_max_pool pixel_shuffle upsample",
		"values and gradients",
		() => {
			expectCases(groups.pools ?? {});
		},
	);
	covers("gelu silu elu selu leaky_relu softsign hardtanh mish glu", "values and gradients", () => {
		expectCases(groups.activations ?? {});
	});
	covers("causal_mask", "the scores of what comes later are -inf, of any axes in front", () => {
		expectValues(
			`import std.nn { causal_mask }
let s: real[2, 2, 2] = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
let seen = softmax(causal_mask(s))
let kept = sum(for b, i, j: if j <= i then causal_mask(s)[b, i, j] else 0)
`,
			{
				seen: [
					[
						[1, 0],
						[1 / (1 + Math.E), Math.E / (1 + Math.E)],
					],
					[
						[1, 0],
						[1 / (1 + Math.E), Math.E / (1 + Math.E)],
					],
				],
				kept: 28,
			},
			{ tolerance: 1e-6 },
		);
	});

	covers(
		"LayerNorm RMSNorm GroupNorm Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d Attention GRU LSTM",
		"values and gradients by input and parameters",
		() => {
			expectLayers(groups.layers ?? {});
		},
	);

	covers("conv conv_transpose max_pool avg_pool", "one kernel or image for each lane of a binder", () => {
		expectGradients(
			{
				conv: "mix(conv(reshape(w, [1, 3, 4]), reshape(w, [2, 3, 2])))",
				conv_transpose: "mix(conv_transpose(reshape(w, [2, 2, 3]), reshape(w, [2, 3, 2]), stride = 2))",
				max_pool: "mix(max_pool(reshape(w, [3, 4]), 2, stride = 1))",
				avg_pool: "mix(avg_pool(reshape(w, [3, 4]), 2, stride = 1, padding = 1))",
			},
			Array.from({ length: 12 }, (_, i) => Math.sin(3 * i)),
			`import std.nn { conv, conv_transpose, max_pool, avg_pool }
fn mix(x: real[...s]) -> real = sum(x^2 * cos(x))`,
		);
	});

	covers("Embedding TransformerBlock sinusoidal_positions", "their definition", () => {
		const position = (t: number, i: number): number => t / 10000 ** ((2 * Math.floor(i / 2)) / 4);
		expectValues(
			`precision f64
import std.nn { Embedding, TransformerBlock, Attention, LayerNorm, MLP, sinusoidal_positions }
let table = Embedding(5, 3)
let rows = table(argmax([[0.0, 1, 0, 0, 0], [0, 0, 0, 0, 1]], axis = 1))
let same = rows[0, :] - table.weight[1, :]
let p = sinusoidal_positions(3, 4)
let block = TransformerBlock(4, 2, 8)
let x = normal([2, 3, 4])
let y = x + block.attention(block.first(x))
let difference = block(x) - (y + block.mlp(block.second(y)))
`,
			{
				same: [0, 0, 0],
				p: [0, 1, 2].map((t) =>
					[0, 1, 2, 3].map((i) => (i % 2 === 0 ? Math.sin(position(t, i)) : Math.cos(position(t, i)))),
				),
				difference: Array.from({ length: 24 }, () => 0),
			},
		);
	});

	covers("clip lerp dot outer diag diagonal trace tril triu linspace", "plain loops", () => {
		expectValues(
			`precision f64
let a = clip([-2, 0.5, 3], -1, 1)
let b = lerp([0, 1], [1, 3], 0.25)
let c = dot([1, 2], [3, 4])
let d = outer([1, 2], [3, 4])
let e = diag([1, 2])
let f = diagonal([[[1, 2], [3, 4]]])
let g = trace([[1, 2], [3, 4]])
let h = tril([[1, 2], [3, 4]])
let i = triu([[1, 2, 5], [3, 4, 6]])
let j = linspace(-1, 1, 5)
`,
			{
				a: [-1, 0.5, 1],
				b: [0.25, 1.5],
				c: 11,
				d: [
					[3, 4],
					[6, 8],
				],
				e: [
					[1, 0],
					[0, 2],
				],
				f: [[1, 4]],
				g: 5,
				h: [
					[1, 0],
					[3, 4],
				],
				i: [
					[1, 2, 5],
					[0, 4, 6],
				],
				j: [-1, -0.5, 0, 0.5, 1],
			},
		);
	});
});

describe("standard library: modes", () => {
	covers("Dropout dropout eval", "x, unless for training; the gradient is 0 where x is left out", () => {
		const [result] = onBackends(`precision f64
import std.nn { Dropout }
let same = Dropout(0.9)([1, 2, 3])
let evaluated = eval(Dropout(0.9))([1, 2, 3])
fit step() {
  drop = Dropout(0.25);  param w: real[1000] = ones([1000])
  repeat 1 { minimize sum(drop(w))  using sgd(1) }
}
let gradient = ones([1000]) - step().w
`);
		const gradient = result?.numbers("gradient") ?? [];
		assert.deepEqual(result?.numbers("same"), [1, 2, 3]);
		assert.deepEqual(result?.numbers("evaluated"), [1, 2, 3]);
		const left = gradient.filter((g) => Math.abs(g - 4 / 3) < 1e-12).length;
		assert.equal(left + gradient.filter((g) => g === 0).length, 1000);
		assert.ok(Math.abs(left - 750) < 5 * Math.sqrt(1000 * 0.25 * 0.75), `${left} of 1000 are left`);
	});

	covers("layer_norm batch_norm", "values and gradients", () => {
		expectCases(groups.norms ?? {});
	});

	for (const [layer, numbers] of Object.entries(batchNorms)) {
		covers(layer, "PyTorch: three batches in training, the running moments, evaluation", () => {
			expectBatchNorm(layer, numbers);
		});
	}
});

/** The layer itself, or its only part, keeps the moments. */
function expectBatchNorm(layer: string, numbers: BatchNorm): void {
	const { batches, factors, losses, gradient, mean, variance, evaluated } = numbers;
	const type = typeOf(batches[0] as Numbers);
	const norm = layer === "BatchNorm1d" || layer === "BatchNorm3d" ? "r.norm.norm" : "r.norm";
	const text = `precision f64
import std.nn { ${layer} }
${batches.map((x, i) => declare(`x${i}`, x)).join("\n")}
${declare("factors", factors)}
fit f() {
  norm = ${layer}(3);  param x: ${type} = x0
${[0, 1, 2].map((i) => `  repeat 1 { minimize sum(norm(x${i}) * factors)  using sgd(0) }`).join("\n")}
  track evaluated = norm(x0)
}
fit slope() {
  norm = ${layer}(3);  param x: ${type} = x0
  repeat 1 { minimize sum(norm(x) * factors)  using sgd(1) }
}
let r = f()
let (mean, variance, evaluated) = (${norm}.running_mean, ${norm}.running_variance, r.evaluated)
let gradient = x0 - slope().x
`;
	for (const run of onBackends(text)) {
		assertClose(run.numbers("mean"), flat(mean), 1e-13, "running mean");
		assertClose(run.numbers("variance"), flat(variance), 1e-13, "running variance");
		assertClose(run.numbers("evaluated"), flat(evaluated), 1e-12, "evaluation");
		assertClose(run.numbers("gradient"), flat(gradient), 1e-11, "gradient");
		assertClose(run.eventsOf("fit-finished")[0]?.history ?? [], losses, 1e-11, "losses");
	}
}
