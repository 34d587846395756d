import { strict as assert } from "node:assert";
import { perceptron } from "../../bench/perceptron.js";
import { sizeOf } from "../../compiler/ir/ir.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { randomNumbers } from "../support/programs.js";
import { backends } from "../support/run.js";

describe("a training step", () => {
	const [batch, inputs, hidden, outputs] = [16, 12, 9, 4] as const;
	const program = perceptron(batch, inputs, hidden, outputs);
	const losses = backends.map((backend) => {
		const executable = backend.compile(program, 4);
		program.parameters.forEach(({ type }, k) => {
			const oneHot = Array.from({ length: sizeOf(type.shape) }, (_, i) =>
				Math.floor(i / outputs) % outputs === i % outputs ? 1 : 0,
			);
			executable.write(k, tensor(type, k === 5 ? oneHot : randomNumbers(type, k + 1)));
		});
		const [record] = executable.run(60);
		return { loss: Array.from(record?.data ?? []), weights: Array.from(executable.read(0).data) };
	});

	it("lowers the loss", () => {
		for (const { loss } of losses)
			assert.ok((loss.at(-1) as number) < 0.8 * (loss[0] as number), String(loss));
	});

	it("does the same on every backend", () => {
		const [expected, actual] = losses;
		const close = (a: number, b: number | undefined) => Math.abs(a - (b ?? Number.NaN)) < 1e-4;
		assert.ok(actual?.loss.every((x, k) => close(x, expected?.loss[k])));
		assert.ok(actual?.weights.every((x, k) => close(x, expected?.weights[k])));
	});

	it("contracts with matrix products alone", () => {
		const dots = program.equations.filter((equation) => equation.operation === "dot");
		// Two forward, two for the weights, one for the hidden layer, and the sum of targets times likelihoods.
		assert.equal(dots.length, 6);
	});
});
