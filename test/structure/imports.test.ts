import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** The TypeScript files below a folder, relative to the repository. */
function sourceFiles(folder: string): string[] {
	return readdirSync(join(process.cwd(), folder)).flatMap((name) => {
		const path = join(folder, name);
		if (statSync(path).isDirectory()) return name === "node_modules" ? [] : sourceFiles(path);
		return path.endsWith(".ts") ? [path] : [];
	});
}

interface Import {
	readonly from: string;
	/** A file of the repository, or the name of a package. */
	readonly target: string;
	/** Loaded on demand: `import(..)`. */
	readonly dynamic: boolean;
}

const roots = ["grammar", "compiler", "runtime", "cli", "lsp", "extension/src"];
const files = roots.flatMap(sourceFiles);

function importsOf(file: string): Import[] {
	const text = readFileSync(join(process.cwd(), file), "utf8");
	const statements = text.matchAll(/^(?:import|export)\s+[^;"]*?from\s+"([^"]+)"|\bimport\(\s*"([^"]+)"/gm);
	return [...statements].map(([, named, dynamic]) => {
		const path = named ?? dynamic ?? "";
		const target = path.startsWith(".") ? normalize(join(dirname(file), path)).replace(/\.js$/, ".ts") : path;
		return { from: file, target, dynamic: dynamic !== undefined };
	});
}

const imports = files.flatMap(importsOf);
const inside = imports.filter(({ target }) => files.includes(target));

/** Folders that may import each other form one layer: `compiler/backends/wasm` belongs to `compiler/backends`. */
function layerOf(file: string): string {
	const [root, folder] = file.split("/");
	if (root === "compiler" || root === "extension") return `${root}/${folder}`;
	return root ?? "";
}

/** What each layer may import, besides itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
	grammar: [],
	"compiler/source": [],
	"compiler/dims": [],
	"compiler/program": ["grammar", "compiler/source"],
	"compiler/check": ["grammar", "compiler/source", "compiler/dims", "compiler/program"],
	"compiler/ir": [],
	"compiler/transform": ["compiler/ir"],
	"compiler/backends": ["compiler/ir"],
	"compiler/elaborate": [
		"grammar",
		"compiler/source",
		"compiler/program",
		"compiler/ir",
		"compiler/transform",
	],
	runtime: [
		"grammar",
		"compiler/source",
		"compiler/program",
		"compiler/check",
		"compiler/ir",
		"compiler/transform",
		"compiler/backends",
		"compiler/elaborate",
	],
	cli: ["grammar", "compiler/source", "compiler/check", "runtime", "lsp"],
	lsp: ["grammar", "compiler/source", "compiler/program", "compiler/check", "runtime"],
	"extension/src": ["lsp"],
};

describe("structure: what imports what", () => {
	it("every layer imports only those below it", () => {
		assert.ok(inside.length > 200, "imports are found");
		const wrong = inside
			.map((i) => ({ ...i, layer: layerOf(i.from), other: layerOf(i.target) }))
			.filter(({ layer, other }) => layer !== other && !allowed[layer]?.includes(other))
			.map(({ from, target }) => `${from} imports ${target}`);
		assert.deepEqual(wrong, []);
	});

	it("the rules name the layers that there are", () => {
		assert.deepEqual([...new Set(files.map(layerOf))].sort(), Object.keys(allowed).sort());
	});

	it("grammar and compiler do no input or output", () => {
		const wrong = imports.filter(
			({ from, target }) => /^(grammar|compiler)\//.test(from) && target.startsWith("node:"),
		);
		assert.deepEqual(wrong, []);
	});

	it("every relative import is a file of the repository", () => {
		const wrong = imports.filter(({ target }) => target.endsWith(".ts") && !files.includes(target));
		assert.deepEqual(wrong, []);
	});

	it("the extension takes only the names and types of messages from the language server", () => {
		const shared = "lsp/extensions.ts";
		const wrong = inside.filter(
			({ from, target }) =>
				from.startsWith("extension/") && !target.startsWith("extension/") && target !== shared,
		);
		assert.deepEqual(wrong, []);
		assert.deepEqual(importsOf(shared), [], "it is bundled with both, so it brings nothing along");
	});

	it("no layers import each other in a circle", () => {
		const edges = new Map<string, Set<string>>();
		for (const { from, target, dynamic } of inside) {
			const [a, b] = [layerOf(from), layerOf(target)];
			// `ansatz lsp` starts the server: what is loaded on demand is no part.
			if (a !== b && !dynamic) edges.set(a, (edges.get(a) ?? new Set()).add(b));
		}
		const circles = new Set<string>();
		const visit = (layer: string, trail: readonly string[]): void => {
			const at = trail.indexOf(layer);
			if (at >= 0) circles.add([...trail.slice(at), layer].join(" -> "));
			else for (const next of edges.get(layer) ?? []) visit(next, [...trail, layer]);
		};
		for (const layer of edges.keys()) visit(layer, []);
		assert.deepEqual([...circles], []);
	});
});

describe("structure: files", () => {
	const mostLines = 600;

	it(`no source file has more than ${mostLines} lines`, () => {
		const long = files
			.map((file) => ({
				file,
				lines: readFileSync(join(process.cwd(), file), "utf8").split("\n").length - 1,
			}))
			.filter(({ lines }) => lines > mostLines);
		assert.deepEqual(long, []);
	});
});
