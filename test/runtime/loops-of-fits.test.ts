import assert from "node:assert/strict";
import { hashKey, streamWord, uniform53 } from "../../compiler/ir/philox.js";
import { assertClose, onBackends } from "../support/values.js";

const csv = (rows: number, offset: number) =>
	`v,label\n${Array.from({ length: rows }, (_, i) => `${offset + i},${i % 2}`).join("\n")}\n`;

/** The order of uniform numbers of 53 bits. */
function epochOrder(rows: number, key: readonly [number, number], epoch: number): number[] {
	const numbers = Array.from({ length: rows }, (_, i) =>
		uniform53(streamWord(key, epoch, 2 * i), streamWord(key, epoch, 2 * i + 1)),
	);
	return numbers.map((_, i) => i).sort((a, b) => (numbers[a] ?? 0) - (numbers[b] ?? 0));
}

/** The batches of a stream, as the documents say: each epoch a permutation of its own. */
function batches(
	values: readonly number[],
	rows: number,
	steps: number,
	path: readonly string[],
): number[][] {
	const perEpoch = Math.floor(values.length / rows);
	return Array.from({ length: steps }, (_, step) => {
		const order = epochOrder(values.length, hashKey(0, [...path]), Math.floor(step / perEpoch));
		const at = (step % perEpoch) * rows;
		return [...order.slice(at, at + rows)].map((row) => values[row] ?? Number.NaN);
	});
}

const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;

describe("loops of fits", () => {
	it("streams run side by side: each has batches and epochs of its own, the first one counts", () => {
		const text = `precision f64
data a = csv("a.csv", label = "label")
data b = csv("b.csv", label = "label")
fit f() {
  state seen: real = 0
  for (x, _) in a.batches(2), (u, _) in b.batches(3) epochs 3 {
    seen <- 0.5 * seen + mean(x) + 100 * mean(u)
  }
}
let r = f()
`;
		const [a, b] = [
			[0, 1, 2, 3, 4, 5, 6],
			[10, 11, 12, 13, 14, 15],
		];
		const xs = batches(a, 2, 9, ["f", "rows", "a"]);
		const us = batches(b, 3, 9, ["f", "rows", "b"]);
		let seen = 0;
		xs.forEach((x, i) => {
			seen = 0.5 * seen + mean(x) + 100 * mean(us[i] ?? []);
		});
		for (const result of onBackends(text, { files: { "a.csv": csv(7, 0), "b.csv": csv(6, 10) } }))
			assertClose([result.number("r.seen")], [seen], 1e-12, "batches");
	});

	it("the name of a loop over a range is the number of the turn", () => {
		const text = `precision f64
fit f(from: Int = 2) where 5 >= from {
  param w: real = 0
  state seen: int = 0
  let xs = [1.0, 2, 3, 4, 5]
  for i in from..5 {
    seen <- 10 * seen + i
    minimize (w - xs[i])^2  using sgd(0.5)
  }
  for k in 2 { seen <- 10 * seen + k }
}
let r = f()
let s = f(from = 4)
`;
		for (const result of onBackends(text)) {
			assert.equal(result.number("r.seen"), 23401);
			assert.equal(result.number("r.w"), 5);
			assert.equal(result.number("r.run.steps"), 5);
			assert.deepEqual(result.shape("r.run.history.loss"), [3]);
			assert.equal(result.number("s.seen"), 401);
		}
	});

	it("loops inside a turn nest, and know their turns", () => {
		const text = `precision f64
fit f() {
  state seen: int = 0
  repeat 2 {
    for i in 1..3 { repeat 2 { seen <- 2 * seen + i } }
  }
}
let r = f()
`;
		let seen = 0;
		for (let turn = 0; turn < 2; turn++) for (const i of [1, 1, 2, 2]) seen = 2 * seen + i;
		for (const result of onBackends(text)) assert.equal(result.number("r.seen"), seen);
	});

	it("a step outside the loops is made once", () => {
		const text = `precision f64
fit f() {
  param w: real = 1
  minimize first: w^2  using sgd(0.25)
  let after = w
  repeat 2 { minimize w^2  using sgd(0.25) }
  track after = after
}
let r = f()
`;
		for (const result of onBackends(text)) {
			assert.deepEqual([result.number("r.w"), result.number("r.after")], [0.125, 0.5]);
			assert.deepEqual(result.numbers("r.run.history.loss"), [1, 0.25, 0.0625]);
			assert.equal(result.number("r.run.terms.first"), 1);
		}
	});
});
