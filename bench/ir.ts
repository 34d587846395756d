/**
 * Measures the middle of the compiler: `node dist/bench/ir.js`. A transformer's training step from the checked program
 * to the simplified IR, the sizes of its passes, and the memory of reverse mode through loops.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Backend } from "../compiler/backends/backend.js";
import { wasmBackend } from "../compiler/backends/wasm/index.js";
import { assemble } from "../compiler/backends/wasm/module.js";
import { Builder } from "../compiler/ir/builder.js";
import { type Func, sizeOf, type TensorData } from "../compiler/ir/ir.js";
import { functionKey } from "../compiler/ir/print.js";
import { scan } from "../compiler/ir/regions.js";
import { tensor } from "../compiler/ir/tensor.js";
import { gradients } from "../compiler/transform/reverse.js";
import { simplify } from "../compiler/transform/simplify.js";
import { openProgram } from "../runtime/open.js";
import { ProgramRun } from "../runtime/run.js";

const rounds = 15;

/** Processor time of all threads: the machine may do other work. */
function milliseconds(): number {
	const { user, system } = process.cpuUsage();
	return (user + system) / 1000;
}

function transformer(layers: number): string {
	return `import std.nn { Embedding, TransformerBlock, LayerNorm, Linear }

model Language(symbols: Int, width: Int, layers: Int) where 4 divides width {
  table = Embedding(symbols, width)
  blocks = [for i in 0..layers: TransformerBlock(width, 4, 4 * width, causal = true)]
  norm = LayerNorm(width)
  out = Linear(width, symbols)
  (tokens: int<symbols>[b, t]) -> real[b, t, symbols] =
    out(norm(fold(blocks, table(tokens), |h, block| block(h))))
}

let tokens: int<50>[8, 32] = for b in 8, t in 32: (7 * b + 3 * t) % 50
let next: int<50>[8, 32] = for b in 8, t in 32: (7 * b + 3 * t + 3) % 50

fit language() {
  net = Language(50, 64, ${layers})
  repeat 1 {
    minimize cross_entropy(reshape(net(tokens), [256, 50]), reshape(next, [256])) using sgd(0.1)
  }
}

let result = language()
let forward = for k in 2: cross_entropy(reshape(result.net(tokens), [256, 50]), reshape(next, [256]))
`;
}

/** All equations, those of a region that several share once. */
function irSize(func: Func, seen: Set<string> = new Set()): number {
	const ofRegion = (region: Func): number => {
		const key = functionKey(region);
		if (seen.has(key)) return 0;
		seen.add(key);
		return irSize(region, seen);
	};
	return func.equations.reduce(
		(sum, { regions }) => sum + 1 + regions.reduce((inner, region) => inner + ofRegion(region), 0),
		0,
	);
}

interface Built {
	readonly milliseconds: number;
	readonly step: Func;
	readonly forward: Func;
}

/** Runs the program on a backend that computes nothing: what is left is building the functions. */
function build(text: string): Built {
	const opened = openProgram(join(tmpdir(), "transformer.ansatz"), text);
	const { program, host } = opened;
	const errors = opened.diagnostics.filter((d) => d.severity === "error");
	if (!program || errors.length > 0) throw new Error(errors.map((d) => d.message).join("\n"));
	const compiled: { readonly func: Func; readonly carried: number; readonly at: number }[] = [];
	const backend: Backend = {
		name: "none",
		compile(func, carried) {
			compiled.push({ func, carried, at: milliseconds() });
			const zeros = (rows: readonly number[], type: TensorData["type"]): TensorData => {
				const shape = [...rows, ...type.shape];
				return tensor({ ...type, shape }, new Float64Array(sizeOf(shape)));
			};
			return {
				write() {},
				read: (k) => zeros([], (func.parameters[k] as { readonly type: TensorData["type"] }).type),
				run: (count) => func.results.slice(carried).map(({ type }) => zeros([count], type)),
			};
		},
	};
	const problems: string[] = [];
	const run = new ProgramRun({
		program,
		host,
		backend,
		seed: 0,
		emit: (event) => {
			if (event.kind === "problem" && event.diagnostic.severity === "error")
				problems.push(event.diagnostic.message);
		},
		stopRequested: () => false,
	});
	run.guarded();
	if (problems.length > 0) throw new Error(problems.join("\n"));
	const at = compiled.findIndex(({ carried }) => carried > 1);
	const [before, step, forward] = [
		compiled[at - 1],
		compiled[at],
		compiled.slice(at + 1).find(({ func }) => irSize(func) > 20),
	];
	if (!before || !step || !forward) throw new Error("there is no step");
	return { milliseconds: step.at - before.at, step: step.func, forward: forward.func };
}

function measureTransformer(layers: number): void {
	const text = transformer(layers);
	const times: number[] = [];
	let built = build(text);
	for (let round = 0; round < rounds; round++) {
		built = build(text);
		times.push(built.milliseconds);
	}
	const sorted = [...times].sort((a, b) => a - b);
	const median = sorted[Math.floor(rounds / 2)] as number;
	// A parameter that is updated is `w - 0.1 g`: two equations.
	const leaves = built.step.results.length;
	const forward = irSize(built.forward);
	const backward = irSize(built.step) - forward - 2 * leaves;
	console.log(
		`transformer of ${layers} layers: ${median.toFixed(0)} ms of processor time to the step; forward ${forward} equations, ` +
			`backward ${backward} (${(backward / forward).toFixed(2)} times)`,
	);
}

/** Bytes of the compiled gradient of a loop over `length` turns of a state of 1000 numbers. */
function scanMemory(length: number, checkpoint: boolean): number {
	const builder = new Builder();
	const x = builder.parameter({ element: "f64", shape: [1000] });
	const [y] = scan(builder, { init: [x], length, checkpoint }, (inner, [state]) => ({
		carries: state ? [inner.emit("sin", [inner.emit("exp", [inner.emit("cos", [state])])])] : [],
	}));
	const slopes = y ? gradients(builder, builder.sum(y), [x]) : [];
	return assemble(simplify(builder.build("long", slopes)), 1).size;
}

function scanSeconds(length: number, checkpoint: boolean): number {
	const builder = new Builder();
	const x = builder.parameter({ element: "f64", shape: [1000] });
	const [y] = scan(builder, { init: [x], length, checkpoint }, (inner, [state]) => ({
		carries: state ? [inner.emit("sin", [inner.emit("exp", [inner.emit("cos", [state])])])] : [],
	}));
	const slopes = y ? gradients(builder, builder.sum(y), [x]) : [];
	const executable = wasmBackend.compile(simplify(builder.build("long", slopes)), 1);
	executable.run(1);
	const start = milliseconds();
	executable.run(3);
	return (milliseconds() - start) / 3000;
}

function measureIr(): void {
	for (const layers of [2, 12]) measureTransformer(layers);
	for (const length of [100, 1000, 10_000]) {
		const [plain, sparse] = [scanMemory(length, false), scanMemory(length, true)];
		console.log(
			`reverse mode through ${length} turns of 8 kB: ${(plain / 1e6).toFixed(2)} MB, with checkpoints ${(sparse / 1e6).toFixed(2)} MB`,
		);
	}
	console.log(
		`1000 turns: ${(1000 * scanSeconds(1000, false)).toFixed(0)} ms, with checkpoints ${(1000 * scanSeconds(1000, true)).toFixed(0)} ms`,
	);
}

measureIr();
