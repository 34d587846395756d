import type * as ast from "../../grammar/ast.js";
import { parseFile, parseInSteps } from "../../grammar/parse.js";
import type { Span } from "../../grammar/span.js";
import { atOnce, type Steps } from "../../grammar/steps.js";
import type { Diagnostic, Fix, Location } from "../source/diagnostic.js";
import { nearest } from "../source/near.js";
import type { Module, ProgramHost } from "./module.js";

/** All files of a program, each after those that it imports. */
export interface Program {
	readonly root: Module;
	readonly modules: readonly { readonly module: Module; readonly prelude: boolean }[];
	readonly imports: ReadonlyMap<ast.Import, Module>;
	readonly diagnostics: readonly Diagnostic[];
}

/** The library files whose names need no import, in order. */
export const preludeFiles: readonly string[] = [
	"core",
	"functions",
	"solvers",
	"prelude",
	"optimizers",
	"constraints",
];

/** Library files do not change while the process lives. */
const libraryModules = new Map<string, Module>();

/** Parses a file and what it imports. Of what was in `previous`, only the declarations that changed are parsed. */
export function loadProgram(path: string, text: string, host: ProgramHost, previous?: Program): Program {
	return atOnce(loadInSteps(path, text, host, previous));
}

/** The same: a file of the prelude or a declaration of the file at a step, then what it imports. */
export function* loadInSteps(
	path: string,
	text: string,
	host: ProgramHost,
	previous?: Program,
): Steps<Program> {
	const loader = new Loader(host, previous);
	for (const name of preludeFiles) {
		const prelude = loader.library(name);
		if (prelude) loader.modules.push({ module: prelude, prelude: true });
		yield;
	}
	const root = yield* loader.parse(path, text);
	loader.know(root);
	loader.visit(root, []);
	return { root, modules: loader.modules, imports: loader.imports, diagnostics: loader.diagnostics };
}

class Loader {
	readonly modules: { readonly module: Module; readonly prelude: boolean }[] = [];
	readonly imports = new Map<ast.Import, Module>();
	readonly diagnostics: Diagnostic[] = [];
	private readonly loaded = new Map<string, Module>();
	private readonly done = new Set<Module>();

	constructor(
		private readonly host: ProgramHost,
		private readonly previous: Program | undefined,
	) {}

	/** The root file, under the path that an import of it leads to. */
	know(root: Module): void {
		const target = this.host.resolve(root.path, root.path.replace(/^.*[\\/]/, ""));
		if (target !== undefined) this.loaded.set(target, root);
	}

	*parse(path: string, text: string): Steps<Module> {
		const before = this.previous?.modules.find(({ module }) => module.path === path)?.module;
		const module: Module =
			before?.text === text
				? before
				: { path, library: false, text, tree: yield* parseInSteps(text, before?.tree) };
		this.loaded.set(path, module);
		return module;
	}

	visit(module: Module, trail: readonly Module[]): void {
		for (const slice of module.tree.slices) {
			for (const item of slice.items) {
				if (item.declaration.kind !== "Import") continue;
				this.follow(module, slice.offset, item.declaration, [...trail, module]);
			}
		}
		if (this.done.has(module)) return;
		this.done.add(module);
		this.modules.push({ module, prelude: false });
	}

	private follow(from: Module, offset: number, node: ast.Import, trail: readonly Module[]): void {
		const { source } = node;
		if (source.kind === "Missing") return;
		const place = (span: Span): Location => ({
			file: from.path,
			start: offset + span.start,
			end: offset + span.end,
		});
		const at = place(source.span);
		const target =
			source.kind === "Library"
				? this.importLibrary(from, source.path, at)
				: this.importFile(from, source.path, at);
		if (!target) return;
		if (target === from) {
			const line = place(node.span);
			const end = from.text[line.end] === "\n" ? line.end + 1 : line.end;
			this.problem("E0212", at, "this file imports itself", "its names need no import here", [
				{ title: "Remove the import", edits: [{ at: { ...line, end }, replacement: "" }] },
			]);
			return;
		}
		const cycle = trail.indexOf(target);
		if (cycle >= 0) {
			const path = [...trail.slice(cycle), target].map((m) => m.path).join(" -> ");
			this.problem(
				"E0212",
				at,
				`these files import each other: ${path}`,
				"move what both need into a file of its own",
			);
			return;
		}
		this.imports.set(node, target);
		if (!this.done.has(target)) this.visit(target, trail);
	}

	private importLibrary(from: Module, path: string, at: Location): Module | undefined {
		const name = path.replace(/^std\./, "");
		const module = path.startsWith("std.") ? this.library(name) : undefined;
		if (module) return module;
		const file = path.startsWith("std.") ? undefined : this.fileCalled(from, path.replaceAll(".", "/"));
		if (file !== undefined) {
			const fixes = [importOf(file, at)];
			this.problem("E0213", at, `there is no library \`${path}\``, `there is a file ${file}`, fixes);
			return undefined;
		}
		const near = nearest(name, this.host.libraryNames());
		const hint =
			near.length > 0
				? `did you mean \`std.${near[0]}\`?`
				: `the libraries are: ${this.host
						.libraryNames()
						.map((n) => `\`std.${n}\``)
						.join(", ")}`;
		this.problem("E0213", at, `there is no library \`${path}\``, hint);
		return undefined;
	}

	library(name: string): Module | undefined {
		const path = `std.${name}`;
		const known = this.loaded.get(path);
		if (known) return known;
		const text = this.host.readLibrary(name);
		if (text === undefined) return undefined;
		let module = libraryModules.get(path);
		if (module?.text !== text) {
			module = { path, library: true, text, tree: parseFile(text) };
			libraryModules.set(path, module);
		}
		this.loaded.set(path, module);
		return module;
	}

	private importFile(from: Module, path: string, at: Location): Module | undefined {
		const target = this.host.resolve(from.path, path);
		if (!target) {
			this.problem(
				"E0214",
				at,
				`${path} is outside the project`,
				"a program imports files of its own folder and below",
			);
			return undefined;
		}
		const known = this.loaded.get(target);
		if (known) return known;
		const source = this.host.readSource(target);
		if (!source) {
			const file = this.fileCalled(from, path);
			if (file === undefined) this.problem("E0215", at, `there is no file ${path}`);
			else this.problem("E0215", at, `there is no file ${path}`, `there is ${file}`, [importOf(file, at)]);
			return undefined;
		}
		if ("problem" in source) {
			this.problem("E0216", at, `${path} cannot be read: ${source.problem}`);
			return undefined;
		}
		return atOnce(this.parse(target, source.text));
	}

	/** The file that is meant where `.ansatz` is left out, if there is one. */
	private fileCalled(from: Module, path: string): string | undefined {
		const file = `${path}.ansatz`;
		const target = path.endsWith(".ansatz") ? undefined : this.host.resolve(from.path, file);
		return target !== undefined && this.host.readSource(target) ? file : undefined;
	}

	private problem(
		code: string,
		at: Location,
		message: string,
		hint?: string,
		fixes: Diagnostic["fixes"] = [],
	): void {
		this.diagnostics.push({
			code,
			severity: "error",
			at,
			message,
			related: [],
			notes: [],
			...(hint && { hint }),
			fixes,
		});
	}
}

function importOf(file: string, at: Location): Fix {
	return { title: `Import "${file}"`, edits: [{ at, replacement: JSON.stringify(file) }] };
}
