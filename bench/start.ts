/** Measures whole commands as processes: the start of `ansatz check` and the main job. Medians of several runs. */
import { spawnSync } from "node:child_process";
import { cpus } from "node:os";

const rounds = 9;
const program = "examples/digits/digits.ansatz";

const commands: readonly (readonly [string, readonly string[]])[] = [
	["node, doing nothing", ["-e", "0"]],
	["ansatz --version", ["bin/ansatz.js", "--version"]],
	[`ansatz check ${program}`, ["bin/ansatz.js", "check", program]],
	[`ansatz run ${program}`, ["bin/ansatz.js", "run", program]],
];

function seconds(args: readonly string[]): number {
	const started = performance.now();
	const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
	if (status !== 0) throw new Error(`node ${args.join(" ")} failed: ${stderr}`);
	return (performance.now() - started) / 1000;
}

function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function measureStart(): void {
	console.log(`Node ${process.version}, ${cpus()[0]?.model ?? "?"}, medians of ${rounds}`);
	// The commands take turns, so that what else the machine does falls on all of them.
	const times = commands.map((): number[] => []);
	for (let round = 0; round < rounds; round++) {
		commands.forEach(([, args], i) => {
			times[i]?.push(seconds(args));
		});
	}
	commands.forEach(([name], i) => {
		console.log(`${name.padEnd(45)} ${median(times[i] ?? []).toFixed(2)} s`);
	});
}
