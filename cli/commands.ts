import { Command, InvalidArgumentError, Option } from "commander";
import type { RunCommandOptions } from "./run.js";
import { version } from "./version.js";

// Each command loads what it needs: `--help` does not wait for the compiler.

const examples = (lines: readonly string[]): string =>
	`\nExamples:\n${lines.map((l) => `  $ ansatz ${l}`).join("\n")}\n`;

function seconds(text: string): number {
	const value = Number(text);
	if (text.trim() === "" || !(value >= 0)) throw new InvalidArgumentError("it is a number of seconds.");
	return value;
}

function wholeNumber(text: string): number {
	if (!/^\d+$/.test(text)) throw new InvalidArgumentError("it is a whole number, 0 or more.");
	return Number(text);
}

function collected(text: string, before: readonly string[] = []): string[] {
	return [...before, text];
}

function logFile(text: string): string {
	if (!/\.(csv|jsonl)$/i.test(text)) throw new InvalidArgumentError("its name ends in .csv or .jsonl.");
	return text;
}

/** The commands, their options and examples; `finish` is given the exit code. */
export function program(finish: (exitCode: number) => void): Command {
	const root = new Command("ansatz")
		.description("A small statically typed language for specifying differentiable models.")
		.version(version, "-v, --version", "print the version")
		.helpOption("-h, --help", "show help")
		.showSuggestionAfterError(true)
		.configureOutput({ outputError: () => {} })
		.exitOverride()
		.addHelpText(
			"after",
			examples([
				"run examples/digits/digits.ansatz",
				"check --json model.ansatz",
				"fmt --check .",
				"explain E0310",
			]),
		)
		.addHelpText(
			"after",
			"\nExit codes: 0 all is well, 1 a check failed, 2 the program, its data or the command is wrong, 130 stopped.",
		);
	root
		.command("run")
		.description("check a program, run its fits, and judge its claims")
		.argument("<file>", "an .ansatz file")
		.option("--seed <number>", "seed of the fits that are given none", wholeNumber, 0)
		.addOption(
			new Option("--backend <name>", "what runs the kernels")
				.choices(["wasm", "interpreter"])
				.default("wasm"),
		)
		.option("--json", "print events as JSON, one object a line")
		.option("--resume", "go on from the checkpoint of a run that was stopped")
		.option("--fresh", "run everything, also what is kept of earlier runs")
		.option("--checkpoint <seconds>", "time between two checkpoints", seconds, 30)
		.option("--plots <folder>", "where pictures are drawn, as SVG (default: beside the program, model.plots)")
		.option("--no-plots", "draw no pictures")
		.option("--histories", "draw the loss of each fit as well")
		.option("--log <file>", "write the histories of the fits to a file, .csv or .jsonl", logFile)
		.option(
			"--set <name=value>",
			"another value for a `let`, or for an option of a fit; may be repeated",
			collected,
		)
		.option("-q, --quiet", "tell only what is wrong")
		.addHelpText(
			"after",
			examples([
				"run examples/digits/digits.ansatz",
				"run --seed 3 model.ansatz",
				"run --set rate=0.01 --set classifier.hidden=32 model.ansatz",
				"run --plots pictures --histories model.ansatz",
				"run --log history.csv model.ansatz",
				"run --json model.ansatz | jq .kind",
			]),
		)
		.action(async (file: string, options: RunCommandOptions) =>
			finish(await (await import("./run.js")).runCommand(file, options)),
		);
	root
		.command("check")
		.description("find mistakes in programs, without running them")
		.argument("<files...>", ".ansatz files")
		.option("--json", "print diagnostics as JSON, one object a line")
		.addHelpText("after", examples(["check model.ansatz", "check --json *.ansatz"]))
		.action(async (files: string[], options: { json?: boolean }) =>
			finish((await import("./check.js")).checkCommand(files, options)),
		);
	root
		.command("fmt")
		.description("format programs in place")
		.argument("<files...>", ".ansatz files, or folders to look into; `-` formats standard input")
		.option("--check", "change nothing; exit with 1 if a file is not formatted")
		.addHelpText("after", examples(["fmt model.ansatz", "fmt --check ."]))
		.action(async (files: string[], options: { check?: boolean }) =>
			finish((await import("./fmt.js")).formatCommand(files, options)),
		);
	root
		.command("lock")
		.description("note what the data files hold in ansatz.lock, so that programs are checked without them")
		.argument("<files...>", ".ansatz files; those of one folder share its ansatz.lock")
		.addHelpText("after", examples(["lock examples/digits/digits.ansatz"]))
		.action(async (files: string[]) => finish((await import("./lock.js")).lockCommand(files)));
	root
		.command("explain")
		.description("explain a code of a diagnostic")
		.argument("[code]", "for example E0310; all codes if there is none")
		.addHelpText("after", examples(["explain E0310"]))
		.action(async (code: string | undefined) => finish((await import("./explain.js")).explainCommand(code)));
	root
		.command("lsp")
		.description("serve an editor by the language server protocol")
		.option("--stdio", "talk over standard input and output (the only way there is)")
		.action(async () => {
			const { startServer } = await import("../lsp/main.js");
			startServer();
		});
	return root;
}
