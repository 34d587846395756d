import { nearest } from "../compiler/source/near.js";
import { catalogue } from "./catalogue.js";
import { choosePalette } from "./render-palette.js";
import { usageProblem } from "./report.js";

/** `ansatz explain E0310`; without a code, the list of all. */
export function explainCommand(code: string | undefined): number {
	const palette = choosePalette(process.stdout.isTTY === true, process.env);
	if (code === undefined) {
		for (const entry of catalogue.entries)
			process.stdout.write(`${palette("strong", entry.code)}  ${entry.title}\n`);
		return 0;
	}
	const entry = catalogue.lookup(code);
	if (!entry) {
		const near = nearest(
			code.toUpperCase(),
			catalogue.entries.map((e) => e.code),
		);
		process.stderr.write(
			usageProblem(`there is no code ${code}${near.length > 0 ? ` (did you mean ${near[0]}?)` : ""}`),
		);
		return 2;
	}
	process.stdout.write(
		`${palette("strong", `${entry.code}: ${entry.title}`)}\n\n${entry.explanation.trim()}\n`,
	);
	return 0;
}
