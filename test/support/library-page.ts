import { readdirSync, readFileSync } from "node:fs";
import { preludeFiles } from "../../compiler/program/load.js";

/** The page `docs/library.md`: what the standard library exports, with signatures and documentation. */

const folder = new URL("../../../stdlib/", import.meta.url);

interface Entry {
	readonly section: string;
	readonly signature: string;
	readonly documentation: string;
}

/** The head of a declaration: up to its body, which follows `=` or is a block. */
function signatureOf(line: string): string {
	const head = line.replace(/^export /, "");
	if (head.startsWith("let ")) return head.replace(/ = .*/, "");
	let depth = 0;
	for (let i = 0; i < head.length; i++) {
		const c = head[i] as string;
		if ("([".includes(c)) depth++;
		if (")]".includes(c)) depth--;
		if (depth === 0 && (head.startsWith(" = ", i) || head.slice(i) === " =" || head.startsWith(" {", i)))
			return head.slice(0, i);
	}
	return head;
}

function entriesOf(text: string): Entry[] {
	const entries: Entry[] = [];
	let documentation: string[] = [];
	let section = "";
	for (const line of text.split("\n")) {
		if (line.startsWith("// ----")) section = line.slice("// ---- ".length);
		if (line.startsWith("///")) documentation.push(line.slice(4));
		else {
			if (line.startsWith("export "))
				entries.push({ section, signature: signatureOf(line), documentation: documentation.join(" ") });
			documentation = [];
		}
	}
	return entries;
}

function list(entries: readonly Entry[]): string[] {
	let section = "";
	return entries.flatMap((entry) => {
		const heading = entry.section === section ? [] : ["", `### ${entry.section}`, ""];
		section = entry.section;
		return [
			...heading,
			`- \`${entry.signature}\`${entry.documentation === "" ? "" : `  \n  ${entry.documentation}`}`,
		];
	});
}

function read(name: string): string {
	return readFileSync(new URL(`${name}.ansatz`, folder), "utf8");
}

/** What a file says of itself: the comment at its beginning. */
function introduction(text: string): string {
	const lines = text.split("\n");
	const end = lines.findIndex((line) => !line.startsWith("// ") || line.startsWith("// ----"));
	return lines
		.slice(0, end)
		.map((line) => line.slice(3))
		.join(" ");
}

export function libraryPage(): string {
	const modules = readdirSync(folder)
		.filter((name) => name.endsWith(".ansatz"))
		.map((name) => name.slice(0, -".ansatz".length))
		.filter((name) => !preludeFiles.includes(name))
		.sort();
	const texts = new Map([...preludeFiles, ...modules].map((name) => [name, read(name)]));
	const entries = (name: string): Entry[] => entriesOf(texts.get(name) ?? "");
	return [
		"# The standard library",
		"",
		"Made from the documentation in `stdlib/` (`UPDATE=1 npm test` writes it anew). What the language itself is stands in [language.md](language.md), conventions at edges in [numbers.md](numbers.md).",
		"",
		"## What needs no import",
		"",
		...list(preludeFiles.flatMap(entries)),
		...modules.flatMap((name) => [
			"",
			`## std.${name}`,
			"",
			introduction(texts.get(name) ?? ""),
			"",
			...list(entries(name)),
		]),
		"",
	].join("\n");
}

/** What is exported without documentation. */
export function undocumented(): string[] {
	return readdirSync(folder).flatMap((name) =>
		entriesOf(read(name.replace(/\.ansatz$/, "")))
			.filter((entry) => entry.documentation === "")
			.map((entry) => `${name}: ${entry.signature}`),
	);
}
