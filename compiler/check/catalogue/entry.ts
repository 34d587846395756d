import type { CatalogueEntry } from "../../source/catalogue.js";

function block(text: string): string {
	return text
		.trim()
		.split("\n")
		.map((line) => (line === "" ? "" : `    ${line}`))
		.join("\n");
}

/** An entry with a program that gets the code, and one that is right. */
export function entry(
	code: string,
	title: string,
	why: string,
	wrong: string,
	right: string,
): CatalogueEntry {
	return { code, title, explanation: `${why}\n\nWrong:\n\n${block(wrong)}\n\nRight:\n\n${block(right)}\n` };
}
