import assert from "node:assert/strict";
import {
	assertClose,
	expectValues,
	flat,
	gradientProgram,
	type Numbers,
	onBackends,
	valuesOf,
} from "../support/values.js";
import { covers, declare, declareLabels, fixture, matrixGradient } from "./fixture.js";

const { logits, points, matrix } = fixture;
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
let kept = map([1, 2], identity)
let c = reshape([1.0, 2, 3, 4], [2, 2])
let d = c.T
let e = shape(b)
let f = sin(pi / 6) + cos(pi)
`,
			{
				a: [0, 0, 1, 1, 7, 7, 1, 0, 0, 1],
				b: [1, 0, 0, 0, 1, 0],
				kept: [1, 2],
				c: [1, 2, 3, 4],
				d: [1, 3, 2, 4],
				e: [2, 3],
				f: -0.5,
			},
		);
		assert.deepEqual(valuesOf(gradientProgram("sum(w * stop(w))", [2, 3]), "gradient"), [2, 3]);
	});

	covers("average", "the mean of each weight; of two equal models it is the model", () => {
		expectValues(
			`precision f64
import std.nn { Linear }
let starts = for s in 1..4: seed s { Linear(2, 3) }
let soup = average(starts)
let gap = soup.weight - mean(starts.weight, axis = 0)
let shift = soup.bias - mean(starts.bias, axis = 0)
let same = average(for s in 0..2: seed 7 { Linear(2, 3) }).weight - seed 7 { Linear(2, 3) }.weight
let output = soup([1, 2]) - ([1, 2] @ mean(starts.weight, axis = 0) + mean(starts.bias, axis = 0))
`,
			{
				gap: [0, 0, 0, 0, 0, 0],
				shift: [0, 0, 0],
				same: [0, 0, 0, 0, 0, 0],
				output: [0, 0, 0],
			},
		);
	});

	covers("soft_recall", "the closed form; it follows recall as the logits grow", () => {
		const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
		expectValues(
			`precision f64
import std.metrics { recall, soft_recall }
let x = [2.0, -1, 0.5, 3]
let y = [true, true, false, true]
let a = soft_recall(x, y)
let b = soft_recall(50 * x, y) - recall(for i: x[i] > 0, y)
let c = soft_recall(x, for i: x[i] > 9)
let d = grad(|z: real[4]| soft_recall(z, y))(x)
`,
			{
				a: (sigmoid(2) + sigmoid(-1) + sigmoid(3)) / 3,
				b: 0,
				c: 0,
				d: [2, -1, 0.5, 3].map((v, i) => (i === 2 ? 0 : (sigmoid(v) * (1 - sigmoid(v))) / 3)),
			},
		);
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

	covers("static", "a computed number, whole, real or of two values, is the static one", () => {
		expectValues(
			`precision f64
let at = static(argmax([0.5, 2.5, 1.5]))
let value = static(sqrt([4.0, 9.0, 16.0])[at])
let word = if static(value > 2.5) then 1 else 0
`,
			{ at: 1, value: 3, word: 1 },
		);
	});
});
