import { showType } from "../../compiler/check/types/show.js";
import type { Location } from "../../compiler/source/diagnostic.js";
import type * as ast from "../../grammar/ast.js";
import { membersIn, nameOf, type Snapshot } from "../snapshot.js";

export type SymbolKind =
	| "function"
	| "model"
	| "fit"
	| "data"
	| "dimension"
	| "type"
	| "constraint"
	| "optimizer"
	| "search"
	| "let"
	| "param"
	| "state"
	| "part"
	| "track"
	| "method"
	| "check";

/** One entry of the outline. */
export interface OutlineSymbol {
	readonly name: string;
	readonly kind: SymbolKind;
	/** Its type, or the word that declares it. */
	readonly detail: string;
	readonly range: Location;
	/** Its name. */
	readonly selection: Location;
	readonly children: readonly OutlineSymbol[];
}

/** The declarations of the file with their members. */
export function symbols(snapshot: Snapshot): OutlineSymbol[] {
	return snapshot.root.tree.slices.flatMap((slice) =>
		slice.items.flatMap((item) => symbol(snapshot, slice, item.declaration, false) ?? []),
	);
}

const kinds: Partial<Record<(ast.Declaration | ast.Member)["kind"], SymbolKind>> = {
	Function: "function",
	Model: "model",
	Fit: "fit",
	Data: "data",
	Dimension: "dimension",
	Type: "type",
	Constraint: "constraint",
	Reparam: "constraint",
	Optimizer: "optimizer",
	Search: "search",
	Let: "let",
	Define: "part",
	Track: "track",
	Check: "check",
};

function symbol(
	snapshot: Snapshot,
	slice: ast.Slice,
	node: ast.Declaration | ast.Member,
	inside: boolean,
): OutlineSymbol | undefined {
	const kind =
		node.kind === "Leaf" ? node.role : node.kind === "Function" && inside ? "method" : kinds[node.kind];
	if (!kind) return undefined;
	const named = labelOf(slice, node);
	if (!named) return undefined;
	return {
		name: named.name,
		kind,
		detail: detailOf(snapshot, node, kind),
		range: snapshot.locate(slice, node.span),
		selection: snapshot.locate(slice, named.span),
		children: membersBelow(node).flatMap((one) => symbol(snapshot, slice, one, true) ?? []),
	};
}

function labelOf(slice: ast.Slice, node: ast.Declaration | ast.Member): ReturnType<typeof nameOf> {
	if (node.kind === "Check") {
		const { span } = node.condition;
		return span.end > span.start ? { name: slice.text.slice(span.start, span.end), span } : undefined;
	}
	const own = nameOf(node);
	if (own) return own;
	// a method without a name is the call
	const call = node.kind === "Function" && node.role === "method" && node.name === undefined;
	return call ? { name: "(..)", span: { start: node.span.start, end: node.span.start + 1 } } : undefined;
}

/** Tracks and parts may stand in a loop or a branch; a local of a loop is no part of the outline. */
function membersBelow(node: ast.Declaration | ast.Member): readonly ast.Member[] {
	return membersIn(node as ast.Declaration).flatMap((one): readonly ast.Member[] => {
		if (one.kind === "Loop") return one.body.statements.filter((s) => s.kind === "Track");
		return one.kind === "IfStatement" ? one.then.statements : [one];
	});
}

function detailOf(snapshot: Snapshot, node: ast.Declaration | ast.Member, kind: SymbolKind): string {
	const name = nameOf(node);
	const typed = name && ("pattern" in node ? node.pattern : "name" in node ? node.name : undefined);
	const type = typed && snapshot.typeOf(typed);
	const valued = ["let", "param", "state", "part", "track", "data"].includes(kind);
	return valued && type && type.kind !== "error" ? showType(type) : kind;
}
