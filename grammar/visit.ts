import type { Item, Slice, SyntaxTree } from "./ast.js";
import type { Span } from "./span.js";

/** Any node of the syntax tree: what has a kind and a span. */
export interface AnyNode {
	readonly kind: string;
	readonly span: Span;
}

function isNode(value: unknown): value is AnyNode {
	return typeof value === "object" && value !== null && "kind" in value && "span" in value;
}

/**
 * The nodes directly below, in the order of the properties. What is not a node itself but holds nodes (an argument,
 * a clause, a term) is looked through.
 */
export function children(node: AnyNode): AnyNode[] {
	const found: AnyNode[] = [];
	eachChild(node, (below) => found.push(below));
	return found;
}

/** The same without a list of them. */
export function eachChild(node: AnyNode, visit: (below: AnyNode) => void): void {
	for (const key in node) if (key !== "span") below(node[key as keyof AnyNode], visit);
}

function below(value: unknown, visit: (node: AnyNode) => void): void {
	if (typeof value !== "object" || value === null) return;
	if (isNode(value)) visit(value);
	else if (Array.isArray(value)) for (const inner of value) below(inner, visit);
	else for (const key in value) below(value[key as keyof typeof value], visit);
}

/** Visits a node and all below it, parents first; a visitor that returns false keeps out what is below. */
export function walk(
	node: AnyNode,
	visitor: (node: AnyNode, parents: readonly AnyNode[]) => boolean | undefined,
): void {
	const parents: AnyNode[] = [];
	const visit = (here: AnyNode): void => {
		if (visitor(here, parents) === false) return;
		parents.push(here);
		eachChild(here, visit);
		parents.pop();
	};
	visit(node);
}

export function sliceAt(tree: SyntaxTree, offset: number): Slice | undefined {
	let found: Slice | undefined;
	for (const slice of tree.slices) {
		if (slice.offset > offset) break;
		found = slice;
	}
	return found;
}

export interface Located {
	readonly slice: Slice;
	/** From the item to the innermost node that holds the offset; empty between items. */
	readonly path: readonly AnyNode[];
}

/** The nodes around an offset of the file. An offset at the end of a node still belongs to it, so that `x.|` is found. */
export function nodeAt(tree: SyntaxTree, offset: number): Located | undefined {
	const slice = sliceAt(tree, offset);
	if (slice === undefined) return undefined;
	const at = offset - slice.offset;
	const start = innermost(slice.items, at);
	const path: AnyNode[] = [];
	for (let node: AnyNode | undefined = start; node !== undefined; node = innermost(children(node), at))
		path.push(node);
	return { slice, path };
}

/** Of neighbours that touch the offset, the one that begins there wins, and of those the narrowest. */
function innermost(nodes: readonly (AnyNode | Item)[], at: number): AnyNode | undefined {
	let best: AnyNode | undefined;
	for (const node of nodes) {
		if (node.span.start > at || node.span.end < at) continue;
		if (best === undefined || prefer(node, best, at)) best = node;
	}
	return best;
}

function prefer(node: AnyNode, best: AnyNode, at: number): boolean {
	const inside = (one: AnyNode) => one.span.start <= at && at < one.span.end;
	if (inside(node) !== inside(best)) return inside(node);
	if (node.kind === "Missing" || best.kind === "Missing") return node.kind === "Missing";
	return node.span.end - node.span.start < best.span.end - best.span.start;
}
