/** Measures the embedded backend: `node dist/bench/kernels.js`. Times are the best of several runs, on one core. */
import { wasmBackend } from "../compiler/backends/wasm/index.js";
import { Builder } from "../compiler/ir/builder.js";
import type { Func, TensorType } from "../compiler/ir/ir.js";
import { sizeOf } from "../compiler/ir/ir.js";
import { tensor } from "../compiler/ir/tensor.js";
import { perceptron } from "./perceptron.js";

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
