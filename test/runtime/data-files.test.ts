import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import type { DataFormat, DataRequest } from "../../compiler/program/module.js";
import { dataCatalogue } from "../../runtime/data/catalogue.js";
import { DataRefusal } from "../../runtime/data/problem.js";
import { describeArrays, readArrays } from "../../runtime/data/read.js";
import { openProgram } from "../../runtime/open.js";
import { runProgram } from "../../runtime/run.js";
import { fixturePath } from "../support/snapshot.js";

interface Expected {
	readonly [file: string]: {
		readonly [name: string]: { readonly shape: number[]; readonly values: number[] };
	};
}

const expected = JSON.parse(readFileSync(fixturePath("data", "expected.generated.json"), "utf8")) as Expected;

function requestFor(file: string): DataRequest {
	const path = fixturePath("data", file);
	const format = (
		file.includes(".idx") ? "idx" : file.endsWith(".arrows") ? "arrow" : file.split(".").at(-1)
	) as DataFormat;
	if (format === "idx") return { format, path, labels: fixturePath("data", "labels.idx") };
	const label = format === "npz" ? "y" : format === "arrow" || format === "parquet" ? "species" : undefined;
	return { format, path, ...(label !== undefined && { label }) };
}

describe("data: arrays of other programs", () => {
	for (const [file, arrays] of Object.entries(expected)) {
		it(`${file} as NumPy reads it`, () => {
			const request = requestFor(file);
			const read = readArrays(request);
			assert.deepEqual(
				Object.fromEntries(
					read.map((a) => [a.name, { shape: [...a.shape], values: Array.from(a.values, Number) }]),
				),
				arrays,
			);
			assert.deepEqual(
				describeArrays(request),
				read.map(({ values: _, ...description }) => description),
				"the header says what there is",
			);
		});
	}

	it("classes are numbered to the largest label", () => {
		for (const file of ["set.npz", "table.arrow", "table-none.parquet", "images.idx"]) {
			const label = describeArrays(requestFor(file)).find((a) => a.name === "y");
			assert.equal(label?.below, file === "images.idx" ? 4 : 3, file);
		}
	});

	const refusal = (request: DataRequest): string => {
		try {
			readArrays(request);
		} catch (error) {
			if (!(error instanceof DataRefusal)) throw error;
			assert.ok(
				dataCatalogue.some((entry) => entry.code === error.code),
				`${error.code} is explained`,
			);
			return `${error.code} ${error.message}${error.hint === undefined ? "" : ` (${error.hint})`}`;
		}
		return "was read";
	};
	const of = (format: DataFormat, file: string, more: Partial<DataRequest> = {}): string =>
		refusal({ format, path: fixturePath("data", file), ...more });

	it("refuses what holds no numbers", () => {
		assert.equal(
			of("npy", "complex.npy"),
			"E0517 `x` holds elements of NumPy's type '<c16', which are no numbers here (store real numbers, whole numbers or bools: `x.astype(numpy.float32)`)",
		);
		assert.match(of("npy", "text.npy"), /^E0517 .*'<U2'/);
		for (const [format, file, type] of [
			["arrow", "words.arrow", "Utf8"],
			["parquet", "words.parquet", "STRING"],
		] as const)
			assert.equal(
				of(format, file),
				`E0517 column 'name' holds elements of the type ${type}, which are no numbers (leave the column out, or encode it as numbers)`,
			);
	});

	it("refuses values that are not finite, not there, or too large", () => {
		assert.equal(
			of("npy", "nan.npy"),
			"E0506 `x` has the value NaN at [1, 1], which is not finite (leave such rows out, or fill in a number and mark where)",
		);
		for (const format of ["arrow", "parquet"] as const)
			assert.equal(
				of(format, `holes.${format}`),
				"E0505 column 'a' has nothing in row 1, where a number belongs (leave such rows out, or fill in a number)",
			);
		assert.equal(
			of("npy", "large.npy"),
			"E0518 `x` has the value 1099511627776, and an int has 32 bits (store it as a real, or in smaller numbers)",
		);
		assert.equal(of("parquet", "empty.parquet"), "E0503 the file has no rows");
	});

	it("refuses labels that are not there, or of another number", () => {
		assert.equal(
			of("npz", "set.npz", { label: "z" }),
			"E0507 there is no 'z' to take as the label (there are x, y)",
		);
		assert.match(of("parquet", "table-none.parquet", { label: "spezies" }), /E0507 .*did you mean 'species'/);
		assert.equal(
			of("idx", "images.idx", { labels: fixturePath("data", "labels-short.idx") }),
			"E0520 there are 4 images and 3 labels",
		);
	});

	it("refuses other formats, and every file that is cut short", () => {
		const folder = mkdtempSync(join(tmpdir(), "ansatz-"));
		const files: readonly [DataFormat, string][] = [
			["npy", "type-little-f8.npy"],
			["npz", "set.npz"],
			["safetensors", "weights.safetensors"],
			["idx", "images.idx"],
			["idx", "images.idx.gz"],
			["arrow", "table.arrow"],
			["parquet", "table-snappy.parquet"],
		];
		try {
			for (const [format, file] of files) {
				const bytes = readFileSync(fixturePath("data", file));
				const path = join(folder, file);
				const lengths =
					format === "parquet" ? [0, 100] : [0, 1, 5, 9, 40, bytes.length >> 1, bytes.length - 1];
				for (const length of lengths.filter((l) => l < bytes.length)) {
					writeFileSync(path, bytes.subarray(0, length));
					assert.match(refusal({ format, path }), /^E0516 /, `${file} of ${length} bytes`);
				}
				writeFileSync(path, "a,b\n1,2\n");
				assert.match(refusal({ format, path }), /^E0516 /, `${file} that is CSV`);
			}
			assert.match(of("arrow", "packed.arrow"), /E0516 the file is compressed/);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
});

describe("data: damaged files", () => {
	const folder = mkdtempSync(join(tmpdir(), "ansatz-"));
	after(() => rmSync(folder, { recursive: true }));

	/** What is said of a file of which some bytes are others, or that it was read. */
	const damaged = (file: string, changes: Readonly<Record<number, number>>): string => {
		const bytes = readFileSync(fixturePath("data", file));
		for (const [at, value] of Object.entries(changes)) bytes[Number(at)] = value;
		const path = join(folder, file);
		writeFileSync(path, bytes);
		try {
			readArrays({ ...requestFor(file), path });
		} catch (error) {
			if (!(error instanceof DataRefusal)) throw error;
			return `${error.code} ${error.message}`;
		}
		return "was read";
	};

	it("are told where they say more than they hold", () => {
		assert.match(damaged("table.arrow", { 733: 240 }), /^E0516 the file is damaged/);
		assert.match(damaged("table.arrow", { 924: 255, 949: 255 }), /^E0516 the file is damaged/);
		assert.match(damaged("table.arrow", { 622: 128 }), /^E05/);
		assert.match(damaged("packed.arrow", { 318: 187, 938: 127 }), /^E0516/);
		assert.match(damaged("holes.parquet", { 247: 127, 244: 255, 549: 128 }), /^E05/);
	});

	it("are told by the checksums of an archive", () => {
		const bytes = readFileSync(fixturePath("data", "set.npz"));
		const at = bytes.indexOf(Buffer.from("NUMPY")) + 130;
		assert.match(damaged("set.npz", { [at]: (bytes[at] ?? 0) ^ 1 }), /^E0516 .*checksum/);
	});

	it("end or are refused, whichever bytes are others", function () {
		this.timeout(60_000);
		const files = ["type-little-f4.npy", "set.npz", "weights.safetensors", "images.idx", "images.idx.gz"];
		fc.assert(
			fc.property(
				fc.constantFrom(...files),
				fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 127, 128, 255)), { minLength: 1, maxLength: 3 }),
				(file, changes) => {
					const { length } = readFileSync(fixturePath("data", file));
					damaged(file, Object.fromEntries(changes.map(([at, value]) => [at % length, value])));
				},
			),
			{ numRuns: 300 },
		);
	});
});

describe("data: files in programs", () => {
	let folder = "";
	before(() => {
		folder = mkdtempSync(join(tmpdir(), "ansatz-"));
		cpSync(fixturePath("data"), folder, { recursive: true });
	});
	after(() => rmSync(folder, { recursive: true }));

	/** Whether each check passed. */
	const checks = (text: string): boolean[] => {
		const file = join(folder, "p.ansatz");
		const { program, host, diagnostics } = openProgram(file, text);
		assert.deepEqual(diagnostics, []);
		assert.ok(program);
		const passed: boolean[] = [];
		runProgram({
			program,
			host,
			backend: wasmBackend,
			seed: 0,
			emit: (event) => {
				if (event.kind === "check") passed.push(event.passed);
				if (event.kind === "problem") assert.fail(event.diagnostic.message);
			},
			stopRequested: () => false,
		});
		return passed;
	};

	it("hold no number that the program's format does not have (E0621)", () => {
		writeFileSync(join(folder, "huge.csv"), "a,b\n1,2\n3,-1e39\n");
		const file = 'data d = csv("huge.csv")\ncheck d.x[1, 1] < -1e38\n';
		assert.throws(() => checks(file), /row 1 of `x` holds -1e39, which is no f32: it would be infinite/);
		assert.deepEqual(checks(`precision f64\n${file}`), [true]);
	});

	it("are compared with nothing where the lock file cannot be read, which is told", () => {
		const lock = join(folder, "ansatz.lock");
		writeFileSync(lock, "<<<<<<< ours\n{}");
		const { diagnostics } = openProgram(join(folder, "p.ansatz"), 'data d = npz("set.npz", label = "y")\n');
		rmSync(lock);
		assert.deepEqual(
			diagnostics.map((d) => `${d.severity} ${d.code}`),
			["warning E0521"],
		);
	});

	it("are typed by what they hold", () => {
		const types = (text: string): string[] =>
			openProgram(join(folder, "p.ansatz"), text).diagnostics.map((d) => `${d.code} ${d.message}`);
		assert.deepEqual(
			types('data d = parquet("table-none.parquet", label = "species")\nlet x: real[2, 3] = d.x'),
			["E0314 this is declared as real[2, 3], and the value is real[d, 3]"],
		);
		assert.deepEqual(types('data d = npz("set.npz", label = "y")\nlet y: int<2>[6] = d.y'), [
			"E0314 this is declared as int<2>[6], and the value is int<3>[d]",
		]);
		assert.deepEqual(
			types('let w = safetensors("weights.safetensors")\nlet x: real[3] = w.net.first.weight'),
			["E0314 this is declared as real[3], and the value is real[6, 3]"],
		);
		assert.deepEqual(types('data d = safetensors("weights.safetensors")'), [
			"E0515 a `data` declaration names a data set",
		]);
		assert.deepEqual(
			types('data d = npy("gone.npy")').map((t) => t.slice(0, 5)),
			["E0501"],
		);
		assert.deepEqual(
			types('data d = npy("../set.npy")').map((t) => t.slice(0, 5)),
			["E0512"],
		);
		assert.deepEqual(types('let w = npy("scalar.npy", label = "x")'), ["E0312 `npy` has no option `label`"]);
	});

	it("give the numbers that they hold", () => {
		const firstOf = (file: string, at: number): number =>
			expected[file]?.[Object.keys(expected[file] ?? {})[0] ?? ""]?.values[at] ?? 0;
		const table = expected["table.arrow"];
		const sum = (name: string): number => (table?.[name]?.values ?? []).reduce((a, b) => a + b, 0);
		for (const reader of ['arrow("table.arrow"', 'parquet("table-zstd.parquet"']) {
			assert.deepEqual(
				checks(`precision f64
data d = ${reader}, label = "species")
check abs(sum(d.x) - ${sum("x")}) < 1e-12
check sum(for i: d.y[i]) == ${sum("y")}
`),
				[true, true],
			);
		}
		assert.deepEqual(
			checks(`data d = idx("images.idx.gz", "labels.idx") |> scale(1/255)
let w = safetensors("weights.safetensors")
check abs(d.x[0, 0, 0, 0] - ${firstOf("images.idx", 0)} / 255) < 1e-6
check d.y[0] == 3
check w.step[0] == 7
check abs(w.net.first.bias[2] - w.net.first.weight[0, 2]) < 1e-6
check abs(npy("columns-first.npy")[1, 2, 3] - ${firstOf("columns-first.npy", 23)}) < 1e-6
`),
			[true, true, true, true, true],
		);
	});

	it("records of tensors are tables, computed ones too", () => {
		assert.deepEqual(
			checks(`data d = npz("set.npz", label = "y") |> split(train = 4, test = 2, seed = 1)
let whole = npz("set.npz")
check abs(sum(d.train.x) + sum(d.test.x) - sum(whole.x)) < 1e-5
data made = (x = for i in 10: for j in 2: i + j, y = for i in 10: i % 3)
check made.take(0.3).x[2, 1] == 3
check sum(made.take(4).y) == 3
fit line() {
  param w: real[2] = zeros()
  for (x, y) in made.batches(5) epochs 2 { minimize mse(x @ w, y * 1.0)  using sgd(0.001) }
}
check line().run.steps == 4
fit first(rows: Int = 1) where rows <= 10 {
  param w: real[2] = zeros()
  for (x, y) in made.take(rows).batches(1) epochs 1 { minimize mse(x @ w, y * 1.0)  using sgd(0.001) }
}
check first().run.steps == 1
check first(rows = 7).run.steps == 7
fn total(rows: (x: real[n, 2], y: real[n])) -> real = sum(rows.x) + sum(rows.y)
check total(made.take(2)) == 5
`),
			[true, true, true, true, true, true, true],
		);
	});
});
