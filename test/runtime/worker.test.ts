import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRun } from "../../runtime/worker.js";

describe("a run in its thread", () => {
	it("ends where it is asked to stop, also in one computation that goes on", async () => {
		const folder = mkdtempSync(join(tmpdir(), "ansatz-"));
		try {
			const file = join(folder, "long.ansatz");
			writeFileSync(file, "let x = fold(0..2000000000, 0.0, |s, i| s + sin(real(i)))\ncheck x < 1\n");
			const run = startRun({ file, patience: 200 }, () => {});
			setTimeout(() => run.stop(), 1000);
			assert.equal(await run.finished, 130);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
});
