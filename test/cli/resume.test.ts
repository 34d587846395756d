import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ansatz = join(process.cwd(), "bin", "ansatz.js");

// Long enough that it is still running when it is told to stop; every turn draws, and adam keeps states.
const program = readFileSync(join(process.cwd(), "examples", "resume", "resume.ansatz"), "utf8");

describe("a run that is killed", function () {
	this.timeout(120_000);
	let folder = "";
	const file = (): string => join(folder, "walk.ansatz");
	const checkpoint = (): string => join(folder, ".ansatz", "walk.checkpoint.safetensors");

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "ansatz-resume-"));
		writeFileSync(file(), program);
	});

	afterEach(() => rmSync(folder, { recursive: true, force: true }));

	const start = (): ChildProcess =>
		spawn(process.execPath, [ansatz, "run", "--checkpoint", "0.02", file()], {
			stdio: ["ignore", "pipe", "pipe"],
		});

	async function untilCheckpoint(child: ChildProcess): Promise<void> {
		for (
			let waited = 0;
			!existsSync(checkpoint()) && child.exitCode === null && waited < 60_000;
			waited += 20
		)
			await new Promise((resolve) => setTimeout(resolve, 20));
		assert.ok(existsSync(checkpoint()), "no checkpoint was written");
	}

	function ended(child: ChildProcess): Promise<{ readonly code: number | null; readonly output: string }> {
		let output = "";
		child.stdout?.on("data", (text) => {
			output += text;
		});
		return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
	}

	/** Runs to the end. Returns what is kept of the run: all numbers of its loop. */
	function kept(args: readonly string[]): Buffer {
		execFileSync(process.execPath, [ansatz, "run", ...args, file()], { stdio: "pipe" });
		const results = join(folder, ".ansatz", "kept");
		const [name, ...others] = readdirSync(results);
		assert.ok(name && others.length === 0);
		return readFileSync(join(results, name));
	}

	it("by Ctrl-C says how to go on, and by SIGKILL has its last checkpoint: both go on bit for bit", async () => {
		const interrupted = start();
		const told = ended(interrupted);
		await untilCheckpoint(interrupted);
		interrupted.kill("SIGINT");
		const { code, output } = await told;
		assert.equal(code, 130);
		assert.match(output, /saved at step \d+: go on with `ansatz run .*walk\.ansatz --resume`/);
		const afterInterrupt = kept(["--resume"]);
		assert.equal(existsSync(checkpoint()), false);

		rmSync(join(folder, ".ansatz"), { recursive: true });
		const killed = start();
		const gone = ended(killed);
		await untilCheckpoint(killed);
		killed.kill("SIGKILL");
		await gone;
		const afterKill = kept(["--resume"]);

		const plain = kept(["--fresh"]);
		assert.ok(afterInterrupt.equals(plain));
		assert.ok(afterKill.equals(plain));
	});
});
