import { type Intrinsic, readArguments } from "../builtins/intrinsics.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import { callValue, type EvaluatedCall } from "../expressions/call.js";
import {
	castTo,
	elementwise,
	realOf,
	reduceAxes,
	select,
	spread,
	toReal,
	traced,
	unary,
} from "../tensors.js";
import {
	integer,
	list,
	type ModelValue,
	type ReparametrizedValue,
	type TracedValue,
	unit,
	type Value,
} from "../values.js";
import { ownParts, partsOf, trainable, withTrainable } from "./model-parameters.js";
import { oneOfStack } from "./stack.js";
import { leavesLike, leavesOf as leavesOfLifted } from "./trees.js";

/** Functions of trees: of tensors, and of tuples, records, lists and models of tensors. */

type Change = (leaves: readonly TracedValue[], path: string) => TracedValue;

/** A leaf of each tree at the same place; the structure is that of the first. */
function mapTrees(
	evaluator: Evaluator,
	trees: readonly Value[],
	change: Change,
	path = "",
): Value | undefined {
	const [first] = trees;
	switch (first?.kind) {
		case undefined:
			return undefined;
		case "unit":
			return first;
		case "frozen":
			// It is no part of a tree, of any of them.
			return trees.every((t) => t.kind === "frozen") ? first : undefined;
		case "reparametrized":
			return mapReparametrized(evaluator, first, trees, change, path);
		case "tuple":
			return mapTuple(evaluator, first, trees, change, path);
		case "list": {
			if (isNumbers(first)) break;
			const items = first.items.map((_, i) =>
				mapTrees(
					evaluator,
					trees.map((t) => (t.kind === "list" ? t.items[i] : undefined)).filter((v) => v !== undefined),
					change,
					`${path}[${i}]`,
				),
			);
			return items.every((v) => v !== undefined) ? list(items) : undefined;
		}
		case "model":
			return mapModel(evaluator, first, trees, change, path);
		case "stack": {
			const of = mapTrees(
				evaluator,
				trees.map((t) => (t.kind === "stack" ? t.of : t)),
				change,
				path,
			);
			return of?.kind === "model" ? { ...first, of } : undefined;
		}
		default:
			break;
	}
	const leaves = trees.map((t) => realLeaf(evaluator, t)).filter((v) => v !== undefined);
	if (leaves.length !== trees.length) return undefined;
	const [own] = leaves;
	if (!own) return undefined;
	const changed = change(leaves, path);
	const cast = castTo(evaluator, changed, own.value.type.element);
	return spread(evaluator, cast, cast.lanes, shapeOf(own));
}

/** A list of numbers that are known before running, which a tensor is written as. */
function isNumbers(value: Value): boolean {
	return value.kind === "list"
		? value.items.every(isNumbers)
		: value.kind === "number" || value.kind === "bool";
}

function realLeaf(evaluator: Evaluator, value: Value): TracedValue | undefined {
	const tensor = traced(evaluator, value, evaluator.realElement);
	return tensor && toReal(evaluator, tensor);
}

function mapTuple(
	evaluator: Evaluator,
	first: Value & { kind: "tuple" },
	trees: readonly Value[],
	change: Change,
	path: string,
): Value | undefined {
	const elements: { readonly name?: string; readonly value: Value }[] = [];
	for (const [i, element] of first.elements.entries()) {
		const parts = trees.map((t) => {
			if (t.kind !== "tuple") return undefined;
			const named = element.name === undefined ? undefined : t.elements.find((e) => e.name === element.name);
			return (named ?? t.elements[i])?.value;
		});
		const value = mapTrees(
			evaluator,
			parts.filter((v) => v !== undefined),
			change,
			`${path}.${element.name ?? i}`,
		);
		if (!value || parts.includes(undefined)) return undefined;
		elements.push({ ...element, value });
	}
	return { kind: "tuple", elements };
}

/** Of a model its parameters; all else is that of the first. */
function mapModel(
	evaluator: Evaluator,
	first: ModelValue,
	trees: readonly Value[],
	change: Change,
	path: string,
): Value | undefined {
	const members = new Map(first.members);
	for (const { name } of partsOf(first)) {
		const parts = trees.map((t) => (t.kind === "model" ? t.members.get(name) : undefined));
		const value = mapTrees(
			evaluator,
			parts.filter((v) => v !== undefined),
			change,
			`${path}.${name}`,
		);
		if (parts.includes(undefined)) return undefined;
		// What has no parameters stays as it is.
		if (value) members.set(name, value);
		else if (parts.some((part) => part && trainable(evaluator, part))) return undefined;
	}
	return { ...first, members };
}

/** What a weight is computed from, of weights that are made in the same way. */
function mapReparametrized(
	evaluator: Evaluator,
	first: ReparametrizedValue,
	trees: readonly Value[],
	change: Change,
	path: string,
): Value | undefined {
	const weights = trees.filter((t) => t.kind === "reparametrized");
	if (weights.length !== trees.length || weights.some((w) => w.rule.node !== first.rule.node))
		return undefined;
	const own = new Map<string, Value>();
	for (const [name] of ownParts(first)) {
		const parts = weights.map((w) => (name === "base" && w.base ? w.base : w.params.get(name)));
		const known = parts.filter((v) => v !== undefined);
		const value = mapTrees(evaluator, known, change, `${path}.${name}`);
		if (!value || known.length !== parts.length) return undefined;
		own.set(name, value);
	}
	const base = first.base && own.get("base");
	const params = new Map([...first.params.keys()].map((name) => [name, own.get(name) ?? unit]));
	return { ...first, params, ...(base && { base }) };
}

/** The leaves of trees of one structure, side by side. */
function leavesOf(evaluator: Evaluator, trees: readonly Value[]): (readonly TracedValue[])[] | undefined {
	const found: (readonly TracedValue[])[] = [];
	const whole = mapTrees(evaluator, trees, (leaves) => {
		found.push(leaves);
		return leaves[0] as TracedValue;
	});
	return whole && found;
}

const map: Intrinsic = (evaluator, environment, call) => {
	const { positional } = readArguments(evaluator, environment, call);
	const f = positional.at(-1);
	if (!f) return fail(environment, call.node, "a function is wanted here");
	const whole = mapTrees(evaluator, positional.slice(0, -1), (leaves, path) => {
		const value = evaluator.at(path, () =>
			callValue(evaluator, environment, call.node, f, { positional: leaves, named: new Map() }),
		);
		return realLeaf(evaluator, value) ?? fail(environment, call.node, "this gives no tensor");
	});
	return whole ?? differs(environment, call);
};

function differs(environment: Environment, call: EvaluatedCall): never {
	return fail(environment, call.node, "these trees have different structures");
}

/** The sum over all leaves of a number of each. */
function total(
	evaluator: Evaluator,
	environment: Environment,
	call: EvaluatedCall,
	trees: readonly Value[],
	ofLeaves: (leaves: readonly TracedValue[]) => TracedValue,
): TracedValue {
	const found = leavesOf(evaluator, trees) ?? differs(environment, call);
	const element = realOf(evaluator, ...found.flat());
	const zero: TracedValue = { kind: "traced", value: evaluator.builder.scalar(0, element), lanes: [] };
	return found.reduce<TracedValue>((sum, leaves) => {
		const value = ofLeaves(leaves);
		const axes = shapeOf(value).map((_, i) => i);
		return elementwise(evaluator, "add", sum, reduceAxes(evaluator, "reduce_sum", value, axes), element);
	}, zero);
}

function product(evaluator: Evaluator, [a, b]: readonly TracedValue[]): TracedValue {
	const left = a as TracedValue;
	return elementwise(evaluator, "mul", left, b ?? left, realOf(evaluator, left));
}

const sum: Intrinsic = (evaluator, environment, call) =>
	total(
		evaluator,
		environment,
		call,
		readArguments(evaluator, environment, call).positional,
		([a]) => a as TracedValue,
	);

const dot: Intrinsic = (evaluator, environment, call) =>
	total(evaluator, environment, call, readArguments(evaluator, environment, call).positional, (leaves) =>
		product(evaluator, leaves),
	);

const norm: Intrinsic = (evaluator, environment, call, expected) =>
	unary(evaluator, "sqrt", dot(evaluator, environment, call, expected) as TracedValue);

/** 0 where one of them is 0. */
const cosine: Intrinsic = (evaluator, environment, call) => {
	const { positional } = readArguments(evaluator, environment, call);
	const of = (trees: readonly (Value | undefined)[]): TracedValue =>
		total(
			evaluator,
			environment,
			call,
			trees.filter((v) => v !== undefined),
			(leaves) => product(evaluator, leaves),
		);
	const [a, b] = positional;
	const along = of([a, b]);
	const element = realOf(evaluator, along);
	const number = (n: number): TracedValue => ({
		kind: "traced",
		value: evaluator.builder.scalar(n, element),
		lanes: [],
	});
	const norms = elementwise(
		evaluator,
		"mul",
		unary(evaluator, "sqrt", of([a])),
		unary(evaluator, "sqrt", of([b])),
		element,
	);
	const isZero = elementwise(evaluator, "eq", norms, number(0), element);
	const safe = select(evaluator, isZero, number(1), norms);
	return select(evaluator, isZero, number(0), elementwise(evaluator, "div", along, safe, element));
};

const zerosLike: Intrinsic = (evaluator, environment, call) => {
	const { positional } = readArguments(evaluator, environment, call);
	const zero: TracedValue = {
		kind: "traced",
		value: evaluator.builder.scalar(0, evaluator.realElement),
		lanes: [],
	};
	return mapTrees(evaluator, positional, () => zero) ?? differs(environment, call);
};

const leaves: Intrinsic = (evaluator, environment, call) => {
	const { positional } = readArguments(evaluator, environment, call);
	const found = leavesOf(evaluator, positional) ?? differs(environment, call);
	return list(found.map(([leaf]) => leaf as TracedValue));
};

function sizeOfLeaf(leaf: TracedValue): number {
	return shapeOf(leaf).reduce((count, n) => count * n, 1);
}

function reshaped(evaluator: Evaluator, value: TracedValue, shape: readonly number[]): TracedValue {
	const lanes = value.lanes.map((l) => l.size);
	return { ...value, value: evaluator.builder.reshape(value.value, [...lanes, ...shape]) };
}

const flatten: Intrinsic = (evaluator, environment, call) => {
	const { positional } = readArguments(evaluator, environment, call);
	const found = leavesOf(evaluator, positional) ?? differs(environment, call);
	const numbers = found.flatMap(([leaf]) => (leaf ? [reshaped(evaluator, leaf, [sizeOfLeaf(leaf)])] : []));
	return joined(evaluator, numbers) ?? fail(environment, call.node, "there is nothing to put together");
};

/** Vectors end to end. */
function joined(evaluator: Evaluator, parts: readonly TracedValue[]): TracedValue | undefined {
	// Stacked as rows of one, so that lanes are aligned; then end to end.
	const [first] = parts;
	if (!first) return undefined;
	const lanes = [...new Map(parts.flatMap((p) => p.lanes).map((l) => [l.id, l])).values()].sort(
		(a, b) => a.id - b.id,
	);
	const aligned = parts.map((p) => spread(evaluator, p, lanes, shapeOf(p)).value);
	const value = evaluator.builder.emit("concatenate", aligned, { axis: lanes.length });
	return { kind: "traced", value, lanes };
}

const unflatten: Intrinsic = (evaluator, environment, call) => {
	const [vector, like] = readArguments(evaluator, environment, call).positional;
	const whole = vector && realLeaf(evaluator, vector);
	if (!whole || !like) return fail(environment, call.node, "a vector and a tree are wanted here");
	let start = 0;
	const tree = mapTrees(evaluator, [like], ([leaf]) => {
		const own = leaf as TracedValue;
		const size = sizeOfLeaf(own);
		const before = whole.lanes.map((l) => l.size);
		const part = evaluator.builder.emit("slice", [whole.value], {
			start: [...before.map(() => 0), start],
			limit: [...before, start + size],
		});
		start += size;
		return reshaped(evaluator, { kind: "traced", value: part, lanes: whole.lanes }, shapeOf(own));
	});
	return tree ?? differs(environment, call);
};

const parameters: Intrinsic = (evaluator, environment, call) => {
	const [net] = readArguments(evaluator, environment, call).positional;
	return (net && trainable(evaluator, net)) ?? fail(environment, call.node, "this has no parameters");
};

const assemble: Intrinsic = (evaluator, environment, call) => {
	const [tree, record] = readArguments(evaluator, environment, call).positional;
	const like = tree && trainable(evaluator, tree);
	if (!tree || !like || !record)
		return fail(environment, call.node, "a tree and its parameters are wanted here");
	const given = leavesLike(evaluator, environment, call.node, like, record);
	return withTrainable(
		evaluator,
		tree,
		leavesOfLifted(like).map((own, k) => {
			const leaf = castTo(evaluator, given[k] ?? own, own.value.type.element);
			return spread(evaluator, leaf, leaf.lanes, shapeOf(own));
		}),
	);
};

/** The mean of a stack, leaf by leaf. */
const average: Intrinsic = (evaluator, environment, call) => {
	const [whole] = readArguments(evaluator, environment, call).positional;
	if (whole?.kind !== "stack") return fail(environment, call.node, "a stack is wanted here");
	return oneOfStack(whole, (tensor) => {
		const leaf = traced(evaluator, tensor);
		if (!leaf) return tensor;
		const [count = 1] = shapeOf(leaf);
		const { element } = leaf.value.type;
		// Counters are whole numbers: their mean is rounded down.
		const sum = reduceAxes(evaluator, "reduce_sum", leaf, [0]);
		const size = traced(evaluator, integer(count), element);
		return size ? elementwise(evaluator, "div", sum, size, element) : tensor;
	});
};

export const treeFunctions: Readonly<Record<string, Intrinsic>> = {
	tree_map: map,
	tree_sum: sum,
	tree_dot: dot,
	tree_norm: norm,
	tree_cosine: cosine,
	tree_zeros_like: zerosLike,
	tree_leaves: leaves,
	tree_flatten: flatten,
	tree_unflatten: unflatten,
	average,
	trainable: parameters,
	assemble,
};
