/**
 * Runs the examples: `npm run examples -- [NAME ..] [--json] [--readme] [--current] [--editor] [--jobs N]`. Exit code 1 if
 * one fails; with `--current` also if the figures are not those of the README, so that each run gives the same ones.
 * `--editor` runs them by the language server, and asks for a result in the line of each check.
 */
import {
	copyFileSync,
	existsSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { formatDuration } from "../../runtime/format.js";
import { runInEditor } from "./editor.js";
import { type Example, readExamples } from "./programs.js";
import { figuresIn, figuresOf, readmeOf } from "./readme.js";
import { type Outcome, runExample, runExamples, shownFigure } from "./runs.js";

const folder = "examples";
const readme = `${folder}/README.md`;
/** What takes longer, in seconds, is pointed out. */
const slow = 30;
/** The largest picture that is kept beside a program, in bytes. */
const largestPicture = 40_000;
/** How many figures of a program the table shows. */
const shownFigures = 3;

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		json: { type: "boolean", default: false },
		readme: { type: "boolean", default: false },
		current: { type: "boolean", default: false },
		editor: { type: "boolean", default: false },
		jobs: { type: "string", default: String(availableParallelism()) },
	},
});

const all = readExamples(folder);
const unknown = positionals.filter((name) => !all.some((e) => e.name === name));
const jobs = Number(values.jobs);
if (unknown.length > 0) {
	console.error(`there is no example ${unknown.join(", ")}; there are ${all.map((e) => e.name).join(", ")}`);
	process.exitCode = 2;
} else if (!Number.isInteger(jobs) || jobs < 1) {
	console.error(`--jobs is a number of processes, and not ${values.jobs}`);
	process.exitCode = 2;
} else {
	await main(positionals.length === 0 ? all : all.filter((e) => positionals.includes(e.name)));
}

async function main(examples: readonly Example[]): Promise<void> {
	const plain = values.editor ? runInEditor : (example: Example) => runExample(example);
	const run = values.readme ? runAndDraw : plain;
	const known = figuresIn(values.current ? readFileSync(readme, "utf8") : "");
	const asked = values.current
		? async (example: Example) => asKnown(example, await run(example), known)
		: run;
	const outcomes = await runExamples(examples, jobs, asked, (outcome) => {
		if (!values.json) console.error(`${outcome.exitCode === 0 ? "✓" : "✗"} ${outcome.name}`);
	});
	for (const outcome of outcomes) {
		if (values.json) console.log(JSON.stringify(outcome));
		else for (const line of rowsOf(outcome)) console.log(line);
	}
	if (values.readme) writeReadme(outcomes);
	const failed = outcomes.filter((o) => o.exitCode !== 0);
	if (!values.json) console.log(`${outcomes.length - failed.length} of ${outcomes.length} examples hold`);
	if (failed.length > 0) process.exitCode = 1;
}

/** An outcome, that fails where its figures are not those that the README holds. */
function asKnown(example: Example, outcome: Outcome, known: (name: string) => string): Outcome {
	if (example.kind === "" || outcome.exitCode !== 0 || figuresOf(outcome) === known(example.name))
		return outcome;
	const problem = `its figures are not those of ${readme}: npm run examples -- --readme ${example.name}`;
	return { ...outcome, exitCode: 1, problems: [...outcome.problems, problem] };
}

/** Name, checks, time; then figures, a line each. */
function rowsOf(outcome: Outcome): string[] {
	const checks = `${outcome.passed} passed${outcome.failed > 0 ? `, ${outcome.failed} FAILED` : ""}`;
	const time = formatDuration(outcome.seconds);
	const late = outcome.seconds > slow ? `  slower than ${slow} s` : "";
	const wrong = outcome.figures.filter((f) => !f.passed);
	const told = [...wrong, ...outcome.figures.filter((f) => f.passed && f.turns.length > 0)];
	return [
		`${outcome.name.padEnd(26)} ${checks.padEnd(22)} ${time.padStart(10)}${late}`,
		...told
			.slice(0, Math.max(wrong.length, shownFigures))
			.map((f) => `    ${f.passed ? "" : "✗ "}${shownFigure(f)}`),
		...outcome.problems.map((p) => `    ${p}`),
	];
}

/** Keeps the last picture of the program beside it, where it is small enough. */
async function runAndDraw(example: Example): Promise<Outcome> {
	const pictures = mkdtempSync(join(tmpdir(), "ansatz-examples-"));
	try {
		const outcome = await runExample(example, { pictures });
		const drawn = readdirSync(pictures).map((name) => join(pictures, name));
		const [picture] = drawn.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
		if (outcome.exitCode === 0 && picture && statSync(picture).size <= largestPicture)
			copyFileSync(picture, join(dirname(example.file), `${example.name}.svg`));
		return outcome;
	} finally {
		rmSync(pictures, { recursive: true, force: true });
	}
}

/** New figures of what has run and holds; what has not keeps its own. */
function writeReadme(outcomes: readonly Outcome[]): void {
	const before = figuresIn(existsSync(readme) ? readFileSync(readme, "utf8") : "");
	const figures = (name: string): string => {
		const outcome = outcomes.find((o) => o.name === name && o.exitCode === 0);
		return outcome ? figuresOf(outcome) : before(name);
	};
	writeFileSync(readme, readmeOf(readExamples(folder), figures));
}
