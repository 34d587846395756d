import assert from "node:assert/strict";
import { runProgramText } from "../support/evaluate.js";
import { assertClose, onBackends } from "../support/values.js";

const head = `precision f64
import std.nn { MLP }
let net = MLP([2, 8, 4, 1])
let x = normal([5, 2])
`;

describe("activations that are captured by path", () => {
	it("are those of the parts, at the host, in binders and in functions", () => {
		const text = `${head}
let first: real[5, 8] = capture(net(x), net.layers[0])
let second: real[5, 4] = capture(net(x), net.layers[1])
let rows: real[5, 8] = for i in 5: { let row: real[8] = capture(net(x[i, :]), net.layers[0]);  row }
fn hidden(net: MLP([2, 8, 4, 1]), x: real[n, 2]) -> real[n, 8] = capture(net(x), net.layers[0])
let called = hidden(net, x)
let evaluated: real[5, 8] = capture(eval(net)(x), net.layers[0])
let expected = net.layers[0](x)
let expected_second = net.layers[1](relu(expected))
`;
		for (const result of onBackends(text)) {
			const expected = result.numbers("expected");
			for (const name of ["first", "rows", "called", "evaluated"])
				assertClose(result.numbers(name), expected, 1e-12, name);
			assertClose(result.numbers("second"), result.numbers("expected_second"), 1e-12, "second");
		}
	});

	it("are derived through, up to the part and no further", () => {
		const text = `${head}
fn size(net: MLP([2, 8, 4, 1]), x: real[n, 2]) -> real = {
  let h: real[n, 4] = capture(net(x), net.layers[1])
  mean(h^2)
}
fn direct(net: MLP([2, 8, 4, 1]), x: real[n, 2]) -> real = mean(net.layers[1](relu(net.layers[0](x)))^2)
let (a, b) = (grad(size)(net, x), grad(direct)(net, x))
let apart = norm(a.layers[0].weight - b.layers[0].weight) + norm(a.layers[1].weight - b.layers[1].weight)
let moved = norm(a.layers[0].weight)
let behind = norm(a.layers[2].weight)
`;
		for (const result of onBackends(text)) {
			assertClose(result.numbers("apart"), [0], 1e-12, "both gradients");
			assert.ok(result.number("moved") > 0.01);
			assert.equal(result.number("behind"), 0);
		}
	});

	it("are trained through, and tracked, in the turns of a fit", () => {
		const trained = (hidden: string) => `${head}
fit f() {
  net = MLP([2, 8, 4, 1])
  repeat 20 {
    let hidden: real[5, 8] = ${hidden}
    minimize mse(net(x)[:, 0], x[:, 0]) + mean(hidden^2)  using sgd(0.1)
    track size = mean(hidden^2)
  }
}
let r = f()
`;
		for (const [k, result] of onBackends(trained("capture(net(x), net.layers[0])")).entries()) {
			const plain = onBackends(trained("net.layers[0](x)"))[k];
			const sizes = plain?.numbers("r.run.history.size") ?? [];
			assertClose(result.numbers("r.run.history.size"), sizes, 1e-12, "sizes");
			assert.ok((sizes.at(-1) ?? 1) < (sizes[0] ?? 0));
		}
	});

	const problemOf = (text: string): string[] =>
		runProgramText(head + text)
			.eventsOf("problem")
			.map((e) => `${e.diagnostic.code} ${e.diagnostic.message}`);

	it("of a part that is not called there once, or of another shape than declared, are an error (E0618)", () => {
		assert.deepEqual(problemOf("let h: real[5, 4] = capture(net.layers[0](x), net.layers[1])"), [
			"E0618 this part is not called where its value is captured",
		]);
		assert.deepEqual(problemOf("let h: real[5, 8] = capture((net(x), net(x)), net.layers[0])"), [
			"E0618 this part is called 2 times where its value is captured: which is meant?",
		]);
		assert.deepEqual(problemOf("let h: real[5, 8] = capture(for i in 5: net(x[i, :]), net.layers[0])"), [
			"E0618 this part is called in a loop, a binder or a branch, out of which its value cannot be captured",
		]);
		assert.deepEqual(
			problemOf("let h: real[4, 8] = capture(scan(x, 0.0, |s, row| (s + sum(net(row)), s)), net.layers[0])"),
			[
				"E0618 this part is called in a loop, a binder or a branch, out of which its value cannot be captured",
			],
		);
		assert.deepEqual(problemOf("let h: real[4, 8] = capture(net(x), net.layers[0])"), [
			"E0618 this part gave [5, 8], and declared is [4, 8]",
		]);
	});
});
