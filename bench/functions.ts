/**
 * Elementary functions, reductions and thin products of the embedded backend: `node dist/bench/functions.js`. The best
 * of many short runs; for functions beside that of their definitions in a loop of JavaScript.
 */
import { wasmBackend } from "../compiler/backends/wasm/index.js";
import { Builder } from "../compiler/ir/builder.js";
import { sizeOf, type Value } from "../compiler/ir/ir.js";
import { unaryScalars } from "../compiler/ir/scalar.js";
import { tensor } from "../compiler/ir/tensor.js";

const rounds = 31;
const count = 28800;
const elements = ["f32", "f64"] as const;
type Float = (typeof elements)[number];

/** Microseconds of one call. */
function best(calls: number, run: (calls: number) => void): number {
	// Long enough for the optimizing compiler, which works beside.
	for (const start = performance.now(); performance.now() - start < 100; ) run(calls);
	let least = Number.POSITIVE_INFINITY;
	for (let round = 0; round < rounds; round++) {
		const start = performance.now();
		run(calls);
		least = Math.min(least, ((performance.now() - start) * 1000) / calls);
	}
	return least;
}

/** Microseconds of the result of an expression of the IR; nothing of it is shared by steps. */
function measure(make: (builder: Builder) => Value, calls: number): number {
	const builder = new Builder();
	const program = builder.build("measured", [make(builder)]);
	const executable = wasmBackend.compile(program, 0);
	program.parameters.forEach(({ type }, k) => {
		const numbers = Float64Array.from({ length: sizeOf(type.shape) }, (_, i) => Math.sin(i + k) * 3 + 3.01);
		executable.write(k, tensor(type, numbers));
	});
	return best(calls, (n) => {
		executable.run(n);
	});
}

function definition(operation: string, element: Float): number {
	const f = unaryScalars[operation]?.float as (x: number) => number;
	const [from, to] =
		element === "f32"
			? [new Float32Array(count), new Float32Array(count)]
			: [new Float64Array(count), new Float64Array(count)];
	for (let i = 0; i < count; i++) from[i] = Math.sin(i) * 3 + 3.01;
	return best(2, (n) => {
		for (let call = 0; call < n; call++) for (let i = 0; i < count; i++) to[i] = f(from[i] as number);
	});
}

console.log("nanoseconds an element: f32, its definition, ratio; f64, its definition, ratio");
for (const operation of "exp expm1 log log1p tanh sigmoid erf sin cos".split(" ")) {
	const numbers = elements.flatMap((element) => {
		const here = measure(
			(builder) => builder.emit(operation, [builder.parameter({ element, shape: [count] })]),
			10,
		);
		const there = definition(operation, element);
		return [((here / count) * 1e3).toFixed(1), ((there / count) * 1e3).toFixed(1), (there / here).toFixed(1)];
	});
	console.log(`${operation}: ${numbers.join(" ")}`);
}

const products = [
	[[600, 48], [48, 1], 0],
	[[1, 256], [256, 256], 0],
	[[600, 1], [1, 48], 0],
	[[600, 48], [48, 4], 0],
	[[6, 600, 48], [6, 48, 48], 1],
] as const;

console.log("microseconds: f32, f64");
for (const [left, right, batch] of products) {
	const times = elements.map((element) =>
		measure((builder) => {
			const [a, b] = [left, right].map((shape) => builder.parameter({ element, shape: [...shape] }));
			const axes = batch === 1 ? [0] : [];
			return builder.emit("dot", [a as Value, b as Value], {
				contract: [[1 + batch], [batch]],
				batch: [axes, axes],
			});
		}, 20).toFixed(1),
	);
	console.log(`[${left.join(", ")}] @ [${right.join(", ")}]: ${times.join(" ")}`);
}
for (const [axes, what] of [
	[[0], "columns"],
	[[1], "rows"],
	[[0, 1], "all"],
] as const) {
	const times = elements.map((element) =>
		measure(
			(builder) =>
				builder.emit("reduce_sum", [builder.parameter({ element, shape: [600, 48] })], { axes: [...axes] }),
			40,
		).toFixed(1),
	);
	console.log(`sum of [600, 48] by ${what}: ${times.join(" ")}`);
}
