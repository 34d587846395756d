import { CommanderError } from "commander";
import { program } from "./commands.js";

/** As a program that ends by the signal SIGPIPE. */
const endOfPipe = 141;

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

// Who reads what is printed may have seen enough, as `head` has: then nothing is left to be done.
for (const stream of [process.stdout, process.stderr])
	stream.on("error", (error: NodeJS.ErrnoException) => {
		if (error.code !== "EPIPE") throw error;
		process.exit(endOfPipe);
	});

const exitCode = await main(process.argv.slice(2));
if (exitCode !== undefined) process.exitCode = exitCode;
