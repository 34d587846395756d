import { CommanderError } from "commander";
import { program } from "./commands.js";

/** Runs the command line; resolves with the exit code, or never while a server runs. */
async function main(args: readonly string[]): Promise<number | undefined> {
	let exitCode: number | undefined;
	const root = program((code) => {
		exitCode = code;
	});
	try {
		await root.parseAsync([...args], { from: "user" });
	} catch (error) {
		if (!(error instanceof CommanderError)) throw error;
		if (error.exitCode === 0) return 0;
		if (error.code === "commander.help") return 2;
		const { usageProblem } = await import("./report.js");
		process.stderr.write(usageProblem(error.message));
		return 2;
	}
	return exitCode;
}

const exitCode = await main(process.argv.slice(2));
if (exitCode !== undefined) process.exitCode = exitCode;
