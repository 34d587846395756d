import { basename, dirname } from "node:path";
import type { Example } from "./programs.js";
import { type Figure, type Outcome, withoutMargins } from "./runs.js";

const begin = (name: string): string => `<!-- figures of ${name} -->`;
const end = "<!-- end -->";

/**
 * `examples/README.md`: all that the programs say of themselves, with the figures that they gave. A program that tells
 * no kind stands not there.
 */
export function readmeOf(all: readonly Example[], figures: (name: string) => string): string {
	const examples = all.filter((e) => e.kind !== "");
	const kinds = [...new Set(examples.map((e) => e.kind))].sort();
	const sorted = kinds.flatMap((kind) => examples.filter((e) => e.kind === kind));
	return [
		"# Examples",
		"",
		"Each program holds a whole experiment: the method, its data, the baseline under the same budget, and checks of what is claimed. `npm run examples` runs all of them, `npm run examples -- NAME ..` some. This page is written by `npm run examples -- --readme`, out of the programs' comments and what their checks compare.",
		"",
		"| kind | program | title | finding |",
		"| --- | --- | --- | --- |",
		...sorted.map((e) => `| ${e.kind} | [${e.name}](#${e.name}) | ${e.title} | ${e.finding} |`),
		"",
		...sorted.flatMap((example) => sectionOf(example, figures(example.name))),
	].join("\n");
}

function sectionOf(example: Example, figures: string): string[] {
	const folder = basename(dirname(example.file));
	const picture = example.picture && `${folder}/${basename(example.picture)}`;
	return [
		`## ${example.name}`,
		"",
		`[${example.title}](${folder}/${basename(example.file)}).`,
		"",
		...(picture === undefined ? [] : [`![What ${example.name} finds](${picture})`, ""]),
		begin(example.name),
		...(figures === "" ? [] : ["", figures, ""]),
		end,
		"",
	];
}

/** The figures of a run, as they stand in the README. */
export function figuresOf(outcome: Outcome): string {
	return ["| check | figures |", "| --- | --- |", ...outcome.figures.map(rowOf)].join("\n");
}

function rowOf({ check, passed, turns }: Figure): string {
	const shown = turns.map(({ turn, compared }) => {
		const figures = withoutMargins(compared);
		return turn === undefined ? figures : `${figures} (${turn})`;
	});
	const cell = shown.length > 0 ? shown.join("<br>") : "holds";
	const name = check.replaceAll("|", "\\|");
	return `| ${name === check && /[^\w\s,-]/.test(check) ? `\`${check}\`` : name} | ${passed ? cell : `**fails**<br>${cell}`} |`;
}

/** The figures that an earlier README holds, by program. */
export function figuresIn(readme: string): (name: string) => string {
	return (name) => {
		const from = readme.indexOf(begin(name));
		const to = from < 0 ? -1 : readme.indexOf(end, from);
		return to < 0 ? "" : readme.slice(from + begin(name).length, to).trim();
	};
}

/** A README without its figures: what the programs' texts determine. */
export function withoutFigures(readme: string): string {
	return readme.replaceAll(/(<!-- figures of .*? -->)[\s\S]*?(<!-- end -->)/g, "$1\n$2");
}
