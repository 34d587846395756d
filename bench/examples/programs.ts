import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** A program below `examples/`, with what its doc comment says of it. */
export interface Example {
	/** The file's name without its ending; unique among the examples. */
	readonly name: string;
	readonly file: string;
	/** The first line of the doc comment, without its full stop: of a published system the title of the paper. */
	readonly title: string;
	/** What the program finds: the sentences after `Claimed:`, up to `Not claimed`; else what follows the title. */
	readonly finding: string;
	/** What kind of system it is: the line `Kind: ..` of the doc comment; empty if there is none. */
	readonly kind: string;
	/** The picture of the finding, beside the program; absent if there is none. */
	readonly picture?: string;
}

/** All programs in the folders of `folder`, sorted by name. */
export function readExamples(folder: string): Example[] {
	const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
	const files = folders.flatMap(({ name }) =>
		readdirSync(join(folder, name), { withFileTypes: true })
			.filter((entry) => entry.isFile() && entry.name.endsWith(".ansatz"))
			.map((entry) => `${folder}/${name}/${entry.name}`),
	);
	return files.map(readExample).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readExample(file: string): Example {
	const name = basename(file, ".ansatz");
	const picture = join(dirname(file), `${name}.svg`);
	return { name, file, ...describe(readFileSync(file, "utf8")), ...(existsSync(picture) && { picture }) };
}

/** What the doc comment at the top of a program says of it. */
export function describe(text: string): Pick<Example, "title" | "finding" | "kind"> {
	const lines = /^(?:\/\/\/.*\n)*/.exec(text)?.[0].split("\n") ?? [];
	const comment = lines.map((line) => line.replace(/^\/\/\/ ?/, ""));
	const kind = comment.map((line) => /^Kind: (.*?)\.?$/.exec(line)?.[1]).find((k) => k !== undefined) ?? "";
	const [title = "", ...rest] = comment.filter((line) => !line.startsWith("Kind: "));
	const body = rest.join(" ").replaceAll(/\s+/g, " ").trim();
	const claimed = /Claimed(?:, of ([^:]*))?: (.*?)(?: Not claimed|$)/.exec(body);
	const claim = claimed?.[1] === undefined ? claimed?.[2] : `Of ${claimed[1]}: ${claimed[2]}`;
	return { title: title.replace(/\.$/, ""), finding: capitalized(claim ?? body), kind };
}

function capitalized(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
