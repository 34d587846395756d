import type * as ast from "../../../grammar/ast.js";
import { branchesOf } from "../../../grammar/branches.js";
import { type Binding, type Context, locate, report } from "../context.js";
import { isComputed } from "../rules/held.js";
import { showEntries } from "../trees/place-entries.js";
import { segmentsOf } from "../trees/place-sets.js";
import { showType } from "../types/show.js";
import type { PlaceLeaf } from "../types/types.js";
import { overlap, readsOf } from "./influence.js";
import { wholeOf } from "./parts.js";

/**
 * A step differentiates through the `let`s of its turn. One that an earlier step of the turn made stale holds the value
 * of before: a later step that read it would miss its gradient.
 */

/** The places that a step moves, by their paths. */
const movedBy = new WeakMap<ast.Minimize, readonly PlaceLeaf[]>();

export function noteMoved(node: ast.Minimize, leaves: readonly PlaceLeaf[]): void {
	movedBy.set(node, leaves);
}

/** The places that a `<-` writes. */
const writtenBy = new WeakMap<ast.Assign, readonly string[]>();

export function noteWritten(node: ast.Assign, paths: readonly string[]): void {
	writtenBy.set(node, paths);
}

/** Of a whole name, too. */
export function pathsWrittenBy(node: ast.Assign): readonly string[] {
	return writtenBy.get(node) ?? (node.place.kind === "Name" ? [node.place.name] : []);
}

export function pathsMovedBy(node: ast.Minimize): readonly string[] {
	return (movedBy.get(node) ?? []).map(wholeOf);
}

/** Of a list of which it is not known here which entries a step moves, all of it. */
function surelyAround(leaf: PlaceLeaf): string {
	const segments = segmentsOf(leaf);
	const open = segments.findIndex(
		({ step }) => step?.kind === "entry" && step.some && !/^\[\d+\]$/.test(`[${showEntries(step.some)}]`),
	);
	return open < 0
		? wholeOf(leaf)
		: segments
				.slice(0, open)
				.map(({ text, step }) => (step?.kind === "elements" ? "" : text))
				.join("");
}

/** Checks a turn, statement by statement. */
export function checkStale(context: Context, body: ast.Block): void {
	new Turn(context).statements(body.statements);
}

interface Known {
	readonly node: ast.Let;
	readonly paths: ReadonlySet<string>;
	/** The step that changed what it was computed from. */
	by?: ast.Minimize | ast.Assign | undefined;
}

class Turn {
	private readonly lets = new Map<Binding, Known>();
	private readonly told = new Set<object>();
	/** The constraints above: each step reads them again. */
	private readonly subjects: ast.SubjectTo[] = [];

	constructor(private readonly context: Context) {}

	statements(statements: readonly ast.Statement[]): void {
		for (const statement of statements) this.statement(statement);
	}

	private statement(node: ast.Statement): void {
		switch (node.kind) {
			case "Let":
				this.define(node);
				return;
			case "SubjectTo":
				this.subjects.push(node);
				return;
			case "Minimize":
				this.step(node);
				return;
			case "Assign": {
				this.moved(pathsWrittenBy(node), node);
				return;
			}
			case "Loop":
				// What its first turn changes, the second one reads.
				this.statements(node.body.statements);
				this.statements(node.body.statements);
				return;
			default: {
				const above = this.subjects.length;
				this.branches(branchesOf(node));
				// What a computed condition decides concerns the steps of its branch.
				if (node.kind === "IfStatement" && isComputed(this.context, node)) this.subjects.length = above;
			}
		}
	}

	/** Each begins with what was known before, and what any of them changed is changed behind them. */
	private branches(branches: readonly (readonly ast.Statement[])[]): void {
		const before = new Map([...this.lets.values()].map((known) => [known, known.by]));
		const after = new Map<Known, Known["by"]>();
		for (const statements of branches) {
			for (const [known, by] of before) known.by = by;
			this.statements(statements);
			for (const known of this.lets.values()) if (known.by) after.set(known, after.get(known) ?? known.by);
		}
		for (const [known, by] of after) known.by = by;
	}

	/** A function stands for its right-hand side at each use: it is never stale. */
	private define(node: ast.Let): void {
		const { knowledge } = this.context.session;
		if (node.pattern.kind !== "NamePattern" && node.pattern.kind !== "TuplePattern") return;
		if (knowledge.types.get(node.value)?.kind === "function") return;
		const { paths } = readsOf(knowledge, node.value, false);
		for (const name of namesIn(node.pattern)) {
			const binding = knowledge.definitions.get(name);
			if (binding) this.lets.set(binding, { node, paths });
		}
	}

	private step(node: ast.Minimize): void {
		const { knowledge } = this.context.session;
		// A direction is taken as it is: it may have been found before.
		const terms = node.sense === "descend" ? [] : node.terms.map((t) => t.value);
		for (const read of [...terms, ...this.subjects]) {
			for (const [binding, name] of readsOf(knowledge, read, false).lets) {
				const known = this.lets.get(binding);
				if (known?.by) this.tell(name, binding, known, known.by);
			}
		}
		this.moved((movedBy.get(node) ?? []).map(surelyAround), node);
	}

	private moved(paths: readonly string[], by: ast.Minimize | ast.Assign): void {
		for (const known of this.lets.values())
			if ([...known.paths].some((p) => paths.some((q) => overlap(p, q)))) known.by ??= by;
	}

	private tell(name: ast.Name, binding: Binding, known: Known, by: ast.Minimize | ast.Assign): void {
		if (this.told.has(name)) return;
		this.told.add(name);
		const { context } = this;
		const at = locate(context, name);
		const type = showType(binding.type);
		const through = name.name === binding.name ? "" : `, through \`${name.name}\``;
		report(context, {
			code: "E0455",
			at,
			message: `\`${binding.name}\` was computed before a step that changed what it depends on: this step would take it for a constant${through}`,
			label: type,
			related: [
				{ at: locate(context, known.node), label: "computed here" },
				{ at: locate(context, by), label: "changed here" },
			],
			hint: `compute it below that step (or as a function, \`|| ..\`, which is computed at each use); where a constant is meant, say \`stop(${name.name})\``,
			fixes: [
				{
					title: `Take it as a constant: \`stop(${name.name})\``,
					edits: [{ at, replacement: `stop(${name.name})` }],
				},
			],
		});
	}
}

function namesIn(pattern: ast.Pattern): ast.NamePattern[] {
	if (pattern.kind === "NamePattern") return [pattern];
	return pattern.kind === "TuplePattern" ? pattern.elements.flatMap(namesIn) : [];
}
