import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { generatedProgram } from "../../bench/generated-program.js";
import { renderDiagnostics } from "../../cli/render.js";
import { plainPalette } from "../../cli/render-palette.js";
import { type CheckedProgram, checkInSteps, checkProgram } from "../../compiler/check/check.js";
import type { CheckMemory } from "../../compiler/check/incremental/memory.js";
import { showType } from "../../compiler/check/types/show.js";
import { loadProgram, type Program } from "../../compiler/program/load.js";
import { leave } from "../../grammar/steps.js";
import { walk } from "../../grammar/visit.js";
import { writeLock } from "../../runtime/data/lock.js";
import { NodeHost } from "../../runtime/node-host.js";
import { type Edit, editScripts, textsOf } from "../support/edit-scripts.js";
import { PlainSpeller } from "../support/language/description.js";
import { describeTraining, writeTraining } from "../support/language/training.js";
import { fixtures } from "../support/snapshot.js";

interface Source {
	readonly path: string;
	readonly text: string;
}

const sources: readonly Source[] = ["programs", "recover", "ok", "bad"].flatMap((folder) =>
	fixtures(folder).map(({ name, text }) => ({ path: `test/fixtures/${folder}/${name}.ansatz`, text })),
);

/** Programs of models and fits, and the examples: longer ones, in which more depends on more. */
const longer: readonly Source[] = [
	...readdirSync("examples").flatMap((folder) => {
		const path = `examples/${folder}/${folder}.ansatz`;
		return existsSync(path) ? [{ path, text: readFileSync(path, "utf8") }] : [];
	}),
	...Array.from({ length: 12 }, (_, k): Source => {
		const choices = fc.sample(fc.array(fc.nat(65_535), { minLength: 200, maxLength: 400, size: "max" }), {
			seed: k,
			numRuns: 1,
		})[0] as number[];
		const text = writeTraining(describeTraining(choices), () => new PlainSpeller());
		return { path: `test/fixtures/ok/random-${k}.ansatz`, text };
	}),
];

/** All that is told of a program: its diagnostics as they are shown, the types of its nodes, what its names mean. */
function told({ program, diagnostics, knowledge }: CheckedProgram): string {
	const texts = new Map(program.modules.map(({ module }) => [module.path, module.text]));
	const lines = [renderDiagnostics(diagnostics, texts, { palette: plainPalette })];
	for (const slice of program.root.tree.slices) {
		for (const item of slice.items) {
			walk(item, (node) => {
				const start = slice.offset + node.span.start;
				const type = knowledge.types.get(node);
				if (type) lines.push(`${start} ${node.kind}: ${showType(type)}`);
				const binding = knowledge.definitions.get(node);
				if (binding)
					lines.push(
						`${start} ${node.kind} is ${binding.role} ${binding.name} at ${binding.at.file} ${binding.at.start}-${binding.at.end}: ${showType(binding.type)}`,
					);
				const scope = knowledge.scopes.get(node);
				if (scope) lines.push(`${start} sees ${[...scope.names.keys()].join(" ")}`);
				return undefined;
			});
		}
	}
	return lines.join("\n");
}

/** Begins to check the text, and leaves it after some steps; is asked about a declaration before, if that can be. */
function leaveCheck(
	program: Program,
	host: NodeHost,
	memory: CheckMemory,
	steps: number,
): CheckedProgram | undefined {
	let known: CheckedProgram | undefined;
	const check = checkInSteps(program, host, memory, (early) => {
		known = early;
	});
	for (let step = 0; step < steps; step++) if (check.next().done) break;
	const items = program.root.tree.slices.flatMap((slice) => slice.items);
	const asked = items[steps % Math.max(1, items.length)];
	if (known && asked) memory.settle(program.root, asked);
	if (known) told(known);
	leave(check);
	return known;
}

/**
 * Checks the texts that a script makes of one file of a program, each time beside a check from nothing; some of the
 * checks are left after so many steps.
 */
function follow(
	root: string,
	texts: Map<string, string>,
	edited: string,
	script: readonly Edit[],
	left: readonly (number | undefined)[] = [],
): void {
	const host = new NodeHost(root, (path) => texts.get(path));
	const load = (previous?: CheckedProgram): CheckedProgram =>
		checkProgram(loadProgram(root, texts.get(root) ?? "", host, previous?.program), host, previous?.memory);
	let checked = load();
	const done = [texts.get(edited) ?? ""];
	for (const text of textsOf(texts.get(edited) ?? "", script)) {
		done.push(text);
		texts.set(edited, text);
		const steps = left[done.length - 2];
		if (steps !== undefined) {
			const program = loadProgram(root, texts.get(root) ?? "", host, checked.program);
			checked = leaveCheck(program, host, checked.memory, steps) ?? checked;
			continue;
		}
		checked = load(checked);
		const [now, wanted] = [told(checked), told(load())];
		if (now !== wanted) assert.equal(now, wanted, `after the texts\n${done.slice(-2).join("\n-----\n")}`);
	}
}

const runs = (number: number) => ({ numRuns: Number(process.env.RUNS ?? number) });

const importing = `import "shapes.ansatz" { area, Box, Size, Small, Large, side as width }
dim Cells = 4
fn volume(x: real, depth: real) -> real = area(x) * depth
let box = Box(3)
let held = box([1.0, 2.0, 3.0])
let most = volume(2.0, 1.5) + sum(held)
fn named(size: Size) -> Int = match size { Small => width;  Large(by) => by * Cells }
check most > named(Large(2))
`;

const imported = `/// Of a square.
export fn area(x: real) -> real = helper(x)
fn helper(x: real) = x^2
export let side = 2
export type Size = Small | Large(by: Int)
export model Box(n: Int) {
  param weight: real[n] = ones()
  (x: real[n]) -> real[n] = weight * x
}
`;

describe("checking after edits gives what checking anew gives", () => {
	it("for random scripts of edits", function () {
		this.timeout(0);
		fc.assert(
			fc.property(fc.constantFrom(...sources), editScripts, ({ path, text }, script) =>
				follow(path, new Map([[path, text]]), path, script),
			),
			runs(60),
		);
	});

	it("for random scripts of edits of examples, and of random models and fits", function () {
		this.timeout(0);
		fc.assert(
			fc.property(fc.constantFrom(...longer), editScripts, ({ path, text }, script) =>
				follow(path, new Map([[path, text]]), path, script),
			),
			runs(12),
		);
	});

	it("for edits of a file that is imported", function () {
		this.timeout(0);
		const root = "test/fixtures/ok/importing.ansatz";
		const other = "test/fixtures/ok/shapes.ansatz";
		fc.assert(
			fc.property(fc.constantFrom(root, other), editScripts, (edited, script) =>
				follow(
					root,
					new Map([
						[root, importing],
						[other, imported],
					]),
					edited,
					script,
				),
			),
			runs(30),
		);
	});

	it("for edits of a long program", function () {
		this.timeout(0);
		const path = "examples/digits/generated.ansatz";
		const text = generatedProgram(100);
		fc.assert(
			fc.property(editScripts, (script) => follow(path, new Map([[path, text]]), path, script)),
			runs(8),
		);
	});

	it("where checks before were left in the middle", function () {
		this.timeout(0);
		const left = fc.array(fc.option(fc.integer({ min: 1, max: 24 }), { nil: undefined }), { minLength: 1 });
		fc.assert(
			fc.property(fc.constantFrom(...sources), editScripts, left, ({ path, text }, script, steps) =>
				follow(path, new Map([[path, text]]), path, script, steps),
			),
			runs(40),
		);
	});

	it("where the declaration of a check that was left is read as it was before", () => {
		const path = "test/fixtures/ok/left.ansatz";
		let text = "";
		const rest = `std.nn { MLP }\ndata digits = csv("digits.csv")\n\nfit f() {\n  net = MLP([64, 10])\n}\n`;
		const host = new NodeHost(path, (asked) => (asked === path ? text : undefined));
		for (let steps = 0; steps < 5; steps++) {
			text = `import ${rest}`;
			const first = checkProgram(loadProgram(path, text, host), host);
			text = ` ${rest}`;
			const before =
				leaveCheck(loadProgram(path, text, host, first.program), host, first.memory, steps) ?? first;
			text = rest;
			const now = checkProgram(loadProgram(path, text, host, before.program), host, first.memory);
			assert.equal(told(now), told(checkProgram(loadProgram(path, text, host), host)));
		}
	});

	it("for a data file that changes", () => {
		const folder = mkdtempSync(join(tmpdir(), "ansatz-"));
		try {
			const path = join(folder, "main.ansatz");
			const text = `data rows = csv("rows.csv", label = "y")\nlet x = rows.x\nfn f(x: real[n, 2]) -> real = sum(x)\nlet s = f(x)\n`;
			const host = new NodeHost(path);
			const load = (previous?: CheckedProgram): CheckedProgram =>
				checkProgram(loadProgram(path, text, host, previous?.program), host, previous?.memory);
			writeFileSync(join(folder, "rows.csv"), "a,b,y\n1,2,0\n3,4,1\n");
			const before = load();
			assert.deepEqual(before.diagnostics, []);
			writeFileSync(join(folder, "rows.csv"), "a,b,c,y\n1,2,3,0\n3,4,5,1\n5,6,7,1\n");
			const after = load(before);
			assert.equal(told(after), told(load()));
			assert.equal(after.diagnostics.length, 1);
			// A lock file stands for a data file that is not there, until it is changed, too.
			const texts = ["a,b,y\n1,2,0\n3,4,1\n", "a,b,c,y\n1,2,3,0\n", "a,b,y\n1,2,0\n5,6,3\n"];
			let last = after;
			for (const rows of texts) {
				writeFileSync(join(folder, "rows.csv"), rows);
				last = load(last);
				assert.equal(told(last), told(load()));
				const { lock } = host.lockData();
				rmSync(join(folder, "rows.csv"));
				last = load(last);
				assert.equal(told(last), told(load()));
				writeFileSync(join(folder, "ansatz.lock"), writeLock({ version: 1, data: lock.data }));
				last = load(last);
				assert.equal(told(last), told(load()));
			}
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
});
