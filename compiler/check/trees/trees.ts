import type * as ast from "../../../grammar/ast.js";
import { type Dim, variable } from "../../dims/dim.js";
import { wrongUse } from "../builtins/builtin.js";
import type { SpecialRule } from "../builtins/special.js";
import { type Context, locate, report, within } from "../context.js";
import { applyTo, type CallArgument, type CallSite } from "../expressions/call.js";
import { infer } from "../expressions/expression.js";
import { stackOfPart } from "../signatures/stack-type.js";
import { explainMismatch } from "../types/explain.js";
import { Matcher } from "../types/match.js";
import { shapeOf } from "../types/shape.js";
import { showType } from "../types/show.js";
import {
	errorType,
	type Format,
	freshId,
	isRealElement,
	noQuantified,
	scalar,
	type TensorType,
	type Type,
	tensor,
	type VariableType,
} from "../types/types.js";
import { partsOfModel, treeOfPart } from "./model-parameters.js";
import { stackElements } from "./stack.js";
import { howMade, shapeKey } from "./tree-change.js";
import { isOpenTree, sizeOfTree } from "./tree-size.js";

/** Trees: real tensors, and tuples, records, lists and models of them; of a model, the parameters. */

/** A leaf of a tree, by its path. */
export interface Leaf {
	readonly path: string;
	readonly type: TensorType;
}

/** What keeps a value from being a tree. */
interface NoTree {
	readonly path: string;
	readonly why: string;
}

/** What the leaves of the type variables that are trees are: the same for all trees that one function is given. */
interface TreeVariables {
	readonly trees: ReadonlySet<number>;
	readonly leaves: Map<number, TensorType>;
}

function newVariables(trees: ReadonlySet<number> | undefined): TreeVariables {
	return { trees: trees ?? new Set(), leaves: new Map() };
}

const anyIndices: Dim[] = [];

/** Stands for each index of a list of unknown length, in so many lists around: of two trees the same. */
function anyIndex(depth: number): Dim {
	anyIndices[depth] ??= variable("i", { minimum: 0 }).dim;
	return anyIndices[depth];
}

/** The leaves of a tree; of a list of unknown length, one entry stands for all. */
function leavesOf(type: Type, variables: TreeVariables, path = ""): Leaf[] | NoTree {
	switch (type.kind) {
		case "tensor":
			return isRealElement(type.element) ? [{ path, type }] : { path, why: `is ${showType(type)}` };
		case "tuple":
			return all(type.elements.map((e, i) => leavesOf(e.type, variables, `${path}.${e.name ?? i}`)));
		case "list": {
			const any = anyIndex(path.split("[i]").length - 1);
			const entries = type.elements ?? (type.family ? [type.family.at(any)] : undefined);
			if (!entries) return { path, why: `is ${showType(type)}` };
			return all(entries.map((e, i) => leavesOf(e, variables, `${path}[${type.elements ? i : "i"}]`)));
		}
		case "model":
			return all(
				partsOfModel(type).map((part) =>
					part.open
						? { path: `${path}.${part.name}`, why: `is open: ${part.open}` }
						: leavesOf(treeOfPart(part), variables, `${path}.${part.name}`),
				),
			);
		case "stack": {
			const inner = leavesOf(type.of, variables, path);
			if ("why" in inner) return inner;
			return all(
				inner.map((leaf): Leaf[] | NoTree => {
					const stacked = stackOfPart(leaf.type, type.dims);
					return stacked?.kind === "tensor"
						? [{ path: leaf.path, type: stacked }]
						: { path: leaf.path, why: "has leading `...` axes" };
				}),
			);
		}
		case "variable":
			return variables.trees.has(type.id)
				? [{ path, type: leafOf(variables, type) }]
				: { path, why: `is ${type.name}, which may be anything` };
		case "unit":
			return [];
		default:
			return { path, why: `is ${showType(type)}` };
	}
}

function all(parts: readonly (Leaf[] | NoTree)[]): Leaf[] | NoTree {
	const leaves: Leaf[] = [];
	for (const part of parts) {
		if ("why" in part) return part;
		leaves.push(...part);
	}
	return leaves;
}

/** A leaf of which nothing is known but that it is a real tensor. */
function leafOf({ leaves }: TreeVariables, { id, name }: VariableType): TensorType {
	const known = leaves.get(id);
	if (known) return known;
	const leaf = tensor("real", shapeOf([], { id: freshId(), name: `leaf of ${name}` }));
	leaves.set(id, leaf);
	return leaf;
}

/** Static numbers are real numbers in a tree; a list of them is a tensor. */
export function asTree(type: Type): Type {
	switch (type.kind) {
		case "Int":
		case "Real":
			return { ...scalar("real"), literal: true };
		case "list": {
			const numbers = isNumbers(type) ? stackElements(type.elements) : undefined;
			if (numbers)
				return numbers.element === "bool"
					? tensor("bool", numbers.shape)
					: { ...tensor("real", numbers.shape), literal: true };
			return type.elements ? { kind: "list", elements: type.elements.map(asTree) } : type;
		}
		case "tuple":
			return { ...type, elements: type.elements.map((e) => ({ ...e, type: asTree(e.type) })) };
		default:
			return type;
	}
}

/** A list of numbers that are known before running, which a tensor is written as. */
function isNumbers(type: Type): boolean {
	if (type.kind === "list") return type.elements?.every(isNumbers) ?? false;
	return type.kind === "Int" || type.kind === "Real" || type.kind === "Bool";
}

/** The leaves of a type by their paths; undefined if it is no tree. */
export function treeLeaves(type: Type, trees: ReadonlySet<number>): readonly Leaf[] | undefined {
	const leaves = leavesOf(asTree(type), newVariables(trees));
	return "why" in leaves ? undefined : leaves;
}

/** Why a type is no tree; undefined if it is one. */
export function refuseTree(type: Type, trees: ReadonlySet<number>): string | undefined {
	const leaves = leavesOf(asTree(type), newVariables(trees));
	if (!("why" in leaves)) return undefined;
	return leaves.path === "" ? `this ${leaves.why}` : `\`${leaves.path}\` ${leaves.why}`;
}

/** The formats of the leaves of a tree. */
export function treeFormats(type: Type, trees: ReadonlySet<number>): readonly Format[] {
	const leaves = leavesOf(asTree(type), newVariables(trees));
	return "why" in leaves ? [] : formatsOf(leaves);
}

// ---------------------------------------------------------------- tree.map, tree.sum, ..

export interface Tree {
	readonly argument: CallArgument;
	readonly type: Type;
	readonly leaves: readonly Leaf[];
}

/** An argument as a tree; reports what is none. */
function treeArgument(context: Context, argument: CallArgument, variables: TreeVariables): Tree | undefined {
	const given = argument.type ?? infer(context, argument.value);
	if (given.kind === "error") return undefined;
	const type = asTree(given);
	const leaves = leavesOf(type, variables);
	if (!("why" in leaves)) return { argument, type, leaves };
	const isVariable = type.kind === "variable";
	report(context, {
		code: "E0346",
		at: locate(context, argument.value),
		message:
			leaves.path === ""
				? `a tree is made of real tensors, and this ${leaves.why}`
				: `a tree is made of real tensors, and \`${leaves.path}\` of this ${leaves.why}`,
		...(isVariable && { hint: `say so in the signature: \`where ${type.name}: tree\`` }),
		...(given.kind === "function" && { hint: "the trees come first, the function last" }),
	});
	return undefined;
}

/** Trees of one structure, side by side. */
function treeArguments(context: Context, site: CallSite, from: readonly CallArgument[]): Tree[] | undefined {
	const trees: Tree[] = [];
	const variables = newVariables(context.trees);
	for (const argument of from) {
		if (argument.name) {
			wrongUse(context, site, `has no option \`${argument.name.name}\``);
			return undefined;
		}
		const tree = treeArgument(context, argument, variables);
		if (!tree) return undefined;
		trees.push(tree);
	}
	const [first, ...others] = trees;
	for (const other of first ? others : []) if (!sameTree(context, first as Tree, other)) return undefined;
	return trees;
}

function sameTree(context: Context, first: Tree, other: Tree): boolean {
	const matcher = new Matcher(noQuantified, context.facts);
	const mismatch = matcher.match(first.type, other.type) ?? matcher.finish();
	if (!mismatch && shapeKey(first.type) === shapeKey(other.type)) return true;
	if (!mismatch) {
		report(context, {
			code: "E0346",
			at: locate(context, other.argument.value),
			message: `these trees differ: of this ${howMade(other.type)}`,
			related: [{ at: locate(context, first.argument.value), label: `of this ${howMade(first.type)}` }],
			hint: "a tree of a model is what is trained of it: make all of them alike, or `merge(..)` them",
		});
		return false;
	}
	const why = explainMismatch(mismatch);
	report(context, {
		code: "E0346",
		at: locate(context, other.argument.value),
		message: `these trees differ: ${why.message}`,
		label: showType(other.type),
		related: [{ at: locate(context, first.argument.value), label: showType(first.type) }],
		notes: why.notes,
	});
	return false;
}

const map: SpecialRule = (context, site) => {
	const f = site.arguments.at(-1);
	const data = site.arguments.slice(0, -1);
	if (!f || data.length === 0)
		return wrongUse(
			context,
			site,
			"takes trees and a function of their leaves",
			"`tree.map(a, b, |x, y| x + y)`",
		);
	const trees = treeArguments(context, site, data);
	const fn = f.type ?? infer(context, f.value);
	const [first] = trees ?? [];
	if (!trees || !first || fn.kind === "error") return errorType;
	for (const [i, leaf] of first.leaves.entries()) {
		const types = trees.map((t) => t.leaves[i]?.type ?? leaf.type);
		const turn = within(context, {
			trail:
				leaf.path === ""
					? context.trail
					: [...context.trail, `for the leaf \`${leaf.path}\`, ${showType(leaf.type)}`],
		});
		const result = applyTo(turn, f.value, fn, types);
		if (result.kind === "error" || !keepsLeaf(turn, f.value, leaf, result)) return errorType;
	}
	return first.type;
};

function keepsLeaf(context: Context, node: ast.Expression, leaf: Leaf, result: Type): boolean {
	const matcher = new Matcher(noQuantified, context.facts);
	const mismatch = matcher.match(tensor(leaf.type.element, leaf.type.shape), result) ?? matcher.finish();
	if (!mismatch) return true;
	const why = explainMismatch(mismatch);
	report(context, {
		code: "E0346",
		at: locate(context, node),
		message: `\`tree.map\` keeps every leaf's type: this gives ${showType(result)} of ${showType(leaf.type)}`,
		notes: why.notes,
		hint: "one number of each leaf is made of `tree.leaves`",
	});
	return false;
}

/** One number of one tree, or of two. */
function number(count: number): SpecialRule {
	return (context, site) => {
		if (site.arguments.length !== count)
			return wrongUse(context, site, `takes ${count === 1 ? "one tree" : "two trees"}`);
		const trees = treeArguments(context, site, site.arguments);
		const format = trees && formatOf(context, site, trees);
		return format ? scalar(format) : errorType;
	};
}

/** The format that all leaves have; reports several. */
function formatOf(context: Context, site: CallSite, trees: readonly Tree[]): Format | undefined {
	const formats = formatsOf(trees.flatMap((t) => t.leaves));
	if (formats.length <= 1) return formats[0] ?? "real";
	wrongUse(
		context,
		site,
		`is of leaves of one format, and these are ${formats.join(" and ")}`,
		"convert the others: `f64(..)`",
	);
	return undefined;
}

function formatsOf(leaves: readonly Leaf[]): Format[] {
	const elements = leaves.flatMap(({ type }) =>
		isRealElement(type.element) && !type.literal ? [type.element] : [],
	);
	return [...new Set(elements)];
}

const zerosLike: SpecialRule = (context, site) => {
	const trees = treeArguments(context, site, site.arguments);
	if (trees?.length !== 1) return trees ? wrongUse(context, site, "takes one tree") : errorType;
	return trees[0]?.type ?? errorType;
};

const leaves: SpecialRule = (context, site) => {
	const trees = treeArguments(context, site, site.arguments);
	const [tree, second] = trees ?? [];
	if (!tree || second) return trees ? wrongUse(context, site, "takes one tree") : errorType;
	const found = isOpenTree(context, tree) ? undefined : tree.leaves;
	return found ? { kind: "list", elements: found.map((l) => l.type) } : errorType;
};

const flatten: SpecialRule = (context, site) => {
	const trees = treeArguments(context, site, site.arguments);
	const [tree, second] = trees ?? [];
	if (!tree || second) return trees ? wrongUse(context, site, "takes one tree") : errorType;
	const size = sizeOfTree(context, tree);
	const format = size && formatOf(context, site, [tree]);
	return format ? tensor(format, { dims: [size] }) : errorType;
};

const unflatten: SpecialRule = (context, site) => {
	const [vector, like] = site.arguments;
	if (!vector || !like || site.arguments.length !== 2)
		return wrongUse(context, site, "takes a vector and a tree like the one it came from");
	const given = vector.type ?? infer(context, vector.value);
	const tree = treeArgument(context, like, newVariables(context.trees));
	const size = tree && sizeOfTree(context, tree);
	const format = tree && formatOf(context, site, [tree]);
	if (!tree || !size || !format || given.kind === "error") return errorType;
	const flat = tensor(format, { dims: [size] });
	const matcher = new Matcher(noQuantified, context.facts);
	const mismatch = matcher.match(flat, given) ?? matcher.finish();
	if (!mismatch) return tree.type;
	const why = explainMismatch(mismatch);
	report(context, {
		code: "E0346",
		at: locate(context, vector.value),
		message: `the tree has ${showType(flat)}: ${why.message}`,
		label: showType(given),
		related: [{ at: locate(context, like.value), label: showType(tree.type) }],
		notes: why.notes,
	});
	return errorType;
};

export const leafRules: Readonly<Record<string, SpecialRule>> = {
	tree_map: map,
	tree_sum: number(1),
	tree_norm: number(1),
	tree_dot: number(2),
	tree_cosine: number(2),
	tree_zeros_like: zerosLike,
	tree_leaves: leaves,
	tree_flatten: flatten,
	tree_unflatten: unflatten,
};
