import assert from "node:assert/strict";
import { evaluateProgram, runProgramText } from "../support/evaluate.js";
import { assertClose, expectValues } from "../support/values.js";

const setup = `precision f64
import std.nn { Linear }
import std.weights { lora }
model Net() {
  first = Linear(2, 3);  last = Linear(3, 1)
  (x: real[n, 2]) -> real[n] = last(tanh(first(x)))[:, 0]
}
fit train(turns: Int = 3) where turns >= 1 {
  net = Net()
  repeat turns { minimize mse(net([[1, 2], [-1, 0.5]]), [1, 0])  using sgd(0.1) }
}
let nets = for s in 0..3: train(seed = s).net
let x: real[2, 2] = [[0.3, -1], [2, 0.1]]
`;

describe("models as values", () => {
	it("a model is a vector and back, with the same function; a frozen part is not in it", () => {
		expectValues(
			`${setup}
let net = nets[0]
let vector = tree.flatten(net)
let sizes = shape(vector)[0] - count(net.**)
let back = tree.unflatten(vector, nets[1])(x) - net(x)
let far = sum(abs(nets[1](x) - net(x))) > 1e-3
let held = net with { first = frozen(net.first) }
let trained = tree.flatten(held) - vector[9..]
let rest = tree.unflatten(0 * tree.flatten(held), held)(x)
let kept = sum(abs(tree.unflatten(0 * tree.flatten(held), held).first.weight - net.first.weight))
`,
			{ sizes: 0, back: [0, 0], far: 1, trained: [0, 0, 0, 0], rest: [0, 0], kept: 0 },
			{ tolerance: 1e-14 },
		);
	});

	it("an average is that of each parameter, and differences of whole models can be added", () => {
		expectValues(
			`${setup}
let soup = average(nets)
let of_vectors = tree.flatten(soup) - (for i in 13: mean k in 3: tree.flatten(nets[k])[i])
let moved = tree.map(nets[0], nets[1], nets[2], |a, b, c| a + 2 * (b - c))
let by_vectors = tree.flatten(moved) - (tree.flatten(nets[0]) + 2 * (tree.flatten(nets[1]) - tree.flatten(nets[2])))
let of_call = moved(x) - (tanh(x @ moved.first.weight + moved.first.bias) @ moved.last.weight + moved.last.bias)[:, 0]
`,
			{ of_vectors: Array(13).fill(0), by_vectors: Array(13).fill(0), of_call: [0, 0] },
			{ tolerance: 1e-14 },
		);
	});

	it("a fit goes on from any of them", () => {
		const result = evaluateProgram(`${setup}
fit more(start: Net) {
  net = start
  repeat 3 { minimize mse(net([[1, 2], [-1, 0.5]]), [1, 0])  using sgd(0.1) }
}
let again = tree.flatten(more(nets[0]).net)
let whole = tree.flatten(train(6, seed = 0).net)
let soup = more(average(nets)).run.loss
`);
		assertClose(result.numbers("again"), result.numbers("whole"), 1e-14, "three steps and three are six");
		assert.ok(Number.isFinite(result.number("soup")));
	});
});

describe("the cost of a call", () => {
	it("with a loop that only its values end is told to be missing", () => {
		const text = `let w = normal([3, 3])
let cost = macs(|x: real[3]| loop(x, |y| w @ y, until = |y| sum(y^2) < 1).last, ones([3]))
let limited = macs(|x: real[3]| loop(x, |y| w @ y, until = |y| sum(y^2) < 1, limit = 5).last, ones([3]))
`;
		const [problem] = runProgramText(text.replace("let limited", "let unused")).eventsOf("problem");
		assert.deepEqual([problem?.diagnostic.code], ["E0901"]);
		assert.equal(runProgramText(text.split("\n").toSpliced(1, 1).join("\n")).number("limited"), 5 * (9 + 3));
	});
});

describe("a size that is counted from a model", () => {
	it("is told where the model is made in another way than the type says", () => {
		const text = `import std.nn { Linear }
import std.weights { lora }
fn flat(net: Linear(4, 3)) -> real[15] = zeros([count(net.**)])
let plain = Linear(4, 3)
let own = sum(flat(plain) + 1)
let other = sum(flat(plain with { weight by lora(2) }) + 1)
`;
		const run = runProgramText(text);
		assert.equal(run.number("own"), 15);
		const [problem] = run.eventsOf("problem");
		assert.deepEqual([problem?.diagnostic.code], ["E0623"]);
		assert.match(problem?.diagnostic.message ?? "", /declared to give \[15\], and gives \[29\]/);
	});
});

describe("batches of an option", () => {
	it("of more rows than there are are told when the option has its value", () => {
		const text = `data points = (x = for i in 10, j in 3: 1.0 * i * j, y = for i in 10: 1.0 * i)
fit f(k: Int) where k >= 1 {
  param w: real[3] = zeros()
  for (x, y) in points.batches(k) steps 2 { minimize mse(x @ w, y)  using sgd(1e-4) }
}
let fine = f(10).run.steps
let r = f(20)
`;
		const result = runProgramText(text);
		const [problem] = result.eventsOf("problem");
		assert.deepEqual(
			[problem?.diagnostic.code, problem?.diagnostic.message],
			["E0511", "a batch of 20 rows is larger than `points`, which has 10"],
		);
		const { start = 0, end = 0 } = problem?.diagnostic.at ?? {};
		assert.equal(text.slice(start, end), "points.batches(k)");
		assert.equal(result.number("fine"), 2);
	});
});
