import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import type { RunEvent } from "../../runtime/events.js";
import { openProgram } from "../../runtime/open.js";
import { ProgramRun } from "../../runtime/run.js";
import { writeAtomically } from "../../runtime/store/atomic.js";
import { RunStore, type StoreOptions } from "../../runtime/store/run-store.js";
import { decodeTensors, encodeTensors } from "../../runtime/store/tensor-file.js";
import { Evaluated } from "../support/evaluate.js";

const table = `v,label\n${Array.from({ length: 40 }, (_, i) => `${Math.sin(i)},${i % 2}`).join("\n")}\n`;

interface Change {
	readonly width?: number;
	readonly rate?: number;
	readonly check?: string;
	readonly before?: string;
	readonly turns?: number;
}

/** Everything that a checkpoint holds: optimizers' states, streams, inner loops, draws, tracks that end a loop. */
const program = ({
	width = 3,
	rate = 0.01,
	check = "r.run.loss < 1e9",
	before = "",
	turns = 400,
}: Change = {}) => `
data rows = csv("rows.csv", label = "label")
${before}
fit noisy() {
  param w: real[${width}] = normal(scale = 1)
  param b: real = 0
  state average: real = 0
  repeat 50 { minimize mean(w^2)  using adam(${rate}) }
  for (x, y) in rows.batches(7) steps ${turns} until stalls(.size, 300) {
    repeat 3 { minimize mean((w + normal([${width}]))^2)  wrt w  using momentum(0.01) }
    minimize
      data: mean((mean(w) * x[:, 0] + b - y)^2)
      tie:  0.1 * sum(w^2)
    using adam(${rate})
    average <- 0.9 * average + 0.1 * b
    track size = sum(w^2)
    track rest = sum(w) every 10 steps
  }
}
let r = noisy()
check ${check}
`;

describe("what is kept of runs", () => {
	let folder = "";

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "ansatz-store-"));
		writeFileSync(join(folder, "rows.csv"), table);
	});

	afterEach(() => rmSync(folder, { recursive: true, force: true }));

	interface How extends StoreOptions {
		/** After so many reports of progress. */
		readonly stopAfter?: number;
		readonly withoutStore?: boolean;
		/** Called before the run, after checking. */
		readonly meanwhile?: () => void;
	}

	function run(text: string, how: How = {}): Evaluated {
		const file = join(folder, "test.ansatz");
		const opened = openProgram(file, text);
		const errors = opened.diagnostics.filter((d) => d.severity === "error").map((d) => d.message);
		assert.ok(opened.program && errors.length === 0, errors.join("\n"));
		how.meanwhile?.();
		const events: RunEvent[] = [];
		const { stopAfter = Number.POSITIVE_INFINITY, withoutStore = false } = how;
		const made = new ProgramRun({
			program: opened.program,
			host: opened.host,
			backend: wasmBackend,
			seed: 0,
			emit: (event) => events.push(event),
			stopRequested: () => events.filter((e) => e.kind === "progress").length >= stopAfter,
			...(!withoutStore && { store: new RunStore(file, { leastSeconds: 0, ...how }) }),
		});
		return new Evaluated(made, events, made.guarded());
	}

	const finished = (result: Evaluated) => result.eventsOf("fit-finished").at(-1);
	const problems = (result: Evaluated) => result.eventsOf("problem").map((e) => e.diagnostic);
	const values = [
		"r.w",
		"r.b",
		"r.average",
		"r.size",
		"r.run.loss",
		"r.run.steps",
		"r.run.converged",
		"r.run.terms.data",
		"r.run.history.loss",
		"r.run.history.size",
		"r.run.history.rest",
	];

	/** Bit for bit. */
	function assertSame(actual: Evaluated, expected: Evaluated): void {
		for (const name of values) assert.deepEqual(actual.numbers(name), expected.numbers(name), name);
	}

	it("an equal run happens once: it gives the same digits, and says that nothing ran", () => {
		const plain = run(program(), { withoutStore: true });
		const first = run(program());
		const second = run(program());
		assert.equal(finished(first)?.kept, undefined);
		assert.equal(finished(second)?.kept, true);
		assert.equal(second.eventsOf("progress").length, 0);
		assertSame(first, plain);
		assertSame(second, plain);
	});

	it("a loop that ends by the clock is run each time, and goes on with the time that it has left", () => {
		const text = (seconds: number) => `fit f() {
  param w: real = 1
  repeat 1000000000 until ${seconds} seconds { minimize w^2  using sgd(1e-3) }
}
let r = f()
`;
		const steps = (result: Evaluated) => finished(result)?.steps ?? 0;
		assert.ok(steps(run(text(0.05))) > 0);
		const again = run(text(0.05));
		assert.equal(finished(again)?.kept, undefined);
		assert.ok(steps(again) > 0);
		const stopped = run(text(1000), { stopAfter: 1 });
		assert.equal(stopped.exitCode, 130);
		// The time before it was stopped counts.
		const resumed = run(text(1e-6), { resume: true });
		assert.match(finished(resumed)?.notes?.join() ?? "", /^went on from step \d+,its time was over/);
		assert.ok(steps(resumed) > steps(stopped));
	});

	it("a kept loop tells whether its condition held", () => {
		for (const [turns, converged] of [
			[9, 1],
			[7, 1],
			[6, 0],
		]) {
			const text = `fit f() {
  param w: real = 10
  repeat ${turns} until w < 3.5 { minimize w  using sgd(1) }
}
let r = f()
`;
			assert.equal(run(text).number("r.run.converged"), converged);
			const again = run(text);
			assert.deepEqual([finished(again)?.kept, again.number("r.run.converged")], [true, converged]);
			assert.equal(finished(again)?.status, converged ? "finished" : "unconverged");
		}
	});

	it("editing a check, a comment or another declaration runs nothing again", () => {
		run(program());
		for (const text of [
			program({ check: "r.run.steps > 1" }),
			`// new\n${program()}`,
			program({ before: "fn other(x: real) -> real = x + 1\nlet unused_before = other(2)" }),
		])
			assert.equal(finished(run(text))?.kept, true, text);
	});

	it("what a run depends on makes it another: code, data, seed; `fresh` uses nothing", () => {
		run(program());
		assert.equal(finished(run(program({ rate: 0.02 })))?.kept, undefined);
		assert.equal(finished(run(program({ turns: 401 })))?.kept, undefined);
		assert.equal(finished(run(program().replace("noisy()\n", "noisy(seed = 1)\n")))?.kept, undefined);
		assert.equal(finished(run(program(), { fresh: true }))?.kept, undefined);
		writeFileSync(join(folder, "rows.csv"), table.replace(",0\n", ",1\n"));
		assert.equal(finished(run(program()))?.kept, undefined);
	});

	it("a fit that diverged is kept with its status", () => {
		const text =
			"fit f() {\n  param w: real = 1\n  repeat 50 { minimize w^4  using sgd(10) }\n}\nlet r = f()\n";
		const [first, second] = [run(text), run(text)];
		assert.equal(finished(second)?.kept, true);
		for (const result of [first, second]) {
			assert.equal(finished(result)?.status, "diverged");
			assert.deepEqual(
				problems(result).map((d) => d.code),
				["E0602"],
			);
		}
		assert.equal(finished(first)?.reason, finished(second)?.reason);
		assert.deepEqual(first.numbers("r.run.history.loss"), second.numbers("r.run.history.loss"));
	});

	it("a violation that was not finite is kept as it was", () => {
		const text =
			"fit f() {\n  param w: real[3] = [1, 2, 3]\n  subject to small: sum(w^2) <= 1 by penalty(weight = 10)\n" +
			"  repeat 50 { minimize sum(w^4)  using sgd(1e4) }\n}\nlet r = f()\n";
		const [first, second] = [run(text), run(text)];
		assert.equal(finished(second)?.kept, true);
		assert.equal(first.numbers("r.run.history.violations.small")[2], Number.POSITIVE_INFINITY);
		for (const name of ["r.run.history.violations.small", "r.run.history.multipliers.small"])
			assert.deepEqual(second.numbers(name), first.numbers(name));
	});

	it("a run that was stopped goes on bit for bit as without the stop, wherever that was", () => {
		const plain = run(program(), { withoutStore: true });
		for (const stopAfter of [1, 2, 4, 7, 9]) {
			const stopped = run(program(), { stopAfter });
			assert.equal(stopped.exitCode, 130);
			assert.match(
				finished(stopped)?.notes?.join() ?? "",
				/^saved at step \d+: go on with `ansatz run .* --resume`$/,
			);
			const resumed = run(program(), { resume: true, leastSeconds: Number.POSITIVE_INFINITY });
			assert.match(finished(resumed)?.notes?.join() ?? "", /^went on from step \d+$/);
			assertSame(resumed, plain);
			assert.deepEqual(problems(resumed), []);
			rmSync(join(folder, ".ansatz"), { recursive: true });
		}
	});

	it("multipliers, violations and their histories are kept, and go on", () => {
		const text = `
fit held() {
  param w: real[3] = [1, 2, 3]
  subject to small: norm(w) <= 1 by lagrangian(rate = 0.05)
  for t in 0..400 {
    let gap = w[0] - w[1]
    subject to level: gap >= 0 by augmented
    minimize sum((w - [1, 2, 2])^2)  using adam(0.01)
  }
}
let r = held()
`;
		const names = [
			"r.w",
			"r.run.violations.small",
			"r.run.violations.level",
			"r.run.multipliers.small",
			"r.run.multipliers.level",
			"r.run.history.violations.small",
			"r.run.history.multipliers.level",
		];
		const plain = run(text, { withoutStore: true });
		run(text, { stopAfter: 4 });
		const resumed = run(text, { resume: true });
		const kept = run(text);
		assert.match(finished(resumed)?.notes?.join() ?? "", /went on/);
		assert.equal(finished(kept)?.kept, true);
		for (const result of [resumed, kept])
			for (const name of names) assert.deepEqual(result.numbers(name), plain.numbers(name), name);
	});

	it("a run may be stopped again and again", () => {
		const plain = run(program(), { withoutStore: true });
		run(program(), { stopAfter: 1 });
		for (let i = 0; i < 3; i++) assert.equal(run(program(), { resume: true, stopAfter: 2 }).exitCode, 130);
		assertSame(run(program(), { resume: true }), plain);
	});

	it("a checkpoint of another program is refused, with the paths that differ", () => {
		run(program(), { stopAfter: 6 });
		const result = run(program({ width: 4 }), { resume: true, stopAfter: 6 });
		assert.equal(result.exitCode, 2);
		const [problem] = problems(result);
		assert.equal(problem?.code, "E0610");
		assert.match(problem?.message ?? "", /`w` was f32\[3\] and is f32\[4\]/);
		const [other] = problems(run(program({ turns: 500 }), { resume: true }));
		assert.equal(other?.message, "the checkpoint is of another program: what the loop is told is another");
		// It is still there for the program that it is of.
		assert.deepEqual(problems(run(program(), { resume: true })), []);
	});

	it("a checkpoint that is cut short or changed is refused", () => {
		run(program(), { stopAfter: 4 });
		const file = join(folder, ".ansatz", "test.checkpoint.safetensors");
		const bytes = readFileSync(file);
		const changed = Buffer.from(bytes);
		changed[bytes.length - 5] = (changed[bytes.length - 5] ?? 0) ^ 1;
		for (const broken of [bytes.subarray(0, 5), bytes.subarray(0, 200), bytes.subarray(0, -3), changed]) {
			writeFileSync(file, broken);
			const result = run(program(), { resume: true });
			assert.equal(result.exitCode, 2);
			assert.deepEqual(
				problems(result).map((d) => d.code),
				["E0611"],
			);
		}
		writeFileSync(file, bytes);
		assert.equal(run(program(), { resume: true }).exitCode, 0);
	});

	it("a kept result that is damaged is computed again", () => {
		const first = run(program());
		const kept = join(folder, ".ansatz", "kept");
		for (const name of readdirSync(kept)) writeFileSync(join(kept, name), "half");
		const second = run(program());
		assert.equal(finished(second)?.kept, undefined);
		assertSame(second, first);
	});

	it("a full disk leaves the old checkpoint, is told once, and the run goes on", () => {
		run(program(), { stopAfter: 4 });
		const file = join(folder, ".ansatz", "test.checkpoint.safetensors");
		const before = readFileSync(file);
		const full = (path: string): void => {
			// As writing does: the file beside it is begun, and then there is no room.
			writeFileSync(`${path}.part`, "begun");
			throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
		};
		const result = run(program(), { write: full, checkpointSeconds: 0 });
		assert.equal(result.exitCode, 0);
		assert.deepEqual(
			problems(result).map((d) => d.code),
			["E0612"],
		);
		assert.match(problems(result)[0]?.message ?? "", /no space left/);
		assert.deepEqual(readFileSync(file), before);
		assert.throws(() => writeAtomically(join(folder, "none", "file"), new Uint8Array(3)));
		assert.deepEqual(
			readdirSync(folder).filter((name) => name.endsWith(".part")),
			[],
		);
	});

	it("without a checkpoint there is a warning, and the run begins anew", () => {
		const none = run(program(), { resume: true });
		assert.deepEqual(
			problems(none).map((d) => d.code),
			["E0613"],
		);
		assert.equal(none.exitCode, 0);
		rmSync(join(folder, ".ansatz"), { recursive: true });
		run(program(), { stopAfter: 4 });
		const other = run("let x = 1\n", { resume: true });
		assert.match(problems(other)[0]?.message ?? "", /no fit went on from the checkpoint of `noisy\(\)`/);
	});

	it("a data file that changes after checking is not read", () => {
		const file = join(folder, "rows.csv");
		const result = run(program(), {
			meanwhile: () => {
				writeFileSync(file, `${table}0.5,1\n`);
				utimesSync(file, new Date(), new Date(Date.now() + 5000));
			},
		});
		assert.equal(result.exitCode, 2);
		assert.deepEqual(
			problems(result).map((d) => d.code),
			["E0523"],
		);
	});
});

describe("files of tensors", () => {
	it("hold numbers of every element, nan and infinities among them, and facts", () => {
		const tensors = new Map([
			["a", { type: { element: "f64", shape: [2, 2] }, data: Float64Array.of(1, Number.NaN, -0, 1e300) }],
			["b", { type: { element: "f32", shape: [2] }, data: Float32Array.of(0.1, Number.POSITIVE_INFINITY) }],
			["c ünd [0]", { type: { element: "i32", shape: [] }, data: Int32Array.of(-7) }],
			["d", { type: { element: "bool", shape: [3] }, data: Uint8Array.of(1, 0, 1) }],
			["e", { type: { element: "f32", shape: [0, 4] }, data: new Float32Array(0) }],
		] as const);
		const read = decodeTensors(encodeTensors({ facts: { who: "me" }, tensors }));
		assert.ok(!("problem" in read));
		assert.equal(read.facts.who, "me");
		assert.deepEqual(read.tensors, tensors);
	});
});
