import { writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { lockName, writeLock } from "../runtime/data/lock.js";
import { openProgram } from "../runtime/open.js";
import { fileProblem, printDiagnostics } from "./report.js";

/**
 * `ansatz lock FILE...`: writes what the data files of the programs hold into `ansatz.lock` beside them, so that they
 * can be checked without the data. Programs of one folder share the file.
 */
export function lockCommand(files: readonly string[]): number {
	let exitCode = 0;
	for (const [, group] of groupBy(files, dirname)) exitCode = Math.max(exitCode, lockFolder(group));
	return exitCode;
}

function lockFolder(files: readonly string[]): number {
	const [first = ""] = files;
	const opened = files.map((file) => ({ file, ...openProgram(file) }));
	for (const { diagnostics, sources } of opened) {
		// What is wrong with the shapes of a program does not keep its data from being locked.
		const ofData = diagnostics.filter((d) => /^E0[15]|^E021[56]/.test(d.code) && d.severity === "error");
		if (ofData.length === 0) continue;
		printDiagnostics(ofData, sources, false);
		return 2;
	}
	const locks = opened.map(({ host }) => host.lockData());
	const [lock] = locks;
	if (!lock) return 0;
	const data = Object.assign({}, ...locks.map((l) => l.lock.data));
	const missing = [...new Set(locks.flatMap((l) => l.missing))];
	try {
		writeFileSync(lock.file, writeLock({ version: 1, data }));
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		printDiagnostics(
			[fileProblem("E0522", first, `${lock.file} cannot be written: ${why}`)],
			new Map([[first, ""]]),
			false,
		);
		return 2;
	}
	const count = Object.keys(data).length;
	process.stdout.write(`${lock.file}: ${count} data ${count === 1 ? "set" : "sets"}\n`);
	for (const path of missing) process.stdout.write(`${path} is missing: its entry in ${lockName} stays\n`);
	return 0;
}

function groupBy(files: readonly string[], key: (file: string) => string): Map<string, string[]> {
	const groups = new Map<string, string[]>();
	for (const file of files) groups.set(key(file), [...(groups.get(key(file)) ?? []), file]);
	return groups;
}
