import { expectValues } from "../support/values.js";

describe("names of types", () => {
	it("bind the sizes that a record has, also where they are to be solved for", () => {
		expectValues(
			`precision f64
type Ridge(n, d) = (x: real[n, d], y: real[n])
type Half(n) = (all: Ridge(2 * n, n), scale: real)
fn residual(problem: Ridge(n, d), w: real[d]) -> real[n] = problem.x @ w - problem.y
fn sizes(problem: Ridge(rows, columns)) -> real[2] = [rows, columns]
fn half(data: Half(k)) -> real = k * data.scale
fn doubled(problem: Ridge(n, d)) -> Ridge(d = d, n = n) = (x = 2 * problem.x, y = 2 * problem.y)
let left = residual((x = [[1, 0, 0], [0, 1, 0]], y = [1, 1]), [3, 4, 5])
let both = sizes((x = zeros([4, 3]), y = zeros([4])))
let found = half((all = (x = zeros([6, 3]), y = zeros([6])), scale = 10))
let twice = doubled((x = [[1, 2]], y = [3]))
`,
			{ left: [2, 3], both: [4, 3], found: 30, twice: [2, 4, 6] },
		);
	});

	it("stand for tensors, tuples and functions; lists and ints become what they say", () => {
		expectValues(
			`precision f64
type Batch(n) = real[n, 2]
type Step = (real, int)
type Norm = [n] (real[n]) -> real
fn centre(batch: Batch(n)) -> real[2] = (for j: sum i: batch[i, j]) / n
fn next(step: Step) -> Step = (step.0 / 2, step.1 + 1)
fn norms(f: Norm) -> real = f([1, 2]) + f([1, 2, 3])
fn total(x: real[n]) -> real = sum(x)
let centred = centre([[1, 2], [3, 4]])
let zero: Batch(2) = zeros()
let stepped = next((3, 4))
let both = norms(total)
`,
			{ centred: [2, 3], zero: [0, 0, 0, 0], stepped: [1.5, 5], both: 9 },
		);
	});

	it("of configured models bind the sizes of the model that is given", () => {
		expectValues(
			`precision f64
import std.nn { Linear, MLP }
type Net(k) = MLP([2, 4, k])
type Turned(m, n) = Linear(n, m)
fn turned(layer: Turned(m, n)) -> real[2] = [m, n]
fn sizes(layer: Linear(n, m)) -> real[2] = [n, m]
fn applied(layer: Linear(n, m), x: real[n]) -> real[m] = layer(0 * x) + layer.bias + 1
fn classes(net: Net(k)) -> real = k
fn inner(net: MLP([n, hidden, 3])) -> real = hidden + 100 * n
fn without(layer: Linear(n, m, biased = false), x: real[n]) -> real[m] = layer(0 * x)
let shown = sizes(Linear(3, 2))
let values = applied(Linear(3, 2), [1, 2, 3])
let swapped = turned(Linear(3, 2))
let counted = classes(MLP([2, 4, 5]))
let width = inner(MLP([7, 8, 3]))
let plain = without(Linear(1, 2, biased = false), [3])
`,
			{ shown: [3, 2], values: [1, 1], swapped: [2, 3], counted: 5, width: 708, plain: [0, 0] },
		);
	});
});
