import type { Command } from "commander";
import { program } from "../../cli/commands.js";

const begin = "<!-- written by the tests: what --help says -->";
const end = "<!-- end -->";

/** A page with what `--help` says of each command between its two marks. */
export function withHelp(page: string): string {
	const from = page.indexOf(begin);
	const to = page.indexOf(end);
	if (from < 0 || to < 0) throw new Error("the page has no place for the help");
	return `${page.slice(0, from + begin.length)}\n\n${helpOfAll()}\n${page.slice(to)}`;
}

function helpOfAll(): string {
	const root = program(() => {});
	return root.commands
		.map((command) => `### ${command.name()}\n\n\`\`\`text\n${helpOf(command).trimEnd()}\n\`\`\`\n`)
		.join("\n");
}

function helpOf(command: Command): string {
	let text = "";
	command.configureOutput({
		writeOut: (part) => {
			text += part;
		},
		getOutHelpWidth: () => 100,
		getOutHasColors: () => false,
	});
	command.outputHelp();
	return text.replaceAll(/[ \t]+$/gm, "");
}
