import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Outcome {
	readonly exitCode: number;
	readonly stdout: string;
	readonly stderr: string;
}

const program = join(process.cwd(), "bin", "ansatz.js");

const rows = ["1.5,0.2,0", "1.1,0.3,0", "4.2,1.3,1", "4.5,1.1,1", "1.2,0.2,0", "4.1,1.2,1"];
const table = `length,width,kind\n${rows.join("\n")}\n`;

const lineFit = (more: { readonly rate?: string; readonly check?: string } = {}): string => `
data irises = csv("irises.csv", label = "kind")
fit line() {
  param w: real[2, 2] = normal(scale = 0.1)
  for (x, y) in irises.batches(3) epochs 4 {
    minimize
      data: cross_entropy(x @ w, y)
      size: 1e-3 * sum(w^2)
    using sgd(${more.rate ?? "0.1"})
  }
}
let result = line()
check ${more.check ?? "result.run.loss < 10"} "the loss"
`;

describe("the command line", function () {
	this.timeout(30_000);
	let folder = "";

	before(() => {
		folder = mkdtempSync(join(tmpdir(), "ansatz-command-"));
		write("irises.csv", table);
		write("good.ansatz", lineFit());
	});

	after(() => rmSync(folder, { recursive: true, force: true }));

	function write(name: string, content: string | Uint8Array): void {
		writeFileSync(join(folder, name), content);
	}

	function ansatz(
		args: readonly string[],
		environment: Readonly<Record<string, string>> = {},
	): Promise<Outcome> {
		const { FORCE_COLOR: _force, NO_COLOR: _no, ...inherited } = process.env;
		const options = { cwd: folder, env: { ...inherited, ...environment } };
		return new Promise((resolve) => {
			execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) => {
				resolve({ exitCode: error ? Number(error.code) : 0, stdout, stderr });
			});
		});
	}

	describe("wrong use", () => {
		it("an option that is not there", async () => {
			const { exitCode, stderr, stdout } = await ansatz(["run", "--sed", "3", "good.ansatz"]);
			assert.equal(exitCode, 2);
			assert.match(stderr, /^error\[E0701\]: unknown option '--sed'/);
			assert.match(stderr, /--seed/);
			assert.equal(stdout, "");
		});

		it("a command that is not there", async () => {
			const { exitCode, stderr } = await ansatz(["rum", "good.ansatz"]);
			assert.equal(exitCode, 2);
			assert.match(stderr, /E0701.*rum/);
		});

		it("a seed that is no number, a file that is not named", async () => {
			const [seed, none] = await Promise.all([
				ansatz(["run", "--seed", "x", "good.ansatz"]),
				ansatz(["run"]),
			]);
			assert.deepEqual([seed.exitCode, none.exitCode], [2, 2]);
			assert.match(seed.stderr, /E0701.*whole number/);
			assert.match(none.stderr, /E0701.*file/);
		});

		it("explain: a code, a code with a slip, all codes", async () => {
			const [one, slip, all] = await Promise.all([
				ansatz(["explain", "e0306"]),
				ansatz(["explain", "E9306"]),
				ansatz(["explain"]),
			]);
			assert.equal(one.exitCode, 0);
			assert.match(one.stdout, /^E0306: inner sizes that differ\n/);
			assert.equal(slip.exitCode, 2);
			assert.match(slip.stderr, /E0701.*E9306/);
			assert.ok(all.stdout.split("\n").length > 90);
		});
	});

	it("ends without a word where nobody reads on", async () => {
		const checks = Array.from({ length: 4000 }, (_, i) => `check ${i} < 0 "number ${i} of many"\n`);
		write("many.ansatz", checks.join(""));
		const child = spawn(process.execPath, [program, "run", "many.ansatz"], { cwd: folder });
		child.stdout.once("data", () => child.stdout.destroy());
		let told = "";
		child.stderr.on("data", (part: Buffer) => {
			told += part.toString();
		});
		const exitCode = await new Promise((resolve) => child.once("close", resolve));
		assert.deepEqual([exitCode, told], [141, ""]);
	});

	describe("files that cannot be read", () => {
		it("no file", async () => {
			const outcomes = await Promise.all(
				["run", "check"].map((command) => ansatz([command, "nowhere.ansatz"])),
			);
			for (const { exitCode, stderr } of outcomes) {
				assert.equal(exitCode, 2);
				assert.match(stderr, /error\[E0215\]: there is no file nowhere\.ansatz/);
			}
		});

		it("not UTF-8", async () => {
			write("latin.ansatz", Buffer.from("let x = 1 // l\xe4nge\n", "latin1"));
			const { exitCode, stderr } = await ansatz(["check", "latin.ansatz"]);
			assert.equal(exitCode, 2);
			assert.match(stderr, /error\[E0216\].*not UTF-8 \(byte 14\)/);
		});

		it("files that import each other", async () => {
			write("a.ansatz", 'import "b.ansatz" { b }\nexport let a = b\n');
			write("b.ansatz", 'import "a.ansatz" { a }\nexport let b = a\n');
			const { exitCode, stderr } = await ansatz(["run", "a.ansatz"]);
			assert.equal(exitCode, 2);
			assert.match(stderr, /error\[E0212\].*a\.ansatz -> b\.ansatz -> a\.ansatz/);
			assert.equal(stderr.match(/error\[/g)?.length, 1);
		});
	});

	describe("data files", () => {
		const cases: readonly { name: string; csv: string; label?: string; expect: RegExp }[] = [
			{ name: "a row that is too short", csv: "a,kind\n1,0\n2\n", expect: /E0504.*line 3 has 1 column/ },
			{
				name: "text where numbers belong",
				csv: "a,kind\n1,0\nlong,1\n",
				expect: /E0505.*column 'a' has 'long' at line 3/,
			},
			{ name: "nothing", csv: "", expect: /E0503/ },
			{ name: "a header only", csv: "a,kind\n", expect: /E0503/ },
			{ name: "NaN", csv: "a,kind\nNaN,0\n1,1\n", expect: /error\[E05\d\d\].*line 2/ },
			{
				name: "a label that is not there",
				csv: table,
				label: "kid",
				expect: /E0507.*'kid'[\s\S]*did you mean 'kind'/,
			},
		];
		it("each is told at its place, by one message", async () => {
			const names = cases.map(({ csv, label }, i) => {
				write(`table-${i}.csv`, csv);
				write(
					`table-${i}.ansatz`,
					`data d = csv("table-${i}.csv", label = "${label ?? "kind"}")\nlet x = d.x\n`,
				);
				return `table-${i}.ansatz`;
			});
			const [checked, run] = await Promise.all([
				ansatz(["check", ...names]),
				ansatz(["run", "table-0.ansatz"]),
			]);
			assert.deepEqual([checked.exitCode, run.exitCode], [2, 2]);
			const messages = checked.stderr.split(/\n\n(?=error|\d+ errors)/);
			assert.equal(messages.length, cases.length + 1);
			for (const [i, { name, expect }] of cases.entries()) {
				assert.match(messages[i] ?? "", expect, name);
				assert.match(messages[i] ?? "", new RegExp(`--> table-${i}\\.ansatz:1:`), name);
			}
			assert.match(run.stderr, cases[0]?.expect ?? /never/);
		});
	});

	describe("runs", () => {
		it("a program whose claims hold", async () => {
			const { exitCode, stdout, stderr } = await ansatz(["run", "good.ansatz"]);
			assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: "" });
			assert.match(stdout, /the loss/);
		});

		it("a claim that fails", async () => {
			write("failing.ansatz", lineFit({ check: "result.run.loss < 0" }));
			const { exitCode, stdout } = await ansatz(["run", "failing.ansatz"]);
			assert.equal(exitCode, 1);
			assert.match(stdout, /the loss/);
		});

		it("a fit that diverges: the term and the step are told, and comparisons with nan fail", async () => {
			write("diverging.ansatz", lineFit({ rate: "1e30" }));
			const { exitCode, stdout, stderr } = await ansatz(["run", "diverging.ansatz"]);
			assert.equal(exitCode, 1);
			assert.match(stdout + stderr, /E0602[\s\S]*the term `(data|size)` was (nan|inf) at step \d+/);
		});

		it("the same numbers every time, and others with another seed", async () => {
			const numbers = (outcome: Outcome): unknown[] =>
				outcome.stdout
					.trim()
					.split("\n")
					.map((line): Record<string, unknown> => JSON.parse(line))
					.filter((event) => event.kind !== "progress")
					.map(({ seconds: _, ...event }) => event);
			const [first, second, other] = await Promise.all([
				ansatz(["run", "--fresh", "--json", "good.ansatz"]),
				ansatz(["run", "--fresh", "--json", "good.ansatz"]),
				ansatz(["run", "--fresh", "--json", "--seed", "1", "good.ansatz"]),
			]);
			assert.ok(numbers(first).length >= 3);
			assert.deepEqual(numbers(first), numbers(second));
			assert.notDeepEqual(numbers(first), numbers(other));
		});

		it("both backends", async () => {
			const { exitCode } = await ansatz(["run", "--backend", "interpreter", "good.ansatz"]);
			assert.equal(exitCode, 0);
		});
	});

	describe("pictures", () => {
		const drawing = 'let a = [3.0, 1]\nplot line(a, y = "loss")\nplot bar(a, title = "Bars")\n';

		it("are drawn beside the program, or where one says", async () => {
			write("drawing.ansatz", drawing);
			const { exitCode, stdout, stderr } = await ansatz(["run", "drawing.ansatz"]);
			assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: "" });
			assert.match(
				stdout,
				/▣ plot loss: drawing\.plots[/\\]loss\.svg {2}█▁\n▣ plot Bars: drawing\.plots[/\\]Bars\.svg\ndone/,
			);
			const svg = readFileSync(join(folder, "drawing.plots", "loss.svg"), "utf8");
			assert.match(svg, /^<svg [\s\S]*<\/svg>\n$/);
			await ansatz(["run", "--plots", join("deep", "er"), "drawing.ansatz"]);
			assert.equal(readFileSync(join(folder, "deep", "er", "loss.svg"), "utf8"), svg, "the same each time");
		});

		it("not where none are wanted, nor where they cannot be written", async () => {
			write("undrawn.ansatz", drawing);
			write("notes.txt", "");
			const [none, refused] = await Promise.all([
				ansatz(["run", "--no-plots", "undrawn.ansatz"]),
				ansatz(["run", "--plots", "notes.txt", "undrawn.ansatz"]),
			]);
			assert.equal(none.exitCode, 0);
			assert.match(none.stdout, /▣ plot loss: not drawn/);
			assert.ok(!existsSync(join(folder, "undrawn.plots")));
			assert.equal(refused.exitCode, 2);
			assert.match(refused.stdout, /error\[E0702\]: notes\.txt.*cannot be written/);
			assert.match(refused.stdout, /failed after/);
		});
	});

	describe("run: values, logs, quiet", () => {
		const program = `let goal = 4.0
fit root(rate: real = 0.01) {
  param x: real[2] = ones()
  repeat 3 {
    minimize sum((x^2 - goal)^2)  using sgd(rate)
    track size = x
  }
}
let r = root()
check r.run.loss < 1e9 "all is well"
check all(r.x > goal) "too much"
`;

		it("--set runs another program; a mistake in it is told before anything runs", async () => {
			write("set.ansatz", program);
			const [lower, wrong] = await Promise.all([
				ansatz(["run", "--set", "goal=-1", "set.ansatz"]),
				ansatz(["run", "--set", "gaol=1", "set.ansatz"]),
			]);
			assert.equal(lower.exitCode, 0, lower.stdout);
			assert.deepEqual([wrong.exitCode, wrong.stdout], [2, ""]);
			assert.match(wrong.stderr, /error\[E0703\]: there is nothing to set that is named `gaol`[\s\S]*`goal`/);
		});

		it("--log has each number of the histories, as CSV and as JSON", async () => {
			write("logged.ansatz", program.replace(/check all.*\n/, ""));
			const [csv, jsonl] = await Promise.all([
				ansatz(["run", "--log", join("logs", "h.csv"), "logged.ansatz"]),
				ansatz(["run", "--log", "h.jsonl", "logged.ansatz"]),
			]);
			assert.deepEqual([csv.exitCode, jsonl.exitCode], [0, 0]);
			const [head, ...lines] = readFileSync(join(folder, "logs", "h.csv"), "utf8")
				.trimEnd()
				.split("\n");
			assert.equal(head, "fit,label,name,index,element,value");
			assert.equal(lines.length, 3 + 3 * 2);
			assert.equal(lines[0], "1,root(),loss,0,,18");
			assert.match(lines[5] ?? "", /^1,root\(\),size,1,\[0\],1\.\d+$/);
			const objects = readFileSync(join(folder, "h.jsonl"), "utf8")
				.trimEnd()
				.split("\n")
				.map((line): Record<string, unknown> => JSON.parse(line));
			assert.deepEqual(objects[0], { fit: 1, label: "root()", name: "loss", index: 0, value: 18 });
			assert.deepEqual(
				objects.map((o) => Number(o.value)),
				lines.map((l) => Number(l.split(",").at(-1))),
			);
		});

		it("a log that cannot be written is told before anything runs", async () => {
			write("plain.txt", "");
			write("unlogged.ansatz", program);
			const [inFile, ending] = await Promise.all([
				ansatz(["run", "--log", join("plain.txt", "h.csv"), "unlogged.ansatz"]),
				ansatz(["run", "--log", "h.txt", "unlogged.ansatz"]),
			]);
			assert.deepEqual([inFile.exitCode, inFile.stdout], [2, ""]);
			assert.match(inFile.stderr, /E0702.*cannot be written/);
			assert.equal(ending.exitCode, 2);
			assert.match(ending.stderr, /E0701.*\.csv or \.jsonl/);
		});

		it("--histories draws each fit; --quiet tells only what is wrong", async () => {
			write("quiet.ansatz", program);
			const { exitCode, stdout, stderr } = await ansatz(["run", "--quiet", "--histories", "quiet.ansatz"]);
			assert.equal(exitCode, 1);
			assert.match(stdout, /^✗ check too much {2}at quiet\.ansatz:11:1\n$/);
			assert.equal(stderr, "");
			const svg = readFileSync(join(folder, "quiet.plots", "history-of-root.svg"), "utf8");
			assert.match(svg, />root\(\)</);
		});
	});

	describe("check", () => {
		it("says nothing where all is well", async () => {
			assert.deepEqual(await ansatz(["check", "good.ansatz"]), { exitCode: 0, stdout: "", stderr: "" });
		});

		it("gives diagnostics as JSON, one a line", async () => {
			write("wrong.ansatz", "let a = [1.0, 2.0] + [1.0, 2.0, 3.0]\nlet b = c\n");
			const { exitCode, stdout, stderr } = await ansatz(["check", "--json", "wrong.ansatz"]);
			assert.deepEqual({ exitCode, stderr }, { exitCode: 2, stderr: "" });
			const codes = stdout
				.trim()
				.split("\n")
				.map((line): { code: string } => JSON.parse(line))
				.map(({ code }) => code);
			assert.deepEqual(codes, ["E0301", "E0201"]);
		});

		it("a warning is no failure", async () => {
			write("warning.ansatz", "import std.nn { MLP }\nlet a = 1\n");
			const { exitCode, stderr } = await ansatz(["check", "warning.ansatz"]);
			assert.equal(exitCode, 0);
			assert.match(stderr, /warning\[E0211\]/);
		});

		it("colours only where they are wanted", async () => {
			write("wrong.ansatz", "let b = c\n");
			const [plain, forced, both] = await Promise.all([
				ansatz(["check", "wrong.ansatz"], { NO_COLOR: "1" }),
				ansatz(["check", "wrong.ansatz"], { FORCE_COLOR: "1" }),
				ansatz(["check", "wrong.ansatz"]),
			]);
			assert.ok(!plain.stderr.includes("\u001b["));
			assert.ok(forced.stderr.includes("\u001b["));
			assert.equal(both.stderr, plain.stderr, "a pipe is no terminal");
		});
	});

	describe("fmt", () => {
		it("--check tells what is not formatted, and changes nothing", async () => {
			write("loose.ansatz", "let a   =  1\n");
			const before = await ansatz(["fmt", "--check", "loose.ansatz"]);
			assert.equal(before.exitCode, 1);
			assert.match(before.stdout + before.stderr, /loose\.ansatz/);
			assert.equal(readFileSync(join(folder, "loose.ansatz"), "utf8"), "let a   =  1\n");
			assert.equal((await ansatz(["fmt", "loose.ansatz"])).exitCode, 0);
			assert.equal(readFileSync(join(folder, "loose.ansatz"), "utf8"), "let a = 1\n");
			assert.equal((await ansatz(["fmt", "--check", "loose.ansatz"])).exitCode, 0);
		});
	});

	it("lock: a program is checked without its data, but not run, and a changed file is told", async () => {
		write("locked.ansatz", lineFit().replaceAll("irises.csv", "locked.csv"));
		write("locked.csv", table);
		const locked = await ansatz(["lock", "locked.ansatz"]);
		assert.deepEqual([locked.exitCode, locked.stdout], [0, "ansatz.lock: 1 data set\n"], locked.stderr);
		const lock = JSON.parse(readFileSync(join(folder, "ansatz.lock"), "utf8"));
		assert.deepEqual(lock.data["csv locked.csv, label kind"].arrays, [
			{ name: "x", element: "real", shape: [6, 2] },
			{ name: "y", element: "int", shape: [6], below: 2 },
		]);

		write("locked.csv", `${table}4.1,1.2,0\n`);
		const changed = await ansatz(["check", "locked.ansatz"]);
		assert.equal(changed.exitCode, 0);
		assert.match(changed.stderr, /warning\[E0521\]: locked.csv is not the file that was locked/);

		rmSync(join(folder, "locked.csv"));
		assert.deepEqual(await ansatz(["check", "locked.ansatz"]), { exitCode: 0, stdout: "", stderr: "" });
		const run = await ansatz(["run", "locked.ansatz"]);
		assert.equal(run.exitCode, 2);
		assert.match(run.stdout, /E0501.*there is no data file locked.csv/);
		const again = await ansatz(["lock", "locked.ansatz"]);
		assert.match(again.stdout, /locked.csv is missing: its entry in ansatz.lock stays/);
		assert.deepEqual(JSON.parse(readFileSync(join(folder, "ansatz.lock"), "utf8")), lock);

		write("ansatz.lock", "{ not a lock");
		assert.match((await ansatz(["check", "locked.ansatz"])).stderr, /E0501[\s\S]*is no lock file/);
		rmSync(join(folder, "ansatz.lock"));
		mkdirSync(join(folder, "ansatz.lock"));
		write("locked.csv", table);
		const refused = await ansatz(["lock", "locked.ansatz"]);
		assert.equal(refused.exitCode, 2);
		assert.match(refused.stderr, /E0522.*cannot be written/);
		rmSync(join(folder, "ansatz.lock"), { recursive: true });
	});
});
