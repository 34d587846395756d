import { type CheckedProgram, checkInSteps } from "../compiler/check/check.js";
import type { Binding, Scope } from "../compiler/check/context.js";
import type { Type } from "../compiler/check/types/types.js";
import { loadInSteps } from "../compiler/program/load.js";
import type { Module, ProgramHost } from "../compiler/program/module.js";
import type { Location } from "../compiler/source/diagnostic.js";
import type * as ast from "../grammar/ast.js";
import type { Span } from "../grammar/span.js";
import { atOnce, type Steps } from "../grammar/steps.js";
import { type AnyNode, nodeAt, sliceAt } from "../grammar/visit.js";

/** The nodes around a place, outermost first, and the slice that their spans are relative to. */
export interface Place {
	readonly slice: ast.Slice;
	readonly path: readonly AnyNode[];
	/** The place, relative to the slice. */
	readonly at: number;
}

/**
 * What is known about one version of one file: shared by all requests about it. Its texts, trees and diagnostics never
 * change; what is known about nodes is that of the newest snapshot that was made of this one.
 */
export class Snapshot {
	readonly root: Module;

	private constructor(
		readonly path: string,
		readonly text: string,
		readonly checked: CheckedProgram,
	) {
		this.root = checked.program.root;
	}

	/** Reads and checks a file with all that it imports. Of what `previous` has already, only what changed is done again. */
	static of(path: string, text: string, host: ProgramHost, previous?: Snapshot): Snapshot {
		return atOnce(Snapshot.inSteps(path, text, host, previous));
	}

	/** The same in small steps; `declared` is given what can be asked by then, and `prepare` finds out what is asked. */
	static *inSteps(
		path: string,
		text: string,
		host: ProgramHost,
		previous?: Snapshot,
		declared?: (snapshot: Snapshot) => void,
	): Steps<Snapshot> {
		const program = yield* loadInSteps(path, text, host, previous?.checked.program);
		const { memory } = previous?.checked ?? {};
		const early = (known: CheckedProgram) => declared?.(new Snapshot(path, text, known));
		return new Snapshot(path, text, yield* checkInSteps(program, host, memory, early));
	}

	/** While the file is still being checked: what stands between two offsets is checked now. */
	prepare(start: number, end: number): void {
		for (const slice of this.root.tree.slices) {
			if (slice.offset > end || slice.offset + slice.text.length < start) continue;
			for (const item of slice.items) this.checked.memory.settle(this.root, item);
		}
	}

	/** The files that this one is made of, itself among them. */
	get modules(): readonly Module[] {
		return this.checked.program.modules.map((entry) => entry.module);
	}

	module(file: string): Module | undefined {
		return file === this.path ? this.root : this.modules.find((module) => module.path === file);
	}

	placeAt(offset: number): Place | undefined {
		const found = nodeAt(this.root.tree, offset);
		return found && { ...found, at: offset - found.slice.offset };
	}

	/** A span of a slice as offsets of the file. */
	locate(slice: ast.Slice, span: Span): Location {
		return { file: this.path, start: slice.offset + span.start, end: slice.offset + span.end };
	}

	typeOf(node: object): Type | undefined {
		return this.checked.knowledge.types.get(node) ?? this.checked.knowledge.definitions.get(node)?.type;
	}

	bindingOf(node: object): Binding | undefined {
		return this.checked.knowledge.definitions.get(node);
	}

	/** The names that can be seen at the innermost of the nodes. */
	scopeAt(path: readonly AnyNode[]): Scope | undefined {
		for (const node of [...path].reverse()) {
			const scope = this.checked.knowledge.scopes.get(node);
			if (scope) return scope;
		}
		return this.topScope;
	}

	get topScope(): Scope | undefined {
		return this.checked.scopes.get(this.root);
	}

	/** The declaration whose name stands at a place, in any file of the program. */
	declarationAt(at: Location): DeclarationSite | undefined {
		const module = this.module(at.file);
		const slice = module && sliceAt(module.tree, at.start);
		if (!module || !slice) return undefined;
		const start = at.start - slice.offset;
		for (const item of slice.items) {
			if (start < item.span.start || start >= item.span.end) continue;
			for (const node of [item.declaration, ...membersIn(item.declaration)]) {
				const name = nameOf(node);
				if (name?.span.start === start) return { module, slice, item, node };
			}
		}
		return undefined;
	}
}

/** A declaration or a member of one, with where it stands. */
export interface DeclarationSite {
	readonly module: Module;
	readonly slice: ast.Slice;
	readonly item: ast.Item;
	readonly node: ast.Declaration | ast.Member;
}

/** The statements and methods directly inside a declaration. */
export function membersIn(node: ast.Declaration): readonly ast.Member[] {
	switch (node.kind) {
		case "Model":
		case "Constraint":
		case "Reparam":
		case "Optimizer":
			return node.members;
		case "Fit":
			return node.body.statements;
		default:
			return [];
	}
}

/** The name that a declaration or a member gives. */
export function nameOf(
	node: ast.Declaration | ast.Member,
): { readonly name: string; readonly span: Span } | undefined {
	if (node.kind === "Let") return node.pattern.kind === "NamePattern" ? node.pattern : undefined;
	if (!("name" in node)) return undefined;
	return node.name?.kind === "Identifier" ? node.name : undefined;
}
