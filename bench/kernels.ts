/** Measures the embedded backend: `node dist/bench/kernels.js`. Times are the best of several runs, on one core. */
import { wasmBackend } from "../compiler/backends/wasm/index.js";
import { Builder } from "../compiler/ir/builder.js";
import type { Func, TensorType, Value } from "../compiler/ir/ir.js";
import { sizeOf } from "../compiler/ir/ir.js";
import { tensor } from "../compiler/ir/tensor.js";
import { gradients } from "../compiler/transform/reverse.js";
import { simplify } from "../compiler/transform/simplify.js";

const rounds = 7;

/** Seconds of one step. */
function measure(program: Func, carried: number, steps: number): number {
	const executable = wasmBackend.compile(program, carried);
	program.parameters.forEach(({ type }, k) => {
		const numbers = Float64Array.from({ length: sizeOf(type.shape) }, (_, i) => Math.sin(i + k) / 8);
		executable.write(k, tensor(type, numbers));
	});
	executable.run(steps);
	let best = Number.POSITIVE_INFINITY;
	for (let round = 0; round < rounds; round++) {
		const start = performance.now();
		executable.run(steps);
		best = Math.min(best, (performance.now() - start) / steps / 1000);
	}
	return best;
}

function matrixProduct(element: "f32" | "f64", n: number): void {
	const builder = new Builder();
	const type: TensorType = { element, shape: [n, n] };
	const [a, b] = [builder.parameter(type), builder.parameter(type)];
	const product = builder.emit("dot", [a, b], { contract: [[1], [0]], batch: [[], []] });
	const program = builder.build("product", [product, b]);
	const seconds = measure(program, 1, Math.max(2, Math.floor(2e8 / n ** 3)));
	console.log(`dot ${element} ${n}^3: ${((2 * n ** 3) / seconds / 1e9).toFixed(1)} GFLOP/s`);
}

/** One step of gradient descent on a perceptron with one hidden layer and cross entropy. */
export function perceptron(batch: number, inputs: number, hidden: number, outputs: number): Func {
	const builder = new Builder();
	const parameter = (...shape: number[]) => builder.parameter({ element: "f32", shape });
	const weights = [
		parameter(inputs, hidden),
		parameter(hidden),
		parameter(hidden, outputs),
		parameter(outputs),
	];
	const [w1, b1, w2, b2] = weights as [Value, Value, Value, Value];
	const [x, y] = [parameter(batch, inputs), parameter(batch, outputs)];
	const layer = (input: Value, w: Value, b: Value): Value => {
		const product = builder.emit("dot", [input, w], { contract: [[1], [0]], batch: [[], []] });
		return builder.emit("add", [product, builder.broadcast(b, product.type.shape)]);
	};
	const before = layer(x, w1, b1);
	const logits = layer(builder.emit("max", [before, builder.zeros(before.type)]), w2, b2);
	const largest = builder.emit("stop_gradient", [builder.emit("reduce_max", [logits], { axes: [1] })]);
	const shifted = builder.emit("sub", [logits, builder.broadcast(largest, [batch, outputs], [0])]);
	const total = builder.emit("log", [builder.sum(builder.emit("exp", [shifted]), [1])]);
	const likelihood = builder.emit("sub", [shifted, builder.broadcast(total, [batch, outputs], [0])]);
	const sum = builder.sum(builder.emit("mul", [y, likelihood]));
	const loss = builder.emit("mul", [sum, builder.scalar(-1 / batch, "f32")]);
	const slopes = gradients(builder, loss, weights);
	const updated = weights.map((weight, k) => {
		const step = builder.emit("mul", [slopes[k] as Value, builder.fill(0.01, weight.type)]);
		return builder.emit("sub", [weight, step]);
	});
	return simplify(builder.build("step", [...updated, loss]));
}

for (const n of [64, 128, 256, 512]) matrixProduct("f32", n);
matrixProduct("f64", 256);
for (const [batch, inputs, hidden, outputs] of [
	[64, 64, 64, 10],
	[64, 784, 128, 10],
] as const) {
	const program = perceptron(batch, inputs, hidden, outputs);
	const seconds = measure(program, 4, 200);
	console.log(
		`perceptron ${inputs}-${hidden}-${outputs}, batch ${batch}: ${(seconds * 1e6).toFixed(0)} us a step, ` +
			`${program.equations.length} equations`,
	);
}
