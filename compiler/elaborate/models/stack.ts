import type * as ast from "../../../grammar/ast.js";
import { freeNames } from "../../../grammar/free-names.js";
import { indexTensor } from "../binders/indexing.js";
import { Environment } from "../environment.js";
import { type Evaluator, fail } from "../evaluator.js";
import { choose } from "../expressions/choose.js";
import { complexWithDefault, isComplex } from "../expressions/complex.js";
import { evaluate, evaluateGuarded } from "../expressions/evaluate.js";
import { castTo, elementwise, laneless, select, stack, traced, unary } from "../tensors.js";
import {
	type Lane,
	list,
	type ModelValue,
	mapTensors,
	type ReparametrizedValue,
	type StackValue,
	type TensorValue,
	type TracedValue,
	type TupleValue,
	type Value,
} from "../values.js";

/** Stacks of models: `T[k]`. */

type MapTensor = (tensor: TensorValue | TracedValue) => Value;

/** Every tensor of a model, those of its options too. */
export function mapModel(model: ModelValue, map: MapTensor): ModelValue {
	const mapped = mapTensors(model, map) as ModelValue;
	const members = new Map([...mapped.members].map(([name, v]) => [name, mapOptions(v, map)]));
	return { ...mapped, members, configuration: mapScope(model.configuration, map) };
}

/** The options of the models in a value whose members are mapped already. */
function mapOptions(value: Value, map: MapTensor): Value {
	switch (value.kind) {
		case "model": {
			const members = new Map([...value.members].map(([name, v]) => [name, mapOptions(v, map)]));
			return { ...value, members, configuration: mapScope(value.configuration, map) };
		}
		case "stack":
			return { ...value, of: mapOptions(value.of, map) as ModelValue };
		case "frozen":
			return { ...value, value: mapOptions(value.value, map) };
		case "list":
			return list(value.items.map((v) => mapOptions(v, map)));
		case "tuple":
			return { ...value, elements: value.elements.map((e) => ({ ...e, value: mapOptions(e.value, map) })) };
		default:
			return value;
	}
}

function mapScope(scope: Environment, map: MapTensor): Environment {
	const values = [...scope.ownValues()];
	const mapped = values.map(([name, v]): [string, Value] => [name, mapOptions(mapTensors(v, map), map)]);
	if (mapped.every(([, v], i) => v === values[i]?.[1])) return scope;
	const copy = new Environment(scope.origin, scope.parent, scope.kind, scope.guard);
	for (const [name, v] of mapped) copy.set(name, v);
	return copy;
}

/** Models side by side; a text that says what keeps them apart. */
export function stackModels(evaluator: Evaluator, parts: readonly ModelValue[]): StackValue | string {
	const [first] = parts;
	if (!first) return "there is nothing to put together";
	if (parts.some((p) => (p.evaluation ?? false) !== (first.evaluation ?? false)))
		return "some of these are in evaluation by `eval`, so they cannot be put together";
	const members = new Map<string, Value>();
	for (const name of first.members.keys()) {
		const whole = stackParts(
			evaluator,
			parts.map((p) => p.members.get(name)),
			name,
		);
		if (typeof whole === "string") return whole;
		members.set(name, whole);
	}
	const { configuration } = first;
	const copy = new Environment(configuration.origin, configuration.parent, configuration.kind);
	for (const name of configuration.ownValues().keys()) {
		const whole = stackParts(
			evaluator,
			parts.map((p) => p.configuration.ownValues().get(name)),
			name,
		);
		if (typeof whole === "string") return whole;
		copy.set(name, whole);
	}
	return { kind: "stack", of: { ...first, configuration: copy, members }, rank: 1 };
}

/** Parts of models: tensors along a new first axis, lists entry by entry, and what is static must be the same. */
function stackParts(
	evaluator: Evaluator,
	parts: readonly (Value | undefined)[],
	name: string,
): Value | string {
	const differ = `these differ in \`${name}\`, so they cannot be put together: a static list keeps them apart`;
	const [first] = parts;
	const values = parts.filter((v) => v !== undefined);
	if (!first || values.length !== parts.length || values.some((v) => v.kind !== first.kind)) {
		const tensors = values.map((v) => traced(evaluator, v));
		return values.length === parts.length && tensors.every((t) => t !== undefined)
			? (stack(evaluator, tensors) ?? differ)
			: differ;
	}
	switch (first.kind) {
		case "tensor":
		case "traced": {
			const tensors = values.map((v) => traced(evaluator, v)).filter((t) => t !== undefined);
			return stack(evaluator, tensors) ?? differ;
		}
		case "model": {
			const whole = stackModels(evaluator, values as ModelValue[]);
			return typeof whole === "string" ? whole : whole.of;
		}
		case "stack": {
			const stacks = values.filter((v) => v.kind === "stack");
			if (stacks.some((v) => v.rank !== first.rank)) return differ;
			const whole = stackModels(
				evaluator,
				stacks.map((v) => v.of),
			);
			return typeof whole === "string" ? whole : { ...first, of: whole.of };
		}
		case "list": {
			const items = first.items.map((_, i) =>
				stackParts(
					evaluator,
					values.map((v) =>
						v.kind === "list" && v.items.length === first.items.length ? v.items[i] : undefined,
					),
					`${name}[${i}]`,
				),
			);
			const wrong = items.find((v) => typeof v === "string");
			return wrong !== undefined ? String(wrong) : list(items.filter((v) => typeof v !== "string"));
		}
		case "tuple": {
			const elements: { readonly name?: string; readonly value: Value }[] = [];
			for (const [i, element] of first.elements.entries()) {
				const column = values.map((v) =>
					v.kind === "tuple" && v.elements.length === first.elements.length ? v.elements[i] : undefined,
				);
				if (column.some((e) => e?.name !== element.name)) return differ;
				const whole = stackParts(
					evaluator,
					column.map((e) => e?.value),
					`${name}.${element.name ?? i}`,
				);
				if (typeof whole === "string") return whole;
				elements.push({ ...element, value: whole });
			}
			return { ...first, elements };
		}
		case "frozen": {
			const whole = stackParts(
				evaluator,
				values.map((v) => (v.kind === "frozen" ? v.value : v)),
				name,
			);
			return typeof whole === "string" ? whole : { kind: "frozen", value: whole };
		}
		case "reparametrized":
			return stackReparametrized(evaluator, first, values, name) ?? differ;
		default:
			return values.every((v) => sameStatic(first, v)) ? first : differ;
	}
}

/** Weights made in the same way: their parameters and the options of the rule, side by side. */
function stackReparametrized(
	evaluator: Evaluator,
	first: ReparametrizedValue,
	values: readonly Value[],
	name: string,
): ReparametrizedValue | undefined {
	const all = values.filter((v) => v.kind === "reparametrized");
	if (all.length !== values.length || all.some((v) => v.rule.node !== first.rule.node)) return undefined;
	const stacked = (of: (weight: ReparametrizedValue) => Value | undefined): Value | undefined => {
		const whole = stackParts(evaluator, all.map(of), name);
		return typeof whole === "string" ? undefined : whole;
	};
	const stackedMap = (
		of: (weight: ReparametrizedValue) => ReadonlyMap<string, Value>,
	): Map<string, Value> | undefined => {
		const whole = new Map<string, Value>();
		for (const key of of(first).keys()) {
			const value = stacked((w) => of(w).get(key));
			if (!value) return undefined;
			whole.set(key, value);
		}
		return whole;
	};
	const params = stackedMap((w) => w.params);
	const options = stackedMap((w) => w.rule.options ?? new Map());
	const base = first.base && stacked((w) => w.base);
	if (!params || !options || (first.base && !base)) return undefined;
	return { ...first, params, rule: { ...first.rule, options }, ...(base && { base }) };
}

/** What is known before running, and equal; a function is the same where it stands in the same scope. */
function sameStatic(a: Value, b: Value): boolean {
	if (a === b) return true;
	switch (a.kind) {
		case "number":
			return b.kind === "number" && Object.is(a.value, b.value) && a.integer === b.integer;
		case "bool":
		case "string":
			return b.kind === a.kind && a.value === b.value;
		case "function":
			return b.kind === a.kind && a.node === b.node && a.environment === b.environment;
		case "closure":
			return b.kind === a.kind && a.node === b.node && readsTheSame(a, b);
		case "variant":
			return (
				b.kind === "variant" &&
				a.name === b.name &&
				a.fields.every((f, i) => {
					const other = b.fields[i];
					return other !== undefined && sameStatic(f.value, other.value);
				})
			);
		case "tuple":
			return (
				b.kind === "tuple" &&
				a.elements.length === b.elements.length &&
				a.elements.every((e, i) => {
					const other = b.elements[i];
					return other !== undefined && e.name === other.name && sameStatic(e.value, other.value);
				})
			);
		case "range":
			return b.kind === "range" && a.from === b.from && a.to === b.to;
		default:
			return false;
	}
}

/** Lambdas of one text, which read the same from around: what is computed is not the same. */
function readsTheSame(a: Value & { kind: "closure" }, b: Value & { kind: "closure" }): boolean {
	if (a.environment === b.environment) return true;
	return [...freeNames(a.node).keys()].every((name) => {
		const [one, other] = [a.environment.findUnguarded(name), b.environment.findUnguarded(name)];
		return one === other || (one !== undefined && other !== undefined && sameStatic(one, other));
	});
}

/** The body of a binder that is a model: its lanes become leading axes. */
export function stackLanes(
	evaluator: Evaluator,
	model: ModelValue,
	lanes: readonly Lane[],
	toShape: (tensor: TracedValue) => Value,
): StackValue {
	const of = mapModel(model, (tensor) => {
		const value = traced(evaluator, tensor);
		return value ? toShape(value) : tensor;
	});
	return { kind: "stack", of, rank: lanes.length };
}

/** One of two models, or of two stacks, by a computed condition; a text that says what keeps them apart. */
export function eitherModel(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	condition: TracedValue,
	a: ModelValue | StackValue,
	b: Value,
): Value | string {
	const parts = [a, b].map((v) => (v.kind === "stack" ? v.of : v)).filter((v) => v.kind === "model");
	const both = stackModels(evaluator, parts);
	if (typeof both === "string" || parts.length < 2) return "these cannot be put together";
	const [first, second] = [0, 1].map((n) => laneless(evaluator.builder.scalar(n, "i32")));
	const which = first && second && select(evaluator, condition, first, second);
	const inner = environment.inner();
	inner.set("which", { ...(which ?? condition), below: 2 });
	const item: ast.Name = { kind: "Name", name: "which", span: node.span };
	const index: ast.Index = { kind: "Index", base: item, items: [item], span: node.span };
	const of = indexAll(evaluator, inner, index, both);
	return a.kind === "stack" && of.kind === "model" ? { ...a, of } : of;
}

/** `s[i else start]`: a position outside is moved inside, and what stands there is not used. */
function indexWithDefault(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Index,
	otherwise: ast.Expression,
	base: StackValue | TupleValue,
): Value {
	const sizes = leadingSizes(base, node.items.length);
	const inner = environment.inner();
	let isInside: TracedValue | undefined;
	const items = node.items.map((item, i): ast.Expression => {
		const index = traced(evaluator, evaluate(evaluator, environment, item));
		if (!index) return fail(environment, item, "this is no index");
		const size = sizes[i] ?? 0;
		const [low, high] = [0, Math.max(0, size - 1)].map((n) => laneless(evaluator.builder.scalar(n, "i32")));
		const end = laneless(evaluator.builder.scalar(size, "i32"));
		if (!low || !high) return item;
		const place = castTo(evaluator, index, "i32");
		const above = elementwise(evaluator, "ge", place, low, "i32");
		const own = elementwise(evaluator, "and", above, elementwise(evaluator, "lt", place, end, "i32"), "bool");
		isInside = isInside ? elementwise(evaluator, "and", isInside, own, "bool") : own;
		const least = elementwise(evaluator, "min", place, high, "i32");
		inner.set(`index ${i}`, {
			...elementwise(evaluator, "max", low, least, "i32"),
			below: Math.max(1, size),
		});
		return { kind: "Name", name: `index ${i}`, span: item.span };
	});
	if (!isInside) return fail(environment, node, "there is no position here");
	const outside = unary(evaluator, "not", isInside);
	const fallback = evaluateGuarded(evaluator, environment, outside, otherwise);
	if (sizes.includes(0)) return fallback;
	const { fallback: _, ...plain } = node;
	const one = indexAll(evaluator, inner, { ...plain, items }, base);
	return choose(evaluator, environment, node, isInside, one, fallback);
}

/** `s[i]` of a stack, `r[i]` of a record of what is stacked: the index is evaluated once, for all its tensors. */
export function indexTree(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Index,
	base: StackValue | TupleValue,
): Value {
	const { fallback } = node;
	const isNumber = base.kind === "tuple" && isComplex(base);
	if (fallback && !isNumber) return indexWithDefault(evaluator, environment, node, fallback, base);
	const inner = environment.inner();
	const items = node.items.map((item, i): ast.Expression => {
		if (item.kind === "FullSlice" || item.kind === "Range" || item.kind === "Rest") return item;
		const name = `index ${i}`;
		inner.set(name, evaluate(evaluator, environment, item));
		return { kind: "Name", name, span: item.span };
	});
	if (fallback && isNumber) return complexWithDefault(evaluator, inner, { ...node, items }, fallback, base);
	return indexAll(evaluator, inner, { ...node, items }, base);
}

function indexAll(evaluator: Evaluator, environment: Environment, node: ast.Index, value: Value): Value {
	const pick = (v: Value): Value => {
		const tensor = traced(evaluator, v);
		if (!tensor) return fail(environment, node, "this cannot be indexed");
		const rank = tensor.value.type.shape.length - tensor.lanes.length;
		const whole: ast.FullSlice = { kind: "FullSlice", span: node.span };
		const items = [
			...node.items,
			...new Array<ast.FullSlice>(Math.max(0, rank - node.items.length)).fill(whole),
		];
		return indexTensor(evaluator, environment, { ...node, items }, tensor);
	};
	switch (value.kind) {
		case "stack": {
			const of = mapModel(value.of, pick);
			const kept = value.rank - node.items.filter((i) => i.kind !== "FullSlice" && i.kind !== "Range").length;
			return kept === 0 ? of : { kind: "stack", of, rank: kept };
		}
		case "tuple":
			return {
				...value,
				elements: value.elements.map((e) => ({
					...e,
					value: indexAll(evaluator, environment, node, e.value),
				})),
			};
		case "list":
			if (traced(evaluator, value)) return pick(value);
			return list(value.items.map((item) => indexAll(evaluator, environment, node, item)));
		default:
			return pick(value);
	}
}

/** A field of a stack, of all of it. */
export function fieldOfStack(value: StackValue, found: Value | undefined): Value | undefined {
	const { rank } = value;
	if (found?.kind === "model") return { kind: "stack", of: found, rank };
	if (found?.kind === "stack") return { ...found, rank: found.rank + rank };
	if (found?.kind === "list") return list(found.items.map((v) => fieldOfStack(value, v) ?? v));
	return found?.kind === "function" ? undefined : found;
}

/** A part of a stack as it stands in it: models without the leading axes that all of it has. */
export function partOfStack(part: Value, rank: number): Value {
	switch (part.kind) {
		case "stack":
			return part.rank === rank ? part.of : { ...part, rank: part.rank - rank };
		case "list":
			return list(part.items.map((v) => partOfStack(v, rank)));
		case "tuple":
			return { ...part, elements: part.elements.map((e) => ({ ...e, value: partOfStack(e.value, rank) })) };
		default:
			return part;
	}
}

/** The leading axes of a stack. */
export function stackSizes({ of, rank }: StackValue): readonly number[] {
	let sizes: readonly number[] = [];
	mapTensors(of, (tensor) => {
		if (sizes.length < rank) sizes = tensorShape(tensor).slice(0, rank);
		return tensor;
	});
	return sizes;
}

/** The first axes that all parts of a value have in common, at most so many. */
export function leadingSizes(value: Value, rank: number): readonly number[] {
	if (value.kind === "stack") return stackSizes(value).slice(0, rank);
	if (value.kind === "tuple") {
		const [first] = value.elements;
		return first ? leadingSizes(first.value, rank) : [];
	}
	if (value.kind === "list") {
		const [first] = value.items;
		return [value.items.length, ...(first && rank > 1 ? leadingSizes(first, rank - 1) : [])];
	}
	let sizes: readonly number[] | undefined;
	mapTensors(value, (tensor) => {
		sizes ??= tensorShape(tensor).slice(0, rank);
		return tensor;
	});
	return sizes ?? [];
}

function tensorShape(tensor: TensorValue | TracedValue): readonly number[] {
	return tensor.kind === "tensor"
		? tensor.data.type.shape
		: tensor.value.type.shape.slice(tensor.lanes.length);
}

/** One of a stack, to look at its sizes. */
export function firstOf(
	evaluator: Evaluator,
	environment: Environment,
	value: Value,
	rank: number,
	{ span }: ast.TypeNode,
): Value {
	if (rank === 0) return value;
	// Of none, one would be like the others.
	if (leadingSizes(value, rank).includes(0))
		return mapTensors(value, (tensor) => {
			const element = tensor.kind === "tensor" ? tensor.data.type.element : tensor.value.type.element;
			const shape = tensorShape(tensor).slice(rank);
			return { kind: "traced", value: evaluator.builder.fill(0, { element, shape }), lanes: [] };
		});
	const zero: ast.Expression = { kind: "Number", value: 0, integer: true, span };
	const base: ast.Expression = { kind: "Name", name: "_", span };
	const items = Array.from({ length: rank }, () => zero);
	return indexAll(evaluator, environment, { kind: "Index", base, items, span }, value);
}

/** One of what is stacked, given what is one of a tensor. */
export function oneOfStack(value: Value, pick: MapTensor): Value {
	switch (value.kind) {
		case "stack": {
			const of = mapModel(value.of, pick);
			return value.rank === 1 ? of : { ...value, of, rank: value.rank - 1 };
		}
		case "tuple":
			return { ...value, elements: value.elements.map((e) => ({ ...e, value: oneOfStack(e.value, pick) })) };
		case "list":
			return list(value.items.map((v) => oneOfStack(v, pick)));
		case "tensor":
		case "traced":
			return pick(value);
		default:
			return value;
	}
}
