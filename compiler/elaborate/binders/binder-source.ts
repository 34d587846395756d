import type * as ast from "../../../grammar/ast.js";
import { freeNames } from "../../../grammar/free-names.js";
import { type AnyNode, walk } from "../../../grammar/visit.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import { evaluate } from "../expressions/evaluate.js";
import { leadingSizes, oneOfStack } from "../models/stack.js";
import { traced } from "../tensors.js";
import { integer, type Lane, type Value } from "../values.js";
import { axisToLane } from "./indexing.js";

/** What one name of a binder runs over. */
export type Source =
	| {
			readonly kind: "range";
			readonly binding: ast.Binding;
			readonly name: string;
			readonly from: number;
			readonly size: number;
	  }
	/** A name without `in`: its range is found from its uses. */
	| { readonly kind: "open"; readonly binding: ast.Binding; readonly name: string }
	/** The rows of a tensor, or of tensors side by side. */
	| {
			readonly kind: "rows";
			readonly binding: ast.Binding;
			readonly pattern: ast.Pattern;
			readonly value: Value;
			readonly size: number;
	  }
	/** A list or places: each turn is evaluated by itself. */
	| {
			readonly kind: "items";
			readonly binding: ast.Binding;
			readonly pattern: ast.Pattern;
			readonly items: readonly { readonly name: string; readonly value: Value }[];
	  }
	| { readonly kind: "rest"; readonly binding: ast.Binding; readonly rest: ast.Rest };

/** Each source is evaluated once, outside the binder. */
export function sourcesOf(evaluator: Evaluator, environment: Environment, node: ast.Binder): Source[] {
	return node.bindings.map((binding): Source => {
		const { pattern } = binding;
		if (pattern.kind === "Rest") return { kind: "rest", binding, rest: pattern };
		const name = pattern.kind === "NamePattern" ? pattern.name : "_";
		if (!binding.source) return { kind: "open", binding, name };
		const value = evaluate(evaluator, environment, binding.source);
		const items = turnsOf(environment, node, name, value);
		if (items) return { kind: "items", binding, pattern, items };
		const range = rangeOf(value);
		if (range) return { kind: "range", binding, name, ...range };
		const rows = treeOf(evaluator, value);
		const size = rows && firstAxis(rows);
		if (!rows || size === undefined)
			return fail(environment, binding.source, "a binder runs over a size, a range, a list or a tensor");
		return { kind: "rows", binding, pattern, value: rows, size };
	});
}

function rangeOf(value: Value): { readonly from: number; readonly size: number } | undefined {
	if (value.kind === "number") return { from: 0, size: value.value };
	return value.kind === "range" ? { from: value.from, size: value.to - value.from } : undefined;
}

function turnsOf(
	environment: Environment,
	node: ast.Binder,
	name: string,
	value: Value,
): { readonly name: string; readonly value: Value }[] | undefined {
	if (value.kind === "list") return value.items.map((v, i) => ({ name: `[${i}]`, value: v }));
	if (value.kind === "places") return value.leaves.map((l) => ({ name: l.path, value: l.value }));
	const range = rangeOf(value);
	if (!range || !needsStatic(environment, node, name)) return undefined;
	return Array.from({ length: range.size }, (_, i) => ({
		name: `[${i}]`,
		value: integer(range.from + i),
	}));
}

/** Whether every turn is evaluated by itself: a `seed` that depends on the name, or the call of a fit. */
function needsStatic(environment: Environment, node: ast.Binder, name: string): boolean {
	let found = false;
	const free = freeNames(node.body);
	const mentions = (inner: AnyNode): undefined => {
		if (inner.kind === "Name" && (inner as ast.Name).name === name) found = true;
	};
	walk(node.body, (inner) => {
		if (inner.kind === "Seed") walk((inner as ast.Seed).seed, mentions);
		const callee = inner.kind === "Call" ? (inner as ast.Call).callee : undefined;
		if (callee?.kind !== "Name" || !free.has(callee.name)) return undefined;
		if (environment.peek(callee.name)?.kind === "fit") found = true;
		return undefined;
	});
	return found;
}

/** A tensor, or a tree of tensors, as traced ones. */
function treeOf(evaluator: Evaluator, value: Value): Value | undefined {
	if (value.kind === "table")
		return treeOf(evaluator, {
			kind: "tuple",
			elements: value.columns.map((c) => ({ name: c.name, value: c.value })),
		});
	if (value.kind === "stack") return value;
	if (value.kind !== "tuple") return traced(evaluator, value);
	const elements = value.elements.map((e) => ({ ...e, value: treeOf(evaluator, e.value) }));
	return elements.every((e): e is typeof e & { value: Value } => e.value !== undefined)
		? { kind: "tuple", elements }
		: undefined;
}

function firstAxis(value: Value): number | undefined {
	if (value.kind === "tuple")
		return value.elements.map((e) => firstAxis(e.value)).find((size) => size !== undefined);
	if (value.kind === "stack") return leadingSizes(value, 1)[0];
	return value.kind === "traced" ? shapeOf(value)[0] : undefined;
}

/** The rows of a tree of tensors, as the places of a lane. */
export function rowAt(evaluator: Evaluator, value: Value, lane: Lane): Value {
	if (value.kind === "tuple")
		return {
			kind: "tuple",
			elements: value.elements.map((e) => ({ ...e, value: rowAt(evaluator, e.value, lane) })),
		};
	if (value.kind === "stack")
		return oneOfStack(value, (tensor) => {
			const whole = traced(evaluator, tensor);
			return whole ? axisToLane(evaluator, whole, 0, lane) : tensor;
		});
	return value.kind === "traced" ? axisToLane(evaluator, value, 0, lane) : value;
}

/** What a list in brackets runs over. */
export function listItems(value: Value): readonly Value[] | undefined {
	if (value.kind === "list") return value.items;
	if (value.kind === "places") return value.leaves.map((l) => l.value);
	const range = rangeOf(value);
	if (range) return Array.from({ length: Math.max(0, range.size) }, (_, i) => integer(range.from + i));
	return undefined;
}
