/**
 * The same training step here and in JAX, taking turns in one run: `node dist/bench/peers.js PYTHON`, where PYTHON has
 * `jax[cpu]`. One thread each. Medians of five rounds; each round takes the best of seven.
 */
import { spawnSync } from "node:child_process";
import { wasmBackend } from "../compiler/backends/wasm/index.js";
import { sizeOf } from "../compiler/ir/ir.js";
import { tensor } from "../compiler/ir/tensor.js";
import { perceptron } from "./perceptron.js";

const python = process.argv[2] ?? "python3";
const steps = 500;
const oneThread = {
	XLA_FLAGS: "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
	OMP_NUM_THREADS: "1",
};

/** Microseconds a step, and seconds until the first steps are done. */
type Times = readonly [step: number, first: number];

function here(sizes: readonly [number, number, number, number]): Times {
	const started = performance.now();
	const program = perceptron(...sizes);
	const executable = wasmBackend.compile(program, 4);
	program.parameters.forEach(({ type }, k) => {
		const numbers = Float64Array.from({ length: sizeOf(type.shape) }, (_, i) => Math.sin(i + k) / 8);
		executable.write(k, tensor(type, numbers));
	});
	executable.run(steps);
	const first = (performance.now() - started) / 1000;
	let best = Number.POSITIVE_INFINITY;
	for (let round = 0; round < 7; round++) {
		const before = performance.now();
		executable.run(steps);
		best = Math.min(best, ((performance.now() - before) * 1000) / steps);
	}
	return [best, first];
}

function jax(sizes: readonly number[]): Times {
	const args = ["bench/perceptron_jax.py", ...sizes.map(String), String(steps)];
	const { stdout, status, stderr } = spawnSync("taskset", ["-c", "0", python, ...args], {
		encoding: "utf8",
		env: { ...process.env, ...oneThread },
	});
	if (status !== 0) throw new Error(`${python} ${args.join(" ")} failed: ${stderr}`);
	const [step, first] = stdout.trim().split(" ").map(Number);
	return [step ?? Number.NaN, first ?? Number.NaN];
}

function median(values: readonly number[]): number {
	return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

for (const sizes of [
	[16, 32, 32, 10],
	[64, 64, 64, 10],
	[64, 784, 128, 10],
] as const) {
	const rounds = Array.from({ length: 5 }, () => ({ here: here(sizes), jax: jax(sizes) }));
	const [ours, theirs] = [median(rounds.map((r) => r.here[0])), median(rounds.map((r) => r.jax[0]))];
	const [oursFirst, theirsFirst] = [
		median(rounds.map((r) => r.here[1])),
		median(rounds.map((r) => r.jax[1])),
	];
	const [batch, inputs, hidden, outputs] = sizes;
	console.log(
		`perceptron ${inputs}-${hidden}-${outputs}, batch ${batch}: here ${ours.toFixed(0)} us a step, JAX ${theirs.toFixed(0)} us, ` +
			`ratio ${(ours / theirs).toFixed(2)}; the first ${steps} steps here ${oursFirst.toFixed(2)} s, JAX ${theirsFirst.toFixed(2)} s`,
	);
}
